"""Score cards for reading: the JSON of `smartseat score`, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from rich.table import Table
from rich.text import Text

from data.vocabulary import Outcome
from qa.report import Result
from qa.score_card.card import Line, ScoreCard

_OUTCOMES = {
    Outcome.LODGED: "已登记",
    Outcome.INCOMPLETE: "未完成",
    Outcome.TO_DESK: "转到人工",
    Outcome.NO_DESK: "人工没接通",
    Outcome.ANSWERED: "已答复",
}


class ScoredCall(Result):
    """trials: the sides of the script's trials this call was on."""

    id: str
    script: str
    outcome: Outcome | None
    card: ScoreCard
    trials: dict[str, str] = Field(default_factory=dict)


class VersionScore(Result):
    """One version of the script, or one side of a trial. lodged: calls that ended with a case
    number. lost: the mean points lost by rule, of 100, where any were."""

    calls: int
    total: float
    passed: int
    lodged: int
    lost: dict[str, float]


class ScoreReport(Result):
    """total: the mean. by_script: versions in the order of their latest calls. by_trial: trial, side."""

    total: float
    passed: int
    calls: tuple[ScoredCall, ...]
    by_script: dict[str, VersionScore]
    by_trial: dict[str, dict[str, VersionScore]] = Field(default_factory=dict)


def score_report(calls: Sequence[ScoredCall]) -> ScoreReport:
    versions = dict.fromkeys(call.script for call in calls)
    return ScoreReport(
        total=_mean([call.card.total for call in calls]),
        passed=sum(call.card.passed for call in calls),
        calls=tuple(calls),
        by_script={name: _version([c for c in calls if c.script == name]) for name in versions},
        by_trial=_by_trial(calls),
    )


def _by_trial(calls: Sequence[ScoredCall]) -> dict[str, dict[str, VersionScore]]:
    found = sorted({(trial, side) for call in calls for trial, side in call.trials.items()})
    sides: dict[str, dict[str, VersionScore]] = {}
    for trial, side in found:
        its = [call for call in calls if call.trials.get(trial) == side]
        sides.setdefault(trial, {})[side] = _version(its)
    return sides


def _version(calls: Sequence[ScoredCall]) -> VersionScore:
    lost: dict[str, float] = {}
    for call in calls:
        possible = sum(line.of for line in call.card.lines)
        for line in call.card.lines:
            if line.points < line.of:
                share = 100 * (line.of - line.points) / possible / len(calls)
                lost[line.rule] = round(lost.get(line.rule, 0.0) + share, 2)
    return VersionScore(
        calls=len(calls),
        total=_mean([call.card.total for call in calls]),
        passed=sum(call.card.passed for call in calls),
        lodged=sum(call.outcome is Outcome.LODGED for call in calls),
        lost=dict(sorted(lost.items(), key=lambda pair: -pair[1])),
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 1) if values else 0.0


def card_table(call: ScoredCall) -> Table:
    """One call's whole card."""
    card = call.card
    view = Table(title=f"评分卡 {call.id}", caption=_caption(call))
    view.add_column("项目")
    for heading in ("情况", "得分", "满分"):
        view.add_column(heading, justify="right")
    for line in card.lines:
        lost = line.points < line.of
        colour = "red" if lost and line.critical else "yellow" if lost else "green"
        view.add_row(line.name, value(line), Text(f"{line.points:.1f}", colour), f"{line.of:g}")
    return view


def value(line: Line) -> str:
    """What was measured; a thing that never came has no number."""
    return "一直没有" if line.value is None else f"{line.value:g}"


def _caption(call: ScoredCall) -> str:
    card = call.card
    parts = [f"{card.total} 分，{'合格' if card.passed else '不合格'}"]
    if card.failed:
        names = {line.rule: line.name for line in card.lines}
        parts.append(f"关键项没做到：{'、'.join(names[rule] for rule in card.failed)}")
    if card.abandoned_at is not None:
        parts.append(f"挂断在：{card.abandoned_at}")
    return " · ".join(parts)


def list_table(report: ScoreReport) -> Table:
    """A line a call: the sum, and where most points were lost."""
    view = Table(title="评分", caption=f"平均 {report.total} 分，{report.passed}/{len(report.calls)} 通合格")
    for heading in ("来电", "话术", "结果"):
        view.add_column(heading, no_wrap=True)
    view.add_column("分", justify="right")
    view.add_column("丢分在", overflow="fold")
    for call in report.calls:
        card = call.card
        worst = sorted(
            (line for line in card.lines if line.points < line.of), key=lambda at: at.points - at.of
        )
        where = [f"{line.name} {value(line)}" for line in worst[:3]]
        if card.abandoned_at is not None:
            where.append(f"挂断在 {card.abandoned_at}")
        outcome = _OUTCOMES[call.outcome] if call.outcome is not None else "—"
        total = Text(f"{card.total:.0f}", "green" if card.passed else "red")
        view.add_row(call.id[:14], call.script[:8], outcome, total, "；".join(where))
    return view


def trend_table(report: ScoreReport) -> Table:
    """By version of the script."""
    return _compared("按话术版本", "话术", report, report.by_script)


def trial_tables(report: ScoreReport) -> list[Table]:
    """By side, a table a trial."""
    return [_compared(f"对比试验 {trial}", "说法", report, sides) for trial, sides in report.by_trial.items()]


def _compared(title: str, what: str, report: ScoreReport, rows: Mapping[str, VersionScore]) -> Table:
    view = Table(title=title)
    view.add_column(what)
    for heading in ("通数", "平均分", "合格", "已登记"):
        view.add_column(heading, justify="right")
    view.add_column("丢分最多", overflow="fold")
    names = {line.rule: line.name for call in report.calls for line in call.card.lines}
    for name, row in rows.items():
        lost = [f"{names[rule]} −{points:.1f}" for rule, points in list(row.lost.items())[:3]]
        numbers = (str(row.calls), f"{row.total:.1f}", str(row.passed), str(row.lodged))
        view.add_row(name, *numbers, "；".join(lost))
    return view
