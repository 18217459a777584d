"""The analysis: counts against the span before, nothing personal, fast over many rows."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest
from sqlalchemy import insert

from data.analysis import Analysis
from data.office_tables import SortingRow, WordRow
from data.records import RecordDraft
from data.store import Store
from data.tables import RecordRow
from data.vocabulary import Kind, Slot

from .conftest import NOON
from .test_handling import field, gym, lodge

DAY = timedelta(days=1)


def span(store: Store, days: float = 7, ago: float = 0) -> Analysis:
    until = NOON + DAY - ago * DAY
    return store.analyse(until - days * DAY, until)


def counts(of: tuple[object, ...]) -> dict[str, tuple[int, int]]:
    return {count.name: (count.n, count.before) for count in of}  # type: ignore[attr-defined]


def test_an_empty_store_is_all_nought(any_store: Store) -> None:
    found = span(any_store)
    assert found.records.n == found.notes == found.open_alerts == sum(found.hours) == 0
    assert found.kinds == found.words == found.incidents == ()
    with pytest.raises(ValueError, match="later"):
        any_store.analyse(NOON, NOON)


def test_counts_beside_the_span_before(any_store: Store) -> None:
    food = RecordDraft(
        kind=Kind.REPORT,
        intent="report_food",
        content="饭店后厨有蟑螂，菜都发霉了",
        fields=(field(Slot.DISTRICT, "静安区"), field(Slot.ISSUE, "食品安全"), field(Slot.GOODS, "食品")),
    )
    for n in range(6):
        lodge(any_store, food, n)
    for n in range(3):
        lodge(any_store, gym(f"1380000123{n}"), 10 + n, days=-8 if n == 0 else 0)
    found = span(any_store)
    assert (found.records.n, found.records.before) == (8, 1)
    assert counts(found.kinds) == {"举报": (6, 0), "投诉": (2, 1)}
    assert counts(found.districts) == {"静安区": (6, 0), "杨浦区": (2, 1)}
    assert counts(found.lines) == {"食品（餐饮）": (6, 0), "合同、预付": (2, 1)}
    assert counts(found.issues)["食品安全"] == (6, 0) and counts(found.issues)["未知"] == (2, 1)
    assert counts(found.trades) == {"商品": (6, 0), "未知": (2, 1)}
    assert counts(found.campaigns)["守查保"] == (6, 0) and counts(found.campaigns)["预付费"] == (2, 1)
    assert {word.name for word in found.words} >= {"蟑螂", "后厨", "发霉"}
    assert found.hours[12] == 8 and sum(found.hours) == 8  # noon in Shanghai
    assert counts(found.incidents) == {"一般": (1, 0)} and found.open_alerts == 2  # one of the week before


def test_repeats_and_what_is_not_sorted_yet(any_store: Store) -> None:
    lodge(any_store, gym("13800001234", amount=5), 1)
    lodge(any_store, gym("13800001234", amount=5), 2)
    any_store.begin_call("x9", "12315", None, NOON, "v1", "boot-a", 30)
    any_store.lodge("x9", gym("13800001234"), "k9", now=NOON)
    found = span(any_store)
    assert counts(found.repeats) == {"重复投诉": (1, 0)}
    assert (found.records.n, found.unsorted) == (3, 1)


def test_nothing_personal_is_in_it(any_store: Store) -> None:
    told = gym("13800001234", name="王小明", address="长宁区仙霞路1号", shop="王小明健身").model_copy(
        update={"content": "我叫王小明，健身房关门了，老板叫李强"}
    )
    for n in range(6):
        lodge(any_store, told, n)
    shown = span(any_store).model_dump_json()
    for secret in ("王小明", "13800001234", "仙霞路", "李强", "力健"):
        assert secret not in shown


def test_a_hundred_thousand_records_in_three_seconds(store: Store) -> None:
    draw = random.Random(1)
    goods, issues = ["食品", "家用电器", "服装、鞋帽"], ["质量", "合同", "食品安全", "价格"]
    words = ["开胶", "过期", "跑路", "退费", "假货", "蟑螂", "羽绒服", "健身房"]
    store.begin_call("big", "12315", None, NOON, "v1", "boot-a", 30)
    records, sortings, kept = [], [], []
    for n in range(100_000):
        at = NOON - timedelta(minutes=draw.random() * 60 * 24 * 60)
        name, kind = f"r{n}", draw.choice(["投诉", "举报"])
        records.append(
            {
                "id": name,
                "call_id": "big",
                "key": name,
                "kind": kind,
                "status": "incomplete",
                "created_at": at,
                "body": b"0" * 200,
                "mass_incident": False,
            }
        )
        sortings.append(
            {
                "record_id": name,
                "created_at": at,
                "due": False,
                "kind": kind,
                "issue": draw.choice(issues),
                "goods": draw.choice(goods),
                "trade": "商品",
                "district": draw.choice(["310101", "310115"]),
                "topic": "quality",
                "closing": False,
            }
        )
        kept += [{"record_id": name, "word": word, "created_at": at} for word in draw.sample(words, 3)]
    with store.engine.begin() as connection:
        for table, rows in ((RecordRow, records), (SortingRow, sortings), (WordRow, kept)):
            connection.execute(insert(table), rows)
    began = time.process_time()  # the machine may be busy with other things
    found = span(store, days=30)
    assert time.process_time() - began < 3
    assert found.records.n + found.records.before > 95_000
