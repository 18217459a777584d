"""Dropped calls in the store: which may be gone on with, by whom, and what becomes of them then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

import data.events as ev
from data.fold_record import draft
from data.records import PlannedAct, RecordDraft
from data.store import Store
from data.vocabulary import Intent, Kind, Outcome, Slot

from .conftest import NOON, jacket_call

WITHIN = timedelta(minutes=30)
CALLER = "13800001234"
#: The call hung up before anything was agreed.
TOLD = draft(jacket_call()[:20])
LATER = NOON + timedelta(minutes=10)


def dropped(store: Store, call_id: str = "c1", at: datetime = NOON, **other: object) -> str:
    """The call's record kept incomplete, a call-back queued, the call closed."""
    told = TOLD.model_copy(update=other)
    record = store.save_incomplete(call_id, told, now=at)
    store.queue_callback(call_id, "hung_up", 2, CALLER, f"{call_id}:cb", at)
    store.close_call(call_id, Outcome.INCOMPLETE, "caller", at)
    return record


def find(store: Store, caller: str | None = CALLER, at: datetime = LATER) -> ev.EarlierCall | None:
    return store.dropped_call(caller, WITHIN, at)


def begin(store: Store, call_id: str, caller: str | None = CALLER, at: datetime = LATER) -> None:
    store.begin_call(call_id, "12315", caller, at, "v1", "boot-a", 30)


def test_the_latest_dropped_call_is_found(any_store: Store) -> None:
    dropped(any_store)
    assert find(any_store) == ev.EarlierCall(call_id="c1", intent=Intent.COMPLAINT_ONLINE)
    assert find(any_store, "+86 138-0000-1234") is not None, "however the line writes the number"


def test_nobody_else_finds_it_and_not_for_ever(any_store: Store) -> None:
    dropped(any_store)
    for caller in (None, "", "13900000001"):
        assert find(any_store, caller) is None
    assert find(any_store, at=NOON + WITHIN) is not None
    assert find(any_store, at=NOON + WITHIN + timedelta(seconds=1)) is None


def test_a_withheld_number_is_no_number(any_store: Store) -> None:
    begin(any_store, "c2", None)
    dropped(any_store, "c2", LATER)
    assert find(any_store, None) is None
    begin(any_store, "c3", None)
    assert any_store.recall("c3", "c2") is None


def test_a_call_still_going_on_is_not_found(any_store: Store) -> None:
    any_store.save_incomplete("c1", TOLD, now=NOON)
    any_store.queue_callback("c1", "hung_up", 2, CALLER, "cb", NOON)
    assert find(any_store) is None


def test_nothing_waits_no_more(any_store: Store) -> None:
    dropped(any_store)
    [waiting] = any_store.pending_callbacks()
    any_store.callback_done(waiting.id, NOON)
    assert find(any_store) is None, "somebody has rung back already"


def test_a_danger_is_a_persons_business(any_store: Store) -> None:
    any_store.queue_callback("c1", "emergency", 1, CALLER, "e", NOON)
    dropped(any_store)
    assert find(any_store) is None


def test_a_lodging_put_off_comes_about_by_itself(any_store: Store) -> None:
    any_store.append("c1", [ev.SilenceHeard()], [PlannedAct(kind="lodge", key="c1:lodge")])
    dropped(any_store)
    assert find(any_store) is None


def test_a_lodged_matter_hides_an_earlier_one(any_store: Store) -> None:
    dropped(any_store)
    begin(any_store, "c2")
    any_store.lodge("c2", TOLD, "k2", now=LATER)
    any_store.close_call("c2", Outcome.LODGED, "seat", LATER)
    assert find(any_store) is None


def test_a_call_that_came_to_nothing_hides_none(any_store: Store) -> None:
    dropped(any_store)
    begin(any_store, "c2")
    any_store.save_incomplete("c2", RecordDraft(said=("喂",)), now=LATER)
    any_store.close_call("c2", Outcome.INCOMPLETE, "caller", LATER)
    assert find(any_store) is not None


def test_an_erased_call_is_forgotten(any_store: Store) -> None:
    dropped(any_store)
    any_store.erase_call("c1", NOON)
    assert find(any_store) is None


def test_what_it_had_told_is_given_to_the_same_number_only(any_store: Store) -> None:
    dropped(any_store)
    begin(any_store, "c2")
    told = any_store.recall("c2", "c1")
    assert told is not None
    assert told.value(Slot.PLATFORM) == "拼多多"
    begin(any_store, "c3", "13900000001")
    assert any_store.recall("c3", "c1") is None
    assert any_store.recall("c2", "nothing") is None


@pytest.mark.parametrize("lodged", [True, False])
def test_one_record_and_no_call_back_is_left(any_store: Store, lodged: bool) -> None:
    old = dropped(any_store)
    begin(any_store, "c2")
    resumed = TOLD.model_copy(update={"resumes": "c1"})
    if lodged:
        new = any_store.lodge("c2", resumed, "k2", now=LATER).record_id
    else:
        new = any_store.save_incomplete("c2", resumed, now=LATER)
    assert [record.id for record in any_store.records()] == [new]
    assert any_store.record(old).superseded_by == new
    assert any_store.record(old).draft.value(Slot.PLATFORM) == "拼多多", "and nothing of it is lost"
    assert any_store.pending_callbacks() == []
    assert any_store.recall("c2", "c1") is None, "once"


def test_lodging_again_with_the_same_key_changes_nothing(any_store: Store) -> None:
    dropped(any_store)
    begin(any_store, "c2")
    resumed = TOLD.model_copy(update={"resumes": "c1"})
    first = any_store.lodge("c2", resumed, "k2", now=LATER)
    again = any_store.lodge("c2", resumed, "k2", now=LATER)
    assert (first.record_id, again.new) == (again.record_id, False)


def test_a_lodged_record_is_never_superseded(any_store: Store) -> None:
    lodged = any_store.lodge("c1", TOLD.model_copy(update={"kind": Kind.COMPLAINT}), "k", now=NOON)
    begin(any_store, "c2")
    any_store.lodge("c2", TOLD.model_copy(update={"resumes": "c1"}), "k2", now=LATER)
    assert any_store.record(lodged.record_id).superseded_by is None
    assert len(any_store.records()) == 2


def test_a_danger_stays_a_persons_business_whoever_goes_on(any_store: Store) -> None:
    dropped(any_store)
    any_store.queue_callback("c1", "emergency", 1, CALLER, "e", NOON)
    begin(any_store, "c2")
    any_store.lodge("c2", TOLD.model_copy(update={"resumes": "c1"}), "k2", now=LATER)
    assert [waiting.reason for waiting in any_store.pending_callbacks()] == ["emergency"]
