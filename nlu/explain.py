"""An Understanding as a table for people: what was heard, what it was taken for, and why."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from data.understanding import Finding, Understanding

#: Below this a value must be confirmed outright.
_UNSURE = 0.5


def table(understanding: Understanding) -> Table:
    """One row a fact: intents, acts, flags, then each finding with its words and its reason."""
    shown = Table(title=Text(understanding.text), title_justify="left", expand=False)
    for column in ("what", "value", "heard", "confidence", "method", "why"):
        shown.add_column(column)
    for scored in understanding.intents:
        shown.add_row("intent", scored.intent.value, "", f"{scored.score:.2f}", "", "")
    if understanding.acts:
        shown.add_row("acts", " ".join(sorted(act.value for act in understanding.acts)), "", "", "", "")
    if understanding.consent is not None:
        shown.add_row("consent", understanding.consent.value, "", "", "", "")
    if understanding.request_human:
        shown.add_row("request_human", "yes", "", "", "", "")
    flags = understanding.flags
    for name, value in (
        ("emergency", flags.emergency.value if flags.emergency else None),
        ("mass_incident", "yes" if flags.mass_incident else None),
        ("safety_flag", flags.safety_flag),
        ("emotion", flags.emotion),
    ):
        if value:
            shown.add_row(name, value, "", "", "", "", style="bold red" if name == "emergency" else None)
    for finding in understanding.findings:
        shown.add_row(
            finding.slot.value,
            Text(_value(finding)),
            Text(f"{finding.heard} [{finding.span[0]}:{finding.span[1]}]"),
            f"{finding.confidence:.2f}",
            finding.method,
            Text(_why(finding)),
            style="yellow" if finding.confidence < _UNSURE else None,
        )
    return shown


def _value(finding: Finding) -> str:
    value = finding.value
    text = "、".join(value) if isinstance(value, tuple) else str(value)
    return f"{text} ({finding.precision})" if finding.precision else text


def _why(finding: Finding) -> str:
    reasons = [finding.reason] if finding.reason else []
    if finding.alternatives:
        reasons.append("或 " + " / ".join(str(other) for other in finding.alternatives))
    return "；".join(reasons)
