"""An utterance made plain: every character keeps its place, and what is worked out once is right for good."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.heard import GAP, Heard, plain
from nlu.numbers import scan

TODAY = date(2026, 11, 24)


@given(st.text(st.characters(codec=None), max_size=40))
def test_every_character_is_made_plain_by_itself_and_keeps_its_place(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert plain(text) == "".join(map(plain, text))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("１２３元", "123元"),
        ("買賣錢貨", "买卖钱货"),
        ("喂\u200b你好\n", "喂 你好 "),
        ("Ⅷ㍿𠮷", "Ⅷ㍿𠮷"),
        ("\ud800", " "),
    ],
)
def test_half_width_simplified_and_without_control_signs(raw: str, text: str) -> None:
    assert plain(raw) == text


@given(st.text(st.sampled_from("三百九十九块二,，。 个人a1"), max_size=20))
def test_core_and_numbers_are_those_of_the_text_whatever_is_asked(raw: str) -> None:
    heard = Heard(raw, Asked(), TODAY)
    assert heard.core == "".join(character for character in heard.text if character not in GAP)
    assert heard.numbers == tuple(scan(heard.text)) == heard.asking(Slot.AMOUNT).numbers
