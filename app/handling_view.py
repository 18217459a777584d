"""What the office noted on a record, on the terminal: where it goes, how it is settled, what it belongs with."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table

from data.assignments import Assignment, Handling, What
from data.case_numbers import SHANGHAI_TIME
from data.masking import HIDDEN

_LABELS: dict[What, str] = {"district": "分送到", "line": "条线", "route": "化解方式"}


def handling_view(found: Handling, *, reveal: bool) -> RenderableType:
    """reveal: the words persons wrote, which may name people."""
    head = Table.grid(padding=(0, 2))
    head.add_column(no_wrap=True)
    head.add_column(overflow="fold")
    head.add_row("登记编号", f"{found.case_no}（{found.kind.value}）")
    for what, label in _LABELS.items():
        now = found.now(what)
        if now is not None:
            head.add_row(label, _standing(now))
    for number in found.numbers:
        way = "转入" if number.direction == "in" else "转出"
        head.add_row(f"{number.system} {way}", number.number or "对方编号还没有回来")
    for one in found.related:
        head.add_row(one.relation, f"{one.case_no}（{one.reasons}）")
    if found.joint:
        head.add_row("共同投诉", "、".join(found.joint))
    for note in found.notes:
        head.add_row("内部提示", f"{note.note}（办法第17条，只供判断是否受理时参考，不得告知来电人）")
    changes = Table("时间", "什么", "到哪里", "谁", "为什么", title="分办经过", expand=True)
    for step in found.history:
        why = "；".join(step.reasons)
        if step.why is not None:
            why += f"；{step.why if reveal else HIDDEN}"
        changes.add_row(
            f"{step.at.astimezone(SHANGHAI_TIME):%m-%d %H:%M}", _LABELS[step.what], step.name, step.who, why
        )
    return Group(head, changes) if found.history else head


def _standing(now: Assignment) -> str:
    if now.by_person:
        return f"{now.name}（{now.who}决定）"
    ask = "，没有把握，请人工确认" if now.unclear else "，等人确认"
    sure = "" if now.target is None or now.what == "route" else f"，把握 {now.confidence:.0%}"
    return f"{now.name}（系统建议{sure}{ask}）：{'；'.join(now.reasons)}"
