"""Whether every step can be come to, and every way leads somewhere: steps out of reach, dead ends, loops."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from data.vocabulary import Outcome
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.schema import CallFlow, Collect, End, More, Refer, Route, TransferCall
from dialogs.script import CompiledFlow, compile_flow
from dialogs.source import Where
from dialogs.walks import LODGED, Before, Walk, asked, walk


def check_ways(draft: Draft) -> None:
    """Report into each flow's source. Where something is broken, the flow and its callers are left alone."""
    flows = _compiled(draft)
    reaches = draft.reaches()
    called = {target for targets in draft.calls().values() for target in targets}
    written = {id(place.step): (flow, place) for flow in draft.flows for place in flow.placed()}
    everywhere: dict[tuple[str, str], Before] = {}
    for flow in draft.flows:
        name, started = flow.flow.flow, draft.starts(flow.flow)
        if name not in flows:
            continue
        found = walk(flows, name)
        _unreachable(flow, flows[name], found)
        if started:
            _dead_ends(flow, flows[name], found)
        if not started and name in called:
            continue  # seen on the ways of those that call it
        for (within, step), before in found.met.items():
            everywhere[within, step] = before.merged(everywhere.get((within, step)))
            owner, place = written[id(flows[within].nodes[step].step)]
            seen = _Seen(flow, owner, place, reaches)
            if started:
                _never_lodged(seen, before)
                _left_unfinished(seen, before)
            if flow.flow.start_when is not None:
                _round_again(seen)
    for (within, step), before in everywhere.items():
        owner, place = written[id(flows[within].nodes[step].step)]
        _asked_again(owner, place, before)
        _too_early(owner, place, before)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A step met on the ways from the start of `start`, in that flow or in one it calls."""

    start: FlowDraft
    owner: FlowDraft
    place: Placed
    reaches: Mapping[str, set[str]]

    def problem(self, key: str, code: str, message: str, hint: str) -> None:
        """Told at the step's key; in the flow that begins, at its call, if the step is another flow's."""
        if self.owner is self.start:
            self.owner.source.problem((*self.place.where, key), code, message, hint)
            return
        for place in self.start.placed():
            within = self.owner.flow.flow
            if isinstance(place.step, CallFlow) and within in self.reaches.get(place.step.call, set()):
                message = f"调用以后，在流程“{within}”里：{message}"
                self.start.source.problem((*place.where, "call"), code, message, hint)
                return


def _compiled(draft: Draft) -> dict[str, CompiledFlow]:
    """The flows that are sound, and call only sound ones, by name."""
    names = [flow.flow.flow for flow in draft.flows]
    flows: dict[str, CompiledFlow] = {}
    for flow in draft.flows:
        if flow.whole and names.count(flow.flow.flow) == 1:
            with suppress(ValueError):  # a bad condition or a repeated id: reported already
                flows[flow.flow.flow] = compile_flow(flow.flow)
    calls, reaches = draft.calls(), draft.reaches()
    looping = {name for name in flows if any(name in reaches.get(target, set()) for target in calls[name])}
    sound = flows.keys() - looping
    return {name: flow for name, flow in flows.items() if reaches[name] <= sound}


def _unreachable(flow: FlowDraft, compiled: CompiledFlow, found: Walk) -> None:
    """Of a row of such steps, and of what is inside them, the first is told."""
    ids = {id(node.step): name for name, node in compiled.nodes.items()}
    lost: set[Where] = set()
    for place in flow.placed():
        if (compiled.name, ids[id(place.step)]) in found.met:
            continue
        where = place.where
        before = (*where[:-1], int(where[-1]) - 1)
        told = before in lost or any(where[:end] in lost for end in range(1, len(where)))
        lost.add(where)
        if not told:
            message = "从这一步起永远走不到：前面已经结束、转走或分走了"
            flow.source.problem(where, "unreachable_step", message, "请去掉，或移到前面")


def _dead_ends(flow: FlowDraft, compiled: CompiledFlow, found: Walk) -> None:
    for step in found.off:
        place = next(place for place in flow.placed() if place.step is compiled.nodes[step].step)
        message = f"流程“{compiled.name}”走到这里就没有下文了"
        hint = "请在最后加一步 end（例如 - end: lodged）或 to_desk"
        flow.source.problem(place.where, "no_end", message, hint)


def _round_again(seen: _Seen) -> None:
    """What the caller wants led here already: a second `route` would lead here again, for ever."""
    if isinstance(seen.place.step, Route):
        started = seen.start.flow.flow
        message = f"流程“{started}”是按来电意图进来的，再按意图分流，会绕回自己，没有尽头"
        hint = "请去掉这一步，改用 end、to_desk，或用 call 调用要去的流程"
        seen.problem("route", "route_loop", message, hint)


def _asked_again(owner: FlowDraft, place: Placed, before: Before) -> None:
    step = place.step
    if isinstance(step, Collect) and asked(step.collect) in before.sure:
        message = f"“{step.collect}”前面已经问过，走到这里不会再问"
        hint = "请去掉这一步；想多问几遍，请改前面那一步的 limit"
        owner.source.problem((*place.where, "collect"), "asked_again", message, hint)


def _too_early(owner: FlowDraft, place: Placed, before: Before) -> None:
    if isinstance(place.step, Refer | TransferCall) and LODGED not in before.sure:
        key = "refer" if isinstance(place.step, Refer) else "transfer"
        where = (*place.where, key)
        owner.source.problem(where, "refer_before_lodge", "还没有登记就转出", "请在它前面写 - lodge: record")


def _left_unfinished(seen: _Seen, before: Before) -> None:
    """Another matter is begun when the present record is lodged, and not before."""
    if isinstance(seen.place.step, More) and seen.start.flow.kind is not None and LODGED not in before.sure:
        message = "这一件还没有登记，就问还有没有别的事"
        seen.problem("more", "more_before_lodge", message, "请在它前面写 - lodge: record")


def _never_lodged(seen: _Seen, before: Before) -> None:
    """Who is told that his matter is lodged, has a record: on every way there."""
    step = seen.place.step
    if isinstance(step, End) and step.end is Outcome.LODGED and LODGED not in before.sure:
        message = "写着已登记（end: lodged），前面却没有登记这一步"
        hint = "请加 - lodge: record"
        if LODGED in before.maybe:
            message = "写着已登记（end: lodged），可是有的路走到这里还没有登记"
            hint = "请在每一条路上加 - lodge: record，或加 when: case_no_given"
        seen.problem("end", "lodged_without_lodge", message, hint)
