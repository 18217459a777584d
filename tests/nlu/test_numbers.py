from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.numbers import UNIT, digits_of, parse, scan


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
        ("三十多万", 300000, True),
        ("二十来万", 200000, True),
        ("十几个", 15, True),
        ("十来万", 100000, True),
        ("一两百", 150, True),
        ("四五千", 4500, True),
        ("七八个", 7.5, True),
        ("十七八户", 17.5, True),
        ("一百五六", 155, True),
        ("一百六七十", 165, True),
        ("一万二三", 12500, True),
    ],
)
def test_scan_takes_the_number_and_its_vagueness(text: str, value: float, about: bool) -> None:
    first = next(scan(text))
    assert (first.value, first.about) == (value, about)


def test_hundreds_without_a_count_are_no_number() -> None:
    assert [number.text for number in scan("好几百块，千万别")] == []


def test_some_tens_are_no_number() -> None:
    assert list(scan("几十块")) == []


def test_neighbours_that_count_nothing_are_figures() -> None:
    assert next(scan("三四")).value == 34


@given(st.integers(min_value=1, max_value=9), st.sampled_from(("万", "亿")), st.sampled_from("多几"))
def test_more_than_some_tens_of_a_unit(tens: int, unit: str, more: str) -> None:
    number = next(scan(f"{cn2an.an2cn(tens * 10)}{more}{unit}块"))
    assert number.about
    if tens > 1:
        assert number.value == tens * 10 * UNIT[unit]


@given(
    st.integers(min_value=1, max_value=9), st.integers(min_value=1, max_value=9), st.sampled_from("百千万")
)
def test_a_bare_figure_after_a_unit_is_a_tenth_of_it(count: int, tail: int, unit: str) -> None:
    said = f"{cn2an.an2cn(count)}{unit}{cn2an.an2cn(tail)}"
    assert parse(said) == count * UNIT[unit] + tail * UNIT[unit] / 10


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿几多来半点廿幺0123456789块个，", max_size=20))
def test_numbers_lie_apart_in_any_text(text: str) -> None:
    end = 0
    for number in scan(text):
        assert end <= number.start < number.end <= len(text)
        end = number.end


def test_digits_of() -> None:
    assert digits_of("幺三八") == "138"
    assert digits_of("一百三十九") == "139"
