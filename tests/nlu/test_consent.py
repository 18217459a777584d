from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("other", ["不可以", "不同意", "嗯", "苦于", "可以吗", "别"])
def test_one_doubtful_hypothesis_is_enough_not_to_agree(other: str) -> None:
    assert judge("可以", ["可以", other]) is U


def test_the_same_sounds_spelt_otherwise_are_no_doubt() -> None:
    assert judge("可以", ["可以", "科以"]) is A
    assert judge("好的同意转给他们", ["好的同意转给他们", "效的同意转给他们"]) is A
    assert judge("效的同意转给他们", ["效的同意转给他们", "好的同意转给他们"]) is A
    assert judge("没的同意转给他们", ["没的同意转给他们", "好的同意转给他们"]) is U


@pytest.mark.parametrize("lost", ["部同意转给他们", "步同意转给他们", "不同意转给他们", "布同意转给他们"])
def test_a_no_misspelt_in_one_hypothesis_is_a_doubt(lost: str) -> None:
    assert judge("都同意转给他们", ["都同意转给他们", lost]) is U
    assert judge("同意转给他们", ["同意转给他们", lost]) is U


def test_whom_it_goes_to_may_be_misspelt_where_a_hypothesis_has_his_name() -> None:
    heard = ["好的同意转给头发。", "好的同意转给投宝。"]
    assert judge(heard[0], heard, "淘宝") is A
    assert judge(heard[0], heard, "京东") is U
    assert judge(heard[0], heard) is U
    assert judge(heard[0], [*heard, "好的不同意转给投宝"], "淘宝") is U
    assert judge("同意转给消协", ["同意转给消协"], "淘宝") is U
    assert judge("好的同意转抵投宝", ["好的同意转抵投宝"], "淘宝") is A
    assert judge("好的同意转抵投宝", ["好的同意转抵投宝"], "京东") is U


@pytest.mark.parametrize("heard", ["同意转不淘宝", "好的同意转别淘宝", "同意转没淘宝"])
def test_a_no_before_the_name_is_not_dropped(heard: str) -> None:
    assert judge(heard, [heard], "淘宝") is not A
    assert judge("同意转给淘宝", ["同意转给淘宝", heard], "淘宝") is not A


def test_all_hypotheses_agree() -> None:
    assert judge("可以", ["可以", "可以的", "好可以"]) is A


def test_a_decline_stays_a_decline_whatever_the_others_say() -> None:
    assert judge("不可以", ["不可以", "可以"]) is D


AGREEMENTS = REPLIES[0][1].split("|") + REPLIES[1][1].split("|")


@pytest.mark.parametrize("text", AGREEMENTS)
@pytest.mark.parametrize("no", ["不", "别", "不要", "没有", "拒绝"])
def test_no_word_of_refusal_survives_as_agreement(text: str, no: str) -> None:
    assert read(no + text) is not A


#: Further ways of saying each kind; none of them may be taken as another, and none but the first as a yes.
MORE = [
    (A, "答应的|我完全同意|没意见，转吧|我同意转给拼多多|可以格，侬转好了|好呀好呀，麻烦侬|行，我授权|同意，信息都可以给他们"),
    (A, "好，就这么办|那就麻烦你转一下|没有不同意，我同意的|OK，可以|是的，我同意|可以，我同意把电话和姓名给平台|当然可以"),
    (D, "我不想|勿同意|覅转|我拒绝授权|不方便|不肯|我没答应过|凭什么转给他们|谁同意了|不高兴转|我勿要|no，不要|我信不过他们，不行"),
    (D, "他们骗过我，我不会同意的|不要不要|转什么转，不转|免了吧|不行不行不行|好，不转，就这样|同意？想得美|不用转，你们处理就行"),
    (C, "不给他们手机号我就同意|钱退了我就转|他道歉我就可以接受|同意，可是别说我名字|等我儿子回来再转|能退钱就转吧|先登记再转"),
    (C, "可以是可以，就是地址别给|除非你们保证|他们盯着的话我同意|要他们保证不骚扰我才行|可以，先把回执给我|万一泄露你们赔我就转"),
    (Q, "转过去多久|你们还管吗|可以不转吗|同意以后能撤回吗|可以，多久有结果|要是不同意呢，会怎样|我答应了还能反悔吗"),
    (U, "随便你|你定吧|我问问我儿子|好像吧|好，你说|好，我知道了|听不清|你讲啥|转不转都无所谓|我做不了主|行不行都那样|可以吧"),
    (W, "我刚才同意的取消|刚刚答应的不算|先前同意的我现在不同意了|把同意撤回来|我刚才说错了不同意转|收回我的同意"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in MORE for text in texts.split("|")]
)
def test_other_ways_of_saying_it(kind: ConsentReply, text: str) -> None:
    assert read(text) is kind


@pytest.mark.parametrize(
    "text",
    ["同意个鬼", "好什么好", "我可没说可以", "你要我同意我就同意", "只好同意了", "我女儿同意我就同意", "可以，等我女儿同意", "可以的话我想先问", "难道我能说不可以", "我同意退款", "可以退货", "同意调解", "好，转人工吧", "好的，我电话是一三八", "行，一百二十块", "我儿子同意", "可以随便你", "同意，看他们态度", "今天天气好"],
)  # fmt: skip
def test_a_yes_to_something_else_or_with_a_doubt_is_none(text: str) -> None:
    assert read(text) is not A


DOUBTS = [
    "不过要保密",
    "但是要快",
    "再说吧",
    "我再想想",
    "你们保证吗",
    "可能吧",
    "随便",
    "不转",
    "多久",
    "只要退钱",
    "如果能退",
]


@pytest.mark.parametrize(
    "text", [text for kind, texts in [*REPLIES, *MORE] if kind is A for text in texts.split("|")]
)
@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_beside_a_yes_takes_it_back(text: str, doubt: str) -> None:
    assert read(f"{text}，{doubt}") is not A
    assert read(text + doubt) is not A
    assert read(f"{doubt}，{text}") is not A


def test_a_no_behind_a_long_gap_is_heard() -> None:
    assert read("可以" + " " * 3000 + "不") is not A


_WORDS = [
    "同意",
    "可以",
    "不",
    "转",
    "先",
    "再",
    "就",
    "，",
    "？",
    "嗯",
    "吗",
    "等",
    "你们",
    "刚才",
    "的话",
    "都",
    "行",
    "好",
    " ",
]


@given(st.one_of(st.text(max_size=3000), st.lists(st.sampled_from(_WORDS), max_size=1500).map("".join)))
@example("我" * 3000)
@example("同意不同意的" * 400)
def test_any_text_has_a_kind_within_five_milliseconds(text: str) -> None:
    kind = read(text)
    assert min(_seconds(text) for _ in range(3)) < 0.005
    assert kind is not A or not any(no in text for no in "别勿拒甭")


def _seconds(text: str) -> float:
    started = time.thread_time()
    read(text)
    return time.thread_time() - started
