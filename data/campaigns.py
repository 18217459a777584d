"""Campaigns, and which words of the tables an account holds. Pure.

Only words of the tables are ever kept beside a record in the clear: a caller's own words stay sealed.
"""

from __future__ import annotations

import datetime
from functools import cache

from pydantic import model_validator

from data import reference
from data.dispatch_rules import dispatch_rules
from data.incident_rules import incident_rules
from data.reference import Row, Table, WordList, load_table


class Campaign(Row):
    code: str
    name: str
    meaning: str
    since: datetime.date
    until: datetime.date | None = None
    lines: tuple[str, ...]
    words: WordList

    def runs(self, day: datetime.date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class Campaigns(Table):
    campaigns: tuple[Campaign, ...]

    @model_validator(mode="after")
    def _whole(self) -> Campaigns:
        for one in self.campaigns:
            for line in one.lines:
                if dispatch_rules().line(line) is None:
                    raise ValueError(f"campaign {one.code}: no line {line}")
        return self


@cache
def campaigns() -> Campaigns:
    return load_table("campaigns", Campaigns)


@cache
def known_words() -> frozenset[str]:
    """Every word that may be kept in the clear: products, trouble, lines, campaigns, closing shops."""
    products = reference.products()
    words = {word for group in (*products.products, *products.services) for word in group.words}
    words |= {word for issue in reference.issues().issues for word in issue.strong}
    words |= {word for line in dispatch_rules().lines for word in (*line.words, *line.entities)}
    words |= {word for campaign in campaigns().campaigns for word in campaign.words}
    words |= set(incident_rules().closing)
    return frozenset(word for word in words if len(word) > 1)


def words_in(text: str) -> frozenset[str]:
    """The known words in `text`, the longest at each place."""
    words, longest = known_words(), max(map(len, known_words()))
    found, at = set(), 0
    while at < len(text):
        size = next((n for n in range(longest, 1, -1) if text[at : at + n] in words), 0)
        if size and at + size <= len(text):
            found.add(text[at : at + size])
        at += size or 1
    return frozenset(found)
