"""The ways a call can take through the flows, into called flows and back. Pure.

Steps only lead forward, so one walk in order sees every way; calls are followed where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from data.vocabulary import Slot
from dialogs.conditions import Condition
from dialogs.schema import (
    Branch,
    CallFlow,
    Collect,
    ConsentStep,
    End,
    Leave,
    Lodge,
    Route,
    ToDesk,
    TransferCall,
)
from dialogs.script import CompiledFlow, Node

#: What may lie behind a call: a record was lodged, a slot asked for (see `asked`).
LODGED = "lodged"


def asked(slot: Slot) -> str:
    """That `slot` was asked for; it holds a value or is declined since."""
    return f"asked:{slot}"


@dataclass(frozen=True, slots=True)
class Before:
    """What lies behind a call at some step. sure: on every way there; maybe: on one way at least."""

    sure: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()

    def and_then(self, fact: str) -> Before:
        return Before(self.sure | {fact}, self.maybe | {fact})

    def merged(self, other: Before | None) -> Before:
        """Where two ways meet."""
        return self if other is None else Before(self.sure & other.sure, self.maybe | other.maybe)


@dataclass(slots=True)
class Walk:
    """All ways from the start of a flow. met: each (flow, step) a call can come to, with what lies behind it;
    off: the steps of the first flow after which nothing follows."""

    met: dict[tuple[str, str], Before] = field(default_factory=dict)
    off: list[str] = field(default_factory=list)


def walk(flows: Mapping[str, CompiledFlow], start: str) -> Walk:
    """From the start of `flows[start]`. A call of a flow that is not in `flows` is taken to come back."""
    found = Walk()
    _walk(flows, start, Before(), found, ())
    return found


def _walk(
    flows: Mapping[str, CompiledFlow], name: str, before: Before, found: Walk, through: tuple[str, ...]
) -> Before | None:
    """What lies behind the call when it comes out of the flow; None when it never does."""
    flow = flows.get(name)
    if flow is None or name in through:
        return before
    waiting: dict[str, Before] = {flow.start: before}
    out: Before | None = None
    for step in _in_order(flow):
        here = waiting.get(step)
        if here is None:
            continue
        node = flow.nodes[step]
        inside = _knowing(here, node.when)
        found.met[name, step] = inside.merged(found.met.get((name, step)))
        off = False
        skipped = [(node.next, here)] if node.when is not None else []
        for target, after in (*skipped, *_onward(flows, node, inside, found, (*through, name))):
            if target is None:
                off, out = True, after.merged(out)
            else:
                waiting[target] = after.merged(waiting.get(target))
        if off and not through:
            found.off.append(step)
    return out


def _onward(
    flows: Mapping[str, CompiledFlow], node: Node, here: Before, found: Walk, through: tuple[str, ...]
) -> Iterator[tuple[str | None, Before]]:
    """Where a step that is done may lead (None: out of the flow), and what lies behind the call then."""
    match node.step:
        case End() | ToDesk():
            pass
        case Route(escalate=escalate):
            if escalate == "go_on":
                yield node.next, here
        case Leave():
            yield None, here
        case TransferCall():
            yield node.failed, here
        case Branch():
            for condition, target in node.arms:
                yield target, _knowing(here, condition)
            if all(condition is not None for condition, _ in node.arms):
                yield node.next, here
        case ConsentStep():
            yield node.given, here
            yield node.refused, here
        case CallFlow(call=name):
            back = _walk(flows, name, here, found, through)
            if back is not None:
                yield node.next, back
        case Lodge():
            yield node.next, here.and_then(LODGED)
        case Collect(collect=slot):
            yield node.next, here.and_then(asked(slot))
        case _:
            yield node.next, here


def _knowing(here: Before, condition: Condition | None) -> Before:
    """What lies behind a call where the condition holds."""
    lodged = condition is not None and "case_no_given" in condition.needs
    return here.and_then(LODGED) if lodged else here


def _in_order(flow: CompiledFlow) -> list[str]:
    """The steps so that each comes after all that lead to it."""
    order: list[str] = []
    seen: set[str] = set()
    waiting = [(flow.start, False)]
    while waiting:
        step, done = waiting.pop()
        if done:
            order.append(step)
        elif step not in seen:
            seen.add(step)
            node = flow.nodes[step]
            targets = (
                *(node.next, node.given, node.refused, node.failed),
                *(target for _, target in node.arms),
            )
            waiting.append((step, True))
            waiting += [(target, False) for target in targets if target is not None]
    return order[::-1]
