"""How many people are concerned: 两百多个人, 二三十户, 一家三口."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.numbers import Number, scan
from nlu.tables import pattern

_PEOPLE = pattern("people", "people")
_CALLS = re.compile(r"\s*(?:多|几|来)?(?:个|通)电话")
_NOT_BEFORE = re.compile(r"(?:第|每|另|那|这|某|哪|找|换|转|另外|有|派)\s*$")
_GROUP = re.compile(
    r"(?:群里|维权群|一起|我们|总共|一共|起码|至少|大概|加起来|还有|都有|共|涉及)[^,，。]{0,6}$"
)


def find(heard: Heard) -> list[Finding]:
    """The largest group named; one person is no group."""
    best: tuple[Number, int, float] | None = None
    asked = heard.asks(Slot.PEOPLE_COUNT)
    for number in scan(heard.text):
        before = heard.text[: number.start]
        counted = _PEOPLE.match(heard.text, number.end)
        calls = _CALLS.match(heard.text, number.end) if re.search(r"接到|来了|收到", before[-6:]) else None
        if counted is None and calls is None and not (asked and len(heard.core) <= 10):
            continue
        if (
            number.value < (1 if asked else 2)
            or number.value > 1_000_000
            or number.value != int(number.value)
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
