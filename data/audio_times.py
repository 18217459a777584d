"""Where a stretch of a turn's text sounds: from its words' times, proportionally inside a word."""

from __future__ import annotations

from dataclasses import dataclass

from data.events import WordsHeard


@dataclass(frozen=True)
class _Piece:
    """Characters start..end of the text sound from start_ms to end_ms."""

    start: int
    end: int
    start_ms: int
    end_ms: int


def span_times(heard: WordsHeard, span: tuple[int, int] | None) -> tuple[int, int]:
    """Start and end of `span` (characters of heard.text) in ms on the recording's clock; None: the turn.

    Words are found in the text one after another; what lies between them (punctuation, figures that were
    normalised) is spread over the time between them. A span beyond the text is cut to it.
    """
    length = len(heard.text)
    if span is None or length == 0:
        return heard.start_ms, heard.end_ms
    start = min(max(span[0], 0), length)
    end = min(max(span[1], start), length)
    pieces = _pieces(heard)
    first = next((piece for piece in pieces if start < piece.end), pieces[-1])
    last = next((piece for piece in pieces if end <= piece.end), pieces[-1])
    begins = _at(first, start)
    return begins, max(begins, _at(last, end))


def _pieces(heard: WordsHeard) -> list[_Piece]:
    """The whole text in consecutive pieces."""
    pieces: list[_Piece] = []
    position, clock = 0, heard.start_ms
    for word in heard.words:
        token = word.text.strip()
        found = heard.text.find(token, position) if token else -1
        if found < 0:
            continue
        start_ms = max(word.start_ms, clock)
        end_ms = max(word.end_ms, start_ms)
        if found > position:
            pieces.append(_Piece(position, found, clock, start_ms))
        pieces.append(_Piece(found, found + len(token), start_ms, end_ms))
        position, clock = found + len(token), end_ms
    if position < len(heard.text):
        pieces.append(_Piece(position, len(heard.text), clock, max(clock, heard.end_ms)))
    return pieces


def _at(piece: _Piece, position: int) -> int:
    share = (position - piece.start) / (piece.end - piece.start)
    return round(piece.start_ms + min(max(share, 0.0), 1.0) * (piece.end_ms - piece.start_ms))
