"""Emergencies, mass incidents and feelings, by rules kept as data: deterministic and fast.

An emergency needs a thing and a cue, so that "压力锅" or "电梯广告" raises nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data.understanding import Flags
from data.vocabulary import Emergency, Slot
from nlu.details import safety_class
from nlu.heard import Heard
from nlu.people import find as find_people
from nlu.tables import Table, load, pattern


class _Frame(Table):
    words: str
    but: tuple[str, ...] = ()


class _Rule(Table):
    emergency: Emergency
    all: tuple[str, ...]
    unless: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    people: int = 0


class _Mass(Table):
    words: str
    group: str
    single: str
    owed: str
    hit: str
    whole: str
    not_hit: str
    people: int
    people_hit: int


class _Danger(Table):
    words: dict[str, str]
    frames: dict[str, _Frame]
    emergencies: tuple[_Rule, ...]
    mass: _Mass
    emotions: dict[str, str]


@dataclass(frozen=True, slots=True)
class _CompiledFrame:
    """A way of telling, and the words that make it count for nothing."""

    words: re.Pattern[str]
    but: tuple[re.Pattern[str], ...]

    def holds(self, core: str) -> bool:
        return bool(self.words.search(core)) and not any(word.search(core) for word in self.but)


@dataclass(frozen=True, slots=True)
class _Compiled:
    emergency: Emergency
    all: tuple[re.Pattern[str], ...]
    unless: tuple[_CompiledFrame, ...]
    never: tuple[re.Pattern[str], ...]
    people: int

    def fits(self, core: str, people: int) -> bool:
        if people < self.people:
            return False
        # A plain loop: fifty rules are tried on every utterance, and hardly any gets past its first pattern.
        for needed in self.all:
            if not needed.search(core):
                return False
        return not any(other.search(core) for other in self.never) and not any(
            frame.holds(core) for frame in self.unless
        )


@cache
def _table() -> _Danger:
    return load("danger", _Danger)


_IDEA = re.compile(r"<(?P<idea>\w+)>")


def _compile(written: str) -> re.Pattern[str]:
    """`written` with the words of every `<idea>` in its place. An unknown idea is a KeyError at the first use."""
    words = _table().words
    while _IDEA.search(written):
        written = _IDEA.sub(lambda found: f"(?:{words[found['idea']]})", written)
    return re.compile(written)


@cache
def _rules() -> tuple[_Compiled, ...]:
    table = _table()
    frames = {
        name: _CompiledFrame(_compile(frame.words), tuple(_compile(f"<{word}>") for word in frame.but))
        for name, frame in table.frames.items()
    }
    return tuple(
        _Compiled(
            rule.emergency,
            tuple(map(_compile, rule.all)),
            tuple(frames[name] for name in rule.unless),
            tuple(map(_compile, rule.never)),
            rule.people,
        )
        for rule in table.emergencies
    )


@dataclass(frozen=True, slots=True)
class _CompiledMass:
    words: re.Pattern[str]
    group: re.Pattern[str]
    single: re.Pattern[str]
    owed: re.Pattern[str]
    hit: re.Pattern[str]
    whole: re.Pattern[str]
    not_hit: re.Pattern[str]


@cache
def _mass() -> _CompiledMass:
    mass = _table().mass
    return _CompiledMass(
        *map(_compile, (mass.words, mass.group, mass.single, mass.owed, mass.hit, mass.whole, mass.not_hit))
    )


@cache
def _emotions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _table().emotions.items())


#: Minutes of speech; of a longer text the beginning and the end are read, so that any text is read in time.
_LONGEST = 800


def flags(heard: Heard) -> Flags:
    """Everything that has to be noticed whatever was asked."""
    if len(heard.text) > _LONGEST:
        half = _LONGEST // 2
        heard = Heard(f"{heard.text[:half]}。{heard.text[-half:]}", heard.asked, heard.today)
    core = heard.core
    people = _people(heard)
    return Flags(
        emergency=_emergency(core, people),
        mass_incident=_is_mass(core, people),
        safety_flag=safety_class(core),
        emotion=next((name for name, pattern in _emotions() if pattern.search(core)), None),
    )


def _emergency(core: str, people: int) -> Emergency | None:
    return next((rule.emergency for rule in _rules() if rule.fits(core, people)), None)


_SEVERAL = pattern("danger", "several")


def _people(heard: Heard) -> int:
    found = find_people(heard.asking(None) if heard.asks(Slot.PEOPLE_COUNT) else heard)
    counted = int(str(found[0].value)) if found else 0
    return max(counted, 2 if _SEVERAL.search(heard.core) else 0)


def _is_mass(core: str, people: int) -> bool:
    """A fled shop with others concerned, many people in one matter, or many hit by the same thing."""
    table, mass = _table().mass, _mass()
    if (people >= table.people_hit and mass.hit.search(core)) or mass.whole.search(core):
        return True
    if mass.owed.search(core) and not mass.not_hit.search(core):
        return True
    if people >= table.people and not mass.not_hit.search(core):
        return True
    if not mass.words.search(core):
        return False
    only_one = mass.single.search(core) and not mass.group.search(core)
    return not only_one or people > 1
