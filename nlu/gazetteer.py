"""Longest-match lookup of known words in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    word: str
    entry: T
    start: int
    end: int


class Gazetteer(Generic[T]):
    """Known words by first character, longest first. Letters match in any case, but not inside a Latin word."""

    def __init__(self, words: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[str, T]]] = {}
        for word, entry in words:
            if word:
                self._by_first.setdefault(word[0].lower(), []).append((word.lower(), entry))
        for bucket in self._by_first.values():
            bucket.sort(key=lambda pair: -len(pair[0]))

    def find(self, text: str) -> Iterator[Hit[T]]:
        """Hits from left to right that do not overlap."""
        # lower() may lengthen a few letters (İ): such texts are read as they stand.
        lowered = text.lower()
        if len(lowered) != len(text):
            lowered = text
        taken = 0
        for position, character in enumerate(lowered):
            if position < taken:
                continue
            for word, entry in self._by_first.get(character, ()):
                end = position + len(word)
                if lowered.startswith(word, position) and not _inside_latin(lowered, position, end):
                    yield Hit(word, entry, position, end)
                    taken = end
                    break


def _inside_latin(text: str, start: int, end: int) -> bool:
    def latin(index: int) -> bool:
        return 0 <= index < len(text) and text[index].isascii() and text[index].isalnum()

    return (latin(start) and latin(start - 1)) or (latin(end - 1) and latin(end))
