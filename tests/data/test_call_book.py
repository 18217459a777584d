"""Calls: what was appended is there, in order, whole, and only for its owner."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

import data.events as ev
from data.errors import (
    CallErased,
    CallUnknown,
    ConstraintBroken,
    LeaseLost,
    SealBroken,
    StoreError,
    WrongKey,
)
from data.event_log import act_key
from data.records import PlannedAct, RecordDraft, Recording
from data.store import Store
from data.vocabulary import Kind, Outcome

from .conftest import NOON

A_MINUTE = timedelta(minutes=1)


def execute(store: Store, statement: str, *values: object) -> None:
    with sqlite3.connect(str(store.engine.url.database)) as raw:
        raw.execute(statement, values)


def test_events_come_back_as_they_went(begun: Store, call_events: list[ev.CallEvent]) -> None:
    seqs = begun.append("c1", call_events[:5]) + begun.append("c1", call_events[5:])
    assert seqs == list(range(1, len(call_events) + 1))
    assert begun.events("c1") == call_events
    assert begun.verify("c1").whole
    assert begun.append("c1", []) == []


def test_they_are_there_for_another_process(
    begun: Store, url: str, tmp_path: Path, call_events: list[ev.CallEvent]
) -> None:
    begun.append("c1", call_events)
    with Store.open(url, tmp_path) as other:
        assert other.events("c1") == call_events
        assert other.append("c1", call_events[:1]) == [len(call_events) + 1]


def test_nothing_said_lies_open_in_the_files(
    begun: Store, tmp_path: Path, call_events: list[ev.CallEvent]
) -> None:
    begun.append("c1", call_events)
    begun.queue_callback("c1", "no_desk", 1, "13800001234", "k")
    for path in tmp_path.glob("seat.db*"):
        raw = path.read_bytes()
        for secret in ("13800001234", "王小明", "羽绒服", "230518"):
            assert secret.encode() not in raw, (path.name, secret)


def test_acts_are_planned_with_their_events(begun: Store, call_events: list[ev.CallEvent]) -> None:
    begun.append(
        "c1",
        call_events[:2],
        [PlannedAct(kind="lodge", payload='{"a":1}'), PlannedAct(kind="refer", key="k")],
    )
    first, second = begun.pending_acts("c1")
    assert (first.key, first.seq, first.idx, first.kind, first.payload) == (
        act_key("c1", 2, 0),
        2,
        0,
        "lodge",
        '{"a":1}',
    )
    assert second.key == "k"
    begun.act_done("k", NOON)
    begun.act_done("k", NOON)
    begun.act_done("never planned", NOON)
    assert [act.key for act in begun.pending_acts("c1")] == [first.key]
    with pytest.raises(ValueError):
        begun.append("c1", [], [PlannedAct(kind="lodge")])


def test_acts_left_over_by_a_call_that_ended(begun: Store) -> None:
    begun.append("c1", [ev.SilenceHeard()], [PlannedAct(kind="lodge", key="k")])
    assert begun.unfinished_calls() == [], "its owner is at work"
    begun.close_call("c1", Outcome.LODGED, "seat", NOON)
    assert begun.unfinished_calls() == ["c1"]
    begun.act_done("k", NOON)
    assert begun.unfinished_calls() == []


def test_unknown_calls_and_taken_ids(begun: Store) -> None:
    with pytest.raises(CallUnknown):
        begun.append("c9", [ev.SilenceHeard()])
    with pytest.raises(CallUnknown):
        begun.events("c9")
    with pytest.raises(CallUnknown):
        begun.call("c9")
    with pytest.raises(ConstraintBroken):
        begun.begin_call("c1", "12315", None, NOON, "v1", "boot-a", 30)


def test_every_kind_of_tampering_is_found(begun: Store, call_events: list[ev.CallEvent]) -> None:
    begun.append("c1", call_events)

    def report(statement: str, *values: object) -> tuple[bool, str | None]:
        execute(begun, statement, *values)
        found = begun.verify("c1")
        return found.whole, found.reason

    last = len(call_events)
    with sqlite3.connect(str(begun.engine.url.database)) as raw:
        payload = raw.execute("SELECT payload FROM events WHERE seq = 3").fetchone()[0]
    assert report("UPDATE events SET payload = ? WHERE seq = 3", b"x" + payload) == (False, "changed")
    with pytest.raises(SealBroken):
        begun.events("c1")
    assert report("UPDATE events SET payload = ? WHERE seq = 3", payload) == (True, None)
    assert report("UPDATE events SET type = 'silence_heard' WHERE seq = 3") == (False, "changed")
    execute(begun, "UPDATE events SET type = ? WHERE seq = 3", call_events[2].type)
    assert report("DELETE FROM events WHERE seq = ?", last) == (False, "cut off")
    assert report("UPDATE calls SET events = ?", last - 1)[0] is False  # the head is signed
    assert report("DELETE FROM events WHERE seq = 4") == (False, "missing")


def test_the_lease(begun: Store) -> None:
    assert begun.expired_calls(NOON + timedelta(seconds=29)) == []
    assert begun.takeover(NOON + timedelta(seconds=29), "boot-b") == []
    assert begun.heartbeat("c1", "boot-a", 30, NOON + timedelta(seconds=20))
    assert not begun.heartbeat("c1", "boot-b", 30, NOON)
    assert begun.takeover(NOON + timedelta(seconds=49), "boot-b") == []
    assert begun.expired_calls(NOON + A_MINUTE) == ["c1"]


def test_a_call_taken_over_is_closed_to_its_former_owner(begun: Store, url: str, tmp_path: Path) -> None:
    begun.append("c1", [ev.SilenceHeard()])
    later = NOON + A_MINUTE
    with Store.open(url, tmp_path) as other, Store.open(url, tmp_path) as third:
        assert other.takeover(later, "boot-b") == ["c1"]
        assert third.takeover(later, "boot-c") == []
        with pytest.raises(LeaseLost):
            begun.append("c1", [ev.SilenceHeard()])
        with pytest.raises(LeaseLost):
            begun.lodge("c1", RecordDraft(kind=Kind.COMPLAINT), "k")
        assert not begun.heartbeat("c1", "boot-a", 30, later)
        assert other.append("c1", [ev.NoiseHeard(turn=1)]) == [2]
        assert other.verify("c1").whole


def test_all_leases_of_a_process_in_one(begun: Store) -> None:
    begun.begin_call("c2", "12315", None, NOON, "v1", "boot-a", 30)
    begun.begin_call("c3", "12315", None, NOON, "v1", "boot-b", 30)
    begun.close_call("c2", Outcome.ANSWERED, "seat", NOON)
    assert begun.heartbeat_all("boot-a", 120, NOON) == ["c1"]
    assert begun.expired_calls(NOON + A_MINUTE) == ["c3"]


def test_closing(begun: Store) -> None:
    begun.close_call(
        "c1", Outcome.ANSWERED, "caller", NOON + A_MINUTE, Recording(path="a/c1.wav", sha256="ab")
    )
    begun.close_call("c1", Outcome.INCOMPLETE, "crash", NOON + 2 * A_MINUTE)
    call = begun.call("c1")
    assert (call.outcome, call.closed_by, call.ended_at) == (Outcome.ANSWERED, "caller", NOON + A_MINUTE)
    assert (call.recording_path, call.recording_sha256, call.caller) == ("a/c1.wav", "ab", "138****1234")
    assert begun.calls(open_only=True) == []
    assert not begun.heartbeat("c1", "boot-a", 30, NOON)


def test_calls_by_number(begun: Store) -> None:
    begun.begin_call("c2", "12315", None, NOON + A_MINUTE, "v1", "boot-a", 30)
    assert [call.id for call in begun.calls()] == ["c2", "c1"]
    assert [call.id for call in begun.calls(phone="+86 138 0000 1234")] == ["c1"]
    assert begun.calls(phone="13800001235") == []
    assert begun.caller_no("c1") == "13800001234" and begun.caller_no("c2") is None


def test_erasing_makes_unreadable_and_keeps_the_chain(
    begun: Store, tmp_path: Path, call_events: list[ev.CallEvent]
) -> None:
    begun.append("c1", call_events)
    with pytest.raises(StoreError, match="open"):
        begun.erase_call("c1", NOON)
    begun.save_incomplete("c1", RecordDraft(said=("我叫王小明",)), now=NOON)
    begun.queue_callback("c1", "crash", 2, "13800001234", "k", NOON)
    begun.close_call("c1", Outcome.INCOMPLETE, "seat", NOON, Recording(path="c1.wav", sha256="ab"))
    with sqlite3.connect(str(begun.engine.url.database)) as raw:
        wrapped = raw.execute("SELECT key_wrapped FROM calls").fetchone()[0]
    sealer = begun.sealer("c1")
    assert sealer.open(sealer.seal(b"audio", "audio/0"), "audio/0") == b"audio"
    assert begun.erase_call("c1", NOON) == "c1.wav"
    assert begun.erase_call("c1", NOON + A_MINUTE) == "c1.wav"
    for read in (begun.events, begun.sealer, begun.record, begun.records_of, begun.caller_no):
        with pytest.raises(CallErased):
            read("c1")
    with pytest.raises(CallErased):
        begun.append("c1", [ev.SilenceHeard()])
    assert begun.verify("c1").whole
    assert begun.calls(phone="13800001234") == []
    assert begun.call("c1").erased and begun.call("c1").caller is None
    assert begun.records()[0].phone is None
    assert begun.pending_callbacks()[0].phone is None
    for path in tmp_path.glob("seat.db*"):
        assert wrapped not in path.read_bytes(), path.name


def test_another_master_key_is_refused(begun: Store, url: str, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "master.key"
    held = key.read_text()
    key.write_text("00" * 32)
    with pytest.raises(WrongKey, match="another"):
        Store.open(url, tmp_path)
    key.unlink()
    with pytest.raises(WrongKey, match="missing"):
        Store.open(url, tmp_path)
    assert not key.exists()
    key.write_text(held)
    key.chmod(0o600)
    Store.open(url, tmp_path).close()
