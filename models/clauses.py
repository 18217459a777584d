"""Where a text is cut for speaking: the first sound must come early, and no cut may sound like one."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Silence after a clause, by the mark it ends with (seconds).
PAUSES = {"，": 0.18, "、": 0.12, "：": 0.20, "；": 0.25, "。": 0.30, "！": 0.30, "？": 0.30}

#: Every synthesis costs about a second of silence that is cut away again, so very short clauses do not pay.
_SHORTEST = 4
#: The first clause is heard after it alone is made; the next ones are made while it plays.
_FIRST_AT_MOST = 12
_AT_MOST = 25

_PIECE = re.compile(r"[^，。！？；：]*[，。！？；：]+|[^，。！？；：]+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch spoken in one go, and the silence after it in seconds (none after the last)."""

    text: str
    pause: float


def split(text: str) -> list[Clause]:
    """The clauses of speakable `text`, in order; none when it holds nothing to say."""
    whole = _PIECE.findall(text)
    pieces = [part for i, piece in enumerate(whole) for part in _shorten(piece, first=i == 0)]
    joined: list[str] = []
    for piece in pieces:
        if joined and _belongs(joined[-1], piece, first=len(joined) == 1):
            joined[-1] += piece
        else:
            joined.append(piece)
    clauses = [Clause(piece.strip(), PAUSES.get(piece[-1], 0.05)) for piece in joined if _sounds(piece)]
    return [*clauses[:-1], Clause(clauses[-1].text, 0.0)] if clauses else []


def _belongs(before: str, piece: str, *, first: bool) -> bool:
    """Whether `piece` is spoken in one breath with what comes before it."""
    if not _sounds(before) or not _sounds(piece):
        return True
    if len(before) + len(piece) > (_FIRST_AT_MOST if first else _AT_MOST):
        return False
    return min(_weight(before), _weight(piece)) < _SHORTEST


def _shorten(piece: str, *, first: bool) -> list[str]:
    """A piece too long to wait for, cut at 、 or else left whole: better a wait than a cut word."""
    limit = _FIRST_AT_MOST if first else _AT_MOST
    out: list[str] = []
    for part in re.findall(r"[^、]*、|[^、]+", piece):
        if out and len(out[-1]) + len(part) <= limit:
            out[-1] += part
        else:
            out.append(part)
            # Only the first sound is in a hurry.
            limit = _FIRST_AT_MOST if first and len(out) == 1 else _AT_MOST
    return out


def _weight(piece: str) -> int:
    return sum(character.isalpha() for character in piece)


def _sounds(piece: str) -> bool:
    return any(character.isalpha() for character in piece)
