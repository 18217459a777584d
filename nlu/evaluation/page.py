"""The report of an evaluation as Markdown, or as one HTML file that needs nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from data.vocabulary import ConsentReply, Intent
from nlu.evaluation.findings import (
    MISTAKE_HEADS,
    SCORE_KEY,
    Findings,
    act_recalls,
    axis,
    consent_headline,
    flag_scores,
    headline,
    mistake_cells,
    percent,
    score_cell,
    slot_scores,
)
from nlu.evaluation.scores import Mistake, Score

TITLE = "理解评测"
_INTENTS = tuple(intent.value for intent in Intent)
_REPLIES = tuple(kind.value for kind in ConsentReply)
_Table = tuple[Sequence[str], list[Sequence[str]]]


def markdown(findings: Findings) -> str:
    """Tables with the confusions as counts, then every error."""
    parts = [f"# {TITLE}", *findings.notes]
    for name, (heads, rows) in _tables(findings):
        parts += [f"## {name}", _pipes(heads, rows)]
    for name, matrix, order in _matrices(findings):
        lines, columns = axis(matrix, order)
        rows = [[line, *(str(matrix[line].get(column) or "") for column in columns)] for line in lines]
        parts += [f"## {name}", _pipes(["标注 \\ 结果", *columns], rows)]
    for name, mistakes in _mistakes(findings):
        parts += [f"## {name}（{len(mistakes)}）", _pipes(MISTAKE_HEADS, map(mistake_cells, mistakes))]
    return "\n\n".join(parts) + "\n"


def html(findings: Findings) -> str:
    """The same with the confusions drawn and a bar for each F1."""
    body = [f"<h1>{TITLE}</h1>", *(f"<p>{escape(note)}</p>" for note in findings.notes)]
    body += [f"<h2>{escape(name)}</h2>{_grid(*table)}" for name, table in _tables(findings, bars=False)]
    for name, scores in (("提示", list(flag_scores(findings))), ("信息项", list(slot_scores(findings)))):
        if scores:
            body.append(f"<h2>{name}（{SCORE_KEY}）</h2>{_bars(list(findings.utterances), scores)}")
    body += [f"<h2>{escape(name)}</h2>{_drawn(matrix, order)}" for name, matrix, order in _matrices(findings)]
    for name, mistakes in _mistakes(findings):
        body.append(
            f"<details><summary>{escape(name)}（{len(mistakes)}）</summary>"
            f"{_grid(MISTAKE_HEADS, map(mistake_cells, mistakes))}</details>"
        )
    return _FRAME.format(title=TITLE, style=_STYLE, body="\n".join(body))


def _tables(findings: Findings, *, bars: bool = True) -> Iterable[tuple[str, _Table]]:
    columns = list(findings.utterances)
    if columns:
        yield "总览", (["", *columns], [[name, *cells] for name, cells in headline(findings)])
    if findings.replies:
        rows: list[Sequence[str]] = [[name, *cells] for name, cells in consent_headline(findings)]
        yield "征求同意的回答", (["", *findings.replies], rows)
    if bars and columns:
        for name, scores in (("提示", flag_scores(findings)), ("信息项", slot_scores(findings))):
            yield (
                f"{name}（{SCORE_KEY}）",
                (["", *columns], [[what, *map(score_cell, each)] for what, each in scores]),
            )
    acts: list[Sequence[str]] = [
        [name, *("–" if recall is None else f"{percent(recall.recall)} / {recall.n}" for recall in recalls)]
        for name, recalls in act_recalls(findings)
    ]
    if acts:
        yield "对话动作（召回）", (["", *columns], acts)


def _matrices(
    findings: Findings,
) -> Iterable[tuple[str, Mapping[str, Mapping[str, int]], Sequence[str]]]:
    for name, report in findings.utterances.items():
        if report.confusion:
            yield f"意图：标注与结果 · {name}", report.confusion, _INTENTS
    for name, consent in findings.replies.items():
        yield f"同意：标注与结果 · {name}", consent.matrix, _REPLIES


def _mistakes(findings: Findings) -> Iterable[tuple[str, Sequence[Mistake]]]:
    for name, report in findings.utterances.items():
        yield f"错在哪里 · {name}", report.errors
    for name, consent in findings.replies.items():
        yield f"同意错在哪里 · {name}", consent.errors


def _pipes(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(heads), line(["---"] * len(heads)), *map(line, rows)])


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _bars(columns: Sequence[str], rows: Iterable[tuple[str, tuple[Score | None, ...]]]) -> str:
    head = "<th></th>" + "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(map(_bar, scores)) + "</tr>" for name, scores in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _bar(score: Score | None) -> str:
    if score is None:
        return "<td>–</td>"
    return (
        f'<td><div class="bar"><i style="width:{score.f1 * 100:.1f}%"></i></div>'
        f"<small>{escape(score_cell(score))}</small></td>"
    )


def _drawn(matrix: Mapping[str, Mapping[str, int]], order: Sequence[str]) -> str:
    """A heat map: each line shaded by its own shares, right ones green."""
    lines, columns = axis(matrix, order)
    head = "<th>标注 \\ 结果</th>" + "".join(f"<th><span>{escape(name)}</span></th>" for name in columns)
    body = []
    for line in lines:
        whole = sum(matrix[line].values())
        cells = []
        for column in columns:
            count = matrix[line].get(column, 0)
            colour = "46,125,50" if line == column else "198,40,40"
            shade = f' style="background:rgba({colour},{0.12 + 0.88 * count / whole:.2f})"' if count else ""
            cells.append(f"<td{shade}>{count or ''}</td>")
        body.append(f"<tr><th>{escape(line)}</th>{''.join(cells)}</tr>")
    return f'<table class="map"><tr class="slant">{head}</tr>{"".join(body)}</table>'


_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left}
.map td{text-align:center;min-width:2.2rem}.slant th span{writing-mode:vertical-rl;transform:rotate(180deg)}
.bar{background:#eee;height:.5rem;width:12rem}.bar i{display:block;height:100%;background:#2e7d32}
summary{cursor:pointer;font-weight:600;margin:.5rem 0}small{color:#555}
"""
_FRAME = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body>
{body}
</body></html>
"""
