"""A prompt can invent: what a primed decode heard must sound like what was heard without the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from models.hanzi import normalise_for_scoring
from models.protocols import Hypothesis
from models.whisper_guards import LOWEST_SCORE

#: The part of the sounds (letters of toneless pinyin) that may differ: 萍多多 supports 拼多多, a sneeze does not.
MOST_DIFFERENT = 0.5


def supported(primed: Iterable[Hypothesis], plain: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
    """Those of `primed` that sound like one of `plain`; none where the plain look itself was unsure."""
    if plain[0].score < LOWEST_SCORE:
        return ()
    heard = [_sounds(h.text) for h in plain]
    return tuple(h for h in primed if any(_alike(_sounds(h.text), sounds) for sounds in heard))


def _alike(one: str, other: str) -> bool:
    return Levenshtein.normalized_distance(one, other) <= MOST_DIFFERENT


def _sounds(text: str) -> str:
    return "".join(lazy_pinyin(normalise_for_scoring(text)))
