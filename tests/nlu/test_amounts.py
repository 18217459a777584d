from __future__ import annotations

from collections.abc import Callable

import pytest

from data.vocabulary import Slot
from nlu.amounts import find
from nlu.heard import Heard

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三百九十九块", 399),
        ("三九九", 399),
        ("399", 399),
        ("399块钱", 399),
        ("三百九，不对，四百二十九", 429),
        ("四百五，说错了，是五百四", 540),
        ("三块五毛", 3.5),
        ("十二块八毛五", 12.85),
        ("一块半", 1.5),
        ("九块九包邮", 9.9),
        ("八毛钱", 0.8),
        ("￥3980", 3980),
        ("3,800元", 3800),
        ("两千", 2000),
        ("二百五", 250),
        ("一千五左右", 1500),
        ("大概三千多", 3000),
        ("一共花了一万二", 12000),
        ("嗯，就是六百八十八元", 688),
    ],
)
def test_asked(hear: Hear, text: str, value: float) -> None:
    assert find(hear(text, Slot.AMOUNT))[0].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("苹果二百八一箱，坏了一半", 280),
        ("充两千送五百，才用了一次", 2000),
        ("原来八块一小时，现在收我二十", 20),
        ("货架上写的九块，结果扣了我十五块", 15),
        ("学费交了六千五，就上了两次课", 6500),
        ("这把壶四千六，我拿给人看是假的", 4600),
        ("订金三百，尾款一千，一共一千三百块", 1300),
        ("一个普通扳手三十五，没有价签", 35),
        ("停车一小时四十，太离谱", 40),
        ("全款，两千三百多，一分没退", 2300),
    ],
)
def test_in_a_story_the_sum_in_dispute(hear: Hear, text: str, value: float) -> None:
    assert find(hear(text))[0].value == value


@pytest.mark.parametrize(
    "text",
    [
        "到今天二十多天了",
        "我们群里三百多个人",
        "会员自动贵百分之八",
        "上了一个半月",
        "好几百块",
        "我打12315打了三次",
        "在三楼三百零五室",
        "买了两双鞋",
        "一三八零零零零一二三四",
        "我一个人，一直没人管",
    ],
)
def test_not_money(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


def test_about_is_kept(hear: Hear) -> None:
    assert find(hear("大概五百块左右", Slot.AMOUNT))[0].precision == "approx"
    assert find(hear("五百块", Slot.AMOUNT))[0].precision is None


def test_a_phone_is_no_amount_even_when_asked(hear: Hear) -> None:
    assert find(hear("13800001234", Slot.AMOUNT)) == []
