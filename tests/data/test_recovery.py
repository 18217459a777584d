"""A crash closes its calls for them, once, and loses nothing that was said."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

import data.events as ev
from data.fold_record import draft
from data.records import PlannedAct
from data.recovery import recover
from data.store import Store
from data.vocabulary import Kind, Outcome, Slot

from .conftest import NOON, danger, ended, jacket_call

DAWN = NOON + timedelta(minutes=5)
EVENTS = jacket_call()


def test_a_call_in_progress_becomes_an_incomplete_record_and_a_call_back(begun: Store) -> None:
    begun.append("c1", EVENTS[:20])
    assert recover(begun, NOON, "boot-b") == [], "its lease still runs"
    (call,) = recover(begun, DAWN, "boot-b")
    assert (call.call_id, call.outcome) == ("c1", Outcome.INCOMPLETE)
    record = begun.record("c1")
    assert record.id == call.record_id and record.status == "incomplete"
    assert record.draft.text(Slot.PLATFORM) == "拼多多" and record.draft.said
    (job,) = begun.pending_callbacks()
    assert (job.id, job.phone, job.priority, job.reason) == (call.callback_id, "13800001234", 2, "crash")
    *told, queued, closed = begun.events("c1")
    assert told == EVENTS[:20]
    assert isinstance(queued, ev.CallbackQueued) and isinstance(closed, ev.CallClosed)
    assert (closed.by, closed.outcome) == ("crash", Outcome.INCOMPLETE)
    summary = begun.call("c1")
    assert (summary.outcome, summary.closed_by) == (Outcome.INCOMPLETE, "crash")
    assert summary.ended_at == NOON + timedelta(milliseconds=max(event.at for event in EVENTS[:20]))
    assert begun.verify("c1").whole


def test_again_it_finds_nothing_to_do(begun: Store) -> None:
    begun.append("c1", EVENTS)
    recover(begun, DAWN, "boot-b")
    kept = begun.events("c1")
    assert recover(begun, DAWN + timedelta(hours=1), "boot-c") == []
    assert begun.events("c1") == kept and len(begun.pending_callbacks()) == 1


@pytest.mark.parametrize("broken", ["save_incomplete", "queue_callback", "append", "close_call"])
def test_a_recovery_that_died_is_finished_by_the_next(
    begun: Store, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    class Died(BaseException):
        pass

    def die(*_args: object, **_kwargs: object) -> None:
        raise Died

    begun.append("c1", EVENTS[:20])
    with monkeypatch.context() as patched:
        patched.setattr(begun, broken, die)
        with pytest.raises(Died):
            recover(begun, DAWN, "boot-b")
    (call,) = recover(begun, DAWN + timedelta(hours=1), "boot-c")
    assert call.outcome is Outcome.INCOMPLETE
    assert [event.type for event in begun.events("c1")[20:]] == ["callback_queued", "call_closed"]
    assert len(begun.pending_callbacks()) == 1 and len(begun.records()) == 1
    assert begun.call("c1").ended_at is not None


def test_a_lodged_call_stays_lodged(begun: Store) -> None:
    begun.append("c1", EVENTS)
    begun.lodge("c1", draft(EVENTS), "k", now=NOON)  # and died before it could say so
    (call,) = recover(begun, DAWN, "boot-b")
    assert (call.outcome, call.record_id, call.callback_id) == (Outcome.LODGED, None, None)
    assert len(begun.records()) == 1 and begun.records()[0].kind is Kind.COMPLAINT


def test_planned_acts_are_handed_back(begun: Store) -> None:
    begun.append("c1", EVENTS, [PlannedAct(kind="refer", payload="{}", key="c1:refer")])
    begun.lodge("c1", draft(EVENTS), "k", now=NOON)
    (call,) = recover(begun, DAWN, "boot-b")
    assert [act.key for act in call.acts] == ["c1:refer"] and call.callback_id is not None


def test_an_emergency_is_rung_back_first(begun: Store) -> None:
    begun.append("c1", [EVENTS[0], danger()])
    recover(begun, DAWN, "boot-b")
    assert begun.pending_callbacks()[0].priority == 1


def test_a_call_that_had_said_goodbye_keeps_its_ending(begun: Store) -> None:
    begun.append("c1", [*EVENTS, ended("caller", Outcome.ANSWERED)])
    (call,) = recover(begun, DAWN, "boot-b")
    assert call.outcome is Outcome.ANSWERED and begun.pending_callbacks() == []
    assert begun.call("c1").closed_by == "caller"


def test_a_call_without_a_word(begun: Store) -> None:
    (call,) = recover(begun, DAWN, "boot-b")
    assert call.outcome is Outcome.INCOMPLETE and begun.call("c1").ended_at == DAWN


def test_one_damaged_call_does_not_hold_up_the_others(begun: Store) -> None:
    begun.append("c1", EVENTS)
    begun.begin_call("c2", "12315", None, NOON, "v1", "boot-a", 30)
    with sqlite3.connect(str(begun.engine.url.database)) as raw:
        raw.execute("UPDATE events SET payload = x'00' WHERE seq = 2")
    assert [call.call_id for call in recover(begun, DAWN, "boot-b")] == ["c2"]
