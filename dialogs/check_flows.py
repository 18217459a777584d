"""Whether the flows fit together: names, who is called by whom, ids, and what kind of record is lodged."""

from __future__ import annotations

from data.vocabulary import Intent
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.problems import did_you_mean
from dialogs.said import LEAST, bare
from dialogs.schema import CallFlow, Lodge, StartWhen
from dialogs.source import Where


def check_flows(draft: Draft) -> None:
    """Report into each flow's source."""
    _names(draft)
    reaches = draft.reaches()
    for flow in draft.flows:
        placed = flow.placed()
        _ids(flow, placed)
        _calls(flow, placed, draft, reaches)
        _lodging(flow, placed, draft)


# --- the script as a whole --------------------------------------------------------------------------


def _names(draft: Draft) -> None:
    names: dict[str, str] = {}
    intents: dict[Intent, str] = {}
    said: dict[str, str] = {}
    called = {p.step.call for f in draft.flows for p in f.placed() if isinstance(p.step, CallFlow)}
    for flow in draft.flows:
        source, name = flow.source, flow.flow.flow
        if name in names:
            message = f"流程名“{name}”在 {names[name]} 里已经用过"
            source.problem(("flow",), "duplicate_flow", message, "请换一个名字")
        names.setdefault(name, source.file)
        start = flow.flow.start_when
        if start is not None:
            _said(flow, start, said)
        for number, intent in enumerate(start.intent if start is not None and not start.said else ()):
            if intent in intents:
                message = f"意图“{intent}”已经由流程“{intents[intent]}”接走"
                where = ("start_when", "intent", number)
                source.problem(where, "intent_twice", message, "一个意图只能进一个流程")
            intents.setdefault(intent, name)
        if draft.whole and draft.script and name not in called and not draft.starts(flow.flow):
            message = f"流程“{name}”永远走不到"
            hint = "请写 start_when，或在别的流程里用 call 调用它"
            source.problem(("flow",), "flow_unused", message, hint)
    known = names.keys() | draft.broken_flows
    if draft.script is not None and draft.script.opening not in known:
        opening = draft.script.opening
        hint = did_you_mean(opening, known)
        draft.script_source.problem(("opening",), "unknown_flow", f"没有流程“{opening}”", hint)


def _said(flow: FlowDraft, start: StartWhen, taken: dict[str, str]) -> None:
    """Words that lead into the flow: long enough to mean something, and into one flow only."""
    source = flow.source
    if flow.whole and not start.intent and not start.said:
        message = "start_when 里什么也没有写，没有来电会进这个流程"
        source.problem(("start_when",), "empty", message, "请写 intent 或 said，例如：said: [宠物, 猫粮]")
    for number, written in enumerate(start.said):
        where, words = ("start_when", "said", number), bare(written)
        if len(words) < LEAST:
            hint = f"请写 {LEAST} 个字以上的词，或来电人会说的一句话"
            source.problem(where, "too_short", f"“{written}”太短，几乎每通电话都会说到", hint)
        elif words in taken:
            message = f"“{written}”已经在 {taken[words]} 里写过"
            source.problem(where, "said_twice", message, "一个词、一句话只能进一个流程")
        taken.setdefault(words, source.file)


def _calls(flow: FlowDraft, placed: list[Placed], draft: Draft, reaches: dict[str, set[str]]) -> None:
    names = {other.flow.flow for other in draft.flows} | draft.broken_flows
    for place in placed:
        if not isinstance(place.step, CallFlow):
            continue
        target = place.step.call
        where = (*place.where, "call")
        if target not in names:
            flow.source.problem(where, "unknown_flow", f"没有流程“{target}”", did_you_mean(target, names))
        elif flow.flow.flow in reaches.get(target, set()):
            message = f"流程“{target}”又会回到“{flow.flow.flow}”，没有尽头"
            flow.source.problem(where, "call_loop", message, "请去掉其中一个 call")


# --- ids and lodging -------------------------------------------------------------------------------


def _ids(flow: FlowDraft, placed: list[Placed]) -> None:
    first: dict[str, Where] = {}
    for place in placed:
        name = place.step.id
        if name is None:
            continue
        if name in first:
            line = flow.source.mark((*first[name], "id"))[0]
            message = f"步骤编号“{name}”用了两次（第一次在第 {line} 行）"
            flow.source.problem((*place.where, "id"), "duplicate_step", message, "请改成不同的编号")
        first.setdefault(name, place.where)


def _lodging(flow: FlowDraft, placed: list[Placed], draft: Draft) -> None:
    lodges = [place for place in placed if isinstance(place.step, Lodge)]
    if lodges and flow.no_kind and draft.starts(flow.flow):
        message = "要登记，但没有写这是投诉、举报还是咨询"
        flow.source.problem(
            (*lodges[0].where, "lodge"), "lodge_without_kind", message, "请在开头加 kind: 投诉"
        )
