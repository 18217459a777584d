"""What changed between two versions of a script, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from dialogs.differences import Change


def change_rows(changes: Sequence[Change], indent: str = "") -> Iterator[Text]:
    """Under the flow, the sentence or the file it is in."""
    for where, group in groupby(changes, key=lambda change: change.where):
        yield Text.assemble(indent, (where, "bold"))
        for change in group:
            yield Text(f"{indent}  · {change.what}")
