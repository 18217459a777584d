"""An Understanding as a table for people: what was heard, what it was taken for, and why."""

from __future__ import annotations

from collections.abc import Callable

from rich.table import Table
from rich.text import Text

from data.understanding import Finding, SlotValue, Understanding

#: Below this a value must be confirmed outright.
_UNSURE = 0.5
_COLUMNS = ("项", "规范值", "念作", "原话 [位置]", "把握", "方法", "说明")
_WHOLE = ("项", "把握", "方法")
#: A story is its own title: only its beginning is repeated.
_LONGEST = 24


def table(understanding: Understanding, spoken: Callable[[Finding], str] | None = None) -> Table:
    """One row a fact: intents, acts, flags, then each finding with its words and its reason.

    spoken: how the seat would say a finding's value back.
    """
    shown = Table(title=Text(understanding.text), title_justify="left", expand=False)
    for column in _COLUMNS:
        # Names stay whole, also on a narrow terminal.
        shown.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    for scored in understanding.intents:
        shown.add_row("意图", scored.intent.value, "", "", f"{scored.score:.2f}")
    if understanding.acts:
        shown.add_row("动作", " ".join(sorted(act.value for act in understanding.acts)))
    if understanding.consent is not None:
        shown.add_row("同意", understanding.consent.value)
    if understanding.language is not None:
        shown.add_row("语言", understanding.language)
    for matter in understanding.outright:
        shown.add_row("点名要办", matter.value)
    question = understanding.question
    if question is not None:
        found = question.entry or f"没有答案（最像 {question.nearest}）"
        shown.add_row(
            "问",
            found,
            "",
            "",
            f"{question.score:.2f}",
            "",
            f"其次 {question.second}，{question.second_score:.2f}",
        )
    if understanding.request_human:
        shown.add_row("要人工", "是")
    flags = understanding.flags
    for name, value in (
        ("紧急", flags.emergency.value if flags.emergency else None),
        ("群体", "是" if flags.mass_incident else None),
        ("三品一特", flags.safety_flag),
        ("情绪", flags.emotion),
    ):
        if value:
            shown.add_row(name, value, style="bold red" if name == "紧急" else None)
    for finding in understanding.findings:
        shown.add_row(
            finding.slot.value,
            Text(_value(finding)),
            Text(_short(spoken(finding)) if spoken is not None else ""),
            Text(f"{_short(finding.heard)} [{finding.span[0]}:{finding.span[1]}]"),
            f"{finding.confidence:.2f}",
            finding.method,
            Text(_why(finding)),
            style="yellow" if finding.confidence < _UNSURE else None,
        )
    return shown


def _value(finding: Finding) -> str:
    text = _short(_said(finding.value))
    return f"{text}（{finding.precision}）" if finding.precision else text


def _why(finding: Finding) -> str:
    reasons = [finding.reason] if finding.reason else []
    if finding.alternatives:
        reasons.append("或 " + " / ".join(_said(other) for other in finding.alternatives))
    return "；".join(reasons)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _said(value: SlotValue) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value)
