"""Written text as it is read aloud, and where it is cut into clauses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clauses import split
from models.speakable import speakable

READ = {
    # Numbers people dial: yāo for 1, in groups one can write along with
    "您的手机号是13812345678": "您的手机号是幺三八、幺二三四、五六七八",
    "159 2100 1234": "幺五九、二幺零零、幺二三四",
    "+86 13812345678": "幺三八、幺二三四、五六七八",
    "请拨打12315": "请拨打幺二三幺五",
    "12345热线": "幺二三四五热线",
    "急救120，报警110": "急救幺二零，报警幺幺零",
    "021-53395288": "零二幺、五三三九、五二八八",
    "400-8822-528": "四零零、八八二二、五二八",
    "客服10086": "客服幺零零八六",
    # Numbers people copy
    "订单号230518764": "订单号二三零、五幺八、七六四",
    "订单编号：2305": "订单编号：二三零五",
    "尾号1234": "尾号幺二三四",
    "SF1234567890": "SF幺二三四、五六七、八九零",
    "1205室": "幺二零五室",
    # Money
    "499元": "四百九十九元",
    "1299.5元": "一千二百九十九元五角",
    "¥1,299.55": "一千二百九十九元五角五分",
    "12.05元": "十二元零五分",
    "0.5元": "五角",
    "199.00元": "一百九十九元",
    "98.5块": "九十八块五",
    "12000": "一万二千",
    "20000元": "两万元",
    "1.5万元": "一点五万元",
    "110元": "一百一十元",
    # Dates and times
    "2026-11-11": "二零二六年十一月十一日",
    "2026年3月": "二零二六年三月",
    "11月11日": "十一月十一日",
    "2月2日": "二月二日",
    "8:30": "八点三十分",
    "2:05": "两点零五分",
    "9:00-17:30": "九点到十七点三十分",
    # Shares, ranges, counts
    "50%": "百分之五十",
    "3.5%": "百分之三点五",
    "3-5天": "三到五天",
    "2件": "两件",
    "12个": "十二个",
    "第2次": "第二次",
    "1250弄12号": "一千二百五十弄十二号",
    "2.5kg": "二点五公斤",
    # Letters and signs
    "AI客服": "AI客服",
    "iPhone15": "iPhone十五",
    "【拼多多】": "拼多多",
    "你好,世界!": "你好，世界！",
    "嗯……好的": "嗯，好的",
    "３５０元": "三百五十元",
    "😀好": "好",
    "M:L": "M L",
    "": "",
}


@pytest.mark.parametrize(("written", "read"), READ.items(), ids=list(READ))
def test_as_people_read_it(written: str, read: str) -> None:
    assert speakable(written) == read


telling = st.text(
    st.one_of(st.characters(), st.sampled_from("0123456789.:-/%¥元块件月日年号点弄室万，。、（）kgA ")),
    max_size=60,
)


@given(telling)
@settings(max_examples=400, deadline=None)
def test_any_text_becomes_words_only(text: str) -> None:
    said = speakable(text)
    assert not any(character.isdigit() or character.isdecimal() for character in said)
    assert re.fullmatch(r"[㐀-鿿〇A-Za-z。！？；，：、 ]*", said)


@given(telling)
@settings(max_examples=300, deadline=None)
def test_what_is_speakable_stays_as_it_is(text: str) -> None:
    """A clause is normalised again by the engine that speaks it."""
    said = speakable(text)
    assert speakable(said) == said
    assert all(speakable(clause.text) == clause.text for clause in split(said))


@given(telling)
@settings(max_examples=300, deadline=None)
def test_clauses_hold_every_sound_in_order(text: str) -> None:
    said = speakable(text)
    letters = [c for c in said if c.isalpha()]
    assert [c for clause in split(said) for c in clause.text if c.isalpha()] == letters
    assert all(clause.text for clause in split(said))


def texts(text: str) -> list[str]:
    return [clause.text for clause in split(speakable(text))]


def test_the_first_clause_is_short_and_very_short_ones_are_joined() -> None:
    assert texts("好的，我跟您核对一下：您在拼多多上购买了一件羽绒服，金额499元。对吗？") == [
        "好的，我跟您核对一下：",
        "您在拼多多上购买了一件羽绒服，",
        "金额四百九十九元。对吗？",
    ]
    assert texts("嗯，好的，请稍等。") == ["嗯，好的，请稍等。"]
    assert texts("您的手机号是13812345678，对吗？") == ["您的手机号是幺三八、", "幺二三四、五六七八，对吗？"]
    assert texts("。，！") == []


def test_a_pause_follows_every_clause_but_the_last() -> None:
    pauses = [clause.pause for clause in split("我跟您核对一下信息，您要求退还全部货款。现在可以吗？")]
    assert pauses[-1] == 0.0
    assert all(0.1 <= pause <= 0.3 for pause in pauses[:-1])
