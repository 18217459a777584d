"""Who may be told what: consents with both answers, referrals under their consent, reports never passed on."""

from __future__ import annotations

from data.vocabulary import Kind, kind_of
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.schema import CallFlow, ConsentStep, Refer, TransferCall


def check_consents(draft: Draft) -> None:
    """Report into each flow's source."""
    pass_on = _pass_on(draft)
    for flow in draft.flows:
        for place in flow.placed():
            if isinstance(place.step, ConsentStep):
                _both_answers(flow, place, place.step)
            elif isinstance(place.step, Refer) and flow.flow.kind in (None, Kind.COMPLAINT):
                _guarded(flow, place, place.step)
            elif isinstance(place.step, TransferCall) and flow.flow.kind in (None, Kind.COMPLAINT):
                _connected(flow, place, place.step, draft)
        _who_may_refer(flow, draft, pass_on)
        _kind_fits(flow, pass_on)
    _one_recipient(draft)


def _both_answers(flow: FlowDraft, place: Placed, step: ConsentStep) -> None:
    for key, said, steps in (("given", "同意", step.given), ("refused", "不同意", step.refused)):
        if not steps:
            message = f"来电人{said}之后（{key}）没有写要做什么"
            flow.source.problem((*place.where, key), "consent_branch", message, "至少写一步 lodge: record")
    if not step.fields:
        message = "没有写要转出哪些信息项（fields）"
        flow.source.problem((*place.where, "fields"), "empty", message, "例如：fields: [product, phone]")


def _guarded(flow: FlowDraft, place: Placed, step: Refer) -> None:
    if step.refer not in place.under:
        message = f"转出“{step.refer}”没有放在同名的征得同意步骤的 given 下面"
        hint = f"请移到 consent: {step.refer} 的 given 里"
        flow.source.problem((*place.where, "refer"), "refer_unguarded", message, hint)


def _connected(flow: FlowDraft, place: Placed, step: TransferCall, draft: Draft) -> None:
    """Only to whom the caller has just consented to pass his record to."""
    recipients = {
        other.step.consent: other.step.recipient
        for other_flow in draft.flows
        for other in other_flow.placed()
        if isinstance(other.step, ConsentStep)
    }
    if step.transfer not in {recipients.get(purpose) for purpose in place.under}:
        message = f"接通“{step.transfer}”没有放在征得同意转给它的步骤的 given 下面"
        hint = f"请移到 recipient: {step.transfer} 的 consent 的 given 里"
        flow.source.problem((*place.where, "transfer"), "transfer_unguarded", message, hint)


def _one_recipient(draft: Draft) -> None:
    """A consent is for one recipient: the same purpose must not mean another one elsewhere."""
    first: dict[str, tuple[str, str]] = {}
    for flow in draft.flows:
        for place in flow.placed():
            step = place.step
            if not isinstance(step, ConsentStep):
                continue
            recipient, file = first.setdefault(step.consent, (step.recipient.value, flow.source.file))
            if recipient != step.recipient.value:
                message = f"用途“{step.consent}”在 {file} 里是转给 {recipient}，这里却转给 {step.recipient}"
                hint = "一个用途只能有一个对象，请换一个用途名称"
                flow.source.problem((*place.where, "recipient"), "two_recipients", message, hint)


def _who_may_refer(flow: FlowDraft, draft: Draft, pass_on: frozenset[str]) -> None:
    """Only a 投诉 is passed on; a 举报 never (办法 art. 37)."""
    if flow.flow.kind is Kind.COMPLAINT:
        return
    if flow.flow.kind is None and not (flow.no_kind and draft.starts(flow.flow)):
        return  # a part called by others: each caller is checked
    kind = flow.flow.kind.value if flow.flow.kind else "没有写 kind 的"
    for place in flow.placed():
        if isinstance(place.step, ConsentStep | Refer | TransferCall):
            message = f"{kind}流程里不能征得同意转出，也不能转出"
            flow.source.problem(place.where, "refer_forbidden", message, "只有 kind: 投诉 的流程可以")
        elif isinstance(place.step, CallFlow) and place.step.call in pass_on:
            message = f"{kind}流程不能调用会转出的流程“{place.step.call}”"
            where = (*place.where, "call")
            flow.source.problem(where, "refer_forbidden", message, "只有 kind: 投诉 的流程可以")


def _kind_fits(flow: FlowDraft, pass_on: frozenset[str]) -> None:
    """What the caller wants decides the kind of record; above all, no report may come to a referral."""
    kind, start = flow.flow.kind, flow.flow.start_when
    if flow.whole and start is not None and not start.intent and flow.flow.flow in pass_on:
        message = f"没有写意图，来电人要举报时也会进会转出的流程“{flow.flow.flow}”"
        hint = "举报永远不转给被举报的一方：请加上 intent: [complaint_online, complaint_other]"
        flow.source.problem(("start_when", "said"), "report_refers", message, hint)
    for number, intent in enumerate(start.intent if start is not None else ()):
        wanted = kind_of(intent)
        if kind is None or wanted is None or wanted is kind:
            continue
        where = ("start_when", "intent", number)
        if wanted is Kind.REPORT and flow.flow.flow in pass_on:
            message = f"来电人要举报（{intent}），却会进入会转出的流程“{flow.flow.flow}”"
            hint = "举报永远不转给被举报的一方：请把这个意图移到 kind: 举报 的流程"
            flow.source.problem(where, "report_refers", message, hint)
        else:
            message = f"意图“{intent}”是{wanted}，这个流程却写着 kind: {kind}"
            hint = f"请把这个意图移到 kind: {wanted} 的流程，或改 kind"
            flow.source.problem(where, "kind_mismatch", message, hint)


def _pass_on(draft: Draft) -> frozenset[str]:
    """The flows from which a call can come to a consent or a referral."""
    asking = {
        flow.flow.flow
        for flow in draft.flows
        if any(isinstance(place.step, ConsentStep | Refer | TransferCall) for place in flow.placed())
    }
    return frozenset(name for name, reached in draft.reaches().items() if reached & asking)
