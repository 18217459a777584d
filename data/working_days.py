"""Working days in China: weekends, public holidays and worked weekends (调休) as the State Council arranged them.

A year whose arrangement is not known is an error, never a guess: a Saturday of such a year may be worked.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import chinese_calendar
from pydantic import Field, model_validator
from ruamel.yaml import YAML

from data.understanding import Frozen

TABLE = Path(__file__).parent / "reference" / "holidays.yaml"


class HolidaysUnknown(LookupError):
    """The arrangement of holidays of `year` is in no table here."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the holidays of {year} are not known; see data/reference/holidays.yaml")
        self.year = year


class WorkCalendar(Protocol):
    """Both raise HolidaysUnknown."""

    def works(self, day: datetime.date) -> bool: ...

    def is_holiday(self, day: datetime.date) -> bool:
        """Off by the yearly arrangement; an ordinary weekend is not a holiday."""


class ArrangedYear(Frozen):
    """One year's arrangement, copied from the notice named in source."""

    year: int = Field(ge=2004, le=2100)
    source: str
    holidays: frozenset[datetime.date]
    workdays: frozenset[datetime.date]

    @model_validator(mode="after")
    def _fits(self) -> ArrangedYear:
        for day in self.holidays | self.workdays:
            if day.year != self.year:
                raise ValueError(f"{day} is not in {self.year}")
        for day in self.workdays:
            if day.weekday() < 5:
                raise ValueError(f"{day} is no weekend day: it is worked anyway")
        if both := self.holidays & self.workdays:
            raise ValueError(f"{min(both)} is both off and worked")
        return self


class HolidayTable(Frozen):
    source: str
    date: datetime.date
    verified: bool
    years: tuple[ArrangedYear, ...]


@dataclass(frozen=True)
class ChinaCalendar:
    """The library chinesecalendar, and before it the years in `extra`."""

    extra: tuple[ArrangedYear, ...] = ()

    def works(self, day: datetime.date) -> bool:
        arranged = self._arranged(day.year)
        if arranged is not None:
            return day in arranged.workdays or (day.weekday() < 5 and day not in arranged.holidays)
        return self._library(day)[0]

    def is_holiday(self, day: datetime.date) -> bool:
        arranged = self._arranged(day.year)
        return day in arranged.holidays if arranged is not None else self._library(day)[1]

    def _arranged(self, year: int) -> ArrangedYear | None:
        return next((arranged for arranged in self.extra if arranged.year == year), None)

    @staticmethod
    def _library(day: datetime.date) -> tuple[bool, bool]:
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:  # what the library raises outside its years
            raise HolidaysUnknown(day.year) from None
        return not off, off and name is not None


@cache
def china_calendar() -> ChinaCalendar:
    """The calendar with the table's own years."""
    yaml = YAML(typ="safe", pure=True)
    table = HolidayTable.model_validate(yaml.load(TABLE.read_text(encoding="utf-8")))
    return ChinaCalendar(table.years)
