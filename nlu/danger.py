"""Emergencies, mass incidents and feelings, by rules kept as data: deterministic and fast.

An emergency needs a thing and a cue, so that "压力锅" or "电梯广告" raises nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data.understanding import Flags
from data.vocabulary import Emergency
from nlu.details import safety_class
from nlu.heard import Heard
from nlu.people import find as find_people
from nlu.tables import Table, load, pattern


class _Rule(Table):
    emergency: Emergency
    all: tuple[str, ...]
    unless: tuple[str, ...] = ()
    people: int = 0


class _Mass(Table):
    words: str
    group: str
    single: str
    people: int


class _Danger(Table):
    emergencies: tuple[_Rule, ...]
    mass: _Mass
    emotions: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Compiled:
    emergency: Emergency
    all: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    people: int


@cache
def _table() -> _Danger:
    return load("danger", _Danger)


@cache
def _rules() -> tuple[_Compiled, ...]:
    return tuple(
        _Compiled(
            rule.emergency,
            tuple(re.compile(pattern) for pattern in rule.all),
            tuple(re.compile(pattern) for pattern in rule.unless),
            rule.people,
        )
        for rule in _table().emergencies
    )


@cache
def _mass() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    mass = _table().mass
    return re.compile(mass.words), re.compile(mass.group), re.compile(mass.single)


@cache
def _emotions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _table().emotions.items())


def flags(heard: Heard) -> Flags:
    """Everything that has to be noticed whatever was asked."""
    core = heard.core
    people = _people(heard)
    return Flags(
        emergency=_emergency(core, people),
        mass_incident=_is_mass(core, people),
        safety_flag=safety_class(core),
        emotion=next((name for name, pattern in _emotions() if pattern.search(core)), None),
    )


def _emergency(core: str, people: int) -> Emergency | None:
    for rule in _rules():
        if rule.people > people:
            continue
        if any(pattern.search(core) for pattern in rule.unless):
            continue
        if all(pattern.search(core) for pattern in rule.all):
            return rule.emergency
    return None


_SEVERAL = pattern("danger", "several")


def _people(heard: Heard) -> int:
    found = find_people(heard.asking(None))
    counted = int(str(found[0].value)) if found else 0
    return max(counted, 2 if _SEVERAL.search(heard.core) else 0)


def _is_mass(core: str, people: int) -> bool:
    """A fled shop with others concerned, or many people in one matter."""
    words, group, single = _mass()
    if people >= _table().mass.people:
        return True
    if not words.search(core):
        return False
    only_one = single.search(core) and not group.search(core)
    return not only_one or people > 1
