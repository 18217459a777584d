"""After a crash: the calls nobody owns any more are closed, and nothing that was said in them is lost."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from data.events import CallAnswered, CallbackQueued, CallClosed, CallEvent
from data.fold_record import told
from data.records import PendingAct, RecordDraft
from data.store import Store
from data.understanding import Frozen
from data.vocabulary import Outcome, Slot

REASON = "crash"


log = logging.getLogger(__name__)


class RecoveredCall(Frozen):
    """A call closed in its owner's stead.

    record_id: the incomplete record; None when there was a lodged one already, or the call had said nothing.
    callback_id: None when nothing was left to do. acts: planned but not certain; their planner must do them.
    """

    call_id: str
    outcome: Outcome
    record_id: str | None
    callback_id: str | None
    acts: tuple[PendingAct, ...]


def recover(store: Store, now: datetime, owner: str) -> list[RecoveredCall]:
    """Closes every call whose lease has expired: record kept incomplete, call-back queued, call ended.

    Idempotent: whatever a former, interrupted recovery has done is found and left. A call that cannot be
    recovered (a damaged event) keeps its claim for one lease and does not hold up the others.
    Raises StoreDown when the database cannot be written at all.
    """
    store.drain_journal(now)
    recovered = []
    for call_id in store.takeover(now, owner):
        try:
            recovered.append(_recover(store, call_id, now))
        except Exception as error:
            # Whatever is wrong with one call, the others are still put away.
            log.error("call %s could not be recovered: %s", call_id, type(error).__name__)
    return recovered


def _recover(store: Store, call_id: str, now: datetime) -> RecoveredCall:
    events = store.events(call_id)
    acts = tuple(store.pending_acts(call_id))
    records = told(events)
    last = records[-1].draft
    endangered = any(record.draft.emergencies for record in records)
    closed = next((event for event in reversed(events) if isinstance(event, CallClosed)), None)
    kept = sum(record.status == "lodged" for record in store.records_of(call_id))
    any_lodged = kept > 0 or any(record.lodged is not None for record in records)
    lodged = records[-1].lodged is not None or kept >= len(records)
    record_id = callback_id = None
    if closed is None:
        outcome = Outcome.LODGED if any_lodged else Outcome.INCOMPLETE
        priority = 1 if endangered else 2
        missed = not lodged or endangered or bool(acts)
        if not lodged:
            record_id = store.save_incomplete(call_id, last, now=now)
        if missed:
            phone = _phone(store, call_id, last)
            callback_id = store.queue_callback(
                call_id, REASON, priority, phone, f"{call_id}/{REASON}", now=now
            )
        store.append(call_id, _ending(events, outcome, priority if missed else None))
    else:
        outcome = closed.outcome
    by = REASON if closed is None else closed.by
    store.close_call(call_id, outcome, by, _ended_at(events, now))
    return RecoveredCall(
        call_id=call_id, outcome=outcome, record_id=record_id, callback_id=callback_id, acts=acts
    )


def _ending(events: Sequence[CallEvent], outcome: Outcome, priority: int | None) -> list[CallEvent]:
    at = max((event.at for event in events), default=0)
    ending: list[CallEvent] = []
    if priority is not None:
        ending.append(CallbackQueued(at=at, reason=REASON, priority=priority))
    ending.append(CallClosed(at=at, by=REASON, outcome=outcome))
    return ending


def _ended_at(events: Sequence[CallEvent], now: datetime) -> datetime:
    """When the last event happened: the seat died then, not when it was found."""
    answered = next((event for event in events if isinstance(event, CallAnswered)), None)
    if answered is None:
        return now
    return answered.started_at + timedelta(milliseconds=max(event.at for event in events))


def _phone(store: Store, call_id: str, record: RecordDraft) -> str | None:
    """The number the caller gave, else the one that rang."""
    return record.text(Slot.PHONE) or store.caller_no(call_id)
