"""People are counted who were hit by the matter, not whoever is mentioned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlu.heard import Heard
from nlu.people import find

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("一共有二十来个家长", 20),
        ("十几个业主都签了名", 15),
        ("七八个邻居都中招了", 7),
        ("微信群里一百八十多个业主", 180),
        ("滑梯塌了，烫伤了四个", 4),
        ("有九个都上吐下泻", 9),
        ("秋千断了，摔下来两个", 2),
    ],
)
def test_people_hit(hear: Hear, text: str, count: int) -> None:
    assert [finding.value for finding in find(hear(text))] == [count]


@pytest.mark.parametrize(
    "text",
    [
        "老两口省吃俭用",
        "订单后六位是八八七七六六",
        "找了两个师傅都没修好",
        "派了三个人来修",
        "老板叫了四个人来堵门",
        "我是三个孩子的妈妈",
        "买了三个，坏了三个",
        "等了六个月",
    ],
)
def test_nobody_hit(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []
