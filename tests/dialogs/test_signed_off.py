"""Only signed-off numbers, laws and articles may be said, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import emergency_numbers, laws, lines, may_speak
from dialogs.check_signed_off import unsigned

DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    "text",
    [
        "请打12345、12315或者120。",
        "拨打幺二三幺五，或者幺幺零。",
        "心里难受，可以打12356。",
        "一共三千元，2024年7月1日起，3天内退500元。",
        "七个工作日内告知，最长60日。",
        "不足500元的，按500元。",
        "按照《消费者权益保护法》，可以要求赔偿。",
        "食品安全法有规定。",
        "投诉举报处理办法，也就是总局令第121号。",
        "我们会依法处理，没有别的办法，按规定办。",
        "请三四个数字一组慢慢说。",
        "编号后六位，{case_tail}。",
        "平台是1688，重量750毫升，300多家。",
    ],
)
def test_may_be_said(text: str) -> None:
    assert list(unsigned(text)) == []


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("请打10086。", "unsigned_number", "10086"),
        ("请打九六幺幺零。", "unsigned_number", "九六幺幺零"),
        ("电话是400-8822-528。", "unsigned_number", "400-8822-528"),
        ("电话是400 8822 528。", "unsigned_number", "400 8822 528"),
        ("电话是021－53395288。", "unsigned_number", "021－53395288"),
        ("请打１００８６。", "unsigned_number", "１００８６"),
        ("请打一〇〇86。", "unsigned_number", "一〇〇86"),
        ("快递的事打12305。", "unsigned_number", "12305"),
        ("打123151。", "unsigned_number", "123151"),
        ("《个人信息保护法》规定…", "unsigned_law", "个人信息保护法"),
        ("按照个保法，要单独同意。", "unsigned_law", "个保法"),
        ("消费者权益保护法实施条例说，……", "unsigned_law", "消费者权益保护法实施条例"),
        ("消费者权益保护法第五十六条。", "unsigned_law", "第五十六条"),
        ("消法第七条。", "unsigned_law", "第七条"),
        ("根据第十五条，七个工作日。", "unsigned_law", "第十五条"),
        ("按照广告法，这样不行。", "unsigned_law", "广告法"),
        ("《广告法", "unsigned_law", "广告法"),
    ],
)
def test_may_not_be_said(text: str, code: str, named: str) -> None:
    (claim,) = unsigned(text)
    assert claim.code == code
    assert named in claim.message and claim.hint


def test_no_article_is_released_before_its_law() -> None:
    for law in laws().laws:
        assert not law.articles or law.signed_off
        assert set(law.articles) <= set(law.read)


@pytest.mark.parametrize("written", ["第五十五条", "第55条", "第 55 条", "第二十四条和第五十五条"])
def test_a_released_article_may_be_said(written: str) -> None:
    table = laws()
    released = [
        law.model_copy(update={"articles": ("24", "55")}) if "消法" in law.names else law
        for law in table.laws
    ]
    signed = table.model_copy(update={"laws": tuple(released)})
    text = f"按照消费者权益保护法{written}，可以要求赔偿。"
    assert list(unsigned(text)) and list(unsigned(text, signed)) == []
    (claim,) = unsigned("按照消法第一百五十五条。", signed)
    assert "24、55" in claim.hint


@given(number=st.from_regex(r"[1-9][0-9]{2,10}", fullmatch=True), spoken=st.booleans())
def test_any_number_is_said_only_if_signed(number: str, spoken: bool) -> None:
    written = "".join("幺" if d == "1" else DIGITS[int(d)] for d in number) if spoken else number
    refused = [claim for claim in unsigned(f"请拨打{written}，谢谢。") if claim.code == "unsigned_number"]
    assert bool(refused) is not may_speak(number)


def test_every_signed_number_and_law_can_be_said() -> None:
    numbers = [row.number for row in (*lines().lines, *emergency_numbers().numbers) if row.signed_off]
    assert len(numbers) > 5
    for number in numbers:
        assert list(unsigned(f"请打{number}。")) == []
    for law in laws().laws:
        for name in law.names:
            assert bool(list(unsigned(f"按照{name}，可以投诉。"))) is not law.signed_off, name
            assert bool(list(unsigned(f"按照《{name}》，可以投诉。"))) is not law.signed_off, name


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    for claim in unsigned(text):
        assert claim.message and claim.hint
