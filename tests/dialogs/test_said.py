"""A word is heard as it stands, an example sentence nearly; the longest counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.said import heard

PETS = ("宠物", "猫粮", "我家小狗买回来就生病", "宠物医院")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("我在宠物店买的", "宠物"),
        ("宠物医院乱收费", "宠物医院"),
        ("那个猫 粮，发霉了", "猫粮"),
        ("猫吃的粮", None),
        ("我要投诉", None),
        ("我家的小狗买回来就生病了，店里不管", "我家小狗买回来就生病"),
        ("我家小狗买回来生病", "我家小狗买回来就生病"),
        ("小狗", None),
        ("我家空调买回来就坏了，商家说要换货", None),
        ("", None),
    ],
)
def test_what_is_heard(told: str, found: str | None) -> None:
    assert heard(PETS, [told]) == found


def test_any_utterance_counts_and_the_longest_words_lead() -> None:
    assert heard(PETS, ["我要投诉", "是宠物的事"]) == "宠物"
    assert heard(PETS, ["猫粮", "宠物医院"]) == "宠物医院"
    assert heard((), ["宠物"]) is None


@given(st.text(), st.lists(st.text(), max_size=3))
def test_anything_may_be_said(told: str, written: list[str]) -> None:
    found = heard(written, [told])
    assert found is None or found in written
