"""Another language than Mandarin, asked for or spoken: rules over data/reference/languages.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data.reference import languages
from nlu.heard import Heard

#: Nobody asks for a language in a story; an English word in one is a brand.
_LONGEST_WISH = 24
#: So much of the writing is the language's own before the words are taken for it.
_MOST_OF_IT = 0.6
_FEWEST_LETTERS = 4
_FEWEST_WORDS = 3
_SPEAKS = r"(?:讲|说|用|听(?:得|不)?懂|听不来|懂|会|转|找|要|换)"
_PERSON = r"(?:的)?(?:服务|人工|真人|坐席|座席|客服|工作人员|接线员|话务员|人)?"
_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True, slots=True)
class _Known:
    code: str
    asks: re.Pattern[str]
    said: frozenset[str]
    letters: re.Pattern[str] | None


@cache
def _known() -> tuple[_Known, ...]:
    unless = "|".join(map(re.escape, languages().unless))
    known = []
    for language in languages().languages:
        names = "|".join(sorted(map(re.escape, language.names), key=len, reverse=True))
        asks = (
            rf"{_SPEAKS}(?:得|个|的|到|来)?(?:讲|说)?(?:{names})(?!(?:的)?(?:{unless}))"
            rf"|^(?:有(?:没有)?|能不能|可以|可不可以)?(?:{names}){_PERSON}(?:吗|么|伐|行吗|可以吗|有吗|$)"
        )
        letters = re.compile(language.letters) if language.letters is not None else None
        known.append(_Known(language.code, re.compile(asks), frozenset(language.said), letters))
    return tuple(known)


def wanted(heard: Heard) -> str | None:
    """The language's code; None for Mandarin."""
    core = heard.core
    for language in _known():
        if len(core) <= _LONGEST_WISH and language.asks.search(core):
            return language.code
        if language.letters is not None and _written_in(language.letters, core):
            return language.code
        if language.said and _is_said(language.said, heard.text):
            return language.code
    return None


def _written_in(letters: re.Pattern[str], core: str) -> bool:
    own = len(letters.findall(core))
    return own >= _FEWEST_LETTERS and own >= _MOST_OF_IT * len(core)


def _is_said(said: frozenset[str], text: str) -> bool:
    """Words of the language, hardly anything else, and one that people begin with."""
    words = _WORD.findall(text.lower())
    letters = sum(map(len, words))
    length = sum(not character.isspace() for character in text)
    return len(words) >= _FEWEST_WORDS and letters >= _MOST_OF_IT * length and bool(said & set(words))
