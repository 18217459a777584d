"""Where it happened: the district, and the address of the shop; or where the caller lives, when that is asked.

The district slot is the shop's. A home ("我住在徐汇") never fills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from data import reference
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.addresses import Road, normalised, roads
from nlu.gazetteer import Gazetteer
from nlu.heard import Heard, strip_gaps
from nlu.leads import past
from nlu.soundalike import SoundBook, real_words, sound
from nlu.tables import pattern

_HOME = pattern("places", "home")
_ORIGIN = re.compile(r"^(?:人|户口|话|本地人)")
_ROAD_AFTER = re.compile(r"^(?:东|西|南|北|中)?(?:[一二三四])?路(?!口)")
_KEEP_TOGETHER = pattern("places", "keep_together")
_SMALL = re.compile(r"^(?:那边|那个|这边|这个|那里|这里|里面|附近|旁边|的|那|区)")


@dataclass(frozen=True, slots=True)
class Place:
    """A word for a place. sure: says so by itself."""

    district: str
    start: int
    end: int
    kind: str
    """name | place | weak"""


@cache
def _words() -> Gazetteer[tuple[str, str]]:
    words: dict[str, tuple[str, str]] = {}
    for district in reference.districts().districts:
        for alias in (district.name, *district.aliases):
            words.setdefault(alias, (district.name, "name"))
        for wrong in district.misheard:
            words.setdefault(wrong, (district.name, "name"))
            words.setdefault(wrong + "区", (district.name, "name"))
        for place in district.places:
            words.setdefault(place, (district.name, "place"))
        for place in district.weak_places:
            words.setdefault(place, (district.name, "weak"))
    return Gazetteer(words.items())


@cache
def _sounds() -> SoundBook:
    entries = []
    for district in reference.districts().districts:
        short = district.name.removesuffix("新区").removesuffix("区")
        entries.append((district.name, sound(short, district.pinyin)))
        entries.append((district.name, sound(short + "区", (*district.pinyin, "qu"))))
        for place in district.places:
            if len(place) >= 3:
                entries.append((district.name, sound(place)))
    return SoundBook(entries)


def scan(text: str) -> Iterator[Place]:
    """Every place word in `text`."""
    for hit in _words().find(text):
        if _ORIGIN.match(text[hit.end :]):
            continue
        kind = hit.entry[1]
        # 长宁路 and 徐汇路 are roads anywhere; 宝山路 lies in Jing'an.
        if kind == "name" and not hit.word.endswith("区") and _ROAD_AFTER.match(text[hit.end :]):
            continue
        yield Place(hit.entry[0], hit.start, hit.end, kind)


def find(heard: Heard) -> list[Finding]:
    """District, respondent address and the caller's address, as far as they were said."""
    if heard.asks(Slot.ADDRESS):
        return _home(heard, list(roads(heard.text)))
    asked = heard.asks(Slot.DISTRICT, Slot.RESPONDENT_ADDRESS)
    places = [
        place
        for place in scan(heard.text)
        if (place.kind != "weak" or asked)
        and not _HOME.search(heard.text[max(0, place.start - 14) : place.start])
    ]
    everywhere = list(roads(heard.text))
    streets = [
        road for road in everywhere if not _HOME.search(heard.text[max(0, road.start - 16) : road.start])
    ]
    found: list[Finding] = []
    district = _district(heard, places, asked)
    if district is not None:
        found.append(district)
    address = _address(heard, places, streets, asked)
    if address is not None:
        found.append(address)
    if len(streets) < len(everywhere):
        # The caller told where he lives, unasked.
        found += [home for home in _home(heard, everywhere) if home.method == "address"]
    return found


def _district(heard: Heard, places: list[Place], asked: bool) -> Finding | None:
    # A district's own name outranks a landmark: 普陀区 beside 大华.
    named = next((place for place in places if place.kind == "name"), None)
    place = named or next(iter(places), None)
    if place is not None:
        confidence = 0.95 if place.kind == "name" else 0.85 if place.kind == "place" else 0.6
        return heard.finding(
            Slot.DISTRICT, place.district, (place.start, place.end), method="gazetteer", confidence=confidence
        )
    suffixed = any(mark in heard.text for mark in ("区",))
    if not (asked or suffixed):
        return None
    for echo in _sounds().echoes(heard.text, limit=0.2 if asked else 0.07):
        if _HOME.search(heard.text[max(0, echo.start - 14) : echo.start]):
            continue
        length = echo.end - echo.start
        if not asked and not (length >= 3 and echo.heard.endswith("区")):
            continue
        if echo.heard in real_words() and len(heard.core) > 6 and not echo.heard.endswith("区"):
            continue
        return heard.finding(
            Slot.DISTRICT,
            echo.name,
            (echo.start, echo.end),
            method="sound_alike",
            confidence=round(max(0.4, 0.8 - echo.distance * 1.8), 2),
            reason=echo.reason,
        )
    return None


def _address(heard: Heard, places: list[Place], streets: list[Road], asked: bool) -> Finding | None:
    text = heard.text
    spans = [(place.start, place.end) for place in places] + [(road.start, road.end) for road in streets]
    if not spans:
        return _free(heard, Slot.RESPONDENT_ADDRESS) if heard.asks(Slot.RESPONDENT_ADDRESS) else None
    spans.sort()
    # Words side by side belong to one address: 闵行 + 七宝, 浦东川沙 + 那个 + 农贸市场.
    joined: list[tuple[int, int, int]] = []
    for start, end in spans:
        if joined and _beside(text[joined[-1][1] : start], asked):
            first, last, count = joined[-1]
            joined[-1] = (first, max(end, last), count + (start >= last))
        else:
            joined.append((start, end, 1))
    best = max(
        joined, key=lambda span: (any(span[0] <= road.start < span[1] for road in streets), span[1] - span[0])
    )
    start, last, count = best
    end = _onward(text, last)
    value = normalised(_clean(text[start:end]))
    detailed = any(start <= road.start < end for road in streets) or count > 1 or end > last
    # "仓库在江桥": a town after 在 is where, as exactly as he knows it.
    detailed |= any(place.start == start and place.kind == "place" for place in places) and bool(
        re.search(r"(?:在|位于|开在)$", text[:start])
    )
    if not (detailed or heard.asks(Slot.RESPONDENT_ADDRESS)):
        return None
    start, end = strip_gaps(text, (start, end))
    return heard.finding(
        Slot.RESPONDENT_ADDRESS, value, (start, end), method="address", confidence=0.85 if asked else 0.7
    )


def _onward(text: str, end: int) -> int:
    """Past "那个农贸市场", "商场三楼" right behind a place."""
    skip = _SMALL.match(text[end:])
    offset = skip.end() if skip else 0
    if kept := _KEEP_TOGETHER.match(text[end + offset :]):
        end += offset + kept.end()
        if floor := re.match(r"[BbL]?[一二三四五六七八九十\d]+(?:楼|层)", text[end:]):
            end += floor.end()
    return end


_HOME_ENDS = r"[。!！?？]|谢谢|就这个|对吧|好吧|可以吗"


def _home(heard: Heard, streets: list[Road]) -> list[Finding]:
    text = heard.text
    places = list(scan(text))
    starts = [place.start for place in places] + [road.start for road in streets]
    if not heard.asks(Slot.ADDRESS):
        starts = [start for start in starts if _HOME.search(text[max(0, start - 16) : start])]
    if not starts:
        found = _free(heard, Slot.ADDRESS)
        return [found] if found else []
    start = min(starts)
    tail = re.split(_HOME_ENDS if heard.asks(Slot.ADDRESS) else r"[,，。!！?？]", text[start:], maxsplit=1)[0]
    start, end = strip_gaps(text, (start, start + len(tail)))
    value = normalised(_clean(text[start:end]))
    return [
        heard.finding(Slot.ADDRESS, value, (start, end), method="address", confidence=0.9 if streets else 0.6)
    ]


_LEAD = pattern("places", "lead")
#: "十月二十几号": the 号 of a day is no house's.
_DAY = re.compile(r"(?:月份?的?|[上这本当]个?月的?|^)[\d一二三四五六七八九十廿几]{1,3}号(?!楼|门|院|线|店)")
_PLACE_LIKE = re.compile(r"路|街|弄|号|室|村|苑|小区|广场|大厦|镇|公寓|花园|楼|市场|中心|新村|城")


def _free(heard: Heard, slot: Slot) -> Finding | None:
    """An answer that names no place we know but looks like an address."""
    text = heard.text
    start, end = strip_gaps(text, (past(text, _LEAD), len(text)))
    value = text[start:end]
    if not 3 <= len(value) <= 40 or not _PLACE_LIKE.search(_DAY.sub("", value)):
        return None
    return heard.finding(
        slot,
        normalised(_clean(value)),
        (start, end),
        method="whole_answer",
        confidence=0.6 if slot is Slot.ADDRESS else 0.55,
    )


def _beside(gap: str, asked: bool) -> bool:
    """Whether two place words with `gap` between them are one address."""
    rest = re.sub(r"那边|那个|这边|这个|那里|里面|的|区|市|镇|上海| ", "", gap)
    return len(re.sub(r"[,，、]", "", rest)) <= 2 if asked else not rest


def _clean(text: str) -> str:
    return re.sub(r"的就|那边|那个|这边|这个|那里|里面|呃|嗯|[,，、。 ]", "", text)
