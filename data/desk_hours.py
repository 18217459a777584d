"""When people sit behind a line. Pure: the time comes from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from data.reference import Row, Table, load_table
from data.workdays import is_workday

_DAY_MINUTES = 24 * 60
_DAYS = {"every_day": "每天", "workdays": "工作日", "days_off": "休息日"}


def _minutes(value: object) -> object:
    """ "08:30" as minutes of the day; "24:00" is its end."""
    if not isinstance(value, str):
        return value
    hours, _, minutes = value.partition(":")
    return int(hours) * 60 + int(minutes)


Minutes = Annotated[int, BeforeValidator(_minutes), Field(ge=0, le=_DAY_MINUTES)]


class DeskHours(Row):
    """opens, closes: minutes of the day; a night that goes past midnight takes two rows."""

    line: str
    days: Literal["every_day", "workdays", "days_off"]
    opens: Minutes
    closes: Minutes
    source: str
    verified: bool


class DeskHoursTable(Table):
    hours: tuple[DeskHours, ...]


@cache
def desk_hours() -> DeskHoursTable:
    return load_table("hours", DeskHoursTable)


def desk_open(line: str, at: datetime, rows: Sequence[DeskHours] | None = None) -> bool:
    """Whether people sit behind `line` at `at` (China time). A line without verified hours counts as open."""
    known = _verified(line, rows)
    minute = at.hour * 60 + at.minute
    working = is_workday(at.date())
    return not known or any(
        row.opens <= minute < row.closes and row.days in ("every_day", "workdays" if working else "days_off")
        for row in known
    )


def spoken_hours(line: str, rows: Sequence[DeskHours] | None = None) -> str | None:
    """The verified hours of `line` as the seat says them: 每天8点30分到20点30分; None where there are none."""
    said = [f"{_DAYS[row.days]}{_clock(row.opens)}到{_clock(row.closes)}" for row in _verified(line, rows)]
    return "，".join(said) or None


def _verified(line: str, rows: Sequence[DeskHours] | None) -> list[DeskHours]:
    return [
        row for row in (desk_hours().hours if rows is None else rows) if row.line == line and row.verified
    ]


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour}点{minute}分" if minute else f"{hour}点"
