"""The table of mass incidents (reference/incidents.yaml)."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from data.reference import Row, Table, WordList, load_table


class IncidentRule(Row):
    """Holds when, within `hours`, so many callers are counted; closing, safety: only records that are so count."""

    name: str
    what: str
    hours: int = Field(ge=1)
    callers: int = Field(ge=1)
    people: int | None = Field(default=None, ge=2)
    closing: bool = False
    safety: bool = False


class Levels(Row):
    """Points for reaching each figure; marks: the level's name from so many points on."""

    callers: dict[int, int]
    people: dict[int, int]
    amount: dict[int, int]
    per_hour: dict[int, int]
    closing: int
    marks: dict[str, int]


class Tell(Row):
    closing: tuple[str, ...]
    safety: tuple[str, ...]
    crime: tuple[str, ...]
    rest: tuple[str, ...]


class IncidentRules(Table):
    rules: tuple[IncidentRule, ...]
    closing: WordList
    levels: Levels
    tell: Tell
    crime_words: WordList

    @property
    def longest_hours(self) -> int:
        return max(rule.hours for rule in self.rules)


@cache
def incident_rules() -> IncidentRules:
    return load_table("incidents", IncidentRules)
