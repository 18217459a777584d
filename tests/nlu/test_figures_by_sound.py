"""Figures read from what a bad line made of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Listen, Slot
from nlu.figures_by_sound import rewritten
from nlu.understander import Understander

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def reader() -> Understander:
    return Understander(None)


@pytest.mark.parametrize(
    ("text", "money", "written"),
    [
        ("稀释休快", True, "七十九块"),
        ("稀释，休快", True, "七十九块 "),
        ("6093西奇遥二物", False, "6093七七幺二五"),
        ("咱拜六十把快", True, "三百六十八块"),
    ],
)
def test_rewritten(text: str, money: bool, written: str) -> None:
    assert rewritten(text, money=money) == written


@pytest.mark.parametrize(
    ("text", "money"),
    [("是", False), ("小王数码", False), ("没有", True), ("三百九十九块", True), ("要是有就好了", False)],
)
def test_nothing_to_rewrite(text: str, money: bool) -> None:
    assert rewritten(text, money=money) is None


@given(st.text(max_size=30), st.booleans())
def test_length_stays_and_nothing_raises(text: str, money: bool) -> None:
    written = rewritten(text, money=money)
    assert written is None or len(written) == len(text)


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (Slot.AMOUNT, "你稀释,休快", 79),
        (Slot.AMOUNT, "你稀释,你救快", 79),
        (Slot.ORDER_NO, "6093 西奇遥二物", "609377125"),
        (Slot.PHONE, "小8600002579", "18600002579"),
    ],
)
def test_it_is_found_but_never_sure(reader: Understander, slot: Slot, text: str, value: object) -> None:
    listen = Listen.SHORT if slot is Slot.AMOUNT else Listen.DIGITS
    asked = Asked(slot=slot, listen=listen)
    found = reader.understand(text, asked=asked, today=TODAY, confidence=0.6).find(slot)
    assert found is not None and found.value == value
    assert found.confidence < 0.5


def test_a_sure_number_is_left_alone(reader: Understander) -> None:
    found = reader.understand(
        "一共四百九", asked=Asked(slot=Slot.AMOUNT, listen=Listen.SHORT), today=TODAY
    ).find(Slot.AMOUNT)
    assert found is not None and found.value == 490 and found.confidence >= 0.9
