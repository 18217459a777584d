"""Case numbers (登记编号): 25 digits, `1` + region 6 + `00` + YYYYMMDD + serial 8.

The form was seen on the national platform (1 440106 00 20230211 17639604). Until that platform issues one,
the numbers are of this seat's own sandbox series: serials begin with 9, from 90000001 each day and region.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import ColumnElement, and_, func, literal_column, text
from sqlalchemy.orm import Mapped, Session

from data.errors import StoreError

SHANGHAI = "310000"
SANDBOX_FROM = 90_000_001
LAST = 99_999_999
CASE_DIGITS = 25
TAIL = 6
"""Digits of its end that a number is looked up by at least: an index holds so many."""
SHANGHAI_TIME = timezone(timedelta(hours=8))

_NEXT = text(
    "INSERT INTO case_series (region, day, last) VALUES (:region, :day, :first) "
    "ON CONFLICT (region, day) DO UPDATE SET last = case_series.last + 1 RETURNING last"
)


def next_case_no(session: Session, now: datetime, region: str = SHANGHAI) -> str:
    """A number nobody else gets; burnt only if the transaction commits. region: 6-digit GB/T 2260 code."""
    if not (len(region) == 6 and region.isascii() and region.isdigit()):
        raise ValueError("a region code has six digits")
    day = now.astimezone(SHANGHAI_TIME).strftime("%Y%m%d")
    serial = session.execute(_NEXT, {"region": region, "day": day, "first": SANDBOX_FROM}).scalar_one()
    if serial > LAST:
        raise StoreError("the day's sandbox series of case numbers is used up")
    return f"1{region}00{day}{serial:08d}"


def is_sandbox(case_no: str) -> bool:
    """Whether the number is of this seat's own series, which the national platform does not know."""
    return len(case_no) == CASE_DIGITS and case_no[17] == "9"


def ends_with(case_no: Mapped[str | None], digits: str) -> ColumnElement[bool]:
    """Whether the number ends in these digits, TAIL at least."""
    tail = func.substr(case_no, literal_column(str(CASE_DIGITS - TAIL + 1)))
    return and_(tail == digits[-TAIL:], case_no.endswith(digits))
