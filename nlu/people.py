"""How many people are concerned: 两百多个人, 二三十户, 一家三口."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.numbers import Number
from nlu.tables import pattern

_PEOPLE = pattern("people", "people")
_CALLS = re.compile(r"\s*(?:多|几|来)?(?:个|通)电话")
#: "后六位" are figures, "小两口" is a couple, "发展三个下线" no victims.
_NOT_BEFORE = pattern("people", "not_before")
#: "三月五号" holds no number of people.
_OTHER_UNIT = re.compile(r"\s*[月号日年块元点岁]")
#: "有七个已经送医院": the noun is left out, what happened to them is told.
_BARE = re.compile(r"\s*(?:个|位|名)(?!月|小时|星期|礼拜|电话|多?月)")
_HARMED_AFTER = pattern("people", "harmed_after")
_HARMED_BEFORE = pattern("people", "harmed_before")


def find(heard: Heard) -> list[Finding]:
    """The largest group named; one person is no group."""
    best: tuple[Number, int, float] | None = None
    asked = heard.asks(Slot.PEOPLE_COUNT)
    for number in heard.numbers:
        before = heard.text[: number.start]
        if _NOT_BEFORE.search(before):
            continue
        counted = _PEOPLE.match(heard.text, number.end) or _harmed(heard.text, before, number.end)
        calls = _CALLS.match(heard.text, number.end) if re.search(r"接到|来了|收到", before[-6:]) else None
        alone = asked and len(heard.core) <= 10 and not _OTHER_UNIT.match(heard.text, number.end)
        if counted is None and calls is None and not alone:
            continue
        if (
            number.value < (1 if asked else 2)
            or number.value > 1_000_000
            or (number.value != int(number.value) and not number.about)
        ):
            continue
        if number.value < 10 and not asked and re.search(r"(?:第|每|另|那|这|某|哪)\s*$", before):
            continue
        end = counted.end() if counted else number.end
        if best is None or number.value > best[0].value:
            best = (number, end, 0.85 if counted else 0.6)
    if best is None:
        return []
    number, end, confidence = best
    return [
        heard.finding(
            Slot.PEOPLE_COUNT,
            int(number.value),
            (number.start, end),
            method="people",
            confidence=0.95 if asked else confidence,
            precision="approx" if number.about else None,
        )
    ]


def _harmed(text: str, before: str, at: int) -> re.Match[str] | None:
    """A count without its noun, of people something happened to: "摔下来三个", "有七个已经送医院"."""
    bare = _BARE.match(text, at)
    if bare is None:
        return None
    after = re.split(r"[,，。!！?？;；]", text[bare.end() :], maxsplit=1)[0]
    told = _HARMED_AFTER.search(after[:10]) or (not after.strip() and _HARMED_BEFORE.search(before))
    return bare if told else None
