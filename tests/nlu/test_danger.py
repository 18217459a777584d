from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from data.vocabulary import Emergency
from nlu.danger import flags
from nlu.heard import Heard

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "emergency"),
    [
        ("我们被困在电梯里面了，按铃没人应", Emergency.TRAPPED),
        ("电梯门打不开，里面有小孩出不来", Emergency.TRAPPED),
        ("扶梯把老人的裤脚卷进去夹住了腿", Emergency.TRAPPED),
        ("一家四口吃完饭上吐下泻，快来看看", Emergency.POISONING),
        ("我同事喝了那个酒昏迷了正在抢救", Emergency.POISONING),
        ("老人误喝了饭店当水放的消毒液", Emergency.POISONING),
        ("这里煤气泄漏味道很大，现在怎么办", Emergency.FIRE),
        ("店里着火了，快点", Emergency.FIRE),
        ("他们把门堵住不让我走", Emergency.THREAT),
        ("老板拿刀出来了", Emergency.THREAT),
        ("我活不下去了，想从楼上跳下去", Emergency.SELF_HARM),
        ("过山车的安全带扣不上，现在还在开", Emergency.EQUIPMENT),
        ("加气站有人在抽烟", Emergency.EQUIPMENT),
        ("商家把我的身份证照片发到网上了", Emergency.PRIVACY_LEAK),
    ],
)
def test_emergencies(hear: Hear, text: str, emergency: Emergency) -> None:
    assert flags(hear(text)).emergency is emergency


@pytest.mark.parametrize(
    "text",
    [
        "家用压力锅的盖子打不开，要求退货",
        "电梯广告太吵了",
        "跳楼价买的衣服质量很差",
        "吃了面包拉肚子，要求赔偿",
        "上个月买的充电宝爆炸了，我要退款",
        "气死我了，这家店太过分",
        "电梯年检过期了",
        "担心他们会不会把我电话公开",
        "我去年被困过一次电梯",
        "这个健身房跑路了",
        "炸鸡店卖过期的鸡",
    ],
)
def test_no_emergency(hear: Hear, text: str) -> None:
    assert flags(hear(text)).emergency is None


@pytest.mark.parametrize(
    "text", ["健身房跑路了，我们群里一百多人", "老板卷款了，器材搬空", "会员有两百多个人都退不了"]
)
def test_mass_incident(hear: Hear, text: str) -> None:
    assert flags(hear(text)).mass_incident


@pytest.mark.parametrize("text", ["我买的衣服掉色", "卖家失联了", "我们三个人吃饭"])
def test_no_mass_incident(hear: Hear, text: str) -> None:
    assert not flags(hear(text)).mass_incident


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("小区电梯没有年检", "特种设备"),
        ("超市卖过期的牛奶", "食品"),
        ("药店卖假药", "药品"),
        ("血压计量出来不准", "医疗器械"),
        ("面膜用了过敏", "化妆品"),
        ("充电宝起火了", "重点工业产品"),
        ("压力锅坏了", None),
        ("电梯广告虚假宣传", None),
        ("衣服掉色", None),
    ],
)
def test_safety(hear: Hear, text: str, flag: str | None) -> None:
    assert flags(hear(text)).safety_flag == flag


def test_fast(hear: Hear) -> None:
    heard = hear("我在健身房办了卡，充了三千块，现在他们搬走了，电话也不接，我该怎么办，你们管不管")
    flags(heard)
    started = time.process_time()
    for _ in range(50):
        flags(heard)
    assert (time.process_time() - started) / 50 < 0.005
