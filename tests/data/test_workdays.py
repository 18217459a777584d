"""Offices' days: holidays, weekends worked instead, years not announced yet."""

from __future__ import annotations

from datetime import date

import pytest

from data.workdays import is_workday


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 24), True),  # a Tuesday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 10, 1), False),  # National Day, a Thursday
        (date(2024, 10, 12), True),  # a Saturday worked for National Day (State Council notice of 2023-10-25)
        (date(2099, 1, 1), True),  # a Thursday: not announced yet
        (date(2099, 1, 3), False),  # a Saturday
    ],
)
def test_is_workday(day: date, works: bool) -> None:
    assert is_workday(day) is works
