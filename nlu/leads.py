"""Where an answer begins: behind "嗯，好的，就是". A yes-word may be the beginning of the answer itself: 好又多, 对面."""

from __future__ import annotations

import re

from nlu.tables import pattern

_YES = pattern("leads", "yes")


def past(text: str, lead: re.Pattern[str]) -> int:
    """The offset of the answer in `text`. lead: what may stand before it, yes-words aside."""
    start = 0
    while start < len(text):
        rest = text[start:]
        found = _YES.match(rest) or lead.match(rest)
        if found is None or not found.end():
            break
        start += found.end()
    return start
