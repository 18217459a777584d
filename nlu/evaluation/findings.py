"""The findings of an evaluation side by side: what was read, each under its column's name ("文字", "语音" …)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from nlu.evaluation.scores import ConsentReport, Mistake, Recall, Score, UtteranceReport

#: A figure: its name, then one cell a column.
Row = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Findings:
    """Reports by column; a column may hold either kind or both. notes: lines of plain text about the run."""

    utterances: Mapping[str, UtteranceReport] = field(default_factory=dict)
    replies: Mapping[str, ConsentReport] = field(default_factory=dict)
    notes: Sequence[str] = ()


def headline(findings: Findings) -> Iterator[Row]:
    """Counts, accuracy, latency."""
    reports = findings.utterances.values()
    if reports:
        yield "句数", tuple(str(report.n) for report in reports)
        yield (
            "意图准确率",
            tuple(f"{percent(report.intent_accuracy)} / {report.intent_n}" for report in reports),
        )
        yield "每句毫秒 p50 / p95", tuple(_ms(report) for report in reports)


def consent_headline(findings: Findings) -> Iterator[Row]:
    """Counts, accuracy, and what matters most: agreement that was none."""
    reports = findings.replies.values()
    if reports:
        yield "回答数", tuple(str(report.n) for report in reports)
        yield "六类准确率", tuple(percent(report.accuracy) for report in reports)
        yield "误当同意", tuple(str(report.false_agree) for report in reports)
        yield "每句毫秒 p50 / p95", tuple(_ms(report) for report in reports)


def flag_scores(findings: Findings) -> Iterator[tuple[str, tuple[Score | None, ...]]]:
    yield from _scores([report.flags for report in findings.utterances.values()])


def slot_scores(findings: Findings) -> Iterator[tuple[str, tuple[Score | None, ...]]]:
    yield from _scores([report.slots for report in findings.utterances.values()])


def act_recalls(findings: Findings) -> Iterator[tuple[str, tuple[Recall | None, ...]]]:
    columns = [report.acts for report in findings.utterances.values()]
    for name in sorted(set(chain.from_iterable(columns))):
        yield name, tuple(column.get(name) for column in columns)


def _scores(columns: Sequence[Mapping[str, Score]]) -> Iterator[tuple[str, tuple[Score | None, ...]]]:
    for name in sorted(set(chain.from_iterable(columns))):
        yield name, tuple(column.get(name) for column in columns)


def percent(share: float) -> str:
    return f"{share * 100:.1f}%"


#: What stands in a `score_cell`.
SCORE_KEY = "精确率/召回率/F1，括号里是标注数"


def score_cell(score: Score | None) -> str:
    """ "97/94/95.5 (143)"."""
    if score is None:
        return "–"
    return f"{score.precision * 100:.0f}/{score.recall * 100:.0f}/{score.f1 * 100:.1f} ({score.n})"


def axis(matrix: Mapping[str, Mapping[str, int]], order: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels of a confusion's lines and columns, in `order`, what is not in it last."""
    found = set(chain.from_iterable(matrix.values()))
    known = [name for name in order if name in matrix or name in found]
    return [name for name in known if name in matrix], known + sorted(found - set(known))


#: The heads of `mistake_cells`.
MISTAKE_HEADS = ("行", "项", "标注", "结果", "原话")


def mistake_cells(mistake: Mistake) -> tuple[str, ...]:
    said = mistake.text if mistake.heard is None else f"{mistake.text} ⇒ {mistake.heard or '（没有听到）'}"
    return str(mistake.line), mistake.what, mistake.expected, mistake.got, said


def _ms(report: UtteranceReport | ConsentReport) -> str:
    return f"{report.latency_ms.p50:.1f} / {report.latency_ms.p95:.1f}"
