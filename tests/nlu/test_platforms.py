from __future__ import annotations

from collections.abc import Callable

import pytest

from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.platforms import find

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我在京东买的", "京东"),
        ("pdd", "拼多多"),
        ("在咸鱼上买的二手相机", "闲鱼"),
        ("在毒上买的鞋", "得物"),
        ("饿了吗上点的外卖", "饿了么（淘宝闪购）"),
        ("去哪儿网订的房", "去哪儿"),
        ("有人在微信群里卖酒", "微信视频号小店/小程序"),
        ("一个小程序上订的票", "微信视频号小店/小程序"),
        ("在转转上买的手机", "转转"),
        ("B站会员购", "哔哩哔哩（会员购）"),
        ("不是淘宝，不对，是拼多多", "拼多多"),
        ("天猫超市买的油", "天猫"),
    ],
)
def test_named(hear: Hear, text: str, name: str) -> None:
    assert find(hear(text))[-1].value == name


@pytest.mark.parametrize(
    "text",
    [
        "南京东路的店",
        "北京东路三百号",
        "买了两条咸鱼",
        "去动物园看河马",
        "你饿了吗",
        "要去哪里检测",
        "微信转账给他的",
        "惊动了邻居",
        "多多关照",
        "他说转转就好了",
        "苏宁路上的店",
        "评论里有人点评",
    ],
)
def test_everyday_words_are_no_platforms(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("河马", "盒马"),
        ("读物", "得物"),
        ("咸鱼", "闲鱼"),
        ("掏宝", "淘宝"),
        ("为品惠", "唯品会"),
        ("斜城订的", "携程"),
        ("今东", "京东"),
        ("拼音多多", "拼多多"),
        ("都音", "抖音电商"),
        ("小洪书", "小红书"),
    ],
)
def test_by_sound_when_asked(hear: Hear, text: str, name: str) -> None:
    assert find(hear(text, Slot.PLATFORM))[0].value == name


def test_a_repair_says_why(hear: Hear) -> None:
    finding = find(hear("我在萍多多上买了一件大衣"))[0]
    assert (finding.value, finding.method, finding.heard) == ("拼多多", "sound_alike", "萍多多")
    assert finding.reason == "‘萍多多’音近‘拼多多’"


@pytest.mark.parametrize("text", ["不知道", "没有", "就是一个网站", "你说什么", "等一下", "我忘了"])
def test_an_answer_without_a_platform(hear: Hear, text: str) -> None:
    assert find(hear(text, Slot.PLATFORM)) == []
