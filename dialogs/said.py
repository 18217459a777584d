"""Whether a caller's words hold what a trainer wrote beside a flow: a word as it is, a sentence nearly. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

#: Fewer characters than this are heard in anything.
LEAST = 2
#: From so many characters on it is a sentence to sound like, not a word to be in it.
SENTENCE = 7
#: How like an example sentence the words must be, 0..100.
_LIKE = 75

_NO_SIGN = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """Without signs and spaces, which nobody says."""
    return _NO_SIGN.sub("", text).casefold()


@lru_cache(maxsize=4096)
def _written(text: str) -> str:
    """`bare` of what a script holds: every utterance of every call is held against the same words."""
    return bare(text)


def heard(written: Iterable[str], told: Iterable[str]) -> str | None:
    """The longest of `written` that is in one of the utterances `told`; None: nothing is."""
    utterances = [text for text in map(bare, told) if text]
    longest = sorted(written, key=lambda one: -len(_written(one)))
    return next((one for one in longest if any(_in(_written(one), text) for text in utterances)), None)


def _in(one: str, text: str) -> bool:
    if len(one) < SENTENCE:
        return one in text
    if len(text) < len(one):
        # The shorter would be looked for in the longer: "我要投诉" is in many an example.
        return fuzz.ratio(one, text) >= _LIKE
    return fuzz.partial_ratio(one, text) >= _LIKE
