"""Which days offices work, by the State Council's yearly notice (holidays, and weekends worked instead)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import chinese_calendar


@lru_cache(maxsize=400)
def is_workday(day: date) -> bool:
    """Whether offices work on `day`. A year whose notice the calendar does not hold goes by Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= 5
