"""Short phrases by their sound: 部队 is 不对 after a read-back, 不小的 is 不晓得 after a question.

Never in an answer to a consent question: there a lost 不 is the danger, and nothing is put into a mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Literal

from data.understanding import Asked
from data.vocabulary import Listen, Slot
from nlu.heard import GAP
from nlu.soundalike import CARELESS, EXCHANGEABLE, split, syllable, syllable_distance, syllables
from nlu.tables import Table, load

When = Literal["read_back", "answer", "date"]
#: With these, 对 is no yes, or one already.
_AFTER_DUI = frozenset("不了方面象付策齐错比着我您你对的没是啊呀吗么")
#: These end in "ui" and mean something themselves.
_NOT_YES = frozenset("谁退")
#: One syllable in three with a careless final and an exchanged initial, at most.
_MOST = 0.11
_EXCHANGED = 0.2


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
    places = _places(asked)
    if not places:
        return text
    characters = list(text)
    sounds = syllables(text)
    for phrase, sound, most in (entry for place in places for entry in _phrases(place)):
        furthest = most * len(phrase)
        for start in range(len(text) - len(phrase) + 1):
            if _syllable(sounds[start], sound[0]) > furthest:
                continue
            window = text[start : start + len(phrase)]
            if window != phrase and _distance(sounds[start : start + len(phrase)], sound) <= most:
                characters[start : start + len(phrase)] = phrase
    if asked.read_back:
        _open(characters)
        _bare_yes(characters)
    return "".join(characters)


def _places(asked: Asked) -> tuple[When, ...]:
    if asked.read_back:
        return ("read_back",)
    if asked.slot in (None, Slot.NARRATIVE, Slot.TOPIC) or asked.listen is Listen.STORY:
        return ()
    return ("answer", "date") if asked.slot is Slot.DATE else ("answer",)


def _distance(heard: Sequence[str], said: Sequence[str]) -> float:
    """Mean distance of the syllables, where a bad line may exchange an initial for one of its class."""
    return sum(_syllable(one, other) for one, other in zip(heard, said, strict=True)) / len(said)


@cache
def _syllable(heard: str, said: str) -> float:
    plain = syllable_distance(heard, said)
    if plain <= 2 * CARELESS:
        return plain
    (initial, final), (other, rest) = split(heard), split(said)
    if not any({initial, other} <= alike for alike in EXCHANGEABLE):
        return 1.0
    return _EXCHANGED + syllable_distance(final, rest) if final != rest else _EXCHANGED


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
    if len(said) in (3, 4) and "".join(said[-2:]) == "没错" and not set(said[:-2]) & set("不没有"):
        characters[characters.index(said[0])] = yes.spoken
        return
    if 2 <= len(said) <= 4 and said[0] == yes.spoken and said[1] not in _AFTER_DUI:
        # "对一点", "对一遍": the yes was heard, what followed it was not.
        characters[characters.index(said[1], characters.index(said[0]) + 1)] = yes.tails[0]
        return
    short = len(said) == 1 or (len(said) == 2 and said[1] in yes.tails)
    if short and said[0] not in _NOT_YES and syllable(said[0]).endswith(yes.final):
        characters[characters.index(said[0])] = yes.spoken
