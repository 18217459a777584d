"""The table of repeats and of art. 17's signals (reference/repeats.yaml)."""

from __future__ import annotations

from functools import cache

from pydantic import Field, model_validator

from data.reference import Row, Table, WordList, load_table

SIGNALS = frozenset({"respondents", "burst", "names", "address"})


class Signal(Row):
    count: int = Field(ge=2)
    days: int = Field(ge=1)
    note: str


class RepeatRules(Table):
    window_days: int = Field(ge=1)
    respondent: float = Field(gt=0, le=1)
    account: float = Field(gt=0, le=1)
    account_alone: float = Field(gt=0, le=1)
    forms: WordList
    urging: WordList
    adding: WordList
    signals: dict[str, Signal]

    @model_validator(mode="after")
    def _whole(self) -> RepeatRules:
        if self.signals.keys() != SIGNALS:
            raise ValueError(f"signals are {', '.join(sorted(SIGNALS))}")
        return self


@cache
def repeat_rules() -> RepeatRules:
    return load_table("repeats", RepeatRules)
