"""What the guards throw away, and above all what they must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.figures import believable_figures, figures_follow, figures_lead
from models.protocols import Hint, Hypothesis
from models.whisper import Look, second_look
from models.whisper_guards import invented, loops, rejection, too_many_characters


@pytest.mark.parametrize(
    "text",
    [
        "啊啊啊啊啊啊",
        "老女费心了老女费心了老女费心了",
        "淘宝,抖音,淘宝,抖音,淘宝,抖音",
        "那...那...那...那...那...",
        "驾驶驾驶驾驶驾驶驾驶",
        "零零零零零零零零零零零零零" * 3,
        "0000000000",
        "24040404040404",
    ],
)
def test_loops(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "对对对对",
        "可以可以可以可以",
        "不是不是不是，我说的是四百九十九",
        "喂喂喂",
        "13800000000",
        "一三八零零零零一二三四",
        "二零二零二零二零年",
        "我买了一件羽绒服，收到以后发现羽绒服是假的，商家说羽绒服没有问题，我不同意商家的说法",
    ],
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert not loops(text)


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True).filter(lambda n: len(set(n[3:])) > 3))
def test_telephone_numbers_are_believed(number: str) -> None:
    assert rejection(number, score=-0.6, no_speech=0.3, voiced=3.5) is None


@pytest.mark.parametrize(
    "text", ["谢谢观看!", "字幕由Amara.org社区提供", "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目"]
)
def test_credits_are_invented(text: str) -> None:
    assert invented(text)


@pytest.mark.parametrize("text", ["谢谢", "谢谢你，再见", "我在抖音直播间订阅的", "音乐老师退款"])
def test_callers_words_are_not(text: str) -> None:
    assert not invented(text)


def test_nobody_speaks_that_fast() -> None:
    assert too_many_characters("这一句话里的字实在是太多了一点", voiced=1.0)
    assert not too_many_characters("不同意", voiced=0.3)


@pytest.mark.parametrize(
    ("text", "score", "no_speech", "reason"),
    [
        ("驾驶车", -1.1, 0.6, "no_voice"),
        ("这次的电视频", -2.4, 0.3, "low_score"),
        ("。", -0.1, 0.1, "no_voice"),
        ("13628066930", -0.96, 0.49, None),
        ("可以", -0.8, 0.2, None),
    ],
)
def test_score_and_silence(text: str, score: float, no_speech: float, reason: str | None) -> None:
    assert rejection(text, score=score, no_speech=no_speech, voiced=3.0) == reason


@pytest.mark.parametrize(
    ("text", "score", "no_speech", "voiced", "believed"),
    [
        ("好", -1.94, 0.06, 0.22, True),
        ("对", -1.39, 0.05, 0.38, True),
        ("来", -1.94, 0.12, 5.0, False),
        ("好", -1.94, 0.5, 0.22, False),
        ("要不是", -2.27, 0.27, 0.7, False),
    ],
)
def test_a_short_reply_may_score_low_if_it_fills_its_time(
    text: str, score: float, no_speech: float, voiced: float, believed: bool
) -> None:
    assert (rejection(text, score=score, no_speech=no_speech, voiced=voiced) is None) == believed


def test_figures_lead_only_where_a_number_is_spelt_out() -> None:
    figures = Hypothesis("39960110", -0.5, False)
    assert figures_lead(Hypothesis("三九九六零 夭夭零", -0.73, False), figures, 3.0)
    assert not figures_lead(Hypothesis("不对，是39960110", -0.73, False), figures, 3.0)
    assert not figures_lead(Hypothesis("没有订单号", -0.4, False), figures, 3.0)
    assert not figures_lead(Hypothesis("三百九十九块", -0.4, False), Hypothesis("30099", -0.4, False), 3.0)
    assert not figures_lead(Hypothesis("12345", -0.3, False), Hypothesis("12222222222", -0.3, False), 3.0)


def test_figures_follow_words_with_figures_in_them() -> None:
    figures = Hypothesis("13800138000", -0.5, False)
    assert figures_follow(Hypothesis("我的电话是13800138", -0.5, False), figures, 4.0)
    assert not figures_follow(Hypothesis("我没有订单号", -0.5, False), figures, 4.0)


@pytest.mark.parametrize(
    ("text", "score", "voiced"),
    [
        ("12344444444444", -0.4, 5.0),
        ("123", -0.4, 5.0),
        ("138001", -1.5, 5.0),
        ("1380013800012345", -0.4, 1.0),
    ],
)
def test_figures_over_noise_are_not_believed(text: str, score: float, voiced: float) -> None:
    assert not believable_figures(text, score, voiced)


@pytest.mark.parametrize(
    ("hint", "look"),
    [
        (Hint("yes_no", ("同意",)), None),
        (Hint("short", ("拼多多",)), Look.PRIMED),
        (Hint("digits", ("拼多多",)), Look.DIGITS),
        (Hint("story"), None),
    ],
)
def test_which_step_gets_which_second_look(hint: Hint, look: Look | None) -> None:
    assert second_look(hint) is look
