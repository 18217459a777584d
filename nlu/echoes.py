"""Short phrases by their sound: 部队 is 不对 after a read-back, 不小的 is 不晓得 after a question.

Never in an answer to a consent question: there a lost 不 is the danger, and nothing is put into a mouth.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from data.understanding import Asked
from data.vocabulary import Listen, Slot
from nlu.heard import GAP
from nlu.soundalike import distance, syllable, syllables
from nlu.tables import Table, load

When = Literal["read_back", "answer"]
#: These end in "ui" and mean something themselves.
_NOT_YES = frozenset("谁退")
#: The same syllables, one of them said carelessly at most.
_MOST = 0.07


class _Phrase(Table):
    spoken: str
    when: tuple[When, ...]
    most: float = _MOST


class _Opening(Table):
    first: str
    second_initial: str
    spoken: str


class _BareYes(Table):
    final: str
    tails: tuple[str, ...]
    spoken: str


class _Echoes(Table):
    source: str
    date: date
    verified: bool
    phrases: tuple[_Phrase, ...]
    denial_openings: _Opening
    bare_yes: _BareYes


@cache
def _table() -> _Echoes:
    return load("echoes", _Echoes)


@cache
def _phrases(when: When) -> tuple[tuple[str, tuple[str, ...], float], ...]:
    chosen = [phrase for phrase in _table().phrases if when in phrase.when]
    longest_first = sorted(chosen, key=lambda phrase: -len(phrase.spoken))
    return tuple((phrase.spoken, tuple(syllables(phrase.spoken)), phrase.most) for phrase in longest_first)


def spoken(text: str, asked: Asked) -> str:
    """`text` with phrases that sound like what is said in this place written so; the length stays."""
    if asked.consent is not None:
        return text
    when: When | None = "read_back" if asked.read_back else "answer" if _narrow(asked) else None
    if when is None:
        return text
    characters = list(text)
    sounds = syllables(text)
    for phrase, sound, most in _phrases(when):
        for start in range(len(text) - len(phrase) + 1):
            window = text[start : start + len(phrase)]
            if window != phrase and distance(sounds[start : start + len(phrase)], sound) <= most:
                characters[start : start + len(phrase)] = phrase
    if when == "read_back":
        _open(characters)
        _bare_yes(characters)
    return "".join(characters)


def _narrow(asked: Asked) -> bool:
    return asked.slot not in (None, Slot.NARRATIVE, Slot.TOPIC) and asked.listen is not Listen.STORY


def _open(characters: list[str]) -> None:
    """A "bu d…" at the beginning."""
    opening = _table().denial_openings
    if len(characters) < 2 or syllable(characters[0]) != opening.first:
        return
    if syllable(characters[1]).startswith(opening.second_initial):
        characters[:2] = opening.spoken


def _bare_yes(characters: list[str]) -> None:
    """Nothing but a "…ui", with or without 的: a yes whose beginning was lost."""
    yes = _table().bare_yes
    said = [character for character in characters if character not in GAP]
    short = len(said) == 1 or (len(said) == 2 and said[1] in yes.tails)
    if short and said[0] not in _NOT_YES and syllable(said[0]).endswith(yes.final):
        characters[characters.index(said[0])] = yes.spoken
