from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.identifiers import find, patch_known, unstuttered

Hear = Callable[..., Heard]
PHONE, ORDER, CASE = Slot.PHONE, Slot.ORDER_NO, Slot.CASE_NO


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一三八零零零零一二三四", "13800001234"),
        ("1 3 8 0 0 0 0 1 2 3 4", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("幺三八，零零零零，幺二三四。", "13800001234"),
        ("一三八，四个零，一二三四", "13800001234"),
        ("就是一三八零零零零一二三四", "13800001234"),
        ("嗯我的手机号是幺三八零零零零幺二三四谢谢", "13800001234"),
        ("一百三十八零零零零一二三四", "13800001234"),
        ("一三八洞洞洞洞幺二三四", "13800001234"),
        ("＋86 138 0000 1234", "13800001234"),
        ("一三八零零零零一二三四一三八零零零零一二三四", "13800001234"),
        ("一三八零零零零一二三四，不对，最后是五六", "13800001256"),
        ("一三八零零零零一二三四，说错了，一三九零零零零一二三四", "13900001234"),
        ("一三八灵零零零要二三四", "13800001234"),
        ("021 5339 5288", "02153395288"),
        ("五三三九五二八八", "53395288"),
        ("手机号前面是一三八，中间四个零，后面一二三四", "13800001234"),
        ("一三八零零零零一二三四，一二三四，听清了吗", "13800001234"),
        ("一三八零零零零一二三四，对，一二三四", "13800001234"),
        ("一三八零零零零，稍等，一三八零零零零一二三四", "13800001234"),
        ("幺三八，零零零零，后面是幺二三四", "13800001234"),
        ("一三九零零零零一二三四，啊不好意思，一三八零零零零一二三四", "13800001234"),
    ],
)
def test_phone(hear: Hear, text: str, value: str) -> None:
    assert find(hear(text, PHONE))[0].value == value


@pytest.mark.parametrize(
    "text", ["一三八零零零", "一三八零零零零一二三", "二三八零零零零一二三四五", "没有电话", ""]
)
def test_a_phone_that_cannot_be_one_is_asked_again(hear: Hear, text: str) -> None:
    assert find(hear(text, PHONE)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二三零五一八七六四", "230518764"),
        ("2305 18764", "230518764"),
        ("二十三零五一八七六四", "230518764"),
        ("订单号是二三零五一八七六四", "230518764"),
        ("E2026 一一零五八八", "E2026110588"),
        ("二三零五一吧七六四", "230518764"),
        ("六六零一二三，最后一位是四", "660124"),
        ("六六零一二四，后面是三不是四", "660123"),
        ("八八零零开头的，八八零零七七六五", "88007765"),
        ("是四个八，三个六，再一个九", "88886669"),
        ("二零二六一一一二，空格，零零八九七", "2026111200897"),
        ("一零零二，不是，一零零三，五五六六", "10035566"),
        ("二零二六八，等一下啊，二零二六八一七五四", "202681754"),
        ("你记，九五二七零零一吧", "9527001"),
    ],
)
def test_order_number(hear: Hear, text: str, value: str) -> None:
    assert find(hear(text, ORDER))[0].value == value


def test_homophones_cost_confidence_and_say_so(hear: Hear) -> None:
    finding = find(hear("二三零五一吧七六四", ORDER))[0]
    assert finding.confidence < 0.9
    assert finding.reason


@pytest.mark.parametrize(
    ("text", "asked", "slot", "value"),
    [
        ("订单号我没有，电话是13800001234", ORDER, PHONE, "13800001234"),
        ("我叫赵梅，幺三七零零零零六六八八，我要投诉", None, PHONE, "13700006688"),
        ("订单编号2026112300", None, ORDER, "2026112300"),
        ("登记编号是一三一零一零四零零二零二六", None, CASE, "1310104002026"),
        ("单号一三一零一零六零零二零二六一零二零零零零零零零七八", None, CASE, "1310106002026102000000078"),
        ("我那张投诉单尾号七七零零一二，查一下", None, CASE, "770012"),
        ("登记编号七七零零一二，两个多月了", None, CASE, "770012"),
        ("订单编号五五六六七七八八九，一共两件", None, ORDER, "556677889"),
        ("订单号是三三零零，五五六六，嗯，后面七七八八", None, ORDER, "330055667788"),
        ("订单号八八六六二二一一，三百块的东西", None, ORDER, "88662211"),
        ("单号我念你记，七七零零四四，然后一一三三", None, ORDER, "7700441133"),
    ],
)
def test_which_number_it_is(hear: Hear, text: str, asked: Slot | None, slot: Slot, value: str) -> None:
    assert [(finding.slot, finding.value) for finding in find(hear(text, asked))] == [(slot, value)]


@pytest.mark.parametrize(
    "text",
    [
        "我手机尾号七七三四",
        "手机尾号六六七七八八",
        "订单号没留，会员卡号八八零零一二三四",
        "他们客服电话13800001234",
        "买了一二三件",
        "我就是要投诉",
    ],
)
def test_no_number_of_the_caller(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


_FIGURES = st.text(alphabet="0123456789", min_size=6, max_size=12)


def _spoken(digits: str) -> str:
    return "".join("零幺二三四五六七八九"[int(digit)] for digit in digits)


@given(_FIGURES, st.integers(min_value=3, max_value=5))
def test_a_number_begun_anew_is_heard_once(digits: str, said_first: int) -> None:
    text = f"单号{_spoken(digits[:said_first])}，等一下，单号{_spoken(digits)}"
    found = find(Heard(text, Asked(slot=ORDER), date(2026, 11, 23)))
    assert [finding.value for finding in found] == [digits]


@given(_FIGURES, st.integers(min_value=2, max_value=5))
def test_an_end_said_again_is_heard_once(digits: str, again: int) -> None:
    text = f"{_spoken(digits)}，对，{_spoken(digits[-again:])}"
    found = find(Heard(text, Asked(slot=ORDER), date(2026, 11, 23)))
    assert [finding.value for finding in found] == [digits]


@given(_FIGURES, st.sampled_from(("三个月了", "两件", "一共五样", "八百块", "五天没到")))
def test_what_follows_a_number_stays_outside(digits: str, after: str) -> None:
    found = find(Heard(f"订单号{_spoken(digits)}，{after}", Asked(), date(2026, 11, 23)))
    assert [finding.value for finding in found if finding.slot is ORDER] == [digits]


@given(
    st.text(alphabet="零幺一二三四五六七八九十百两个后面是不对，。最后位吧记酒0159", max_size=30),
    st.booleans(),
)
def test_any_heap_of_figures_raises_nothing(text: str, asked: bool) -> None:
    for finding in find(Heard(text, Asked(slot=PHONE if asked else None), date(2026, 11, 23))):
        assert str(finding.value).isalnum()


@pytest.mark.parametrize(
    ("text", "known", "value"),
    [
        ("不对，最后两位是七八", "13800001234", "13800001278"),
        ("订单号最后三位是九九九", "230518764", "230518999"),
        ("前三位是一三九", "13800001234", "13900001234"),
        ("尾号是五六七八", "13800001234", "13800005678"),
    ],
)
def test_part_of_a_known_number(text: str, known: str, value: str) -> None:
    patched = patch_known(text, known)
    assert patched is not None
    assert patched[0] == value


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("150000043221", ["15000043221", "15000004321"]),
        ("1380000 01234", ["13800001234"]),
        ("13800001234", []),
        ("1380000012345", []),
        ("238000001234", []),
    ],
)
def test_a_figure_written_twice_may_be_one(text: str, numbers: list[str]) -> None:
    assert unstuttered(text) == numbers
