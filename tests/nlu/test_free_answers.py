"""Any words are the answer where the question takes any words; a refusal is none."""

from __future__ import annotations

from datetime import date

import pytest

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.understander import Understander

#: A Monday.
TODAY = date(2026, 11, 23)


def answer(reader: Understander, slot: Slot, text: str) -> dict[Slot, object]:
    meant = reader.understand(text, asked=Asked(slot=slot), today=TODAY)
    return {finding.slot: finding.value for finding in meant.findings}


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (Slot.EVENT_PLACE, "在地铁站的灯箱上看到的。", "地铁站的灯箱"),
        (Slot.EVENT_PLACE, "就是电视上看到的", "电视"),
        (Slot.LOT_NO, "批号是二零二四零三一五", "二零二四零三一五"),
        (Slot.LOT_NO, "上面写着沪械注准二零二二", "沪械注准二零二二"),
    ],
)
def test_the_answer_without_its_frame(reader: Understander, slot: Slot, text: str, value: str) -> None:
    assert answer(reader, slot, text)[slot] == value


@pytest.mark.parametrize("text", ["没有", "没有批号", "撕掉了", "不知道", "对", "看不清楚"])
def test_no_answer_is_no_value(reader: Understander, text: str) -> None:
    assert Slot.LOT_NO not in answer(reader, Slot.LOT_NO, text)


def test_figures_on_a_package_are_no_date(reader: Understander) -> None:
    assert set(answer(reader, Slot.LOT_NO, "二零二四零三一五")) == {Slot.LOT_NO}


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (Slot.CLOSED, "关门了，电话也打不通", True),
        (Slot.CLOSED, "没有关，还开着", False),
        (Slot.CLOSED, "没有", False),
        (Slot.GUARDIAN, "我妈妈在", True),
        (Slot.GUARDIAN, "没有，就我一个人在家。", False),
        (Slot.INSISTS, "要的，先登记", True),
        (Slot.INSISTS, "不用登记了，我去找他们。", False),
    ],
)
def test_yes_and_no_in_other_words(reader: Understander, slot: Slot, text: str, value: bool) -> None:
    assert answer(reader, slot, text)[slot] is value


def test_a_shop_that_shut_is_told_in_a_story_of_a_card(reader: Understander) -> None:
    card = "我在健身房办的年卡，昨天一看关门了，钱退不了"
    told = reader.understand(card, asked=Asked(), today=TODAY)
    assert told.find(Slot.CLOSED) is not None
    other = reader.understand("我在超市买的牛奶过期了，门口的路灯关了", asked=Asked(), today=TODAY)
    assert other.find(Slot.CLOSED) is None


def test_the_address_that_was_read_back_is_the_one_that_is_wrong(reader: Understander) -> None:
    known = {Slot.RESPONDENT_ADDRESS: "闵行区七莘路300号", Slot.DISTRICT: "闵行区"}
    asked = Asked(read_back=(Slot.RESPONDENT_ADDRESS, Slot.DISTRICT), known=known)
    meant = reader.understand("不对，地址是宝山区牡丹江路五十号", asked=asked, today=TODAY)
    found = {finding.slot: finding.value for finding in meant.findings}
    assert found[Slot.RESPONDENT_ADDRESS] == "宝山区牡丹江路50号"
    assert found[Slot.DISTRICT] == "宝山区"
