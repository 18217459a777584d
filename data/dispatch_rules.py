"""The table of dispatch: jurisdiction, regions, lines. Read once, checked whole (reference/dispatch.yaml)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic import Field, model_validator

from data.reference import Row, Table, WordList, district_named, load_table

PERSON_RULES = ("conflict", "two_districts", "no_place", "no_district", "seat_unknown", "consultation")


class Jurisdiction(Row):
    """confidence 0: the rule names no place, a person must."""

    article: int
    confidence: float = Field(ge=0, le=1)
    say: str


class Region(Row):
    """Outside Shanghai. delta: one of the three provinces that share records with Shanghai."""

    code: str = Field(pattern=r"^\d{2}$")
    name: str
    cities: WordList
    delta: bool = False


class LinePart(Row):
    """A narrower line within a line, by goods or words."""

    code: str
    name: str
    goods: tuple[str, ...] = ()
    words: WordList = ()


class TopicLine(Row):
    """five: the number of the merged line it was. Entities count only together with a cue."""

    code: str
    name: str
    five: str
    intents: tuple[str, ...] = ()
    safety: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    words: WordList = ()
    entities: WordList = ()
    cues: WordList = ()
    but_not: WordList = ()
    online: bool = False
    default: bool = False
    parts: tuple[LinePart, ...] = ()


class Weights(Row):
    intent: int
    safety: int
    issue: int
    slot: int
    goods: int
    entity: int
    word: int
    online: int


class DispatchRules(Table):
    sure: float = Field(gt=0, le=1)
    rules: dict[str, Jurisdiction]
    seat_confidence: dict[str, float]
    shared: dict[str, tuple[str, ...]]
    regions: tuple[Region, ...]
    weights: Weights
    lines: tuple[TopicLine, ...]

    @model_validator(mode="after")
    def _whole(self) -> DispatchRules:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        for name in PERSON_RULES:
            if name not in self.rules or self.rules[name].confidence:
                yield f"rule {name}: missing, or more than a person's choice"
        for name, districts in self.shared.items():
            for district in districts:
                if district_named(district) is None:
                    yield f"shared {name}: no district {district}"
        codes = [one.code for one in self.all_lines]
        if len(set(codes)) < len(codes):
            yield "two lines have the same code"
        if sum(line.default for line in self.lines) != 1:
            yield "one line is the default"

    @property
    def all_lines(self) -> Iterator[TopicLine | LinePart]:
        """Every line, each followed by its parts."""
        for line in self.lines:
            yield line
            yield from line.parts

    def line(self, code: str) -> TopicLine | LinePart | None:
        """A line or a part of one, by code or name."""
        return next((one for one in self.all_lines if code in (one.code, one.name)), None)

    def five(self, code: str) -> str | None:
        """The merged line's number behind a line's or a part's code."""
        return next(
            (line.five for line in self.lines if code in (line.code, *(part.code for part in line.parts))),
            None,
        )

    def region(self, name: str) -> Region | None:
        """A region outside Shanghai by code, name or city."""
        return next((one for one in self.regions if name in (one.code, one.name, *one.cities)), None)

    def place_name(self, code: str) -> str:
        """长宁区 for 310105, 江苏 for 32; the code itself where no table has it."""
        district, region = district_named(code), self.region(code)
        return district.name if district else region.name if region else code


@cache
def dispatch_rules() -> DispatchRules:
    return load_table("dispatch", DispatchRules)


def delta_codes() -> tuple[str, ...]:
    """The provinces that share records with Shanghai."""
    return tuple(region.code for region in dispatch_rules().regions if region.delta)
