"""After a crash: close what was left, and do the effects that were planned and never came about."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from agent.acts import ACT, Lodge, QueueCallback, RaiseAlert, Refer
from data.errors import ReferralRefused, StoreDown
from data.fold_record import draft
from data.records import PendingAct
from data.recovery import RecoveredCall, recover
from data.store import Store
from data.vocabulary import Slot

log = logging.getLogger(__name__)


def recover_calls(store: Store, now: datetime, owner: str) -> list[RecoveredCall]:
    """Calls with an expired lease are closed as interrupted; planned effects that never came about are done.

    The second holds for calls that ended well while the database was away, too. Idempotent; what cannot be
    done for one call holds up no other. Raises StoreDown.
    """
    recovered = recover(store, now, owner)
    for call in recovered:
        _do_all(store, call.call_id, call.acts, now)
    for call_id in store.unfinished_calls():
        try:
            acts = store.pending_acts(call_id)
        except StoreDown:
            raise
        except Exception as error:
            log.error("call %s: its planned acts cannot be read (%s)", call_id, type(error).__name__)
        else:
            _do_all(store, call_id, acts, now)
    return recovered


def _do_all(store: Store, call_id: str, acts: Iterable[PendingAct], now: datetime) -> None:
    for act in acts:
        try:
            if _do(store, call_id, act, now):
                store.act_done(act.key, now)
        except StoreDown:
            raise
        except Exception as error:
            # Kind only: a broken payload would be quoted.
            log.error("call %s: a planned %s stays pending (%s)", call_id, act.kind, type(error).__name__)


def _do(store: Store, call_id: str, pending: PendingAct, now: datetime) -> bool:
    """Do one planned act again, under its own key; False while it must wait for another."""
    act = ACT.validate_json(pending.payload)
    match act:
        case Lodge():
            store.lodge(call_id, draft(store.events(call_id)), act.key, now=now)
        case Refer():
            return _refer(store, call_id, act, now)
        case QueueCallback():
            told = draft(store.events(call_id))
            phone = told.text(Slot.PHONE) or store.caller_no(call_id)
            store.queue_callback(call_id, act.reason, act.priority, phone, act.key, now)
        case RaiseAlert():
            store.raise_alert(call_id, act.cause, act.key, now)
        case _:
            # A hand-over that never came about is what the call-back is for.
            pass
    return True


def _refer(store: Store, call_id: str, act: Refer, now: datetime) -> bool:
    """Refer the record the consent was given for, once it is lodged; a consent taken back ends the matter."""
    lodged = [record.id for record in store.records_of(call_id) if record.status == "lodged"]
    if act.lodging:
        lodged = [record for record in lodged if record == store.lodged(act.lodging)]
    for record in lodged:
        try:
            given = store.given_consent(record, act.recipient, act.consent)
            store.queue_referral(given, act.key, now)
        except ReferralRefused:
            log.warning("call %s: a record is not referred: no consent stands for it", call_id)
    return bool(lodged)
