"""Which district or province an address or a spoken place lies in. Pure.

A name that only begins a road's (江苏路, 宝山路) is no place; a place two districts share stays two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data import reference
from data.dispatch_rules import dispatch_rules

#: What makes the name before it a road's: 北京西路, 南京东路步行街, 金山大道.
_ROAD = r"(?![东南西北中]?[一二三四五]?[环支]?(?:路|街|大道|公路|河|桥))"


@dataclass(frozen=True, slots=True)
class Place:
    """codes: districts (6 digits) or provinces (2 digits) it may be; more than one: nobody can tell."""

    codes: tuple[str, ...] = ()
    shanghai: bool = False
    """Said to be in Shanghai, though not where."""

    @property
    def code(self) -> str | None:
        return self.codes[0] if len(self.codes) == 1 else None


NOWHERE = Place()


def find_place(text: str | None) -> Place:
    """Where `text` (an address, a district's name, a neighbourhood) lies."""
    if not text:
        return NOWHERE
    sure = [(m.start(), -len(m.group()), _names()[m.group()]) for m in _pattern("names").finditer(text)]
    if sure:
        return Place((min(sure)[2],), shanghai=len(min(sure)[2]) == 6)
    if found := _pattern("places").search(text):
        shared = dispatch_rules().shared.get(found.group())
        if shared is None:
            return Place((_places()[found.group()],), shanghai=True)
        return Place(tuple(_code(name) for name in shared), shanghai=True)
    return Place((), shanghai="上海" in text)


def _code(name: str) -> str:
    district = reference.district_named(name)
    assert district is not None  # the table is checked
    return district.code


@cache
def _names() -> dict[str, str]:
    """Names that say it: districts and, outside, provinces and cities."""
    ours = {alias: row.code for row in reference.districts().districts for alias in row.aliases}
    return {city: row.code for row in dispatch_rules().regions for city in row.cities} | ours


@cache
def _places() -> dict[str, str]:
    ours = {name: row.code for row in reference.districts().districts for name in row.places}
    return ours | dict.fromkeys(dispatch_rules().shared, "")


@cache
def _pattern(which: str) -> re.Pattern[str]:
    words = _names() if which == "names" else _places()
    after = _ROAD if which == "names" else ""
    longest = sorted(words, key=len, reverse=True)
    return re.compile("(?:" + "|".join(map(re.escape, longest)) + ")" + after)
