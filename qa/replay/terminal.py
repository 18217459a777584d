"""A replay on the terminal: a line a call, the sums below."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from qa.replay.judge import Verdict
from qa.replay.names import ROOMS, VERDICTS
from qa.replay.report import CallResult, ReplayReport

_COLOURS: dict[Verdict, str] = {
    "same": "green",
    "better": "green",
    "worse": "red",
    "different": "yellow",
    "diverged": "magenta",
    "not_scorable": "dim",
}


def table(report: ReplayReport) -> Table:
    """A line a call, the sums below."""
    view = Table(title="回放", caption=caption(report))
    for heading in ("来电", "结论", "出在"):
        view.add_column(heading, no_wrap=True)
    view.add_column("听写差", justify="right")
    if any(call.score_after is not None for call in report.calls):
        view.add_column("评分", justify="right")
    view.add_column("为什么", overflow="fold")
    for call in report.calls:
        words = call.words
        row: list[str | Text] = [
            call.id[:14],
            Text(VERDICTS[call.verdict], _COLOURS[call.verdict]),
            ROOMS[call.room] if call.room is not None else "",
            "—" if words is None else f"{words.errors}/{words.characters}",
        ]
        if len(view.columns) == 6:
            row.append(_scores(call))
        view.add_row(*row, "；".join(call.reasons))
    return view


def _scores(call: CallResult) -> str:
    if call.score_after is None:
        return "—"
    before = "" if call.score_before is None else f"{call.score_before:.0f} → "
    return f"{before}{call.score_after:.0f}"


def caption(report: ReplayReport) -> str:
    """The sums in a line."""
    compared = report.total - report.verdicts.get("not_scorable", 0)
    parts = [f"{report.same}/{compared} 通诉求单和走法一致（{report.identical:.1%}）"]
    parts += [f"{ROOMS[room]} {count}" for room, count in report.rooms.items() if room in ROOMS]
    if report.missing_answers:
        parts.append(f"录音里没有的回答 {report.missing_answers}")
    if report.cer is not None:
        parts.append(f"听写差 {report.cer:.1%}")
    if report.audio_s and report.seconds:
        parts.append(f"{report.audio_s / report.seconds:.1f} 倍于实时")
    return " · ".join(parts)
