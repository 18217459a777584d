"""A kept record on the terminal: each field with the words it came from."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from data.records import FieldDraft, Record
from dialogs.key_texts import key_texts
from dialogs.schema import ScriptFile

_CONFIRMED = {"explicit": "逐项确认", "read_back": "复述确认", "implicit": "顺带确认", None: "未确认"}
_DECLINED = {"declined": "不愿说", "dont_know": "说不知道", "given_up": "没有问到"}


def record_view(record: Record, file: ScriptFile, *, recording: str | None) -> RenderableType:
    """The record as it is given: `data.revealing.masked_record` hides what is not to be seen."""
    draft = record.draft
    head = Table.grid(padding=(0, 2))
    head.add_row("类型", f"{draft.kind.value if draft.kind else '未定'}（{_intent(draft.intent)}）")
    unfinished = "未完成" if record.superseded_by is None else f"已并入 {record.superseded_by}"
    head.add_row("状态", "已登记" if record.status == "lodged" else unfinished)
    head.add_row("登记编号", f"{record.case_no or '—'}（沙箱编号）" if record.case_no else "—")
    if draft.trials:
        head.add_row("对比试验", "、".join(f"{trial} {side}" for trial, side in draft.trials.items()))
    if record.linked_cases:
        head.add_row("同一通电话", "、".join(record.linked_cases))
    fields = Table("信息项", "值", "出自这句话", "录音位置", "把握", "确认", title="诉求单", expand=True)
    for field in draft.fields:
        fields.add_row(
            file.labels.get(field.slot, field.slot.value),
            str(_plain(field.value)),
            field.heard,
            _where(field),
            f"{field.confidence:.2f} {field.method}",
            _CONFIRMED[field.confirmed] + (f"，改过 {field.corrections} 次" if field.corrections else ""),
        )
    for declined in draft.declined:
        fields.add_row(
            file.labels.get(declined.slot, declined.slot.value),
            "（没有提供）",
            "",
            "",
            "",
            _DECLINED[declined.reason],
        )
    consents = Table("同意事项", "给谁", "决定", "原话", title="同意", expand=True)
    for consent in record.consents:
        words = consent.draft.words or consent.draft.reason or ""
        consents.add_row(consent.draft.purpose, consent.draft.recipient, consent.standing.value, words)
    parts: list[RenderableType] = [head, fields]
    if record.consents:
        parts.append(consents)
    if draft.questions:
        asked = Table("问的话", "答的哪一条", title="问题", expand=True)
        for question in draft.questions:
            asked.add_row(question.words, question.answer or "（请工作人员答）")
        parts.append(asked)
    for referral in record.referrals:
        more = "".join(f" · {one}" for one in (referral.answer, referral.reason) if one)
        parts.append(Text(f"转办：{referral.recipient} · {referral.status}{more}"))
    if recording:
        parts.append(Text(f"录音：{recording}"))
        parts.append(
            Text(
                f"　　　听录音：smartseat records audio {record.case_no or record.call_id} 通话.flac --reason 为什么"
            )
        )
    return Group(*parts)


def _intent(intent: str | None) -> str:
    return "—" if intent is None else key_texts().words["Intent"].of.get(intent, intent)


def _plain(value: object) -> object:
    return "、".join(map(str, value)) if isinstance(value, tuple) else value


def _where(field: FieldDraft) -> str:
    if field.earlier is not None:
        return f"上一通 {field.earlier.call_id}"
    if field.start_ms is None or field.end_ms is None:
        return "—"
    return f"{field.start_ms / 1000:.1f}–{field.end_ms / 1000:.1f} 秒"
