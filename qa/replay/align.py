"""Two texts side by side, character by character. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from data.values import plain


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that is the same in both texts, or put in place of, left out of, or added to the first."""

    how: Literal["same", "replaced", "left_out", "added"]
    before: str
    after: str


_HOW: dict[str, Literal["same", "replaced", "left_out", "added"]] = {
    "equal": "same",
    "replace": "replaced",
    "delete": "left_out",
    "insert": "added",
}


def aligned(before: str, after: str) -> tuple[Piece, ...]:
    """The least changes that turn `before` into `after`, in order."""
    return tuple(
        Piece(_HOW[op.tag], before[op.src_start : op.src_end], after[op.dest_start : op.dest_end])
        for op in Levenshtein.opcodes(before, after)
    )


def errors(before: str, after: str) -> tuple[int, int]:
    """Characters changed, and characters of `before`; punctuation, case and width do not count."""
    return Levenshtein.distance(plain(before), plain(after)), len(plain(before))
