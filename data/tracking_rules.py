"""The table of 诉求导航: stages, moves, terms, reasons. Read once, checked whole (data/reference/tracking.yaml)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, model_validator
from ruamel.yaml import YAML

from data.deadlines import Unit
from data.understanding import Frozen
from data.vocabulary import Kind

TABLE = Path(__file__).parent / "reference" / "tracking.yaml"
REGISTER = "register"
ALL = tuple(Kind)


class Role(StrEnum):
    """Who can change a case."""

    CALLER = "caller"
    SEAT = "seat"
    SYSTEM = "system"
    COMPANY = "company"
    OFFICER = "officer"


class Stage(Frozen):
    """tell, then: what the caller may be told of where the case stands, and of what comes next."""

    name: str
    tell: str
    then: str | None = None
    final: bool = False


class Move(Frozen):
    """from None: from any stage that is not final; to None: the stage stays.

    why: the reason of a change that a machine makes, where there is only one. tell: what the caller is told, once
    the change was made, until the case is final.
    """

    name: str
    start: tuple[str, ...] | None = Field(default=None, alias="from")
    to: str | None = None
    kinds: tuple[Kind, ...] = ALL
    by: tuple[Role, ...]
    reasons: str | None = None
    why: str | None = None
    tell: str | None = None
    once: bool = False


class Overdue(Frozen):
    move: str
    reason: str


class Term(Frozen):
    """A legal or office deadline. extend: the days the move `extend` adds; tell: its sentence for the caller."""

    name: str
    days: int = Field(ge=1)
    unit: Unit
    article: int | None = None
    kinds: tuple[Kind, ...]
    start: tuple[str, ...] = Field(alias="from")
    until: tuple[str, ...]
    pausable: bool = False
    extend: int = 0
    overdue: Overdue | None = None
    tell: str


class Reminders(Frozen):
    hour: int = Field(ge=0, le=23)
    at: dict[int, str]


class InquiryLimits(Frozen):
    tail: int = Field(ge=4, le=11)
    wrong_per_call: int = Field(ge=1)
    wrong_per_case_a_day: int = Field(ge=1)
    wrong_per_caller_a_day: int = Field(ge=1)
    wrong_in_all_an_hour: int = Field(ge=1)


class TrackingRules(Frozen):
    source: str
    date: datetime.date
    verified: bool
    stages: dict[str, Stage]
    moves: dict[str, Move]
    terms: dict[str, Term]
    unsure: str
    paused: str
    reminders: Reminders
    urges: int = Field(ge=1)
    reasons: dict[str, dict[str, str]]
    inquiry: InquiryLimits

    @model_validator(mode="after")
    def _whole(self) -> TrackingRules:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        for name, move in self.moves.items():
            for stage in (*(move.start or ()), *([move.to] if move.to else [])):
                if stage not in self.stages:
                    yield f"move {name}: no stage {stage}"
            if not (move.why or move.reasons) and set(move.by) - {Role.OFFICER, Role.CALLER}:
                yield f"move {name}: a machine may make it, so it needs a why or reasons"
            if move.reasons is not None and move.reasons not in self.reasons:
                yield f"move {name}: no reasons {move.reasons}"
        for name, term in self.terms.items():
            for one in (*term.start, *term.until):
                if one not in self.moves:
                    yield f"term {name}: no move {one}"
            if term.overdue and self.reason_words(term.overdue.move, term.overdue.reason) is None:
                yield f"term {name}: no such overdue move or reason"
        for stage in self.stages.keys() - {move.to for move in self.moves.values()}:
            yield f"stage {stage}: no move leads there"
        if any(not 0 < percent <= 100 for percent in self.reminders.at):
            yield "reminders: per cent between 1 and 100"

    def reason_words(self, move: str, reason: str) -> str | None:
        """The words of a move's reason; None when it is none of that move's."""
        rule = self.moves.get(move)
        return (
            None if rule is None or rule.reasons is None else self.reasons.get(rule.reasons, {}).get(reason)
        )


@cache
def tracking_rules() -> TrackingRules:
    """Raises ValidationError, which names every mistake of the table."""
    yaml = YAML(typ="safe", pure=True)
    return TrackingRules.model_validate(yaml.load(TABLE.read_text(encoding="utf-8")))
