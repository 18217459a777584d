"""A referral needs a standing consent of a complaint to this very recipient: by type, by the store, by SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from data.consent import GivenConsent
from data.errors import ReferralRefused
from data.fold_record import draft
from data.records import LodgedRecord, RecordDraft
from data.store import Store
from data.vocabulary import ConsentStatus, Kind, Slot

from .conftest import FIELDS, NOON, jacket_call

TOLD = draft(jacket_call())
LATER = NOON + timedelta(minutes=1)
GIVEN = GivenConsent(
    consent_id="k",
    record_id="r",
    purpose="refer_to_platform",
    recipient="拼多多",
    fields=FIELDS,
    version="c1",
    kind=Kind.COMPLAINT,
    lodged=True,
    standing=ConsentStatus.GIVEN,
    heard=True,
    withdrawn_at=None,
)


def lodged(store: Store, told: RecordDraft = TOLD) -> LodgedRecord:
    return store.lodge("c1", told, "lodge", now=NOON)


def with_consent(**change: object) -> RecordDraft:
    return TOLD.model_copy(update={"consents": (TOLD.consents[0].model_copy(update=change),)})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": Kind.REPORT}, "举报"),
        ({"kind": Kind.CONSULTATION}, "投诉"),
        ({"lodged": False}, "not lodged"),
        ({"purpose": "publish"}, "purpose"),
        ({"recipient": ""}, "recipient"),
        ({"standing": ConsentStatus.REFUSED}, "refused"),
        ({"standing": ConsentStatus.NOT_ASKED}, "not_asked"),
        ({"standing": ConsentStatus.WITHDRAWN}, "withdrawn"),
        ({"heard": False}, "heard"),
        ({"withdrawn_at": NOON}, "withdrawn"),
    ],
)
def test_what_is_no_given_consent_cannot_be_made(change: dict[str, object], why: str) -> None:
    with pytest.raises(ReferralRefused, match=why):
        replace(GIVEN, **change)


NOT_GIVEN = {
    "none": TOLD.model_copy(update={"consents": ()}),
    "refused": with_consent(decision=ConsentStatus.REFUSED),
    "not asked": with_consent(decision=ConsentStatus.NOT_ASKED),
    "withdrawn": with_consent(decision=ConsentStatus.WITHDRAWN),
    "not heard": with_consent(heard=False),
    "another recipient": with_consent(recipient="淘宝"),
    "another purpose": with_consent(purpose="publish"),
    "举报": TOLD.model_copy(update={"kind": Kind.REPORT}),
    "咨询": TOLD.model_copy(update={"kind": Kind.CONSULTATION}),
}


@pytest.mark.parametrize("told", NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_the_store_refuses(any_store: Store, told: RecordDraft) -> None:
    """Even a well-formed claim of consent: the store looks at what it holds."""
    record = lodged(any_store, told)
    with pytest.raises(ReferralRefused):
        any_store.given_consent(record.record_id, "拼多多")
    kept = any_store.record(record.record_id).consents
    forged = replace(GIVEN, record_id=record.record_id, consent_id=kept[0].id if kept else "none")
    with pytest.raises(ReferralRefused):
        any_store.queue_referral(forged, "refer", NOON)
    assert any_store.referrals() == []


def test_nor_for_an_incomplete_or_unknown_record(begun: Store) -> None:
    record = begun.save_incomplete("c1", TOLD, now=NOON)
    with pytest.raises(ReferralRefused):
        begun.given_consent(record, "拼多多")
    with pytest.raises(ReferralRefused):
        begun.given_consent("nobody's", "拼多多")


def test_a_consent_is_for_one_record_and_these_fields(any_store: Store) -> None:
    (given,) = lodged(any_store).given
    other = any_store.lodge("c1", TOLD.model_copy(update={"consents": ()}), "other", now=NOON)
    for forged in (
        replace(given, record_id=other.record_id),
        replace(given, fields=(*given.fields, Slot.ADDRESS)),
        replace(given, recipient="淘宝"),
    ):
        with pytest.raises(ReferralRefused):
            any_store.queue_referral(forged, "refer", NOON)


INSERT = text(
    "INSERT INTO referrals (id, key, record_id, record_kind, consent_id, purpose, consent_standing,"
    " consent_heard, recipient, status, created_at)"
    " VALUES ('x', 'x', :record, :kind, :consent, :purpose, :standing, :heard, :recipient, :status,"
    " '2026-11-24')"
)


@pytest.fixture(params=["foreign keys on", "foreign keys off"])
def raw(any_store: Store, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection of somebody else's, who on SQLite may not have asked for foreign keys."""
    engine: Engine = create_engine(any_store.engine.url, isolation_level="AUTOCOMMIT")
    off = request.param == "foreign keys off"
    if off and engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL always holds foreign keys")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text(f"PRAGMA foreign_keys={'OFF' if off else 'ON'}"))
        yield connection
    engine.dispose()


def values(store: Store, record: LodgedRecord, **change: object) -> dict[str, object]:
    consents = store.record(record.record_id).consents
    return {
        "record": record.record_id,
        "kind": "投诉",
        "consent": consents[0].id if consents else "none",
        "purpose": "refer_to_platform",
        "standing": "given",
        "heard": True,
        "recipient": "拼多多",
        "status": "pending",
    } | change


def test_raw_sql_can_refer_what_may_be_referred(any_store: Store, raw: Connection) -> None:
    raw.execute(INSERT, values(any_store, lodged(any_store)))
    assert len(any_store.referrals()) == 1


@pytest.mark.parametrize(
    ("told", "change"),
    [
        (NOT_GIVEN["none"], {}),
        (NOT_GIVEN["举报"], {}),
        (NOT_GIVEN["举报"], {"kind": "举报"}),
        (NOT_GIVEN["refused"], {}),
        (NOT_GIVEN["refused"], {"standing": "refused"}),
        (NOT_GIVEN["withdrawn"], {}),
        (NOT_GIVEN["withdrawn"], {"standing": "withdrawn"}),
        (NOT_GIVEN["withdrawn"], {"standing": "withdrawn", "status": "delivered"}),
        (NOT_GIVEN["not heard"], {}),
        (NOT_GIVEN["not heard"], {"heard": False}),
        (NOT_GIVEN["another recipient"], {}),
        (NOT_GIVEN["another purpose"], {}),
        (NOT_GIVEN["another purpose"], {"purpose": "publish"}),
        (TOLD, {"consent": "none"}),
        (TOLD, {"recipient": "淘宝"}),
        (TOLD, {"status": "sent"}),
    ],
)
def test_raw_sql_is_refused(
    any_store: Store, raw: Connection, told: RecordDraft, change: dict[str, object]
) -> None:
    record = lodged(any_store, told)
    with pytest.raises(IntegrityError):
        raw.execute(INSERT, values(any_store, record, **change))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consents SET standing = 'withdrawn'",
        "UPDATE consents SET withdrawn_at = '2026-11-24'",
        "UPDATE consents SET recipient = '淘宝'",
        "UPDATE consents SET fields = 'name,phone,order_no,address'",
        "UPDATE consents SET heard = false",
        "DELETE FROM consents",
        "UPDATE records SET kind = '举报'",
        "UPDATE records SET status = 'incomplete'",
        "UPDATE referrals SET recipient = '淘宝'",
    ],
)
def test_nothing_is_taken_from_under_a_referral(any_store: Store, raw: Connection, statement: str) -> None:
    record = lodged(any_store)
    any_store.queue_referral(record.given[0], "refer", NOON)
    with pytest.raises(IntegrityError):
        raw.execute(text(statement))
    assert any_store.given_consent(record.record_id, "拼多多") == record.given[0]


def test_a_consent_given_after_lodging(any_store: Store) -> None:
    record = lodged(any_store, TOLD.model_copy(update={"consents": ()}))
    assert record.given == ()
    refused = TOLD.consents[0].model_copy(update={"decision": ConsentStatus.REFUSED})
    assert any_store.put_consents(record.record_id, [refused]) == ()
    (given,) = any_store.put_consents(record.record_id, TOLD.consents)
    any_store.queue_referral(given, "refer", NOON)
    assert len(any_store.record(record.record_id).consents) == 1


def test_a_withdrawal_stops_what_is_on_its_way(any_store: Store, raw: Connection) -> None:
    record = lodged(any_store)
    any_store.queue_referral(record.given[0], "refer", NOON)
    assert any_store.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert not any_store.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", LATER)
    assert any_store.referrals(("pending",)) == []
    kept = any_store.record(record.record_id)
    assert kept.referrals[0].status == "cancelled"
    assert kept.consents[0].standing is ConsentStatus.WITHDRAWN and kept.consents[0].withdrawn_at == LATER
    with pytest.raises(ReferralRefused):
        any_store.queue_referral(record.given[0], "refer again", LATER)
    for statement in (
        "UPDATE referrals SET status = 'pending'",
        "UPDATE referrals SET status = 'pending', consent_standing = 'given'",
    ):
        with pytest.raises(IntegrityError):
            raw.execute(text(statement))
