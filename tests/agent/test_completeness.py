"""Does what was said so far answer the question?"""

from __future__ import annotations

import pytest

from agent.completeness import backchannel, complete
from data.understanding import Asked
from data.vocabulary import Act, ConsentReply, Emergency, Intent, Listen, Slot
from tests.agent.talk import meaning

PHONE = Asked(slot=Slot.PHONE, listen=Listen.DIGITS)
CONSENT = Asked(consent="refer", recipient="拼多多", listen=Listen.YES_NO)
READ = Asked(read_back=(Slot.PHONE, Slot.AMOUNT), listen=Listen.YES_NO)
NAME = Asked(slot=Slot.NAME, listen=Listen.SHORT)


@pytest.mark.parametrize("text", ["嗯", "嗯，嗯。", "好的好的", "对对对对", "哦，是的", "知道了", "是啊"])
def test_said_while_listening(text: str) -> None:
    assert backchannel(text)


@pytest.mark.parametrize("text", ["", "不对", "好的我同意", "对了我还要说", "等一下", "没有"])
def test_more_than_that(text: str) -> None:
    assert not backchannel(text)


def test_a_phone_number_needs_all_its_digits() -> None:
    assert not complete(PHONE, meaning("一三八零零", phone="13800"))
    assert complete(PHONE, meaning("一三八零零零零一二三四", phone="13800001234"))


def test_an_order_number_is_never_sure_to_be_whole() -> None:
    asked = Asked(slot=Slot.ORDER_NO, listen=Listen.DIGITS)
    assert not complete(asked, meaning("二三零五", order_no="2305"))
    assert complete(asked, meaning("找不到了", Act.DONT_KNOW))


def test_consent_waits_for_a_clear_answer() -> None:
    assert complete(CONSENT, meaning("可以", consent=ConsentReply.AGREE))
    assert complete(CONSENT, meaning("不行", consent=ConsentReply.DECLINE))
    assert not complete(CONSENT, meaning("可以，但是", consent=ConsentReply.CONDITIONAL))
    assert not complete(CONSENT, meaning("嗯", consent=ConsentReply.UNCLEAR))


def test_a_correction_is_waited_for() -> None:
    assert complete(READ, meaning("对", Act.AFFIRM))
    assert not complete(READ, meaning("不对", Act.DENY))
    assert not complete(READ, meaning("对，不过错了", Act.AFFIRM, Act.CORRECT))
    assert complete(READ, meaning("不对，是四百九十九", Act.DENY, amount=499))
    assert not complete(READ, meaning("不对，是一三九", Act.DENY, phone="139"))


def test_a_story_needs_a_matter_and_some_words() -> None:
    story = Asked(slot=Slot.NARRATIVE, listen=Listen.STORY)
    assert not complete(story, meaning("我要投诉", intents=(Intent.COMPLAINT_OTHER,)))
    assert complete(story, meaning("拼多多上买的羽绒服是假的", intents=(Intent.COMPLAINT_ONLINE,)))
    assert not complete(story, meaning("就是前几天我在网上看到"))


def test_a_sentence_that_trails_off_goes_on() -> None:
    assert complete(NAME, meaning("我叫王芳", name="王芳"))
    assert not complete(NAME, meaning("王芳，就是", name="王芳"))


def test_yes_or_no_answers_a_yes_or_no_slot() -> None:
    asked = Asked(slot=Slot.ANONYMOUS, listen=Listen.YES_NO)
    assert complete(asked, meaning("要", Act.AFFIRM))
    assert not complete(Asked(slot=Slot.SHOP, listen=Listen.SHORT), meaning("嗯", Act.AFFIRM))


def test_danger_and_a_person_wait_for_nothing() -> None:
    for asked in (PHONE, CONSENT, READ, NAME, Asked()):
        assert complete(asked, meaning("救命", emergency=Emergency.FIRE))
        assert complete(asked, meaning("转人工", human=True))
