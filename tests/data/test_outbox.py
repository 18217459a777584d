"""A referral needs a standing consent of a complaint to this very recipient: by the API and by raw SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

import data.events as ev
from data.errors import ReferralRefused
from data.fold_record import draft
from data.records import GivenConsent, LodgedRecord, PlannedAct, RecordDraft
from data.store import Store
from data.vocabulary import ConsentStatus, Emergency, Kind

from .conftest import FIELDS, NOON, jacket_call

TOLD = draft(jacket_call())
LATER = NOON + timedelta(minutes=1)


def lodged(store: Store, told: RecordDraft = TOLD) -> LodgedRecord:
    return store.lodge("c1", told, "lodge", now=NOON)


def with_consent(**change: object) -> RecordDraft:
    return TOLD.model_copy(update={"consents": (TOLD.consents[0].model_copy(update=change),)})


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


@pytest.mark.parametrize(
    "told",
    [
        TOLD.model_copy(update={"consents": ()}),
        with_consent(decision=ConsentStatus.REFUSED),
        with_consent(decision=ConsentStatus.NOT_ASKED),
        with_consent(decision=ConsentStatus.WITHDRAWN),
        with_consent(heard=False),
        with_consent(recipient="淘宝"),
        with_consent(purpose="publish"),
        TOLD.model_copy(update={"kind": Kind.REPORT}),
        TOLD.model_copy(update={"kind": Kind.CONSULTATION}),
    ],
    ids=["none", "refused", "not asked", "withdrawn", "not heard", "other", "purpose", "举报", "咨询"],
)
def test_no_standing_consent_no_referral(begun: Store, told: RecordDraft) -> None:
    record = lodged(begun, told)
    with pytest.raises(ReferralRefused):
        begun.given_consent(record.record_id, "拼多多")
    kept = begun.record(record.record_id).consents
    forged = GivenConsent(
        consent_id=kept[0].id if kept else "none",
        record_id=record.record_id,
        purpose="refer_to_platform",
        recipient="拼多多",
        fields=FIELDS,
    )
    with pytest.raises(ReferralRefused):
        begun.queue_referral(forged, "refer", NOON)
    assert begun.pending_referrals() == []


def test_nor_for_an_incomplete_or_unknown_record(begun: Store) -> None:
    record = begun.save_incomplete("c1", TOLD, now=NOON)
    with pytest.raises(ReferralRefused):
        begun.given_consent(record, "拼多多")
    with pytest.raises(ReferralRefused):
        begun.given_consent("nobody's", "拼多多")


def test_a_consent_for_one_record_is_not_for_another(begun: Store) -> None:
    given = lodged(begun).given[0]
    other = begun.lodge("c1", TOLD.model_copy(update={"consents": ()}), "other", now=NOON)
    with pytest.raises(ReferralRefused):
        begun.queue_referral(given.model_copy(update={"record_id": other.record_id}), "refer", NOON)


INSERT = (
    "INSERT INTO referrals (id, key, record_id, record_kind, consent_id, purpose, consent_standing,"
    " consent_heard, recipient, status, created_at)"
    " VALUES ('x', 'x', :record, :kind, :consent, :purpose, :standing, :heard, :recipient, :status,"
    " '2026-11-24')"
)


@pytest.fixture(params=["foreign keys on", "foreign keys off"])
def raw(store: Store, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else's, who may not have asked for foreign keys."""
    connection = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    connection.execute(f"PRAGMA foreign_keys={'ON' if request.param == 'foreign keys on' else 'OFF'}")
    yield connection
    connection.close()


def values(store: Store, record: LodgedRecord, **change: object) -> dict[str, object]:
    consents = store.record(record.record_id).consents
    return {
        "record": record.record_id,
        "kind": "投诉",
        "consent": consents[0].id if consents else None,
        "purpose": "refer_to_platform",
        "standing": "given",
        "heard": True,
        "recipient": "拼多多",
        "status": "pending",
    } | change


def test_raw_sql_can_refer_what_may_be_referred(begun: Store, raw: sqlite3.Connection) -> None:
    record = lodged(begun)
    raw.execute(INSERT, values(begun, record))


@pytest.mark.parametrize(
    ("told", "change"),
    [
        (TOLD.model_copy(update={"consents": ()}), {}),
        (TOLD.model_copy(update={"kind": Kind.REPORT}), {}),
        (TOLD.model_copy(update={"kind": Kind.REPORT}), {"kind": "举报"}),
        (with_consent(decision=ConsentStatus.REFUSED), {}),
        (with_consent(decision=ConsentStatus.REFUSED), {"standing": "refused"}),
        (with_consent(decision=ConsentStatus.WITHDRAWN), {}),
        (with_consent(decision=ConsentStatus.WITHDRAWN), {"standing": "withdrawn"}),
        (with_consent(decision=ConsentStatus.WITHDRAWN), {"standing": "withdrawn", "status": "delivered"}),
        (with_consent(heard=False), {}),
        (with_consent(heard=False), {"heard": False}),
        (with_consent(recipient="淘宝"), {}),
        (with_consent(purpose="publish"), {}),
        (with_consent(purpose="publish"), {"purpose": "publish"}),
        (TOLD, {"consent": "none"}),
        (TOLD, {"recipient": "淘宝"}),
        (TOLD, {"status": "sent"}),
    ],
)
def test_raw_sql_is_refused(
    begun: Store, raw: sqlite3.Connection, told: RecordDraft, change: dict[str, object]
) -> None:
    record = lodged(begun, told)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(INSERT, values(begun, record, **change))


def test_a_withdrawal_stops_what_is_on_its_way(begun: Store, raw: sqlite3.Connection) -> None:
    record = lodged(begun)
    referral = begun.queue_referral(record.given[0], "refer", NOON)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("UPDATE consents SET standing = 'withdrawn'")
    assert begun.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert not begun.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert begun.pending_referrals() == [] and not begun.referral_delivered(referral, LATER)
    kept = begun.record(record.record_id)
    assert kept.referrals[0].status == "cancelled"
    assert kept.consents[0].standing is ConsentStatus.WITHDRAWN and kept.consents[0].withdrawn_at == LATER
    with pytest.raises(ReferralRefused):
        begun.queue_referral(record.given[0], "refer again", LATER)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("UPDATE referrals SET status = 'pending'")


def test_a_withdrawal_after_delivery_is_told_to_the_recipient(begun: Store) -> None:
    record = lodged(begun)
    referral = begun.queue_referral(record.given[0], "refer", NOON)
    begun.referral_delivered(referral, NOON)
    begun.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert [one.id for one in begun.pending_referrals(recall=True)] == [referral]


def test_a_report_can_never_become_a_referred_complaint(begun: Store, raw: sqlite3.Connection) -> None:
    record = lodged(begun)
    begun.queue_referral(record.given[0], "refer", NOON)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("UPDATE records SET kind = '举报'")


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
