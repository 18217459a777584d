"""A yes before an answer is none of it; a name that begins like a yes is whole."""

from __future__ import annotations

from datetime import date

import pytest

from data.understanding import Asked
from data.vocabulary import Listen, Slot
from nlu.understander import Understander

NAMES = (
    "好邻居超市",
    "好德便利",
    "好又多",
    "好乐迪",
    "对面那家水果店",
    "对味小厨",
    "行家眼镜",
    "行行出状元书店",
    "可以咖啡",
    "没问题烧烤",
    "嗯嗯面馆",
    "不二家",
)


def heard(reader: Understander, text: str, slot: Slot, listen: Listen = Listen.SHORT) -> object:
    meant = reader.understand(text, asked=Asked(slot=slot, listen=listen), today=date(2026, 11, 24))
    found = meant.find(slot)
    return found and found.value


@pytest.mark.parametrize("slot", [Slot.RESPONDENT, Slot.SHOP])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_begins_like_a_yes_is_whole(reader: Understander, name: str, slot: Slot) -> None:
    assert heard(reader, name, slot) == name


@pytest.mark.parametrize(
    "lead",
    ["好，", "好的，", "好吧，", "对，是", "对对，", "行，就叫", "嗯，好的，", "对了，叫", "是", "不是，是"],
)
@pytest.mark.parametrize("name", ["好邻居超市", "阿婆粥铺", "行家眼镜店"])
def test_a_yes_before_it_is_none_of_it(reader: Understander, lead: str, name: str) -> None:
    assert heard(reader, lead + name, Slot.RESPONDENT) == name


@pytest.mark.parametrize("text", ["好", "好的", "对的", "行吧", "对对对", "嗯，好"])
def test_a_yes_alone_is_no_name(reader: Understander, text: str) -> None:
    assert heard(reader, text, Slot.RESPONDENT) is None
    assert heard(reader, text, Slot.SHOP) is None


def test_other_answers_begin_like_a_yes_too(reader: Understander) -> None:
    assert heard(reader, "对面公交站的广告牌", Slot.EVENT_PLACE) == "对面公交站的广告牌"
    assert heard(reader, "好的，在对面电梯里", Slot.EVENT_PLACE) == "对面电梯里"
    place = heard(reader, "好，就在对面弄堂36号", Slot.RESPONDENT_ADDRESS, Listen.ADDRESS)
    assert place == "对面弄堂36号"
    assert heard(reader, "好丽友派", Slot.PRODUCT) == "好丽友派"
