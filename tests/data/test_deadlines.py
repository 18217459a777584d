"""Deadlines around 国庆, 春节, 调休 and year end; and that an unknown year is said, not guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.deadlines import Deadline, Pause, Unit, add_pause, deadline
from data.working_days import ArrangedYear, ChinaCalendar, HolidaysUnknown, china_calendar

CALENDAR = ChinaCalendar()

#: The State Council's arrangements for 2024, 2025 and 2026, copied here apart from the library: first and last
#: day off, then the weekend days to be worked.
OFF = """2023-12-30 2024-01-01  2024-02-10 2024-02-17  2024-04-04 2024-04-06  2024-05-01 2024-05-05
2024-06-10 2024-06-10  2024-09-15 2024-09-17  2024-10-01 2024-10-07
2025-01-01 2025-01-01  2025-01-28 2025-02-04  2025-04-04 2025-04-06  2025-05-01 2025-05-05
2025-05-31 2025-06-02  2025-10-01 2025-10-08
2026-01-01 2026-01-03  2026-02-15 2026-02-23  2026-04-04 2026-04-06  2026-05-01 2026-05-05
2026-06-19 2026-06-21  2026-09-25 2026-09-27  2026-10-01 2026-10-07"""
WORKED = """2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"""


def days(text: str) -> list[date]:
    return [date.fromisoformat(word) for word in text.split()]


def off_days() -> set[date]:
    ends = days(OFF)
    return {
        first + timedelta(days=n)
        for first, last in zip(ends[::2], ends[1::2], strict=True)
        for n in range((last - first).days + 1)
    }


HOLIDAYS, WORKDAYS = off_days(), set(days(WORKED))


def works(day: date) -> bool:
    return day in WORKDAYS or (day.weekday() < 5 and day not in HOLIDAYS)


def test_every_day_of_three_years_is_as_arranged() -> None:
    day = date(2024, 1, 1)
    while day.year < 2027:
        assert CALENDAR.works(day) is works(day), day
        assert CALENDAR.is_holiday(day) is (day in HOLIDAYS), day
        day += timedelta(days=1)


#: received, working days, last day.
CASES = [
    # 国庆, with 中秋 near it or in it
    ("2024-09-13", 2, "2024-09-18"),
    ("2024-09-14", 1, "2024-09-18"),
    ("2024-09-26", 7, "2024-10-11"),
    ("2024-09-27", 1, "2024-09-29"),
    ("2024-09-28", 1, "2024-09-29"),
    ("2024-09-29", 2, "2024-10-08"),
    ("2024-09-30", 7, "2024-10-15"),
    ("2024-10-07", 5, "2024-10-12"),
    ("2024-10-11", 1, "2024-10-12"),
    ("2025-09-26", 1, "2025-09-28"),
    ("2025-09-26", 7, "2025-10-13"),
    ("2025-09-28", 3, "2025-10-09"),
    ("2025-09-30", 1, "2025-10-09"),
    ("2025-09-30", 3, "2025-10-11"),
    ("2025-10-01", 7, "2025-10-16"),
    ("2025-10-10", 1, "2025-10-11"),
    ("2025-10-10", 7, "2025-10-20"),
    ("2026-09-18", 1, "2026-09-20"),
    ("2026-09-24", 7, "2026-10-12"),
    ("2026-09-30", 3, "2026-10-10"),
    ("2026-09-30", 7, "2026-10-15"),
    ("2026-10-08", 2, "2026-10-10"),
    ("2026-10-09", 7, "2026-10-19"),
    # 春节
    ("2024-02-02", 1, "2024-02-04"),
    ("2024-02-08", 7, "2024-02-23"),
    ("2024-02-09", 1, "2024-02-18"),
    ("2024-02-17", 7, "2024-02-26"),
    ("2025-01-24", 1, "2025-01-26"),
    ("2025-01-27", 7, "2025-02-12"),
    ("2025-01-28", 3, "2025-02-07"),
    ("2025-02-07", 1, "2025-02-08"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-13", 7, "2026-03-02"),
    ("2026-02-14", 1, "2026-02-24"),
    ("2026-02-14", 7, "2026-03-03"),
    ("2026-02-23", 4, "2026-02-27"),
    ("2026-02-27", 1, "2026-02-28"),
    ("2026-02-27", 7, "2026-03-09"),
    # year end
    ("2023-12-28", 2, "2024-01-02"),
    ("2023-12-29", 7, "2024-01-10"),
    ("2024-12-25", 7, "2025-01-06"),
    ("2024-12-31", 1, "2025-01-02"),
    ("2025-12-24", 7, "2026-01-05"),
    ("2025-12-31", 1, "2026-01-04"),
    ("2025-12-31", 2, "2026-01-05"),
    ("2026-01-01", 7, "2026-01-12"),
    ("2026-12-22", 7, "2026-12-31"),
    # other worked weekends and short holidays
    ("2025-04-25", 2, "2025-04-28"),
    ("2025-04-30", 7, "2025-05-14"),
    ("2025-05-30", 1, "2025-06-03"),
    ("2026-04-30", 3, "2026-05-08"),
    ("2026-05-08", 1, "2026-05-09"),
    ("2026-06-18", 7, "2026-06-30"),
    ("2026-12-01", 7, "2026-12-10"),
]


@pytest.mark.parametrize(("start", "count", "due"), CASES)
def test_working_days(start: str, count: int, due: str) -> None:
    found = deadline(date.fromisoformat(start), count, Unit.WORKING, CALENDAR)
    assert found == Deadline(date.fromisoformat(due))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-03-02", 60, "2026-05-06"),  # 5月1日 falls in 劳动节: the day after it
        ("2026-08-02", 60, "2026-10-08"),  # the last day is 10月1日
        ("2025-12-19", 60, "2026-02-24"),  # the last day is 初一
        ("2026-05-01", 60, "2026-06-30"),
        ("2026-06-02", 60, "2026-08-01"),  # an ordinary Saturday is no holiday: not moved
    ],
)
def test_natural_days_end_after_a_holiday(start: str, count: int, due: str) -> None:
    found = deadline(date.fromisoformat(start), count, Unit.NATURAL, CALENDAR)
    assert found == Deadline(date.fromisoformat(due))


def test_days_of_testing_do_not_count() -> None:
    start = date(2026, 7, 1)
    pauses = add_pause((), date(2026, 7, 10), date(2026, 7, 20))
    assert deadline(start, 60, Unit.NATURAL, CALENDAR, pauses).due == date(2026, 9, 9)
    assert deadline(start, 60, Unit.NATURAL, CALENDAR).due == date(2026, 8, 30)
    assert deadline(date(2026, 7, 8), 3, Unit.WORKING, CALENDAR, pauses).due == date(2026, 7, 21)
    assert add_pause((), date(2026, 7, 10), date(2026, 7, 10)) == (), "ended the same day: nothing is lost"


@pytest.mark.parametrize(
    ("start", "count", "unit"),
    [("2026-12-24", 7, Unit.WORKING), ("2026-12-31", 1, Unit.WORKING), ("2026-11-24", 60, Unit.NATURAL)],
)
def test_a_year_not_published_is_said(start: str, count: int, unit: Unit) -> None:
    found = deadline(date.fromisoformat(start), count, unit, CALENDAR)
    assert found.due is None and found.unknown_year == 2027
    with pytest.raises(HolidaysUnknown, match="2027"):
        CALENDAR.works(date(2027, 1, 4))


def test_a_published_year_can_be_put_in_the_table() -> None:
    """An invented arrangement: off 1–3 January, the 9th (a Saturday) worked."""
    year = ArrangedYear(
        year=2027,
        source="invented",
        holidays=frozenset(date(2027, 1, n) for n in (1, 2, 3)),
        workdays=frozenset({date(2027, 1, 9)}),
    )
    calendar = ChinaCalendar((year,))
    assert deadline(date(2026, 12, 30), 7, Unit.WORKING, calendar).due == date(2027, 1, 9)
    assert deadline(date(2026, 11, 3), 60, Unit.NATURAL, calendar).due == date(2027, 1, 4)
    assert not calendar.works(date(2026, 10, 1)), "other years still come from the library"
    assert china_calendar().extra == ()


@pytest.mark.parametrize(
    ("holidays", "workdays"),
    [(["2026-01-01"], []), ([], ["2027-01-04"]), (["2027-01-02"], ["2027-01-02"])],
)
def test_a_wrong_arrangement_is_refused(holidays: list[str], workdays: list[str]) -> None:
    with pytest.raises(ValueError):
        ArrangedYear.model_validate({"year": 2027, "source": "x", "holidays": holidays, "workdays": workdays})


STARTS = st.dates(date(2024, 1, 1), date(2026, 9, 1))


@given(start=STARTS, count=st.integers(1, 60), pause=st.tuples(STARTS, st.integers(0, 30)))
def test_a_deadline_counts_exactly(start: date, count: int, pause: tuple[date, int]) -> None:
    pauses = add_pause((), pause[0], pause[0] + timedelta(days=pause[1]))
    due = deadline(start, count, Unit.WORKING, CALENDAR, pauses).earliest
    if due.year > 2026:
        return
    passed = [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]
    counted = [day for day in passed if works(day) and not any(day in one for one in pauses)]
    assert len(counted) == count and counted[-1] == due


@given(start=STARTS, count=st.integers(1, 30))
def test_natural_days_never_end_before_the_count_nor_on_a_holiday(start: date, count: int) -> None:
    due = deadline(start, count, Unit.NATURAL, CALENDAR).earliest
    assert due >= start + timedelta(days=count) and due not in HOLIDAYS
    assert all(
        day in HOLIDAYS for day in (due - timedelta(days=n) for n in range(1, (due - start).days - count + 1))
    )


def test_a_pause_holds_its_first_day_and_not_its_last() -> None:
    pause = Pause(date(2026, 7, 10), date(2026, 7, 12))
    assert date(2026, 7, 10) in pause and date(2026, 7, 12) not in pause
    with pytest.raises(ValueError):
        deadline(date(2026, 7, 1), 0, Unit.WORKING, CALENDAR)
