"""Who a caller says he is; of others nothing is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlu.crowd import find
from nlu.heard import Heard

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "crowd"),
    [
        ("我今年七十八了，电饭煲坏了", "老年人"),
        ("我一个老太婆，他们欺负我", "老年人"),
        ("我耳朵不好，你说响一点", "老年人"),
        ("我今年十一岁，玩具是坏的", "未成年人"),
        ("我是小学生", "未成年人"),
        ("我上初中，鞋子老板不给退", "未成年人"),
        ("我怀孕了，买的奶粉过期", "孕产妇"),
        ("我是盲人，看不见标签", "残障人士"),
    ],
)
def test_what_he_says_of_himself(hear: Hear, text: str, crowd: str) -> None:
    assert [finding.value for finding in find(hear(text))] == [crowd]


@pytest.mark.parametrize(
    "text",
    [
        "我妈今年八十了",
        "我女儿十二岁，上初中",
        "我花了八十块",
        "我买了七个，坏了三个",
        "老人家在里面排队",
        "我等了六十多天",
    ],
)
def test_others_are_not_meant(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []
