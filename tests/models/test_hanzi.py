"""The scoring rule: two ways of writing the same thing compare equal, different things do not."""

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hanzi import cer, cer_of, normalise_for_scoring, simplified


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一三八五四九六四零六九", "138 5496 4069"),
        ("三百九十九", "399"),
        ("三百五", "350"),
        ("三百零五", "305"),
        ("一万二", "12000"),
        ("一万二", "1万2"),
        ("两千三", "2300"),
        ("三点五万", "3.5万"),
        ("三万五", "3.5万"),
        ("三百二十八万一千一百三十八点四八", "3,281,138.48"),
        ("三百二十八万一千一百三十八", "328万1138"),
        ("百分之二十", "20%"),
        ("八点三十", "8:30"),
        ("零点三三", "0.33"),
        ("二零一九年", "2019年"),
        ("幺幺零", "110"),
        ("〇〇七", "007"),
        ("一百二十八块五", "128块5"),
        ("拼多多，買了一件！", "拼多多买了一件"),
        ("ＡＢＣ１２３", "abc123"),
    ],
)
def test_ways_of_writing_the_same(one: str, other: str) -> None:
    assert normalise_for_scoring(one) == normalise_for_scoring(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三百五", "三百零五"),
        ("三百九十九", "三九九零"),
        ("千万别", "别"),
        ("八点半", "八半"),
        ("零零七", "七"),
    ],
)
def test_different_things_stay_different(one: str, other: str) -> None:
    assert normalise_for_scoring(one) != normalise_for_scoring(other)


def test_words_that_only_look_like_numbers_survive() -> None:
    assert normalise_for_scoring("千万不要百般抵赖") == "千万不要百般抵赖"


@given(st.integers(min_value=0, max_value=10**12))
def test_every_spoken_value_equals_its_figures(value: int) -> None:
    assert normalise_for_scoring(cn2an.an2cn(value)) == str(value)


@given(st.text("0123456789", min_size=1, max_size=20))
def test_every_number_spelt_out_equals_its_figures(figures: str) -> None:
    spelt = "".join("零一二三四五六七八九"[int(c)] for c in figures)
    assert normalise_for_scoring(spelt) == figures


@given(st.text())
def test_any_text_can_be_scored_against_itself(text: str) -> None:
    assert cer(text, text) == 0.0


@given(st.text("零一二三四五六七八九十百千万亿两幺点0123456789.:,% 我块", max_size=14))
def test_numerals_in_any_order_are_read_without_failing(text: str) -> None:
    normalise_for_scoring(text)


def test_traditional_becomes_simplified() -> None:
    assert simplified("網購的羽絨服質量不對") == "网购的羽绒服质量不对"


def test_error_rate_counts_characters_of_all_pairs() -> None:
    assert cer("退款三百", "退款300") == 0.0
    assert cer("退款", "退换") == 0.5
    assert cer_of([("退款", "退换"), ("八个字里没有错误", "八个字里没有错误")]) == pytest.approx(0.1)
    assert cer("", "无") == 1.0
