"""Roads and numbers of a Shanghai address: 仙霞路一百三十九弄八号六零二, 长寿路靠近西康路."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.numbers import digits_of
from nlu.tables import pattern

_FIGURES = r"[\d零〇一二两三四五六七八九十百千廿幺]+"
_NUMBERED = rf"(?:{_FIGURES}(?:号楼|支弄|弄|号|栋|幢|座|单元|楼|层|室))"
_ROAD = re.compile(
    rf"(?P<name>[一-龥]{{1,5}}?(?:公路|大道|大街|支路|东路|西路|南路|北路|中路|[一二三四五六]路|路|街))"
    rf"(?P<rest>(?:[,，、 的]?{_NUMBERED})*(?:{_FIGURES}(?!\d)(?:室)?)?)(?P<corner>口)?"
)
_NO_ROAD = pattern("addresses", "no_road")
#: Words that stand before a road's name but do not belong to it.
_LEAD = pattern("addresses", "lead")


@dataclass(frozen=True, slots=True)
class Road:
    """A road, with the numbers said after it."""

    text: str
    start: int
    end: int


def roads(text: str) -> Iterator[Road]:
    """Every road named in `text`."""
    for match in _ROAD.finditer(text):
        name = match["name"]
        if _NO_ROAD.search(name):
            continue
        start = match.start()
        while (lead := _LEAD.match(name)) and len(name) - lead.end() >= 2:
            start += lead.end()
            name = name[lead.end() :]
        if len(name) < 3 and not match["rest"]:
            continue
        if _NO_ROAD.search(name):
            continue
        yield Road(text[start : match.end()], start, match.end())


_SPOKEN_NUMBER = re.compile(rf"({_FIGURES})(?=号楼|支弄|弄|号|栋|幢|座|单元|楼|层|室)")
_LAST_NUMBER = re.compile(r"(?<=[号弄楼栋幢元座])([零〇一二三四五六七八九幺两十百]+)$")
#: Roads whose name is a number word keep it: 石门一路, 纪念路, 瑞金二路.
_NUMBER_ROAD = re.compile(r"[一二三四五六](?=路|街)")


def normalised(text: str) -> str:
    """`text` with the numbers of lane, house and room in figures."""

    def figures(match: re.Match[str]) -> str:
        return digits_of(match[1]) or match[1]

    return _LAST_NUMBER.sub(figures, _SPOKEN_NUMBER.sub(figures, text))
