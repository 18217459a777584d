"""The score card of a call: the measures, weighed by rules that are data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

import data.events as ev
from dialogs.script import Script
from qa.persona import Shape
from qa.plain_yaml import BadYaml, Located, read_yaml
from qa.report import Result
from qa.score_card.measures import MEASURES, Scored, abandoned_at


class BadRules(ValueError):
    """A file of rules is not as it should be; the message names file and line."""


def _known(name: str) -> str:
    if name not in MEASURES:
        raise ValueError(f"没有“{name}”这种量法，可用的有：{'、'.join(MEASURES)}")
    return name


class Rule(Shape):
    """full: the value that earns all points; none: the value that earns none; linear between."""

    rule: str
    name: str
    measure: Annotated[str, AfterValidator(_known)]
    full: float
    none: float
    weight: float = Field(gt=0)
    critical: bool = False
    timed: bool = False

    @model_validator(mode="after")
    def _has_a_slope(self) -> Self:
        if self.full == self.none:
            raise ValueError("full 和 none 不能一样")
        return self

    def share(self, value: float) -> float:
        """0..1 of the points."""
        if math.isinf(value):
            return 0.0
        return min(1.0, max(0.0, (value - self.none) / (self.full - self.none)))


class Rules(Shape):
    source: str
    date: str
    verified: bool
    pass_mark: float = Field(ge=0, le=100)
    rules: tuple[Rule, ...] = Field(min_length=1)


class Line(Result):
    """One rule in one call. value: None where it can't be told, or it never came (an emergency unanswered)."""

    rule: str
    name: str
    value: float | None
    points: float
    of: float
    critical: bool


class ScoreCard(Result):
    """total: 0..100. failed: the critical rules without full points; passed: none, and the mark is reached."""

    total: float
    passed: bool
    failed: tuple[str, ...]
    abandoned_at: str | None
    lines: tuple[Line, ...]


def load_rules(path: Path) -> Rules:
    """Raises BadRules."""
    try:
        document = read_yaml(path)
    except BadYaml as error:
        raise BadRules(str(error)) from error
    try:
        return Rules.model_validate(document.value)
    except ValidationError as error:
        raise BadRules("\n".join(_problem(path, document, detail) for detail in error.errors())) from error


def _problem(path: Path, document: Located, detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    said = {"missing": "缺了这一项", "extra_forbidden": "没有这一项"}
    message = said.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return f"{path.name}:{document.line(detail['loc'])}: {where}：{message}"


@cache
def default_rules() -> Rules:
    """The rules that come with the seat."""
    with as_file(files("qa.score_card") / "rules.yaml") as path:
        return load_rules(path)


def score_call(
    events: Sequence[ev.CallEvent], script: Script, rules: Rules | None = None, *, timed: bool = True
) -> ScoreCard:
    """The card of one call. timed: False leaves out what depends on the clock, which a replay has none of."""
    rules = rules or default_rules()
    call = Scored(events, script)
    lines: list[Line] = []
    for rule in rules.rules:
        value = MEASURES[rule.measure](call) if timed or not rule.timed else None
        if value is None:
            continue
        lines.append(
            Line(
                rule=rule.rule,
                name=rule.name,
                value=None if math.isinf(value) else round(value, 3),
                points=round(rule.weight * rule.share(value), 3),
                of=rule.weight,
                critical=rule.critical,
            )
        )
    possible = sum(line.of for line in lines)
    total = round(100 * sum(line.points for line in lines) / possible, 1) if possible else 0.0
    failed = tuple(line.rule for line in lines if line.critical and line.points < line.of)
    return ScoreCard(
        total=total,
        passed=not failed and total >= rules.pass_mark,
        failed=failed,
        abandoned_at=abandoned_at(events),
        lines=tuple(lines),
    )
