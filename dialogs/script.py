"""A script, loaded and compiled: flows whose steps know what comes next. Immutable; kept by each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.vocabulary import Intent, Kind
from dialogs.conditions import Condition, parse
from dialogs.said import heard
from dialogs.schema import (
    Branch,
    ConsentStep,
    Flow,
    Prompt,
    Say,
    ScriptFile,
    Step,
    TransferCall,
    step_kind,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A step in its place. `next` is the id of the step after it, None at the flow's end.

    arms: a branch's conditions with the id each leads to; given/refused: a consent's two ways on; failed: a
    transfer's, when nobody answers.
    """

    id: str
    step: Step
    next: str | None
    when: Condition | None = None
    arms: tuple[tuple[Condition | None, str | None], ...] = ()
    given: str | None = None
    refused: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    name: str
    kind: Kind | None
    intents: tuple[Intent, ...]
    said: tuple[str, ...]
    start: str
    nodes: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Script:
    """version: the hash of its files. prompt_versions: id to the hashes of its wordings, text and manner."""

    version: str
    file: ScriptFile
    flows: Mapping[str, CompiledFlow]
    prompts: Mapping[str, Prompt]
    prompt_versions: Mapping[str, tuple[str, ...]]

    def node(self, flow: str, step: str) -> Node:
        return self.flows[flow].nodes[step]

    def flow_for(self, intent: Intent | None, told: Sequence[str] = ()) -> CompiledFlow | None:
        """The flow whose `start_when` fits what is wanted and what was told, the most telling words first."""
        best: tuple[int, CompiledFlow] | None = None
        for flow in self.flows.values():
            if not (flow.intents or flow.said) or (flow.intents and intent not in flow.intents):
                continue
            words = heard(flow.said, told)
            if flow.said and words is None:
                continue
            length = len(words) if words is not None else 0
            if best is None or length > best[0]:
                best = length, flow
        return best[1] if best is not None else None


def compile_flow(flow: Flow) -> CompiledFlow:
    """Link the steps. Raises ValueError on a repeated id, BadCondition on a bad `when`."""
    nodes: dict[str, Node] = {}
    given = [step.id for step in walk(flow.steps) if step.id is not None]
    repeated = next((name for name in given if given.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"步骤编号“{repeated}”用了两次，请改成不同的编号")
    taken = set(given)  # given ids stay as they are; derived ones make way
    start = _link(flow.steps, None, nodes, taken)
    assert start is not None  # a flow has at least one step
    intents = tuple(flow.start_when.intent) if flow.start_when else ()
    said = tuple(flow.start_when.said) if flow.start_when else ()
    return CompiledFlow(flow.flow, flow.kind, intents, said, start, nodes)


def _link(steps: list[Step], after: str | None, nodes: dict[str, Node], taken: set[str]) -> str | None:
    """Place `steps` so that the last leads to `after`; gives the first one's id (or `after`)."""
    ids = [step.id or _fresh(step_id(step), taken) for step in steps]
    for index, (step, name) in enumerate(zip(steps, ids, strict=True)):
        following = ids[index + 1] if index + 1 < len(ids) else after
        when = parse(step.when) if step.when else None
        if isinstance(step, Branch):
            arms = tuple(
                (parse(arm.when) if arm.when else None, _link(list(arm.steps), following, nodes, taken))
                for arm in step.branch
            )
            nodes[name] = Node(name, step, following, when, arms=arms)
        elif isinstance(step, ConsentStep):
            given = _link(list(step.given), following, nodes, taken)
            refused = _link(list(step.refused), following, nodes, taken)
            nodes[name] = Node(name, step, following, when, given=given, refused=refused)
        elif isinstance(step, TransferCall):
            failed = _link(list(step.failed), following, nodes, taken)
            nodes[name] = Node(name, step, following, when, failed=failed)
        else:
            nodes[name] = Node(name, step, following, when)
    return ids[0] if ids else after


def step_id(step: Step) -> str:
    """The given id, or one made from what the step does."""
    if step.id is not None:
        return step.id
    for key in ("collect", "consent", "call", "end"):
        value = getattr(step, key, None)
        if isinstance(value, str):
            return str(value)
    return step.say if isinstance(step, Say) else step_kind(step)


def _fresh(name: str, taken: set[str]) -> str:
    if name in taken:
        name = next(f"{name}.{n}" for n in range(2, len(taken) + 3) if f"{name}.{n}" not in taken)
    taken.add(name)
    return name


def walk(steps: list[Step]) -> Iterator[Step]:
    """Every step, nested ones included."""
    for step in steps:
        yield step
        if isinstance(step, Branch):
            for arm in step.branch:
                yield from walk(list(arm.steps))
        elif isinstance(step, ConsentStep):
            yield from walk(list(step.given))
            yield from walk(list(step.refused))
        elif isinstance(step, TransferCall):
            yield from walk(list(step.failed))
