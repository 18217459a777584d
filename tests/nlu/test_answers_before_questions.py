"""Where a value is asked for, an answer is an answer: a question must be put as one before the FAQ is looked into."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.understanding import Asked, Understanding
from data.vocabulary import Act, Listen, Slot
from dialogs.loader import load
from nlu.understander import Understander

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


@pytest.fixture(scope="module")
def reader() -> Understander:
    return Understander(faq=load(REAL).faq)


def heard(reader: Understander, text: str, slot: Slot, listen: Listen = Listen.SHORT) -> Understanding:
    return reader.understand(text, asked=Asked(slot=slot, listen=listen), today=date(2026, 11, 24))


@pytest.mark.parametrize("slot", [Slot.CASE_NO, Slot.ORDER_NO])
@pytest.mark.parametrize(
    "text",
    [
        "算了，别的编号我也没有",
        "编号的短信我删掉了",
        "我哪有编号",
        "谁还记得编号是多少",
        "编号那张纸没带",
        "我没有那个编号了",
        "编号在哪里我也不晓得",
        "你们又没给我编号",
    ],
)
def test_who_has_no_number_says_so_and_asks_nothing(reader: Understander, text: str, slot: Slot) -> None:
    meant = heard(reader, text, slot, Listen.DIGITS)
    assert Act.DONT_KNOW in meant.acts and Act.ASK_QUESTION not in meant.acts
    assert meant.question is None


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (Slot.EVIDENCE, "小票还是有的"),
        (Slot.EVIDENCE, "聊天记录都在，就是发票没有"),
        (Slot.DEMAND, "赔我三倍吧"),
        (Slot.PRODUCT, "快过期的面包呢"),
        (Slot.PRODUCT, "二手手机吧"),
        (Slot.PLATFORM, "直播间里买的呢"),
        (Slot.DATE, "好几个月了吧"),
        (Slot.AMOUNT, "定金五百吧"),
        (Slot.AMOUNT, "我哪里晓得多少钱"),
        (Slot.RESPONDENT, "那家什么健身房吧"),
    ],
)
def test_an_answer_is_no_question(reader: Understander, slot: Slot, text: str) -> None:
    meant = heard(reader, text, slot)
    assert meant.question is None
    assert Act.ASK_QUESTION not in meant.acts


@pytest.mark.parametrize(
    ("slot", "text", "entry"),
    [
        (Slot.CASE_NO, "要编号有什么用", "case_number"),
        (Slot.EVIDENCE, "没有发票也能投诉吗", "no_receipt"),
        (Slot.DEMAND, "退一赔三可以吗", "fraud_triple"),
        (Slot.CASE_NO, "没有，多久能有结果", "report_days"),
        (Slot.CASE_NO, "没有编号怎么办", "case_number"),
    ],
)
def test_a_question_is_still_heard(reader: Understander, slot: Slot, text: str, entry: str) -> None:
    meant = heard(reader, text, slot)
    assert Act.ASK_QUESTION in meant.acts
    assert meant.question is not None and meant.question.entry == entry


def test_a_number_is_no_lack_of_one(reader: Understander) -> None:
    meant = heard(reader, "没有别的了，就是230518764", Slot.ORDER_NO, Listen.DIGITS)
    found = meant.find(Slot.ORDER_NO)
    assert found is not None and found.value == "230518764"


@pytest.mark.parametrize("text", ["卡丢了，商家不肯补", "我怎么知道他们会关门", "小票丢了也不给我换"])
def test_a_story_is_told_in_the_same_words(reader: Understander, text: str) -> None:
    assert Act.DONT_KNOW not in heard(reader, text, Slot.NARRATIVE, Listen.STORY).acts
