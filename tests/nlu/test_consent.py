from __future__ import annotations

import pytest

from data.vocabulary import ConsentReply
from nlu.consent import judge, read

A, D, C, Q, U, W = (
    ConsentReply.AGREE,
    ConsentReply.DECLINE,
    ConsentReply.CONDITIONAL,
    ConsentReply.QUESTION,
    ConsentReply.UNCLEAR,
    ConsentReply.WITHDRAW,
)
REPLIES = [
    (A, "好的，转吧|可以|同意|行，你们转|可以，你转吧|那就转吧|行吧|没问题，转给他们处理|好的没问题|同意，把订单号给他们"),
    (A, "行，麻烦你们转一下|不好意思，可以转|嗯，我同意|是的|好啊好啊|我愿意"),
    (D, "不|不同意|别转|不用|不转|不行|算了|我拒绝|不要转给他们|不用转|我不同意转给平台|不太想|先不转|不愿意"),
    (C, "先退钱再转行不行|只要别泄露我电话就可以|可以，但是要快一点|如果三天不处理你们再管，可以|电话别给他们，其他可以"),
    (Q, "可以吗|转了多久有结果|转过去你们还管吗？|什么意思|会不会泄露我的信息|转给谁啊|有用吗"),
    (U, "嗯|哦|随便|你们看着办|不是不可以|我再想想|都可以|对|嗯嗯|（沉默）||你定|没有不同意|步同意|同一"),
    (W, "刚才说同意的不要了|撤回|我反悔了|刚刚说的同意不算"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in REPLIES for text in texts.split("|")]
)
def test_kinds(kind: ConsentReply, text: str) -> None:
    assert read(text) is kind


@pytest.mark.parametrize("other", ["不可以", "不同意", "嗯", "科以", "可以吗", "别"])
def test_one_doubtful_hypothesis_is_enough_not_to_agree(other: str) -> None:
    assert judge("可以", ["可以", other]) is U


def test_all_hypotheses_agree() -> None:
    assert judge("可以", ["可以", "可以的", "好可以"]) is A


def test_a_decline_stays_a_decline_whatever_the_others_say() -> None:
    assert judge("不可以", ["不可以", "可以"]) is D


AGREEMENTS = REPLIES[0][1].split("|") + REPLIES[1][1].split("|")


@pytest.mark.parametrize("text", AGREEMENTS)
@pytest.mark.parametrize("no", ["不", "别", "不要", "没有", "拒绝"])
def test_no_word_of_refusal_survives_as_agreement(text: str, no: str) -> None:
    assert read(no + text) is not A
