"""Values as the seat says them."""

from __future__ import annotations

from datetime import date

import pytest

from agent.spoken import spoken
from data.understanding import SlotValue
from data.vocabulary import Slot

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("slot", "value", "precision", "said"),
    [
        (Slot.AMOUNT, 499, None, "499元"),
        (Slot.AMOUNT, 399.5, None, "399.5元"),
        (Slot.AMOUNT, 12345.67, None, "12345.67元"),
        (Slot.AMOUNT, 1_000_000, None, "1000000元"),
        (Slot.AMOUNT, 1_250_000.5, None, "1250000.5元"),
        (Slot.AMOUNT, 100, None, "100元"),
        (Slot.AMOUNT, 0, None, "0元"),
        (Slot.AMOUNT, 300, "approx", "大约300元"),
        (Slot.DATE, "2026-11-11", "day", "11月11日"),
        (Slot.DATE, "2026-08", "month", "8月"),
        (Slot.DATE, "2025-12-31", "day", "去年12月31日"),
        (Slot.DATE, "2025", "year", "去年"),
        (Slot.DATE, "2026", "year", "2026年"),
        (Slot.DATE, "2023-05-01", "day", "2023年5月1日"),
        (Slot.DATE, "上个月", None, "上个月"),
        (Slot.PEOPLE_COUNT, 3, None, "3人"),
        (Slot.ANONYMOUS, True, None, "是"),
        (Slot.ANONYMOUS, False, None, "否"),
        (Slot.DEMAND, ("退款", "赔偿"), None, "退款、赔偿"),
        (Slot.PHONE, "13800001234", None, "13800001234"),
    ],
)
def test_said(slot: Slot, value: SlotValue, precision: str | None, said: str) -> None:
    assert spoken(slot, value, TODAY, precision) == said
