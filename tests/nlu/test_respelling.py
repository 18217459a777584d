"""The words that were likely said, from the words a recogniser wrote for their sounds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Act, Intent, Listen, Slot
from nlu.lexicon import Lexicon, expected
from nlu.respelling import Respeller, respeller
from nlu.understander import Understander

HEARD = 0.6
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def understander() -> Understander:
    return Understander(None)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("我想自行一下", "我想咨询一下"),
        ("店铺在敬安区", "店铺在静安区"),
        ("要酒把钱退给我", "要求把钱退给我"),
        ("我想赚人工", "我想转人工"),
        ("这个我不紧处", "这个我不清楚"),
        ("他们不肯推款", "他们不肯退款"),
    ],
)
def test_what_the_office_hears_daily_is_spelt_as_it_is_meant(heard: str, said: str) -> None:
    assert respeller().respell(heard).text == said


@pytest.mark.parametrize(
    "text",
    ["我在淘宝上买了一个电热水壶", "我要求退货退款", "电话是一三八零零零零一二三四", "我想咨询一下运费谁出"],
)
def test_right_words_stay(text: str) -> None:
    assert respeller().respell(text).changes == ()


@pytest.mark.parametrize(
    ("slot", "heard", "said"),
    [
        (Slot.ADDRESS, "普托区长寿录六十六号", "普陀区长寿路六十六号"),
        (Slot.ADDRESS, "杨浦区空江路十八号", "杨浦区控江路十八号"),
        (Slot.DEMAND, "我向推宽", "我想退款"),
    ],
)
def test_the_words_a_question_expects_are_likelier(slot: Slot, heard: str, said: str) -> None:
    assert respeller().respell(heard, expected(slot)).text == said


def test_a_figure_is_neither_changed_nor_made() -> None:
    assert respeller().respell("一共三千八百块").text == "一共三千八百块"
    small = Respeller(Lexicon(["九块钱", "九块钱"], [], {}))
    assert small.respell("酒块钱").text == "酒块钱"


def test_each_change_says_where_and_why() -> None:
    (change,) = respeller().respell("我想自行一下").changes
    assert (change.start, change.end, change.reason) == (2, 4, "‘自行’音近‘咨询’")


@given(st.text(max_size=60))
def test_any_text_keeps_its_length_and_all_that_is_not_chinese(text: str) -> None:
    said = respeller().respell(text).text
    assert len(said) == len(text)
    for heard, spelt in zip(text, said, strict=True):
        assert heard == spelt or ("一" <= heard <= "龥" and "一" <= spelt <= "龥")


def test_a_question_asked_by_its_sound_alone_is_understood(understander: Understander) -> None:
    asked = Asked(slot=Slot.NARRATIVE, listen=Listen.STORY)
    text = "你好，我想自行一下，退货的运费应该水出"
    assert understander.understand(text, asked=asked, today=TODAY, confidence=HEARD).intent is Intent.CONSULT


def test_a_value_only_the_sound_tells_is_less_sure_and_says_why(understander: Understander) -> None:
    asked = Asked(slot=Slot.ADDRESS, listen=Listen.ADDRESS)
    meant = understander.understand("普托区长寿录66号", asked=asked, today=TODAY, confidence=HEARD)
    (address,) = (finding for finding in meant.findings if finding.slot is Slot.ADDRESS)
    assert (address.value, address.confidence) == ("普陀区长寿路66号", 0.6)
    assert address.heard == "普托区长寿录66号"
    assert address.reason is not None and "音近" in address.reason


def test_typed_words_are_sure(understander: Understander) -> None:
    asked = Asked(slot=Slot.DEMAND, listen=Listen.SHORT)
    heard = understander.understand("我向推宽", asked=asked, today=TODAY, confidence=HEARD)
    typed = understander.understand("我向推宽", asked=asked, today=TODAY)
    assert [finding.slot for finding in heard.findings] == [Slot.DEMAND]
    assert typed.findings == ()


@pytest.mark.parametrize(
    "asked",
    [
        Asked(consent="refer_to_platform", listen=Listen.YES_NO),
        Asked(slot=Slot.EVIDENCE, listen=Listen.YES_NO),
        Asked(slot=Slot.PHONE, listen=Listen.DIGITS),
        Asked(slot=Slot.NAME, listen=Listen.SHORT),
        Asked(slot=Slot.AMOUNT, listen=Listen.SHORT),
    ],
)
def test_nothing_is_put_into_a_mouth_where_a_yes_a_figure_or_a_name_is_at_stake(
    understander: Understander, asked: Asked
) -> None:
    heard = "我统一转给他们赔长"
    unsure = understander.understand(heard, asked=asked, today=TODAY, confidence=HEARD)
    sure = understander.understand(heard, asked=asked, today=TODAY)
    assert unsure.model_copy(update={"confidence": 1.0}) == sure


def test_a_correction_tells_by_its_sound_what_is_right(understander: Understander) -> None:
    asked = Asked(listen=Listen.YES_NO, read_back=(Slot.PRODUCT, Slot.NAME), known={Slot.PRODUCT: "手环"})
    meant = understander.understand("不对商品是电番宝", asked=asked, today=TODAY, confidence=HEARD)
    product = meant.find(Slot.PRODUCT)
    assert product is not None and product.value == "电饭煲"
    assert Act.CORRECT in meant.acts


def test_a_place_that_was_named_tells_the_district_better_than_its_sound(understander: Understander) -> None:
    asked = Asked(slot=Slot.NARRATIVE, listen=Listen.STORY)
    heard = "我在常铭取显侠录的一家超市买了个水壶，坏了"
    meant = understander.understand(heard, asked=asked, today=TODAY, confidence=HEARD)
    district = meant.find(Slot.DISTRICT)
    assert district is not None and district.value == "长宁区"


def test_of_two_platforms_the_first_still_leads(understander: Understander) -> None:
    asked = Asked(slot=Slot.NARRATIVE, listen=Listen.STORY)
    heard = "我在京东买的，后来淘宝也买了，商家都不肯推款"
    written = understander.understand(heard, asked=asked, today=TODAY)
    by_sound = understander.understand(heard, asked=asked, today=TODAY, confidence=HEARD)
    for meant in (written, by_sound):
        assert [f.value for f in meant.findings if f.slot is Slot.PLATFORM] == ["京东", "淘宝"]
