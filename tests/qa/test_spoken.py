from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.spoken import digits_said, numbers_said, say_amount, say_date, say_digits


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
