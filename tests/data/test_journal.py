"""When the database cannot take the events, the journal does; nothing acknowledged is lost."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

import data.events as ev
from data.errors import StoreBusy, StoreDown, StoreError, StoreFull, StoreUnavailable
from data.records import PlannedAct, RecordDraft
from data.recovery import recover
from data.store import Store
from data.vocabulary import Kind, Outcome

from .conftest import NOON, words


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another connection holds the write lock."""
    raw = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        raw.close()


@contextmanager
def full(store: Store, spare_pages: int = 0) -> Iterator[None]:
    """The database may not grow: SQLite itself says SQLITE_FULL."""

    def bound(connection: sqlite3.Connection, _entry: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + spare_pages}")

    event.listen(store.engine, "connect", bound)
    store.engine.dispose()
    try:
        yield
    finally:
        event.remove(store.engine, "connect", bound)
        store.engine.dispose()


def long(turn: int) -> ev.WordsHeard:
    return words(turn, "我在拼多多上买了一件羽绒服" * 40, 100_000 + turn)


def disk_full(*_args: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_short_lock_is_waited_for(begun: Store, url: str, tmp_path: Path) -> None:
    store = Store(begun.engine, tmp_path, begun.master, busy_budget=2)
    raw = sqlite3.connect(str(begun.engine.url.database), isolation_level=None, check_same_thread=False)
    raw.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, raw.close).start()
    started = time.monotonic()
    assert store.append("c1", [ev.SilenceHeard()]) == [1]
    assert 0.2 < time.monotonic() - started < 1.5
    assert not store.journal.has("c1")


def test_a_long_lock_spills_and_is_drained_in_order(begun: Store) -> None:
    begun.append("c1", [words(1, "一", 1000)])
    with locked(begun):
        assert begun.append("c1", [words(2, "二", 2000), words(3, "三", 3000)], [PlannedAct(kind="x")]) == [
            2,
            3,
        ]
        started = time.monotonic()
        assert begun.append("c1", [words(4, "四", 4000)]) == [4]
        assert time.monotonic() - started < 0.2, "a call that spills does not wait again"
        assert [heard.text for heard in heard_of(begun)] == list("一二三四")
        with pytest.raises(StoreBusy):
            begun.lodge("c1", RecordDraft(kind=Kind.COMPLAINT), "k")
    assert begun.append("c1", [words(5, "五", 5000)]) == [5]
    assert [heard.text for heard in heard_of(begun)] == list("一二三四五")
    assert begun.journal.files() == []
    assert begun.verify("c1").whole
    assert [act.key for act in begun.pending_acts("c1")] == ["c1/3/0"]


def heard_of(store: Store) -> list[ev.WordsHeard]:
    return [event for event in store.events("c1") if isinstance(event, ev.WordsHeard)]


def test_the_journal_holds_no_open_word(begun: Store) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "我叫王小明", 1000)])
    (path,) = begun.journal.files()
    assert "王小明".encode() not in path.read_bytes() and path.stat().st_mode & 0o077 == 0


def test_a_full_database_spills(begun: Store) -> None:
    with full(begun):
        kept = [begun.append("c1", [long(turn)])[0] for turn in range(1, 30)]
        assert begun.journal.has("c1")
        with pytest.raises(StoreFull):
            begun.lodge("c1", RecordDraft(kind=Kind.COMPLAINT, content="长" * 20_000), "k")
    assert kept == list(range(1, 30))
    assert begun.drain_journal(NOON) == ["c1"]
    assert [heard.turn for heard in heard_of(begun)] == list(range(1, 30))
    assert begun.verify("c1").whole


def test_nothing_is_acknowledged_when_both_are_full(begun: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "一", 1000)])
        before = begun.journal.files()[0].read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", disk_full)
            with pytest.raises(StoreUnavailable, match="28"):
                begun.append("c1", [words(2, "我叫王小明", 2000)])
        assert begun.journal.files()[0].read_bytes() == before
        with monkeypatch.context() as patched:
            patched.setattr(os, "pwrite", disk_full)
            with pytest.raises(StoreUnavailable):
                begun.append("c1", [words(2, "二", 2000)])
        assert begun.append("c1", [words(2, "二", 2000)]) == [2]
    begun.drain_journal(NOON)
    assert [heard.text for heard in heard_of(begun)] == ["一", "二"]


def test_a_call_can_begin_in_the_journal(store: Store, url: str, tmp_path: Path) -> None:
    with locked(store):
        store.begin_call("c1", "12315", "13800001234", NOON, "v1", "boot-a", 30)
        store.append("c1", [words(1, "一", 1000)])
        assert [heard.text for heard in heard_of(store)] == ["一"]
    with Store.open(url, tmp_path) as other:
        assert other.drain_journal(NOON + timedelta(hours=1)) == ["c1"]
        assert other.takeover(NOON + timedelta(hours=1), "boot-b") == [], (
            "its owner gets time for a heartbeat"
        )
    assert store.append("c1", [words(2, "二", 2000)]) == [2]
    assert store.caller_no("c1") == "13800001234"


def test_draining_twice_changes_nothing(begun: Store) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "一", 1000)], [PlannedAct(kind="x")])
    (path,) = begun.journal.files()
    kept = path.read_bytes()
    begun.drain_journal(NOON)
    path.write_bytes(kept)  # the machine died between the commit and the removal
    begun.drain_journal(NOON)
    assert len(begun.events("c1")) == 1 and len(begun.pending_acts("c1")) == 1


def test_a_torn_last_line_was_never_acknowledged(begun: Store) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "一", 1000)])
        (path,) = begun.journal.files()
        with path.open("ab") as file:
            file.write(b"0123456789abcdef {half a li")
        begun.append("c1", [words(2, "二", 2000)])
    begun.drain_journal(NOON)
    assert [heard.text for heard in heard_of(begun)] == ["一", "二"]


def test_a_damaged_file_is_left_for_a_person(begun: Store) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "一", 1000)])
    (path,) = begun.journal.files()
    path.write_bytes(path.read_bytes().replace(b'"seq":1', b'"seq":7'))
    assert begun.drain_journal(NOON) == [] and path.exists()


def test_events_spilled_before_a_takeover_still_arrive(begun: Store, url: str, tmp_path: Path) -> None:
    """Another process closed the call while its last words lay in a journal it could not see."""
    begun.append("c1", [words(1, "一", 1000)])
    with locked(begun):
        begun.append("c1", [words(2, "二", 2000), words(3, "三", 3000)])
    (path,) = begun.journal.files()
    hidden = path.rename(path.with_suffix(".away"))
    with Store.open(url, tmp_path) as other:
        recover(other, NOON + timedelta(hours=1), "boot-b")
        hidden.rename(path)
        kept = path.read_bytes()
        assert other.drain_journal(NOON) == ["c1"]
        path.write_bytes(kept)
        assert other.drain_journal(NOON) == ["c1"]
        told = other.events("c1")
        assert [event.type for event in told] == [
            "words_heard",
            "callback_queued",
            "call_closed",
            "words_heard",
            "words_heard",
        ]
        assert other.verify("c1").whole


def test_a_broken_commit_is_not_written_twice(begun: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit failed for the caller but had reached the disk: the journal's copy is recognised."""
    real = begun._append_to_database

    def reports_failure(*args: object) -> list[int]:
        real(*args)  # type: ignore[arg-type]
        raise StoreDown("disk I/O error", "SQLITE_IOERR_FSYNC")

    with monkeypatch.context() as patched:
        patched.setattr(begun, "_append_to_database", reports_failure)
        assert begun.append("c1", [words(1, "一", 1000)]) == [1]
        assert len(begun.events("c1")) == 1
    assert begun.append("c1", [words(2, "二", 2000)]) == [2]
    assert [heard.text for heard in heard_of(begun)] == ["一", "二"]


def test_closing_waits_for_the_journal(begun: Store) -> None:
    with locked(begun):
        begun.append("c1", [words(1, "一", 1000)])
        with pytest.raises(StoreError):
            begun.close_call("c1", Outcome.INCOMPLETE, "caller", NOON)
    begun.close_call("c1", Outcome.INCOMPLETE, "caller", NOON)
    assert len(begun.events("c1")) == 1 and begun.journal.files() == []
