"""Deadlines in working days and natural days, as 办法 (令第121号) art. 45 counts them. Pure.

The first day is not counted; a natural-day period whose last day is a public holiday ends on the first day
after the holiday; days of testing are not counted where the term allows pauses (art. 22). A deadline is a
date and holds to its end. All dates are Shanghai's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from data.working_days import HolidaysUnknown, WorkCalendar

DAY = timedelta(days=1)


class Unit(StrEnum):
    WORKING = "working"
    NATURAL = "natural"


@dataclass(frozen=True, slots=True)
class Pause:
    """Days from `start` (its first day without work on the case) until the day before `end` do not count."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class Deadline:
    """earliest: the last day, or where it is not certain, the first day it can be (nobody is late before).

    unknown_year: the year whose holidays decide and are not published; None when the date is certain.
    """

    earliest: date
    unknown_year: int | None = None

    @property
    def due(self) -> date | None:
        """The last day; None while it is not certain."""
        return self.earliest if self.unknown_year is None else None


def deadline(
    start: date, days: int, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> Deadline:
    """The last of `days` counted days after `start`, moved past a holiday if it falls on one.

    In a year whose holidays are unknown every day might be worked, so the earliest possible day is given.
    Raises ValueError for no days.
    """
    found = nth_day(start, days, unit, calendar, pauses)
    day, unknown = found.earliest, found.unknown_year
    try:
        while unit is Unit.NATURAL and calendar.is_holiday(day):
            day += DAY
    except HolidaysUnknown as error:
        unknown = unknown or error.year
    return Deadline(day, unknown)


def nth_day(
    start: date, days: int, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> Deadline:
    """The day on which `days` days have been counted, as `deadline` counts, holidays at the end not moved."""
    if days < 1:
        raise ValueError("a period has at least one day")
    day, left, unknown = start, days, None
    while left:
        day += DAY
        if any(day in pause for pause in pauses):
            continue
        try:
            counted = unit is Unit.NATURAL or calendar.works(day)
        except HolidaysUnknown as error:
            counted, unknown = True, unknown or error.year
        left -= counted
    return Deadline(day, unknown)


def add_pause(pauses: Sequence[Pause], start: date, end: date) -> tuple[Pause, ...]:
    """The pauses with one more; an empty one (ended the day it began) changes nothing."""
    return (*pauses, Pause(start, end)) if end > start else tuple(pauses)
