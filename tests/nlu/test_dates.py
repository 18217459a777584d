from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.dates import find
from nlu.heard import Heard

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("上个月十五号", "2026-10-15", "day"),
        ("双十一", "2026-11-11", "day"),
        ("双十二", "2025-12-12", "day"),
        ("前天", "2026-11-21", "day"),
        ("昨天晚上", "2026-11-22", "day"),
        ("去年国庆", "2025-10-01", "approx"),
        ("上礼拜", "2026-11-16", "approx"),
        ("上礼拜三", "2026-11-18", "day"),
        ("上周六", "2026-11-21", "day"),
        ("周五", "2026-11-20", "day"),
        ("十一月十一号", "2026-11-11", "day"),
        ("十二月一号", "2025-12-01", "day"),
        ("9月5号", "2026-09-05", "day"),
        ("2026年11月11日", "2026-11-11", "day"),
        ("2026-11-11", "2026-11-11", "day"),
        ("二零二五年十二月三号", "2025-12-03", "day"),
        ("今年三月", "2026-03", "month"),
        ("九月份", "2026-09", "month"),
        ("上个月底", "2026-10", "month"),
        ("三个月前", "2026-08", "month"),
        ("大概半个月前", "2026-11-08", "approx"),
        ("两年前", "2024", "year"),
        ("去年", "2025", "year"),
        ("十五号", "2026-11-15", "day"),
        ("二十八号", "2026-10-28", "day"),
        ("今年春节", "2026-02-17", "approx"),
        ("中秋节那天", "2026-09-25", "day"),
        ("十月五号，不对，是十月六号", "2026-10-06", "day"),
        ("上个月十五", "2026-10-15", "day"),
        ("十月二十几号吧", "2026-10", "month"),
        ("上个月十几号买的", "2026-10", "month"),
        ("上上个月三十", "2026-09-30", "day"),
    ],
)
def test_asked(hear: Hear, text: str, value: str, precision: str) -> None:
    finding = find(hear(text, Slot.DATE))[0]
    assert (finding.value, finding.precision) == (value, precision)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("昨天在超市买的面包", "2026-11-22"),
        ("上个月二十号下的单", "2026-10-20"),
        ("十天前买的", "2026-11-13"),
        ("昨天还好好的，今天去看门都锁了", "2026-11-23"),
        ("昨天夜里煤气灶自己着了", "2026-11-22"),
        ("前天，美容院的人把我妈拉去办卡", "2026-11-21"),
        ("上个月二十八下的单", "2026-10-28"),
    ],
)
def test_in_a_story_beside_a_purchase(hear: Hear, text: str, value: str) -> None:
    assert find(hear(text))[0].value == value


@pytest.mark.parametrize(
    "text",
    [
        "昨天还好好的",
        "今天我想问一下退货的事",
        "今天打电话来投诉",
        "今天第三次打给你们了",
        "到今天都没退",
        "今天必须给我个说法",
        "保质期到三月五号",
        "七日无理由",
        "三天后给我答复",
        "仙霞路一三九弄八号",
        "二月三十号",
    ],
)
def test_no_day_of_purchase(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


_DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))


@given(_DAYS, st.integers(min_value=1, max_value=99))
def test_days_ago_count_back_from_today(today: date, days: int) -> None:
    found = find(Heard(f"{cn2an.an2cn(days)}天前", Asked(slot=Slot.DATE), today))
    assert [finding.value for finding in found] == [(today - timedelta(days=days)).isoformat()]


@given(_DAYS, _DAYS)
def test_a_month_and_a_day_are_the_last_ones_past(today: date, day: date) -> None:
    said = f"{cn2an.an2cn(day.month)}月{cn2an.an2cn(day.day)}号"
    found = find(Heard(said, Asked(slot=Slot.DATE), today))
    if (day.month, day.day) != (2, 29):
        value = date.fromisoformat(str(found[0].value))
        assert (value.month, value.day) == (day.month, day.day)
        assert timedelta(0) <= today - value < timedelta(days=366)


@given(_DAYS, st.integers(min_value=1, max_value=31), st.sampled_from(("上个月", "上上个月", "这个月")))
def test_the_word_for_day_may_be_left_out(today: date, day: int, month: str) -> None:
    said = f"{month}{cn2an.an2cn(day)}"
    short, long = (find(Heard(text, Asked(slot=Slot.DATE), today)) for text in (said, f"{said}号"))
    assert [finding.value for finding in short] == [finding.value for finding in long]


@given(
    st.text(alphabet="上个月周年天前今昨去初十一二三五九号日的，半多两几", max_size=20), _DAYS, st.booleans()
)
def test_any_heap_of_day_words_raises_nothing(text: str, today: date, asked: bool) -> None:
    assert len(find(Heard(text, Asked(slot=Slot.DATE if asked else None), today))) <= 1


def test_the_last_day_of_february() -> None:
    heard = Heard("上个月三十号", Asked(slot=Slot.DATE), date(2026, 3, 31))
    assert find(heard) == []
