"""How a record stands to an earlier one of the same caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.matching import account_likeness, address_key, careless_sound, respondent_key, respondent_name
from data.repeats import Relation, Traits, relate
from data.vocabulary import Kind

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
OLD = Traits(
    record_id="old",
    call_id="a",
    at=NOON,
    kind=Kind.COMPLAINT,
    caller="h",
    respondent="力健健身房",
    amount=3000,
    account="健身房关门了，年卡退不出来",
    case_no="1310000002026112490000001",
)
NEW = replace(OLD, record_id="new", call_id="b", at=NOON + timedelta(days=3), case_no=None)


def told(new: Traits, *old: Traits) -> Relation | None:
    found = relate(new, old or (OLD,))
    return None if found is None else found.relation


@pytest.mark.parametrize(
    ("new", "relation"),
    [
        (NEW, Relation.REPEATED_COMPLAINT),
        (replace(NEW, account="怎么还没有人联系我"), Relation.URGE),
        (replace(NEW, intent="urge", account="健身房的年卡"), Relation.URGE),
        (replace(NEW, evidence=frozenset({"order_no"})), Relation.SUPPLEMENT),
        (replace(NEW, channel="12345"), Relation.OTHER_CHANNEL),
        (replace(NEW, amount=200, account="水杯在前台被人拿走了"), Relation.NEW_MATTER),
        (replace(NEW, caller=None), None),
        (replace(NEW, caller="x"), None),
        (replace(NEW, kind=Kind.REPORT), None),
        (replace(NEW, at=NOON + timedelta(days=91)), None),
        (replace(NEW, at=NOON - timedelta(days=1)), None),
        (replace(NEW, respondent="美丽发廊", amount=20, account="剪坏了头发"), None),
        (
            replace(NEW, respondent=None, amount=None, account="那个事", names_case="90000001"),
            Relation.REPEATED_COMPLAINT,
        ),
    ],
)
def test_relations(new: Traits, relation: Relation | None) -> None:
    assert told(new) is relation


def test_a_report_is_repeated_as_a_report() -> None:
    report = replace(OLD, kind=Kind.REPORT)
    assert told(replace(NEW, kind=Kind.REPORT), report) is Relation.REPEATED_REPORT


def test_other_order_numbers_are_other_matters() -> None:
    assert told(replace(NEW, order_no="2"), replace(OLD, order_no="1")) is Relation.NEW_MATTER


def test_one_matter_is_preferred_to_a_newer_one_with_the_same_shop() -> None:
    other = replace(OLD, record_id="other", at=NOON + timedelta(days=1), amount=1, account="水杯丢了")
    found = relate(NEW, [OLD, other])
    assert found is not None and found.other == "old"


def test_reasons_hold_no_value_of_the_record() -> None:
    found = relate(NEW, [OLD])
    assert found is not None
    assert "力健" not in str(found.reasons) and "3000" not in str(found.reasons)


def test_names_are_told_apart_by_sound_not_by_spelling_or_form() -> None:
    assert careless_sound("三源造型") == careless_sound("山元造心")
    assert careless_sound("你") == careless_sound("里")
    assert respondent_name("上海力健健身房有限公司长宁店") == respondent_name("那家力健健身房")
    assert respondent_key("PDD", "优品旗舰店", None) == respondent_key("拼多多", "友品", None)
    assert respondent_key("淘宝", "优品", None) != respondent_key("拼多多", "优品", None)
    assert respondent_key(None, None, None) is respondent_key("淘宝", None, None) is None
    assert respondent_key("拼多多", None, "PDD") is respondent_key(None, None, "拼多多") is None
    assert respondent_name("公司") == "公司"


def test_an_address_without_a_number_is_no_address() -> None:
    assert address_key("长宁区仙霞路") is None
    assert address_key("长宁区仙霞路一百三十九弄八号") == address_key("上海市长宁区仙霞路139弄8号")


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= account_likeness(one, other) <= 1
    assert account_likeness(one, other) == account_likeness(other, one)
