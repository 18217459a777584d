"""What must still reach somebody: each once per key, first things first."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import data.events as ev
from data.fold_record import draft
from data.records import LodgedRecord, PlannedAct, RecordDraft
from data.store import Store
from data.vocabulary import ConsentStatus, Emergency

from .conftest import FIELDS, NOON, jacket_call

TOLD = draft(jacket_call())
LATER = NOON + timedelta(minutes=1)


def lodged(store: Store, told: RecordDraft = TOLD) -> LodgedRecord:
    return store.lodge("c1", told, "lodge", now=NOON)


def test_given_then_queued_once_then_delivered(begun: Store) -> None:
    record = lodged(begun)
    given = begun.given_consent(record.record_id, "拼多多", "refer_to_platform")
    assert record.given == (given,)
    assert begun.queue_referral(given, "refer", NOON) == begun.queue_referral(given, "refer", LATER)
    (referral,) = begun.pending_referrals()
    assert (referral.recipient, referral.case_no, referral.fields) == ("拼多多", record.case_no, FIELDS)
    assert begun.record(record.record_id).referrals == (referral,)
    assert begun.referral_delivered(referral.id, LATER)
    assert not begun.referral_delivered(referral.id, LATER)
    assert begun.pending_referrals() == []


def test_a_withdrawal_after_delivery_is_told_to_the_recipient(begun: Store) -> None:
    record = lodged(begun)
    referral = begun.queue_referral(record.given[0], "refer", NOON)
    begun.referral_delivered(referral, NOON)
    begun.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert [one.id for one in begun.pending_referrals(recall=True)] == [referral]


def test_a_consent_given_after_lodging(begun: Store) -> None:
    record = lodged(begun, TOLD.model_copy(update={"consents": ()}))
    assert record.given == ()
    refused = TOLD.consents[0].model_copy(update={"decision": ConsentStatus.REFUSED})
    assert begun.put_consents(record.record_id, [refused]) == ()
    (given,) = begun.put_consents(record.record_id, TOLD.consents)
    begun.queue_referral(given, "refer", NOON)
    assert len(begun.record(record.record_id).consents) == 1


def test_callbacks_first_priority_first(begun: Store) -> None:
    second = begun.queue_callback("c1", "crash", 2, None, "b", NOON)
    first = begun.queue_callback("c1", "no_desk", 1, "13800001234", "a", LATER)
    assert begun.queue_callback("c1", "no_desk", 1, "13800001234", "a", LATER) == first
    assert [(job.id, job.phone) for job in begun.pending_callbacks()] == [
        (first, "13800001234"),
        (second, None),
    ]
    begun.callback_done(first, LATER)
    assert [job.id for job in begun.pending_callbacks()] == [second]


def test_alerts_stay_until_delivered(begun: Store) -> None:
    alert = begun.raise_alert("c1", Emergency.TRAPPED, "k", NOON)
    assert begun.raise_alert("c1", Emergency.TRAPPED, "k", NOON) == alert
    begun.alert_tried(alert, delivered=False, now=NOON)
    (waiting,) = begun.pending_alerts()
    assert (waiting.emergency, waiting.tries, waiting.call_id) == (Emergency.TRAPPED, 1, "c1")
    begun.alert_tried(alert, delivered=True, now=LATER)
    assert begun.pending_alerts() == []


def test_an_act_done_while_it_lies_in_the_journal(begun: Store) -> None:
    database = sqlite3.connect(str(begun.engine.url.database), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    begun.append("c1", [ev.SilenceHeard()], [PlannedAct(kind="lodge", key="k")])
    database.execute("ROLLBACK")
    begun.act_done("k", NOON)
    assert begun.pending_acts("c1") == []
