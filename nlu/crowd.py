"""Who the caller says he is, where it changes how he is spoken to: old, a child, pregnant."""

from __future__ import annotations

from data.understanding import Finding
from data.vocabulary import ELDERLY, Slot
from nlu.heard import Heard
from nlu.tables import pattern

#: The value of the record (特殊群体), and what callers say of themselves. The first that fits.
_CROWDS = tuple(
    (value, pattern("crowd", name))
    for value, name in (
        ("未成年人", "minor"),
        (ELDERLY, "elder"),
        ("残障人士", "disabled"),
        ("孕产妇", "pregnant"),
    )
)


def find(heard: Heard) -> list[Finding]:
    """The group the caller counts himself to; of others ("我妈八十了") nothing is told."""
    for value, words in _CROWDS:
        if match := words.search(heard.text):
            return [heard.finding(Slot.CROWD, value, match.span(), method="phrase", confidence=0.85)]
    return []
