"""Mistakes of scripts and stories on the terminal: where, what, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from dialogs.problems import Problem


def problem_rows(problems: Iterable[Problem]) -> Iterator[Text]:
    for problem in problems:
        place = f"{problem.file}:{problem.line}:{problem.column}"
        yield Text.assemble((place, "bold"), f" {problem.message}")
        if problem.hint:
            yield Text(f"    → {problem.hint}")
