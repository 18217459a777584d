"""The master key is changed on both databases; killed anywhere it goes on; the former key opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from data import rotation
from data.audit import Actor
from data.backup import backup
from data.backup_keys import BackupKeys
from data.engine import reading
from data.errors import RotationPending, RotationRefused, SealBroken, StoreDown, WrongKey
from data.fold_record import draft
from data.keys import KeySource, key_source
from data.meta import wrapped_keys
from data.record_book import RecordFilter
from data.rotation import RotationReport, rotate
from data.sealing import MasterKey
from data.store import Store
from data.tables import CallRow
from data.vocabulary import Outcome

from .conftest import NOON, jacket_call

ADMIN = Actor(id="root", name="管理员", roles=("admin",))
CALLS = 7
PHONE = "13800001234"


@pytest.fixture
def keys(tmp_path: Path) -> KeySource:
    return key_source(tmp_path, env={})


@pytest.fixture
def url(any_url: str, tmp_path: Path) -> str:
    """Seven ended calls with a record each, one of them erased, and a reason in the log."""
    with opened(any_url, tmp_path) as store:
        for n in range(1, CALLS + 1):
            call = f"c{n}"
            store.begin_call(call, "12315", PHONE, NOON, "v1", "boot-a", 30)
            store.append(call, jacket_call())
            store.lodge(call, draft(jacket_call()), f"lodge-{call}", now=NOON)
            store.close_call(call, Outcome.LODGED, "seat", NOON)
        store.erase_call("c2")
        store.note("export", ADMIN, reason="月报")
    return any_url


def opened(url: str, home: Path) -> Store:
    return Store.open(url, home, clock=lambda: NOON, busy_budget=0.15)


def turned(url: str, home: Path, keys: KeySource, batch: int = 2) -> RotationReport:
    return rotate(url, home, keys, ADMIN, "每年一换", clock=lambda: NOON, batch=batch)


def master(keys: KeySource) -> MasterKey:
    held = keys.read()
    assert held is not None
    return held


def assert_all_there(url: str, home: Path) -> None:
    with opened(url, home) as store:
        assert store.events("c1") == jacket_call()
        assert store.record("c7").draft.content == draft(jacket_call()).content
        assert len(store.calls(phone=PHONE)) == CALLS - 1
        assert len(store.records(where=RecordFilter(phone="+86 138-0000-1234"))) == CALLS - 1
        assert all(report.whole for report in store.verify_all())
        assert store.verify_audit().whole
        assert {reason for _, reason in store.acts()} >= {"月报", "每年一换"}


def test_everything_opens_with_the_new_key_and_nothing_with_the_old(
    url: str, tmp_path: Path, keys: KeySource
) -> None:
    old = master(keys)
    report = turned(url, tmp_path, keys)
    assert (report.calls, report.damaged, report.backups_missed) == (CALLS, (), ())
    new = master(keys)
    assert new.key_id == report.key_id != old.key_id
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.key"]
    assert_all_there(url, tmp_path)
    with opened(url, tmp_path) as store, reading(store.engine) as session:
        wraps = {row.id: row.key_wrapped for row in session.scalars(select(CallRow)) if row.key_wrapped}
        wraps |= wrapped_keys(session)
        heads = session.scalars(select(col(CallRow.head))).all()
    assert len(wraps) == CALLS - 1 + 2  # the log's own key, and what the former master signed with
    for name, wrapped in wraps.items():
        with pytest.raises(SealBroken):
            old.unwrapped(name, wrapped)
        new.unwrapped(name, wrapped)
    assert len(set(heads)) == CALLS
    if url.startswith("sqlite"):
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("seat.db*"))
        assert old.phone_hash(PHONE).encode() not in kept and new.phone_hash(PHONE).encode() in kept


def test_twice_in_a_row(url: str, tmp_path: Path, keys: KeySource) -> None:
    first = turned(url, tmp_path, keys)
    second = turned(url, tmp_path, keys)
    assert first.key_id != second.key_id
    assert_all_there(url, tmp_path)


class Killed(BaseException):
    """What SIGKILL does: nothing more happens in this process."""


STEPS = ["begin", "first batch", "third batch", "before the end", "after the end", "before promoting"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_it_goes_on(
    url: str, tmp_path: Path, keys: KeySource, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = master(keys)
    with opened(url, tmp_path) as store:
        backup(store, tmp_path / "backups", NOON)
    with monkeypatch.context() as patched:
        _kill_at(step, patched, keys)
        with pytest.raises(Killed):
            turned(url, tmp_path, keys)
    ended = step in ("after the end", "before promoting")
    if not ended:
        with pytest.raises(RotationPending):
            opened(url, tmp_path)
        turned(url, tmp_path, keys)
    assert_all_there(url, tmp_path)  # opening it has finished what was left
    assert master(keys).key_id != old.key_id and keys.read_next() is None
    held = BackupKeys(tmp_path / "backups")
    assert held.master_id == master(keys).key_id
    held.close()


def _kill_at(step: str, patched: pytest.MonkeyPatch, keys: KeySource) -> None:
    def killing(name: str, after: int, before: bool = True) -> None:
        real: Callable[..., object] = getattr(rotation._Rotation, name)
        calls = 0

        def killed(*given: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls > after and before:
                raise Killed
            done = real(*given, **named)
            if calls > after:
                raise Killed
            return done

        patched.setattr(rotation._Rotation, name, killed)

    match step:
        case "begin":
            killing("wrap_calls", 0)
        case "first batch":
            killing("_some", 0)  # in its transaction: rolled back
        case "third batch":
            killing("_some", 2)
        case "before the end":
            killing("_end", 0, before=False)  # before its commit
        case "after the end":
            patched.setattr(rotation, "empty_wal", _killed)
        case _:
            patched.setattr(type(keys), "promote", _killed)


def _killed(*_given: object) -> None:
    raise Killed


def test_a_call_going_on_forbids_it(url: str, tmp_path: Path, keys: KeySource) -> None:
    with opened(url, tmp_path) as store:
        store.begin_call("live", "12315", None, NOON, "v1", "boot-a", 30)
    with pytest.raises(RotationRefused, match="1 calls"):
        turned(url, tmp_path, keys)
    with opened(url, tmp_path) as store:  # nothing was begun
        store.begin_call("another", "12315", None, NOON, "v1", "boot-a", 30)
    later = NOON + timedelta(minutes=5)  # nobody owns them any more
    rotate(url, tmp_path, keys, ADMIN, None, clock=lambda: later)
    with opened(url, tmp_path) as store:
        store.append("live", jacket_call())


def test_a_seat_left_running_begins_no_call_with_the_old_key(
    url: str, tmp_path: Path, keys: KeySource
) -> None:
    with opened(url, tmp_path) as running:
        turned(url, tmp_path, keys)
        with pytest.raises(WrongKey, match="restart"):
            running.begin_call("late", "12315", None, NOON, "v1", "boot-a", 30)
        with pytest.raises(SealBroken):
            running.events("c1")


def test_a_broken_chain_does_not_become_whole(url: str, tmp_path: Path, keys: KeySource) -> None:
    with opened(url, tmp_path) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE call_id = 'c3' AND seq > 4")
        connection.exec_driver_sql("UPDATE calls SET events = 4 WHERE id = 'c3'")
    turned(url, tmp_path, keys)
    with opened(url, tmp_path) as store:
        assert {report.call_id for report in store.verify_all() if not report.whole} == {"c3"}


def test_a_damaged_key_stops_nothing_and_is_named(url: str, tmp_path: Path, keys: KeySource) -> None:
    with opened(url, tmp_path) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET key_wrapped = caller_no_sealed WHERE id = 'c3'")
    assert turned(url, tmp_path, keys).damaged == ("c3",)


def test_events_in_the_journal_forbid_it(
    url: str, tmp_path: Path, keys: KeySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(url, tmp_path) as store:
        store.begin_call("c9", "12315", None, NOON, "v1", "boot-a", 0)
        monkeypatch.setattr(Store, "_append_to_database", _away)
        store.append("c9", jacket_call())
    with pytest.raises(RotationRefused, match="journal"):
        turned(url, tmp_path, keys)


def _away(*_given: object) -> list[int]:
    raise StoreDown("away")
