"""After a crash: close what was left, and do the effects that were planned and never came about."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from agent.acts import ACT, Lodge, QueueCallback, RaiseAlert, Refer
from data.errors import StoreError
from data.fold_record import draft
from data.records import PendingAct
from data.recovery import RecoveredCall, recover
from data.store import Store
from data.vocabulary import Slot

log = logging.getLogger(__name__)


def recover_calls(store: Store, now: datetime, owner: str) -> list[RecoveredCall]:
    """Calls with an expired lease are closed as interrupted; planned effects that never came about are done.

    The second holds for calls that ended well while the database was away, too. Idempotent. Raises StoreDown.
    """
    recovered = recover(store, now, owner)
    for call in recovered:
        _do_all(store, call.call_id, call.acts, now)
    for call_id in store.unfinished_calls():
        _do_all(store, call_id, store.pending_acts(call_id), now)
    return recovered


def _do_all(store: Store, call_id: str, acts: Iterable[PendingAct], now: datetime) -> None:
    for act in acts:
        try:
            _do(store, call_id, act, now)
        except StoreError as error:
            log.error("call %s: a planned %s stays pending (%s)", call_id, act.kind, error)


def _do(store: Store, call_id: str, pending: PendingAct, now: datetime) -> None:
    """Do one planned act again, under its own key."""
    act = ACT.validate_json(pending.payload)
    match act:
        case Lodge():
            store.lodge(call_id, draft(store.events(call_id)), act.key, now=now)
        case Refer():
            for record in store.records_of(call_id):
                if record.status == "lodged":
                    given = store.given_consent(record.id, act.recipient, act.consent)
                    store.queue_referral(given, act.key, now)
        case QueueCallback():
            told = draft(store.events(call_id))
            phone = told.text(Slot.PHONE) or store.caller_no(call_id)
            store.queue_callback(call_id, act.reason, act.priority, phone, act.key, now)
        case RaiseAlert():
            store.raise_alert(call_id, act.emergency, act.key, now)
        case _:
            # A hand-over that never came about is what the call-back is for.
            pass
    store.act_done(pending.key, now)
