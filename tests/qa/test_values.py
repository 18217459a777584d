from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import SlotValue
from data.vocabulary import Slot
from qa.spoken import digits_said, numbers_said, say_amount, say_date, say_digits
from qa.values import same


@pytest.mark.parametrize(
    ("slot", "expected", "got", "equal"),
    [
        (Slot.AMOUNT, 499, 499.0, True),
        (Slot.AMOUNT, 499, 399, False),
        (Slot.AMOUNT, 0, 0, True),
        (Slot.AMOUNT, 0, None, False),
        (Slot.ORDER_NO, "230518764", "2305 18764", True),
        (Slot.ORDER_NO, "230518764", "23051876", False),
        (Slot.PLATFORM, "拼多多", "PDD", True),
        (Slot.PLATFORM, "抖音电商", "抖音", True),
        (Slot.PLATFORM, "拼多多", "多多买菜", False),
        (Slot.NAME, "王芳", "汪方", True),
        (Slot.NAME, "王芳", "王方圆", False),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号602室", "长宁仙霞路一百三十九弄八号六零二室", True),
        (Slot.ADDRESS, "仙霞路139弄8号", "长宁区仙霞路139弄8号", True),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号", "静安区仙霞路139弄8号", False),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号", "长宁区仙霞路139弄9号", False),
        (Slot.DISTRICT, "浦东新区", "浦东", True),
        (Slot.DISTRICT, "浦东新区", "黄浦区", False),
        (Slot.DEMAND, ("退款",), ("退还货款和服务费用",), True),
        (Slot.DEMAND, ("退货", "赔偿损失"), ("赔偿损失", "退货"), True),
        (Slot.DEMAND, ("退货",), ("退货", "赔偿损失"), False),
        (Slot.ANONYMOUS, False, False, True),
        (Slot.ANONYMOUS, True, False, False),
        (Slot.SHOP, "A店（旗舰）", "a店旗舰", True),
        (Slot.PRODUCT, "羽绒服", "羽绒被", False),
        (Slot.NARRATIVE, "甲", "乙", True),
    ],
)
def test_sameness(slot: Slot, expected: SlotValue, got: SlotValue | None, equal: bool) -> None:
    assert same(slot, expected, got) is equal


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三百九十九块", {"399"}),
        ("三九九", {"399"}),
        ("七十……九块", {"79"}),
        ("九十九块九", {"99.9"}),
        ("一万二", {"12000"}),
        ("1.5万", {"15000"}),
        ("两百弄", {"200"}),
    ],
)
def test_numbers_in_a_text(text: str, numbers: set[str]) -> None:
    assert {Decimal(number) for number in numbers} <= numbers_said(text)


def test_digits_are_read_over_pauses() -> None:
    assert digits_said("是幺三八，……零零零零，一二三四。") == ["13800001234"]


@given(st.from_regex(r"1[3-9]0000[0-9]{5}", fullmatch=True))
def test_digits_spoken_are_digits_read(phone: str) -> None:
    assert digits_said(say_digits(phone)) == [phone]


@given(st.integers(min_value=1, max_value=99_999_999))
def test_amounts_spoken_are_amounts_read(amount: int) -> None:
    assert Decimal(amount) in numbers_said(say_amount(amount))


def test_dates_are_said_as_people_do() -> None:
    assert say_date("2026-11-05") == "十一月五号"
    assert say_date("2026-11") == "二零二六年十一月"
