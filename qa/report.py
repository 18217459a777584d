"""What a simulation found: one result a run, and the sums over all. The JSON of `smartseat simulate`."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from rich.table import Table
from rich.text import Text

from data.understanding import SlotValue
from qa.gaps import percentile


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SlotResult(Result):
    expected: SlotValue
    got: SlotValue | None


class ConsentResult(Result):
    expected: str
    got: str


class Spread(Result):
    """Milliseconds; None when nothing was measured."""

    p50: int | None
    p95: int | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(p50=percentile(values, 50), p95=percentile(values, 95))


class RunResult(Result):
    """One call. mistakes: what kept the record from being exact, by name. fault: why there is no record.

    misheard: slots that were told but hold something else, and that the persona does not score.
    """

    persona: str
    draw: int
    call_id: str
    record_exact: bool
    slots: dict[str, SlotResult] = {}
    consents: dict[str, ConsentResult] = {}
    mistakes: tuple[str, ...] = ()
    misheard: tuple[str, ...] = ()
    turns: int = 0
    seconds: float = 0.0
    corrections: int = 0
    gaps_ms: tuple[int, ...] = ()
    cut_ins: int = 0
    utterances: int = 0
    no_replies: int = 0
    outcome: str | None = None
    events_left: tuple[str, ...] = ()
    timed_out: bool = False
    fault: str | None = None


class SimulationReport(Result):
    """record_exact: share of runs whose record is exactly right. cut_in_rate: cut-ins per utterance."""

    record_exact: float
    exact: int
    total: int
    gap_ms: Spread
    cut_in_rate: float
    cut_ins: int
    no_replies: int
    corrections: int
    misheard: int
    seed: int
    runs: tuple[RunResult, ...]


def summarise(runs: Sequence[RunResult], seed: int) -> SimulationReport:
    gaps = [gap for run in runs for gap in run.gaps_ms]
    exact, utterances = sum(run.record_exact for run in runs), sum(run.utterances for run in runs)
    cut_ins = sum(run.cut_ins for run in runs)
    return SimulationReport(
        record_exact=exact / len(runs) if runs else 0.0,
        exact=exact,
        total=len(runs),
        gap_ms=Spread.of(gaps),
        cut_in_rate=cut_ins / utterances if utterances else 0.0,
        cut_ins=cut_ins,
        no_replies=sum(run.no_replies for run in runs),
        corrections=sum(run.corrections for run in runs),
        misheard=sum(len(run.misheard) for run in runs),
        seed=seed,
        runs=tuple(runs),
    )


def table(report: SimulationReport) -> Table:
    """The report for a terminal: a line a run, the sums below."""
    gap = report.gap_ms
    view = Table(
        title="模拟来电",
        caption=f"{report.total} 张诉求单，{report.exact} 张完全正确"
        f" · 应答间隔 p50 {_ms(gap.p50)}、p95 {_ms(gap.p95)} · 抢话 {report.cut_in_rate:.1%}"
        f" · 没有应答 {report.no_replies} · 更正 {report.corrections} · 不计分而听错的项 {report.misheard}",
    )
    for heading in ("来电人", "次", "诉求单"):
        view.add_column(heading)
    for heading in ("轮次", "秒", "更正", "间隔 p50", "p95", "抢话", "没应答"):
        view.add_column(heading, justify="right")
    view.add_column("哪里不对")
    for run in report.runs:
        spread = Spread.of(run.gaps_ms)
        view.add_row(
            run.persona,
            str(run.draw),
            Text("正确", "green") if run.record_exact else Text("有误", "red"),
            str(run.turns),
            f"{run.seconds:.0f}",
            str(run.corrections),
            _ms(spread.p50),
            _ms(spread.p95),
            str(run.cut_ins),
            str(run.no_replies),
            run.fault or ", ".join((*run.mistakes, *(f"misheard.{slot}" for slot in run.misheard))),
        )
    return view


def _ms(value: int | None) -> str:
    return "–" if value is None else f"{value} ms"
