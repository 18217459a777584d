"""Mass incidents: who is counted, when it is told, and told again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import OfficeRefused
from data.incident_rules import incident_rules
from data.incidents import Member, callers, look
from data.store import Store
from data.vocabulary import Emergency

from .conftest import NOON
from .test_handling import gym, lodge

RULES = incident_rules()
HOUR = timedelta(hours=1)


def members(n: int, every: timedelta = timedelta(minutes=5), **more: object) -> list[Member]:
    """n callers, the last of them at noon."""
    return [
        Member(record_id=str(i), at=NOON - every * i, caller=str(i), **more)  # type: ignore[arg-type]
        for i in range(n)
    ]


def told(of: list[Member]) -> tuple[str, ...]:
    found = look(of, NOON, RULES)
    return () if found is None else found.rules


@pytest.mark.parametrize(
    ("of", "rules"),
    [
        (members(2), ()),
        (members(3), ("hour",)),
        (members(3, timedelta(minutes=30)), ()),  # the first was an hour ago to the minute: out
        (members(9, timedelta(hours=2)), ()),
        (members(10, timedelta(hours=2)), ("day",)),
        (members(1, closing=True), ("closing",)),
        (members(3, timedelta(hours=20), closing=True), ("closing",)),
        (members(1, people=30), ("people",)),
        (members(1, people=29), ()),
        (members(3, timedelta(hours=20), safety=True), ("safety",)),
    ],
)
def test_the_windows(of: list[Member], rules: tuple[str, ...]) -> None:
    assert told(of) == rules


def test_one_number_or_one_address_is_one_caller_and_is_shown_apart() -> None:
    of = members(3)
    same = [replace(one, caller="x") for one in of]
    home = [replace(one, address="a") for one in of]
    assert told(same) == told(home) == ()
    unknown = Member(record_id="u", at=NOON)
    found = look([*of, replace(of[0], record_id="again"), unknown], NOON, RULES)
    assert found is not None
    assert (found.records, found.callers, found.multiples, found.unnamed) == (5, 3, 1, 1)


def test_people_amount_and_speed_raise_the_level() -> None:
    levels = [
        look(members(3), NOON, RULES),
        look(members(3, closing=True, people=120, amount=200_000), NOON, RULES),
    ]
    assert [found.level for found in levels if found] == ["一般", "重大"]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["", "1", "2", "3"])), max_size=12))
def test_connected_numbers_are_one_caller(pairs: list[tuple[str, str]]) -> None:
    """Against a plain closure of the same relation."""
    of = [Member(record_id=str(i), at=NOON, caller=c, address=a or None) for i, (c, a) in enumerate(pairs)]
    left, groups = {c for c, _ in pairs}, 0
    while left:
        groups, group = groups + 1, {left.pop()}
        while True:
            homes = {a for c, a in pairs if a and c in group}
            grown = group | {c for c, a in pairs if a in homes}
            if grown == group:
                break
            group = grown
        left -= group
    assert callers(of) == groups


# --- in the store ---------------------------------------------------------------------------------


def close(store: Store, n: int, hours: float = 0, **slots: str | int) -> str:
    return lodge(store, gym(f"1380000{1000 + n}", **slots), n, days=hours / 24)


def test_a_shop_that_closed_is_told_once_and_again_when_it_grows(any_store: Store) -> None:
    first = close(any_store, 0)
    assert [one.callers for one in any_store.incidents()] == [1]
    second = close(any_store, 1, 1, amount=1000)
    (incident,) = any_store.incidents()
    assert (incident.level, incident.callers, incident.closing) == ("一般", 2, True)
    assert incident.cases == (second, first)
    assert "属地市场监管局" in incident.tell and incident.district == "310110"
    any_store.incident_tried(incident.id, incident.level, False, NOON)
    assert len(any_store.pending_incidents()) == 1
    any_store.incident_tried(incident.id, incident.level, True, NOON)
    assert any_store.pending_incidents() == []
    any_store.acknowledge(incident.id[:8], "张三", NOON)
    assert any_store.incidents(open_only=True) == []
    close(any_store, 2, 2)
    assert any_store.pending_incidents() == []  # more of the same is no news
    close(any_store, 3, 3, people_count=150, amount=90_000)
    (risen,) = any_store.pending_incidents()
    assert (risen.id, risen.level != "一般", risen.acked_by) == (incident.id, True, None)
    assert len(any_store.incidents()) == 1


def test_risen_while_it_was_on_the_wire_it_is_told_again(any_store: Store) -> None:
    close(any_store, 0)
    close(any_store, 1, 1)
    (incident,) = any_store.pending_incidents()
    close(any_store, 2, 2, people_count=150, amount=90_000)
    any_store.incident_tried(incident.id, incident.level, True, NOON)
    assert len(any_store.pending_incidents()) == 1


def test_the_same_caller_again_and_again_is_no_crowd(any_store: Store) -> None:
    for n in range(5):
        told = gym("13800001234", amount=n).model_copy(update={"content": "私教课质量太差"})
        lodge(any_store, told, n)
    assert any_store.incidents() == []


def test_one_call_that_tells_of_a_crowd_is_enough_without_a_respondent(any_store: Store) -> None:
    told = gym("13800001234", people_count=200).model_copy(
        update={
            "fields": tuple(f for f in gym("13800001234", people_count=200).fields if f.slot != "respondent")
        }
    )
    case_no = lodge(any_store, told, 1)
    (incident,) = any_store.incidents()
    assert incident.cases == (case_no,) and incident.people == 200


def test_what_is_sorted_long_after_is_history(any_store: Store) -> None:
    any_store.lodge("c1", gym("13800001234"), "k", now=NOON)
    any_store.sort_records(NOON + timedelta(days=30))
    assert any_store.incidents() == []


def test_a_platform_as_such_is_no_cluster(any_store: Store) -> None:
    for n in range(4):
        told = gym(f"1380000123{n}", platform="拼多多", respondent="拼多多")
        lodge(any_store, told.model_copy(update={"content": "客服不理人"}), n)
    assert any_store.incidents() == []


def test_an_incident_changes_no_record(any_store: Store) -> None:
    numbers = [close(any_store, n) for n in range(4)]
    assert any_store.incidents()
    assert {any_store.track(number).case.stage for number in numbers} == {"registered"}


def test_emergencies_are_acknowledged_too(any_store: Store) -> None:
    alert = any_store.raise_alert("c1", Emergency.TRAPPED, "k", NOON)
    assert any_store.acknowledge(alert, "张三", NOON) == "emergency"
    any_store.acknowledge(alert, "李四", NOON)
    assert [one.acked_by for one in any_store.emergencies()] == ["张三"]
    assert any_store.emergencies(open_only=True) == []
    for wrong in ("ffffffff", "", "%%%%"):
        with pytest.raises(OfficeRefused):
            any_store.acknowledge(wrong, "张三", NOON)
