"""Which days offices work, by the State Council's yearly notice (holidays, and weekends worked instead)."""

from __future__ import annotations

from datetime import date

import chinese_calendar


def is_workday(day: date) -> bool:
    """Whether offices work on `day`. A year whose notice the calendar does not hold goes by Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= 5
