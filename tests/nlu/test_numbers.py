from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.numbers import digits_of, parse, scan


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("四百廿", 420),
        ("一万二", 12000),
        ("两百八", 280),
        ("二百零五", 205),
        ("一千零五十", 1050),
        ("两千零三", 2003),
        ("3千8", 3800),
        ("1万2千", 12000),
        ("三九九", 399),
        ("幺五", 15),
        ("三点五", 3.5),
        ("1.2万", 12000),
        ("3,800", 3800),
        ("卅五", 35),
        ("壹佰贰拾", 120),
        ("十二万三千四百", 123400),
    ],
)
def test_parse(text: str, value: float) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "，", "多少", "一" * 40])
def test_parse_says_none_for_what_is_no_number(text: str) -> None:
    assert parse(text) is None


@given(st.integers(min_value=0, max_value=99_999_999))
def test_every_number_survives_the_way_into_words_and_back(number: int) -> None:
    assert parse(str(cn2an.an2cn(number))) == number


@given(st.integers(min_value=0, max_value=99_999_999))
def test_figures_survive_too(number: int) -> None:
    assert parse(str(number)) == number


@pytest.mark.parametrize(
    ("text", "value", "about"),
    [
        ("三千多块", 3000, True),
        ("二三十户", 25, True),
        ("四十几个", 40, True),
        ("两三百", 250, True),
        ("百把块", 100, True),
        ("上百人", 100, True),
        ("二百八一箱", 280, False),
        ("九十九一个月", 99, False),
    ],
)
def test_scan_takes_the_number_and_its_vagueness(text: str, value: float, about: bool) -> None:
    first = next(scan(text))
    assert (first.value, first.about) == (value, about)


def test_hundreds_without_a_count_are_no_number() -> None:
    assert [number.text for number in scan("好几百块，千万别")] == []


def test_digits_of() -> None:
    assert digits_of("幺三八") == "138"
    assert digits_of("一百三十九") == "139"
