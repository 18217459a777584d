"""How long what is kept: the table reference/retention.yaml."""

from __future__ import annotations

import calendar
import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, model_validator
from ruamel.yaml import YAML

from data.understanding import Frozen

TABLE = Path(__file__).parent / "reference" / "retention.yaml"


class Kept(StrEnum):
    """What a rule is about."""

    AUDIO = "audio"
    CASE_TEXT = "case_text"
    CALL_TEXT = "call_text"
    INQUIRIES = "inquiries"
    EXPORT = "export"
    AUDIO_COPY = "audio_copy"
    REPORT = "report"
    BACKUP = "backup"
    CACHE = "cache"


class Rule(Frozen):
    """Kept for months or days, of which one is given. since: in words, from when."""

    name: str
    since: str
    months: int | None = Field(default=None, ge=1)
    days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one(self) -> Rule:
        if (self.months is None) == (self.days is None):
            raise ValueError("either months or days")
        return self

    def cutoff(self, now: datetime.datetime) -> datetime.datetime:
        """What is older than this is due. A month back from the 31st is the last day of a shorter month."""
        if self.days is not None:
            return now - datetime.timedelta(days=self.days)
        months = now.year * 12 + now.month - 1 - (self.months or 0)
        year, month = divmod(months, 12)
        day = min(now.day, calendar.monthrange(year, month + 1)[1])
        return now.replace(year=year, month=month + 1, day=day)

    @property
    def term(self) -> str:
        return f"{self.months} 个月" if self.months is not None else f"{self.days} 天"


class RetentionRules(Frozen):
    source: str
    date: datetime.date
    verified: bool
    rules: dict[Kept, Rule]
    caches: tuple[str, ...]
    rotate_days: int = Field(ge=1)

    @model_validator(mode="after")
    def _whole(self) -> RetentionRules:
        if missing := set(Kept) - self.rules.keys():
            raise ValueError(f"no rule for {', '.join(sorted(missing))}")
        return self


@cache
def retention_rules() -> RetentionRules:
    """Raises ValidationError, which names every mistake of the table."""
    yaml = YAML(typ="safe", pure=True)
    return RetentionRules.model_validate(yaml.load(TABLE.read_text(encoding="utf-8")))
