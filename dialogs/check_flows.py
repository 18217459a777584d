"""Whether the flows fit together: conditions, ways on, ends, and who may be told what."""

from __future__ import annotations

from collections.abc import Iterator

from data.vocabulary import Intent, Kind, Outcome, Slot
from dialogs.conditions import BadCondition, parse
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.problems import did_you_mean
from dialogs.schema import (
    FACTS,
    Branch,
    CallFlow,
    ConsentStep,
    End,
    Flow,
    Lodge,
    Refer,
    Route,
    ToDesk,
)
from dialogs.script import CompiledFlow, Node, compile_flow
from dialogs.source import Where


def check_flows(draft: Draft) -> None:
    """Report into each flow's source."""
    _names(draft)
    for flow in draft.flows:
        placed = flow.placed()
        _conditions(flow, placed, draft.purposes)
        _ids(flow, placed)
        _calls(flow, placed, draft)
        _consents(flow, placed)
        _referrals(flow, placed)
        _who_may_refer(flow, draft)
        _lodging(flow, placed, draft)
        if flow.whole:
            _ways(flow, placed, started=_started(flow.flow, draft))


def _started(flow: Flow, draft: Draft) -> bool:
    return flow.start_when is not None or (draft.script is not None and draft.script.opening == flow.flow)


# --- the script as a whole --------------------------------------------------------------------------


def _names(draft: Draft) -> None:
    names: dict[str, str] = {}
    intents: dict[Intent, str] = {}
    called = {p.step.call for f in draft.flows for p in f.placed() if isinstance(p.step, CallFlow)}
    for flow in draft.flows:
        source, name = flow.source, flow.flow.flow
        if name in names:
            message = f"流程名“{name}”在 {names[name]} 里已经用过"
            source.problem(("flow",), "duplicate_flow", message, "请换一个名字")
        names.setdefault(name, source.file)
        for intent in flow.flow.start_when.intent if flow.flow.start_when else ():
            if intent in intents:
                message = f"意图“{intent}”已经由流程“{intents[intent]}”接走"
                source.problem(("start_when",), "intent_twice", message, "一个意图只能进一个流程")
            intents.setdefault(intent, name)
        if draft.whole and draft.script and name not in called and not _started(flow.flow, draft):
            message = f"流程“{name}”永远走不到"
            hint = "请写 start_when，或在别的流程里用 call 调用它"
            source.problem(("flow",), "flow_unused", message, hint)
    if draft.script is not None and draft.script.opening not in names:
        opening = draft.script.opening
        draft.script_source.problem(
            ("opening",), "unknown_flow", f"没有流程“{opening}”", did_you_mean(opening, names)
        )


def _calls(flow: FlowDraft, placed: list[Placed], draft: Draft) -> None:
    names = {other.flow.flow for other in draft.flows}
    for place in placed:
        if not isinstance(place.step, CallFlow):
            continue
        target = place.step.call
        where = (*place.where, "call")
        if target not in names:
            flow.source.problem(where, "unknown_flow", f"没有流程“{target}”", did_you_mean(target, names))
        elif flow.flow.flow in _reached(target, draft):
            message = f"流程“{target}”又会回到“{flow.flow.flow}”，没有尽头"
            flow.source.problem(where, "call_loop", message, "请去掉其中一个 call")


def _reached(name: str, draft: Draft) -> set[str]:
    """`name` and every flow called from it."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += [
                p.step.call
                for f in draft.flows
                if f.flow.flow == here
                for p in f.placed()
                if isinstance(p.step, CallFlow)
            ]
    return seen


# --- conditions and ids -----------------------------------------------------------------------------


def _written_conditions(placed: list[Placed]) -> Iterator[tuple[str, Where]]:
    for place in placed:
        if place.step.when is not None:
            yield place.step.when, (*place.where, "when")
        if isinstance(place.step, Branch):
            for number, arm in enumerate(place.step.branch):
                if arm.when is not None:
                    yield arm.when, (*place.where, "branch", number, "when")


def _conditions(flow: FlowDraft, placed: list[Placed], purposes: frozenset[str]) -> None:
    slots = [slot.value for slot in Slot]
    known = {*slots, *FACTS}
    for text, where in _written_conditions(placed):
        try:
            condition = parse(text)
        except BadCondition as error:
            flow.source.problem(where, "bad_condition", str(error), "条件例子：not declined('order_no')")
            continue
        for name in sorted(condition.names - known):
            hint = did_you_mean(name, known, else_list=False) or "只能用信息项的名称，或 " + "、".join(FACTS)
            flow.source.problem(where, "unknown_name", f"条件里的“{name}”不是信息项，也不是已知情况", hint)
        for function, argument in condition.calls:
            allowed = slots if function == "declined" else sorted(purposes)
            if argument not in allowed:
                message = f"{function}('{argument}')：没有“{argument}”"
                flow.source.problem(where, "unknown_name", message, did_you_mean(argument, allowed))
        for intent in condition.compared_with("intent"):
            if intent not in set(Intent):
                hint = did_you_mean(intent, [known_intent.value for known_intent in Intent])
                flow.source.problem(where, "unknown_intent", f"没有意图“{intent}”", hint)
    for place in placed:
        if isinstance(place.step, Branch):
            for number, arm in enumerate(place.step.branch[:-1]):
                if arm.when is None:
                    where = (*place.where, "branch", number)
                    message = "没有 when 的一支（其余情况）后面还有别的分支，永远走不到"
                    flow.source.problem(where, "else_not_last", message, "请把它放到最后")


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


# --- ways on and ends -------------------------------------------------------------------------------


def _ways(flow: FlowDraft, placed: list[Placed], *, started: bool) -> None:
    """Steps nothing leads to, and ways that lead nowhere."""
    try:
        compiled = compile_flow(flow.flow)
    except ValueError:
        return  # a bad condition or a repeated id: reported already
    wheres = {id(place.step): place.where for place in placed}
    reached = _reachable(compiled)
    for name, node in compiled.nodes.items():
        where = wheres[id(node.step)]
        if name not in reached:
            message = "这一步永远走不到：前面已经结束、转走或分走了"
            flow.source.problem(where, "unreachable_step", message, "请去掉它，或把它移到前面")
        elif started and None in _onward(node):
            message = f"流程“{flow.flow.flow}”走到这里就没有下文了"
            hint = "请在最后加一步 end（例如 - end: lodged）或 to_desk"
            flow.source.problem(where, "no_end", message, hint)


def _onward(node: Node) -> set[str | None]:
    """Where a step may lead; None is the flow's end."""
    ways: set[str | None] = {node.next} if node.when is not None else set()
    match node.step:
        case End() | ToDesk() | Route():
            return ways
        case Branch():
            ways |= {target for _, target in node.arms}
            return ways if any(when is None for when, _ in node.arms) else ways | {node.next}
        case ConsentStep():
            return ways | {node.given, node.refused}
        case _:
            return ways | {node.next}


def _reachable(compiled: CompiledFlow) -> set[str]:
    seen: set[str] = set()
    waiting: list[str | None] = [compiled.start]
    while waiting:
        here = waiting.pop()
        if here is not None and here not in seen:
            seen.add(here)
            waiting += _onward(compiled.nodes[here])
    return seen


# --- consent, referral, lodging ---------------------------------------------------------------------


def _consents(flow: FlowDraft, placed: list[Placed]) -> None:
    for place in placed:
        step = place.step
        if not isinstance(step, ConsentStep):
            continue
        for key, said in (("given", "同意"), ("refused", "不同意")):
            if not getattr(step, key):
                message = f"来电人{said}之后（{key}）没有写要做什么"
                flow.source.problem(
                    (*place.where, key), "consent_branch", message, "至少写一步 lodge: record"
                )
        if not step.fields:
            message = "没有写要转出哪些信息项（fields）"
            flow.source.problem((*place.where, "fields"), "empty", message, "例如：fields: [product, phone]")


def _referrals(flow: FlowDraft, placed: list[Placed]) -> None:
    if flow.flow.kind not in (None, Kind.COMPLAINT):
        return  # forbidden altogether: told elsewhere
    for place in placed:
        step = place.step
        if not isinstance(step, Refer):
            continue
        where = (*place.where, "refer")
        if step.refer not in place.under:
            message = f"转出“{step.refer}”没有放在同名的征得同意步骤的 given 下面"
            hint = f"请移到 consent: {step.refer} 的 given 里"
            flow.source.problem(where, "refer_unguarded", message, hint)
        elif not place.lodged:
            message = "还没有登记就转出"
            flow.source.problem(where, "refer_before_lodge", message, "请在它前面写 - lodge: record")


def _who_may_refer(flow: FlowDraft, draft: Draft) -> None:
    """Only a 投诉 is passed on; a 举报 never (办法 art. 37)."""
    if flow.flow.kind is Kind.COMPLAINT:
        return
    if flow.flow.kind is None and not _started(flow.flow, draft):
        return  # a part called by others: each caller is checked
    kind = flow.flow.kind.value if flow.flow.kind else "没有写 kind 的"
    for place in flow.placed():
        if isinstance(place.step, ConsentStep | Refer):
            message = f"{kind}流程里不能征得同意转出，也不能转出"
            flow.source.problem(place.where, "refer_forbidden", message, "只有 kind: 投诉 的流程可以")
        elif isinstance(place.step, CallFlow) and _passes_on(place.step.call, draft):
            message = f"{kind}流程不能调用会转出的流程“{place.step.call}”"
            flow.source.problem(
                (*place.where, "call"), "refer_forbidden", message, "只有 kind: 投诉 的流程可以"
            )


def _passes_on(name: str, draft: Draft) -> bool:
    reached = _reached(name, draft)
    flows = (flow for flow in draft.flows if flow.flow.flow in reached)
    return any(isinstance(place.step, ConsentStep | Refer) for flow in flows for place in flow.placed())


def _lodging(flow: FlowDraft, placed: list[Placed], draft: Draft) -> None:
    lodges = [place for place in placed if isinstance(place.step, Lodge)]
    if lodges and flow.flow.kind is None and _started(flow.flow, draft):
        message = "要登记，但没有写这是投诉、举报还是咨询"
        flow.source.problem(
            (*lodges[0].where, "lodge"), "lodge_without_kind", message, "请在开头加 kind: 投诉"
        )
    calls = any(isinstance(place.step, CallFlow) for place in placed)
    for place in placed:
        ends = isinstance(place.step, End) and place.step.end is Outcome.LODGED
        if ends and not lodges and not calls and flow.whole and _started(flow.flow, draft):
            message = "写着已登记（end: lodged），前面却没有登记这一步"
            flow.source.problem(
                (*place.where, "end"), "lodged_without_lodge", message, "请加 - lodge: record"
            )
