"""How a value is said: short, checkable, in the words people use. Pure.

Figures stay figures ("499元", "13800001234"); the voice reads them as people do.
"""

from __future__ import annotations

from datetime import date

from data.understanding import SlotValue
from data.vocabulary import Slot


def spoken(slot: Slot, value: SlotValue, today: date, precision: str | None = None) -> str:
    """`value` of `slot` as the seat says it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(value)
    if slot is Slot.AMOUNT and isinstance(value, int | float):
        about = "大约" if precision == "approx" else ""
        return f"{about}{_figure(value)}元"
    if slot is Slot.DATE and isinstance(value, str):
        return _spoken_date(value, today)
    if slot is Slot.PEOPLE_COUNT:
        return f"{value}人"
    return str(value)


def _figure(value: int | float) -> str:
    """To the 分, without idle zeros: 499, 12345.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _spoken_date(value: str, today: date) -> str:
    parts = value.split("-")
    if not all(part.isdigit() for part in parts):
        return value
    year, rest = int(parts[0]), [int(part) for part in parts[1:]]
    said = "" if year == today.year and rest else ("去年" if year == today.year - 1 else f"{year}年")
    if rest:
        said += f"{rest[0]}月"
    if len(rest) > 1:
        said += f"{rest[1]}日"
    return said
