from __future__ import annotations

from collections.abc import Callable
from datetime import date

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.amounts import find
from nlu.heard import Heard
from nlu.understander import Understander

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三百九十九块", 399),
        ("三九九", 399),
        ("399", 399),
        ("399块钱", 399),
        ("三百九，不对，四百二十九", 429),
        ("四百五，说错了，是五百四", 540),
        ("三块五毛", 3.5),
        ("十二块八毛五", 12.85),
        ("一块半", 1.5),
        ("九块九包邮", 9.9),
        ("八毛钱", 0.8),
        ("￥3980", 3980),
        ("3,800元", 3800),
        ("两千", 2000),
        ("两万八，押金另外两千", 28000),
        ("二百五", 250),
        ("一千五左右", 1500),
        ("大概三千多", 3000),
        ("一共花了一万二", 12000),
        ("嗯，就是六百八十八元", 688),
    ],
)
def test_asked(hear: Hear, text: str, value: float) -> None:
    assert find(hear(text, Slot.AMOUNT))[0].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("苹果二百八一箱，坏了一半", 280),
        ("充两千送五百，才用了一次", 2000),
        ("原来八块一小时，现在收我二十", 20),
        ("货架上写的九块，结果扣了我十五块", 15),
        ("学费交了六千五，就上了两次课", 6500),
        ("这把壶四千六，我拿给人看是假的", 4600),
        ("订金三百，尾款一千，一共一千三百块", 1300),
        ("一个普通扳手三十五，没有价签", 35),
        ("停车一小时四十，太离谱", 40),
        ("全款，两千三百多，一分没退", 2300),
        ("瓷砖裂了一块，两万六的装修就这个质量", 26000),
        ("蛋糕少了一块，我花了三百六", 360),
        ("停车费从三块涨到一块八一刻钟，收我七块", 7),
        ("水费涨到四块二一吨", 4.2),
        ("一块四百多的牛排，咬不动", 400),
        ("这条链子四千三买进来，金店一验是镀的", 4300),
        ("两千五，他一分不肯还", 2500),
        ("房租一个月四千五，水管是漏的", 4500),
        ("一共搭进去三十多万，老板人影都没有", 300000),
        ("买的时候一千三，洗一次就缩水", 1300),
        ("要我再交六百才肯发货，我前面已经付了一千四", 1400),
        ("二十来块钱的东西邮费要十五", 20),
        ("扣了三个月的钱，每月十五", 15),
        ("充电宝一小时四块，还了还在扣，扣到九十九", 99),
        ("停车场收十五块一小时，公示牌写十块", 15),
        ("优惠券没减掉，按二百三收的", 230),
        ("会员费一年三百六十五，自动续了", 365),
    ],
)
def test_in_a_story_the_sum_in_dispute(hear: Hear, text: str, value: float) -> None:
    assert find(hear(text))[0].value == value


@pytest.mark.parametrize(
    "text",
    [
        "到今天二十多天了",
        "我们群里三百多个人",
        "会员自动贵百分之八",
        "上了一个半月",
        "好几百块",
        "几十块电池堆在店里",
        "墙面掉了一块漆",
        "厨房里六块瓷砖都裂了",
        "一块电池鼓包了",
        "三千块以下的东西也能投诉吗",
        "做了三千多单生意",
        "血糖量出来一百八",
        "等多久给答复",
        "我打12315打了三次",
        "在三楼三百零五室",
        "买了两双鞋",
        "一三八零零零零一二三四",
        "我一个人，一直没人管",
    ],
)
def test_not_money(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


@given(st.integers(min_value=1, max_value=9_999_999))
def test_every_sum_in_words_is_heard(value: int) -> None:
    heard = Heard(f"我付了{cn2an.an2cn(value)}块钱", Asked(), date(2026, 11, 23))
    assert [finding.value for finding in find(heard)] == [value]


@given(st.integers(min_value=0, max_value=99_999), st.integers(min_value=1, max_value=9))
def test_every_sum_with_jiao_is_heard(yuan: int, jiao: int) -> None:
    heard = Heard(f"{cn2an.an2cn(yuan)}块{cn2an.an2cn(jiao)}", Asked(slot=Slot.AMOUNT), date(2026, 11, 23))
    assert [finding.value for finding in find(heard)] == [round(yuan + jiao / 10, 2)]


@given(st.text(alphabet="一二两三五八九十百千万零点多几来块元毛钱，不对是的吧", max_size=24), st.booleans())
def test_any_heap_of_number_words_is_one_sum_or_none(text: str, asked: bool) -> None:
    found = find(Heard(text, Asked(slot=Slot.AMOUNT if asked else None), date(2026, 11, 23)))
    assert len(found) <= 1


def test_sure_words_are_not_read_by_their_sound(reader: Understander) -> None:
    asked = Asked(slot=Slot.AMOUNT)
    assert (
        reader.understand("这个要等多久啊？", asked=asked, today=date(2026, 11, 23)).find(Slot.AMOUNT) is None
    )
    found = reader.understand("三五百吧", asked=asked, today=date(2026, 11, 23)).find(Slot.AMOUNT)
    assert found is not None
    assert found.value == 400


def test_about_is_kept(hear: Hear) -> None:
    assert find(hear("大概五百块左右", Slot.AMOUNT))[0].precision == "approx"
    assert find(hear("五百块", Slot.AMOUNT))[0].precision is None


def test_a_phone_is_no_amount_even_when_asked(hear: Hear) -> None:
    assert find(hear("13800001234", Slot.AMOUNT)) == []
