from __future__ import annotations

from collections.abc import Callable

import pytest

from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.places import find

Hear = Callable[..., Heard]
D, R, A = Slot.DISTRICT, Slot.RESPONDENT_ADDRESS, Slot.ADDRESS


def values(heard: Heard) -> dict[Slot, object]:
    return {finding.slot: finding.value for finding in find(heard)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("徐汇", "徐汇区"),
        ("徐会区", "徐汇区"),
        ("民航区", "闵行区"),
        ("葡萄区", "普陀区"),
        ("卢湾那边", "黄浦区"),
        ("闸北", "静安区"),
        ("南汇", "浦东新区"),
        ("五角场", "杨浦区"),
        ("石化", "金山区"),
        ("奉献", "奉贤区"),
        ("在浦东新区", "浦东新区"),
    ],
)
def test_district_asked(hear: Hear, text: str, name: str) -> None:
    assert values(hear(text, D))[D] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我住在徐汇，店在闵行", "闵行区"),
        ("我家在杨浦，东西是在五角场一家店买的", "杨浦区"),
        ("在青浦徐泾那个菜场看到的", "青浦区"),
        ("单子已经分到长宁区了", "长宁区"),
    ],
)
def test_the_district_is_the_shops(hear: Hear, text: str, name: str) -> None:
    assert values(hear(text))[D] == name


@pytest.mark.parametrize(
    "text", ["我住在徐汇", "健身房跑路了", "我是金山人", "宝山路的一家店", "一条街都在卖", "我要投诉"]
)
def test_no_district(hear: Hear, text: str) -> None:
    assert D not in values(hear(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("长宁区仙霞路一百三十九弄八号六零二", "长宁区仙霞路139弄8号602"),
        ("仙霞路139弄8号602室", "仙霞路139弄8号602室"),
        ("我家在虹口区四川北路一千八百号", "虹口区四川北路1800号"),
        ("普陀区大渡河路四五六号", "普陀区大渡河路456号"),
        ("松江区九亭镇九亭大街三百号二楼", "松江区九亭镇九亭大街300号2楼"),
        ("石门一路两百弄", "石门一路200弄"),
    ],
)
def test_the_callers_address(hear: Hear, text: str, value: str) -> None:
    found = values(hear(text, A))
    assert found[A] == value
    assert D not in found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("在浦东川沙那个农贸市场里面看到的", "浦东川沙农贸市场"),
        ("嘉定外冈，有个小作坊", "嘉定外冈"),
        ("店在长寿路靠近西康路", "长寿路靠近西康路"),
        ("静安大悦城三楼", "静安大悦城3楼"),
    ],
)
def test_the_shops_address(hear: Hear, text: str, value: str) -> None:
    assert values(hear(text, R))[R] == value
