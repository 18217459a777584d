"""Answers that are whatever was said: the number on a package, the place an advertisement was seen."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Act, Slot
from nlu.heard import Heard, strip_gaps
from nlu.leads import past
from nlu.tables import pattern

_LEAD = pattern("free_answers", "lead")
_TAIL = pattern("free_answers", "tail")
_SLOTS = (Slot.LOT_NO, Slot.EVENT_PLACE)
#: Characters; a longer answer is a story.
_LENGTH = range(2, 31)
_NO_ANSWER = frozenset({Act.DENY, Act.DECLINE, Act.DONT_KNOW})
#: "没有批号", "撕掉了".
_NONE = re.compile("没|不|忘|看不|找不|丢|扔|撕")


def find(heard: Heard, acts: frozenset[Act]) -> list[Finding]:
    """The answer to a question that takes any words, without "就是在 … 看到的" around it."""
    asked = heard.asked.slot
    if asked not in _SLOTS or acts & _NO_ANSWER:
        return []
    text = heard.text
    start = past(text, _LEAD)
    tail = _TAIL.search(text, start)
    start, end = strip_gaps(text, (start, tail.start() if tail else len(text)))
    if end - start not in _LENGTH or _NONE.match(text, start):
        return []
    return [heard.finding(asked, text[start:end], (start, end), method="whole_answer", confidence=0.7)]
