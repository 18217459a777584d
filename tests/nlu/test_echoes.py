"""Short phrases heard as other words of the same sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Listen, Slot
from nlu.echoes import spoken

READ_BACK = Asked(listen=Listen.YES_NO, read_back=(Slot.AMOUNT, Slot.PHONE))
SHOP = Asked(slot=Slot.SHOP, listen=Listen.SHORT)
DATE = Asked(slot=Slot.DATE, listen=Listen.SHORT)
CONSENT = Asked(consent="refer_to_platform", recipient="淘宝", listen=Listen.YES_NO)


@pytest.mark.parametrize(
    ("asked", "heard", "said"),
    [
        (READ_BACK, "部队金俄是三百", "不对金额是三百"),
        (READ_BACK, "不代，电话错了", "不对，电话错了"),
        (READ_BACK, "水的", "对的"),
        (READ_BACK, "嘴", "对"),
        (READ_BACK, "你没错", "对没错"),
        (READ_BACK, "对一点", "对的点"),
        (SHOP, "哪个店我不小的", "哪个店我不晓得"),
        (SHOP, "这个不警处", "这个不清楚"),
        (SHOP, "串人弓", "转人工"),
        (DATE, "商客行企", "上个星期"),
    ],
)
def test_what_sounds_like_it_is_taken_for_it(asked: Asked, heard: str, said: str) -> None:
    assert spoken(heard, asked) == said


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (READ_BACK, "退"),
        (READ_BACK, "谁"),
        (READ_BACK, "有没错"),
        (READ_BACK, "对不起"),
        (READ_BACK, "对了等等"),
        (READ_BACK, "不是，是三百"),
        (SHOP, "小王数码旗舰店"),
        (Asked(slot=Slot.PRODUCT), "布艺沙发"),
        (Asked(slot=Slot.NARRATIVE, listen=Listen.STORY), "部队里买的手表坏了"),
    ],
)
def test_other_words_stay(asked: Asked, text: str) -> None:
    assert spoken(text, asked) == text


@given(st.text(max_size=40))
def test_nothing_is_put_into_an_answer_to_a_consent(text: str) -> None:
    assert spoken(text, CONSENT) == text


@given(st.text(alphabet="不部对队代是没错金额俄水的 ，", max_size=20))
def test_the_length_stays(text: str) -> None:
    assert len(spoken(text, READ_BACK)) == len(text)
