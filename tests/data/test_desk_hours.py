"""When people are on duty, by the verified rows of the table."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from data.desk_hours import DeskHours, desk_hours, desk_open, spoken_hours
from data.reference import lines

DAY = {"line": "12315", "days": "every_day", "opens": "08:30", "closes": "20:30", "source": "a notice"}


def row(**other: object) -> DeskHours:
    return DeskHours.model_validate({**DAY, "verified": True, **other})


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(8, 29, False), (8, 30, True), (20, 29, True), (20, 30, False), (0, 0, False)],
)
def test_to_the_minute(hour: int, minute: int, is_open: bool) -> None:
    assert desk_open("12315", datetime(2026, 11, 24, hour, minute), [row()]) is is_open


def test_all_day_ends_at_midnight() -> None:
    assert desk_open("12315", datetime(2026, 11, 24, 23, 59), [row(opens="00:00", closes="24:00")])


def test_holidays_and_worked_weekends() -> None:
    weekdays = [row(days="workdays"), row(days="days_off", opens="10:00", closes="12:00")]
    holiday, worked_sunday = datetime(2026, 10, 1, 9, 0), datetime(2026, 10, 10, 9, 0)
    assert not desk_open("12315", holiday, weekdays)
    assert desk_open("12315", holiday.replace(hour=11), weekdays)
    assert desk_open("12315", worked_sunday, weekdays), "a Saturday worked instead"


def test_nobody_is_turned_away_on_hearsay() -> None:
    assert desk_open("12315", datetime(2026, 11, 24, 3, 0), [row(verified=False)])
    assert desk_open("12345", datetime(2026, 11, 24, 3, 0), [row()])
    assert spoken_hours("12315", [row(verified=False)]) is None


def test_spoken() -> None:
    assert spoken_hours("12315", [row()]) == "每天8点30分到20点30分"
    assert spoken_hours("12315", [row(days="workdays", opens="09:00", closes="17:00")]) == "工作日9点到17点"


@pytest.mark.parametrize("bad", [{"opens": "25:00"}, {"closes": "noon"}, {"days": "sometimes"}])
def test_what_is_no_hour_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        row(**bad)


def test_the_table_is_of_our_own_lines() -> None:
    own = {line.number for line in lines().lines if line.own}
    assert {each.line for each in desk_hours().hours} <= own
