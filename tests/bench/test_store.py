"""The bench of the store: its invented records are real ones to the store, and both databases are measured alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench import store as bench
from bench.bulk_load import load
from bench.invented_records import Plan, invent
from bench.office_questions import LISTINGS, RARER
from bench.postgres import running_postgres
from data import migrate
from data.case_numbers import SHANGHAI_TIME
from data.store import RecordFilter, Store
from data.vocabulary import Slot

PLAN = Plan(2000, date(2026, 11, 24), 1)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("filled")
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        chunks = (range(at, at + 500) for at in range(0, PLAN.total, 500))
        loaded = load(store.engine, (invent(store.master, PLAN, chunk) for chunk in chunks), lambda n: None)
        assert loaded.records == PLAN.total
        yield store


def test_case_numbers_bear_the_day_and_begin_anew_each_day() -> None:
    numbers = [PLAN.case_no(number) for number in range(PLAN.total)]
    assert len(set(numbers)) == PLAN.total and all(len(number) == 25 for number in numbers)
    for number in (0, 1, 777, PLAN.total - 1):
        day = PLAN.at(number).astimezone(SHANGHAI_TIME)
        assert numbers[number][9:17] == f"{day:%Y%m%d}"
    assert min(numbers, key=lambda one: one[9:])[17:] == "90000001"
    assert PLAN.at(PLAN.total - 1).astimezone(SHANGHAI_TIME).date() == PLAN.until - timedelta(days=1)


def test_an_invented_record_is_one_to_the_store(filled: Store) -> None:
    record = filled.record(PLAN.case_no(777))
    phone = record.draft.text(Slot.PHONE)
    assert phone is not None and phone[3:7] == "0000"
    assert record.id in {line.id for line in filled.records(where=RecordFilter(phone=phone))}
    tail = filled.records(1000, RecordFilter(case_no=PLAN.case_no(777)[-6:]))
    assert record.id in {line.id for line in tail} and all(line.case_no for line in tail)
    assert filled.track(record.id).case.stage in ("registered", "withdrawn")
    told = filled.inquire(PLAN.case_no(777), phone, call_id="c", caller_no=None, now=PLAN.at(PLAN.total))
    assert told.told is not None
    assert filled.unfinished_calls() == []


def test_the_end_of_a_number_is_found_by_its_index(filled: Store) -> None:
    query = filled._filtered(RecordFilter(case_no=PLAN.case_no(5)[-7:]))
    sql = str(query.compile(filled.engine, compile_kwargs={"literal_binds": True}))
    with filled.engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all())
    assert "ix_records_case_tail" in plan


def test_every_index_is_there_again_after_a_load(filled: Store, tmp_path: Path) -> None:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    migrate.upgrade(f"sqlite:///{tmp_path / 'fresh.db'}")
    with Store.open(f"sqlite:///{tmp_path / 'fresh.db'}", tmp_path) as fresh:
        kept = [
            {row[0] for row in store.engine.connect().exec_driver_sql(query)} for store in (filled, fresh)
        ]
    assert kept[0] == kept[1]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.minutes)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'seat.db'}"
        return
    pytest.importorskip("pgserver")
    pytest.importorskip("psycopg")
    with running_postgres() as address:
        yield address


def test_both_databases_are_measured(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("READERS", 1), ("_CALLS", 2), ("_MOST_ASKED", 3)):
        monkeypatch.setattr(bench, name, value)
    seen: list[tuple[str, int, int]] = []
    cost = bench.measure(url, tmp_path, PLAN, lambda *what: seen.append(what))
    assert (cost.before.records, cost.loaded.records, cost.after.records) == (500, 1500, 2000)
    assert ("成批写入", 1500, 1500) in seen
    assert set(cost.after.questions_ms) == {*LISTINGS, *RARER}
    assert cost.after.append_ms.n == 24 and cost.after.append_ms.p50 > 0
    assert cost.bytes > 1_000_000 and ("FULL" in cost.durable or "fsync on" in cost.durable)
    with pytest.raises(bench.NotEmpty):
        bench.measure(url, tmp_path, PLAN, lambda *what: None)
    bench.emptied(url)
    assert migrate.upgrade(url) == migrate.head()


def test_one_time_is_its_own_spread() -> None:
    assert bench.spread([3.0]) == bench.Spread(3.0, 3.0, 1)
    assert bench.spread(range(1, 101)).p50 == 50.5 and bench.spread(range(1, 101)).p99 == pytest.approx(99.01)
