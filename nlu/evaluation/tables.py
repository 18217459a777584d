"""The findings of an evaluation for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from data.vocabulary import ConsentReply, Intent
from nlu.evaluation.findings import (
    MISTAKE_HEADS,
    SCORE_KEY,
    Findings,
    Row,
    axis,
    consent_headline,
    flag_scores,
    headline,
    mistake_cells,
    score_cell,
    slot_scores,
)
from nlu.evaluation.scores import Mistake


def tables(findings: Findings, most_errors: int) -> Iterator[Table]:
    """Headline, flags, slots, confusions, and the first `most_errors` errors of each report."""
    if findings.utterances:
        columns = list(findings.utterances)
        yield _figures("理解", columns, headline(findings))
        for name, scores in (("提示", flag_scores(findings)), ("信息项", slot_scores(findings))):
            yield _figures(
                f"{name}（{SCORE_KEY}）",
                columns,
                ((what, tuple(map(score_cell, each))) for what, each in scores),
            )
        for name, report in findings.utterances.items():
            yield _matrix(
                f"意图（行：标注，列：结果）· {name}", report.confusion, [intent.value for intent in Intent]
            )
    if findings.replies:
        yield _figures("征求同意的回答", list(findings.replies), consent_headline(findings))
        for name, consent in findings.replies.items():
            yield _matrix(
                f"同意（行：标注，列：结果）· {name}", consent.matrix, [kind.value for kind in ConsentReply]
            )
    mistakes = [(name, report.errors) for name, report in findings.utterances.items()]
    mistakes += [(name, consent.errors) for name, consent in findings.replies.items()]
    for name, errors in mistakes:
        if errors and most_errors:
            yield _errors(f"错 {len(errors)} 处 · {name}", errors[:most_errors])


def _figures(title: str, columns: Sequence[str], rows: Iterable[Row]) -> Table:
    table = Table("", *columns, title=title, title_justify="left")
    for name, cells in rows:
        table.add_row(name, *cells)
    return table


def _matrix(title: str, matrix: Mapping[str, Mapping[str, int]], order: Sequence[str]) -> Table:
    """Columns by number, so that fourteen fit a terminal."""
    lines, columns = axis(matrix, order)
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for index in range(1, len(columns) + 1):
        table.add_column(str(index), justify="right")
    for index, column in enumerate(columns, 1):
        counts = [matrix.get(column, {}).get(other, 0) for other in columns]
        cells = [
            Text(str(count) if count else "", "green" if other == column else "red")
            for other, count in zip(columns, counts, strict=True)
        ]
        table.add_row(f"{index} {column}", *cells, style=None if column in lines else "dim")
    return table


def _errors(title: str, mistakes: Sequence[Mistake]) -> Table:
    table = Table(title=title, title_justify="left")
    for head in MISTAKE_HEADS:
        table.add_column(head, overflow="fold", no_wrap=head == MISTAKE_HEADS[1])
    for mistake in mistakes:
        table.add_row(*map(Text, mistake_cells(mistake)))
    return table
