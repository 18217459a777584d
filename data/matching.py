"""When two spoken names, addresses or accounts are likely the same. Pure; keys are for hashing, never kept.

A telephone keeps sounds, not characters: names are compared by toneless pinyin in which sounds that are said or
heard alike here (zh/z, n/l, in/ing …; soundalikes.yaml) are one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from data import reference, values
from data.repeat_rules import repeat_rules

_INITIAL = re.compile(r"zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]")


def careless_sound(text: str) -> tuple[str, ...]:
    """One syllable per character, careless sounds made one."""
    return tuple(_careless(str(one)) for one in lazy_pinyin(values.plain(text)))


def respondent_name(text: str) -> str:
    """The part of a shop's name that tells it: without town, district and legal form; all of it if nothing is left."""
    plain = values.plain(text)
    rest = plain
    for form in sorted(repeat_rules().forms, key=len, reverse=True):
        rest = rest.replace(form, "")
    for district in reference.districts().districts:
        for name in sorted(district.aliases, key=len, reverse=True):
            rest = rest.removeprefix(name).removesuffix(name)
    return rest or plain


def respondent_key(platform: str | None, shop: str | None, respondent: str | None) -> str | None:
    """The same for the same respondent, however it was spelt; None where none was named.

    A merchant on a platform is that platform's merchant. A platform as such is none: thousands complain of it
    every day, of thousands of things.
    """
    name = shop or respondent
    where = "" if platform is None else values.platform(platform)
    if name is None or values.platform(name) == where or reference.platform_named(name) is not None:
        return None
    return f"{where}|{' '.join(careless_sound(respondent_name(name)))}"


def name_key(name: str) -> str:
    return " ".join(careless_sound(name))


def address_key(address: str) -> str | None:
    """District, road and numbers; None where there is no number, so that a whole road is not one address."""
    district, road, numbers = values.address(address)
    return f"{district}|{road}|{'-'.join(numbers)}" if numbers else None


def sound_likeness(left: Sequence[str], right: Sequence[str]) -> float:
    """0..1 over syllables; 1 when one name is the other's beginning or end (三源 of 三源造型)."""
    short, long = sorted((tuple(left), tuple(right)), key=len)
    if len(short) >= 2 and short in (long[: len(short)], long[-len(short) :]):
        return 1.0
    return float(Levenshtein.normalized_similarity(tuple(left), tuple(right)))


def account_likeness(left: str, right: str) -> float:
    """How much of the shorter account's wording (pairs of characters) stands in the other: 0..1."""
    one, other = _pairs(left), _pairs(right)
    if not one or not other:
        return 0.0
    return len(one & other) / min(len(one), len(other))


def _pairs(text: str) -> set[str]:
    plain = values.plain(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


@cache
def _careless(syllable: str) -> str:
    found = _INITIAL.match(syllable)
    initial = found.group() if found else ""
    return _one(initial, reference.sound_alikes().initials) + _one(
        syllable.removeprefix(initial), reference.sound_alikes().finals
    )


def _one(sound: str, alike: Sequence[tuple[str, str]]) -> str:
    """The name of the sound's whole family: n, l and r are all one."""
    family = {sound}
    while grown := {part for pair in alike if family & set(pair) for part in pair} - family:
        family |= grown
    return min(family)
