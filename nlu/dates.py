"""Days as people name them: 上个月十五号, 双十一, 前天, 去年国庆, 今年三月 — relative to a given today.

A past day is meant unless the words say otherwise: "三月五号" in November is this year's, in January last year's.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import reference
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.gazetteer import Gazetteer
from nlu.heard import Heard
from nlu.numbers import DIGIT, UNIT, parse
from nlu.tables import pattern

_N = r"[\d零〇一二两三四五六七八九十廿]"
_YEAR = pattern("dates", "year").pattern
_MONTH_DAY = re.compile(
    _YEAR
    + rf"(?P<month>{_N}{{1,3}})月(?:份)?(?:的)?(?P<day>{_N}{{1,3}}+)(?:号|日)?(?![\d点块元个几]|[十百]?{_N}?万)"
)
#: "二十几号" is no day, only part of the words for the month.
_SOME_DAY = r"(?:的)?[一二三]?十?几(?:号|日)"
_MONTH = re.compile(_YEAR + rf"(?P<month>{_N}{{1,3}})(?:月份?)(?P<part>初|底|末|中旬|上旬|下旬|{_SOME_DAY})?")
_ISO = re.compile(r"(?P<year>20\d{2})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
_RELATIVE_MONTH = re.compile(
    r"(?P<which>上上个?月|上个?月|这个?月|本月|当月)(?:的)?"
    rf"(?:(?P<day>{_N}{{1,3}})(?:号|日|(?=$|[,，。!！?？ 买订下的那去在付交]))|(?P<part>初|底|末|中旬|上旬|下旬|{_SOME_DAY}))?"
)
_RELATIVE_DAY = re.compile(r"(大前天|前天|昨天|昨日|昨晚|昨夜|今天|今日|今早|今晚|刚才|刚刚|前晚|当天)")
_RELATIVE_WEEK = re.compile(
    r"(?P<which>上上个?|上个?|这个?|本)(?:周|礼拜|星期)(?P<day>[一二三四五六日天末])?"
)
_WEEKDAY = re.compile(
    r"(?<![上这本下一二三四五六两几每])(?:周|礼拜|星期)(?P<day>[一二三四五六日天])(?![年个周])"
)
_AGO = re.compile(
    rf"(?P<about>大概|大约|差不多)?(?P<count>半|两三|三四|四五|五六|十几|二十几|{_N}{{1,3}}|几)(?P<more>多|来)?(?P<half>个半)?(?:个)?(?P<unit>天|周|星期|礼拜|月|年)(?:多)?(?:之前|以前|前)(?!后)"
)
_BARE_DAY = re.compile(
    rf"(?<![\d一二三四五六七八九十楼弄号])(?P<day>{_N}{{1,3}})(?:号|日)(?!线|楼|店|门|院|[\d一二三四五六七八九]|码)"
)
_BARE_YEAR = re.compile(
    r"(去年|前年|今年|大前年)(?:年)?(初|底|末|春天|夏天|秋天|冬天|上半年|下半年|暑假|寒假)?"
)
_OFFSET = {"大前天": 3, "前天": 2, "前晚": 2, "昨天": 1, "昨日": 1, "昨晚": 1, "昨夜": 1}
_WEEK = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "末": 5, "日": 6, "天": 6}
_BOUGHT = pattern("dates", "bought")
_SHELF = pattern("dates", "shelf")
_UNTIL = pattern("dates", "until")
_NO_EVENT = pattern("dates", "no_event")
_NOT_DATE_AFTER = re.compile(r"^(?:无理由|之内|以内|内|后|之后|以后|起诉|包退|退货|保质)")


#: 二月三十号: its words are read, and hold no day.
_NO_SUCH_DAY = ""


@dataclass(frozen=True, slots=True)
class Day:
    """value: ISO, as exact as was said."""

    value: str
    start: int
    end: int
    precision: str
    explicit: bool
    """Names a month, a day or a feast: a date wherever it is said."""


def find(heard: Heard) -> list[Finding]:
    """The day of the purchase or event.

    Unasked, a bare "昨天" counts beside a verb of buying, or where something happened on it: not for the day of the
    call itself ("今天打电话来"), nor for how things stood before ("昨天还好好的").
    """
    text, asked = heard.text, heard.asks(Slot.DATE)
    kept: list[tuple[float, Day]] = []
    for day in scan(text, heard.today, bare=asked):
        before, after = text[max(0, day.start - 12) : day.start], text[day.end : day.end + 14]
        if _NOT_DATE_AFTER.match(after) or (not asked and _SHELF.search(before)):
            continue
        clause = re.split(r"[,，。!！?？;；]", after, maxsplit=1)[0]
        bought = bool(_BOUGHT.search(clause)) or bool(
            _BOUGHT.search(re.split(r"[,，。!！?？;；]", before)[-1])
        )
        if not (asked or bought or day.explicit) and (
            _RELATIVE_DAY.fullmatch(text[day.start : day.end]) is None
            or _NO_EVENT.search(clause)
            or _UNTIL.search(before)
        ):
            continue
        kept.append((1.0 + bought + 0.5 * day.explicit, day))
    if not kept:
        return []
    if asked and re.search(r"不对|说错|错了|应该是|哦不|不是", text):
        best = kept[-1][1]
    else:
        best = max(enumerate(kept), key=lambda pair: (pair[1][0], -pair[0]))[1][1]
    confidence = 0.95 if asked else 0.85 if best.explicit else 0.65
    return [
        heard.finding(
            Slot.DATE,
            best.value,
            (best.start, best.end),
            method="date",
            confidence=confidence,
            precision=best.precision,
        )
    ]


def scan(text: str, today: date, *, bare: bool = False) -> list[Day]:
    """Every day named in `text`, in order, without overlaps. bare: "十五号" alone is one too."""
    found: list[Day] = []
    taken = [False] * (len(text) + 1)
    for day in _candidates(text, today, bare):
        if not any(taken[day.start : day.end]):
            found.append(day)
            taken[day.start : day.end] = [True] * (day.end - day.start)
    return sorted((day for day in found if day.value != _NO_SUCH_DAY), key=lambda day: day.start)


def _candidates(text: str, today: date, bare: bool) -> Iterator[Day]:
    for match in _ISO.finditer(text):
        if day := _day(int(match["year"]), int(match["month"]), int(match["day"])):
            yield Day(day.isoformat(), *match.span(), "day", True)
    yield from _feasts(text, today)
    for match in _MONTH_DAY.finditer(text):
        month, number = _int(match["month"]), _int(match["day"])
        if month and number:
            day = _day(*_past(match["year"], month, number, today), number)
            yield Day(day.isoformat() if day else _NO_SUCH_DAY, *match.span(), "day", True)
    for match in _RELATIVE_MONTH.finditer(text):
        back = {"上上": 2, "上个": 1, "上月": 1}.get(match["which"][:2], 0)
        year, month = _months_back(today, back)
        number = _int(match["day"]) if match["day"] else None
        if number:
            day = _day(year, month, number)
            yield Day(day.isoformat() if day else _NO_SUCH_DAY, *match.span(), "day", True)
        elif not match["day"]:
            yield Day(f"{year}-{month:02d}", *match.span(), "month", back > 0 or bool(match["part"]))
    for match in _AGO.finditer(text):
        if day_ago := _ago(match, today):
            yield day_ago
    for match in _MONTH.finditer(text):
        month = _int(match["month"])
        if month and 1 <= month <= 12 and text[match.start() - 1 : match.start()] != "个":
            year, month = _past(match["year"], month, 1, today)
            yield Day(f"{year}-{month:02d}", *match.span(), "month", True)
    for match in _RELATIVE_WEEK.finditer(text):
        back = 2 if match["which"].startswith("上上") else 1 if match["which"].startswith("上") else 0
        monday = today - timedelta(days=today.weekday() + 7 * back)
        day = monday + timedelta(days=_WEEK[match["day"]]) if match["day"] else monday
        yield Day(day.isoformat(), *match.span(), "day" if match["day"] else "approx", True)
    for match in _WEEKDAY.finditer(text):
        back = (today.weekday() - _WEEK[match["day"]]) % 7
        yield Day((today - timedelta(days=back)).isoformat(), *match.span(), "day", False)
    for match in _RELATIVE_DAY.finditer(text):
        day = today - timedelta(days=_OFFSET.get(match[1], 0))
        if match[1] not in ("刚才", "刚刚", "当天"):
            yield Day(day.isoformat(), *match.span(), "day", False)
    for match in _BARE_YEAR.finditer(text):
        year = _year(match[1], today) or today.year
        yield Day(str(year), *match.span(), "year", False)
    if bare:
        for match in _BARE_DAY.finditer(text):
            number = _int(match["day"])
            if number and 1 <= number <= 31:
                year, month = (today.year, today.month) if number <= today.day else _months_back(today, 1)
                if day_of_month := _day(year, month, number):
                    yield Day(day_of_month.isoformat(), *match.span(), "day", False)


def _ago(match: re.Match[str], today: date) -> Day | None:
    pairs = {"两三": 2.5, "三四": 3.5, "四五": 4.5, "五六": 5.5, "十几": 15.0, "二十几": 25.0, "半": 0.5}
    word = match["count"]
    count = pairs.get(word) if word in pairs else (parse(word) if word != "几" else None)
    if count is None:
        return None
    if match["half"]:
        count += 0.5
    unit = match["unit"]
    about = word in pairs or bool(match["about"] or match["more"] or match["half"])
    try:
        if unit == "年" and count >= 1:
            return Day(str(today.year - int(count)), *match.span(), "year", True)
        if unit == "月" or unit == "年":
            if count == 0.5 and unit == "月":
                return Day((today - timedelta(days=15)).isoformat(), *match.span(), "approx", True)
            year, month = _months_back(today, 6 if unit == "年" else int(count))
            return Day(f"{year}-{month:02d}", *match.span(), "month", True)
        days = count * (7 if unit in ("周", "星期", "礼拜") else 1)
        about = about or unit != "天"
        day = today - timedelta(days=int(days))
    except (OverflowError, ValueError):
        return None
    return Day(day.isoformat(), *match.span(), "approx" if about else "day", True)


@cache
def _feast_words() -> Gazetteer[tuple[int, int, bool] | int]:
    table = reference.calendar()
    words: list[tuple[str, tuple[int, int, bool] | int]] = []
    for feast in table.fixed:
        words.extend((word, (feast.month, feast.day, feast.period)) for word in feast.words)
    for index, moving in enumerate(table.lunar):
        words.extend((word, index) for word in moving.words)
    return Gazetteer(words)


_YEAR_BEFORE = re.compile(r"(今年|去年|前年|大前年|\d{4}年|\d{2}年)(?:的)?$")


def _feasts(text: str, today: date) -> Iterator[Day]:
    for hit in _feast_words().find(text):
        before = text[: hit.start]
        if hit.word in ("618", "315") and (before[-1:].isdigit() or text[hit.end : hit.end + 1].isdigit()):
            continue
        if hit.word == "五一" and (
            before[-1:] in DIGIT or before[-1:] in UNIT or text[hit.end : hit.end + 1] in DIGIT
        ):
            continue
        said = _YEAR_BEFORE.search(before)
        start = said.start() if said else hit.start
        year = _year(said[1], today) if said else None
        if isinstance(hit.entry, int):
            moving = reference.calendar().lunar[hit.entry]
            past = [day for day in moving.dates if (day.year == year if year else day <= today)]
            if past:
                yield Day(past[-1].isoformat(), start, hit.end, "approx" if moving.period else "day", True)
            continue
        month, number, period = hit.entry
        if year is None:
            year = today.year if (month, number) <= (today.month, today.day) else today.year - 1
        yield Day(date(year, month, number).isoformat(), start, hit.end, "approx" if period else "day", True)


def _past(year_word: str | None, month: int, number: int, today: date) -> tuple[int, int]:
    year = _year(year_word, today) if year_word else None
    if year is None:
        year = today.year if (month, number) <= (today.month, today.day) else today.year - 1
    return year, month


def _year(word: str, today: date) -> int | None:
    named = {"今年": 0, "本年": 0, "去年": 1, "前年": 2, "大前年": 3}
    if word in named:
        return today.year - named[word]
    digits = "".join(str(DIGIT.get(character, character)) for character in word.removesuffix("年"))
    if not digits.isdigit():
        return None
    year = int(digits)
    if year < 100:
        year += 2000
    return year if 1990 <= year <= today.year + 1 else None


def _int(text: str) -> int | None:
    value = parse(text)
    return int(value) if value is not None else None


def _day(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= year <= 9999 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _months_back(today: date, count: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 - count
    return index // 12, index % 12 + 1
