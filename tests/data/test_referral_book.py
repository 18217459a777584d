"""Referrals end delivered and answered, returned, or dead with a reason, whatever comes back. Virtual time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from data.companies import Companies, Company, Hours, Retry
from data.company_answers import AnswerRefused
from data.fold_record import draft
from data.records import LodgedRecord, Referral
from data.referral_book import Claim
from data.referral_messages import AnswerTaken, CompanyAnswer
from data.referral_protocol import AnswerKind, Reply
from data.store import Store
from data.vocabulary import Outcome, Slot

from .conftest import FIELDS, NOON, jacket_call

TOLD = draft(jacket_call())
PDD = Company(
    key="pdd",
    name="拼多多",
    endpoint="https://odr.example/referrals",
    secret="env:PDD",
    retry=Retry(tries=4),
)
TABLE = Companies((PDD,), {"pdd": b"s" * 32})
WORDS = "已联系王小明，同意退款"


class Office:
    """A store with one referral on its way, and a clock that is moved by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.record: LodgedRecord = store.lodge("c1", TOLD, "lodge", now=NOON)
        self.id = store.queue_referral(self.record.given[0], "refer", NOON)
        self.messages = 0

    def after(self, **time: float) -> Office:
        self.now += timedelta(**time)
        return self

    def claims(self, table: Companies = TABLE) -> list[Claim]:
        return self.store.claim_referrals(table, self.now)

    def send(self, reply: Reply, table: Companies = TABLE) -> str:
        (claim,) = self.claims(table)
        return self.store.settle_referral(claim, reply, self.now).code

    def receipt(self) -> Reply:
        return Reply(200, json.dumps({"referral": self.id}).encode())

    def answer(self, kind: AnswerKind, words: str = "", message: str | None = None) -> AnswerTaken:
        self.messages += 1
        told = CompanyAnswer(referral=self.id, answer=kind, words=words)
        body = told.model_dump_json().encode()
        return self.store.take_answer(PDD, message or f"m{self.messages}", body, told, self.now)

    def withdraw(self) -> None:
        self.store.withdraw_consent(self.record.record_id, "refer_to_platform", "拼多多", self.now)

    @property
    def referral(self) -> Referral:
        (referral,) = self.store.referrals()
        return referral

    @property
    def status(self) -> str:
        return self.referral.status

    @property
    def stage(self) -> str:
        return self.store.track(self.record.case_no).case.stage

    @property
    def last_reason(self) -> str | None:
        return self.store.track(self.record.case_no).entries[-1].reason


@pytest.fixture
def office(any_store: Store) -> Iterator[Office]:
    yield Office(any_store)


def test_only_the_consented_fields_are_sent(office: Office) -> None:
    (claim,) = office.claims()
    message = json.loads(claim.body)
    assert set(message["fields"]) == {slot.value for slot in FIELDS}
    assert message["fields"] == {"name": "王小明", "phone": "13800001234", "order_no": "230518"}
    assert message["consent"] == {
        "purpose": "refer_to_platform",
        "version": "c1",
        "fields": [slot.value for slot in FIELDS],
    }
    assert (message["recipient"], message["return_by"]) == ("拼多多", "2026-11-27")
    for secret in ("羽绒服", "499", "可以，你转吧", office.record.case_no, office.record.record_id):
        assert secret not in claim.body.decode()
    assert claim.given == office.record.given[0] and claim.message_id == office.id


def test_a_field_he_declined_is_not_there(any_store: Store) -> None:
    consent = TOLD.consents[0].model_copy(update={"fields": (Slot.NAME, Slot.ADDRESS)})
    told = TOLD.model_copy(update={"consents": (consent,)})
    record = any_store.lodge("c1", told, "lodge", now=NOON)
    any_store.queue_referral(record.given[0], "refer", NOON)
    (claim,) = any_store.claim_referrals(TABLE, NOON)
    assert json.loads(claim.body)["fields"] == {"name": "王小明"}


def test_delivered_accepted_settled(office: Office) -> None:
    assert office.send(office.receipt()) == "delivered"
    assert (office.status, office.stage) == ("delivered", "company_first")
    assert office.after(days=1).answer("accepted", WORDS) == AnswerTaken(taken=True)
    assert office.stage == "company_first", "the record stays open"
    assert office.after(hours=1).answer("settled", WORDS).taken
    assert (office.referral.answer, office.stage) == ("settled", "follow_up")
    track = office.store.track(office.record.case_no)
    assert [(entry.move, entry.who, entry.why) for entry in track.entries[-2:]] == [
        ("company_accepted", "拼多多", WORDS),
        ("company_settled", "拼多多", WORDS),
    ]
    assert office.claims() == []


@pytest.mark.parametrize("kind", ["refused", "unresolved"])
def test_refused_or_unresolved_goes_on_administratively(office: Office, kind: AnswerKind) -> None:
    office.send(office.receipt())
    assert office.answer(kind).taken
    assert (office.referral.answer, office.stage, office.last_reason) == (kind, "registered", kind)


@pytest.mark.parametrize("accepted", [False, True])
def test_silence_goes_on_administratively_after_three_working_days(office: Office, accepted: bool) -> None:
    office.send(office.receipt())
    if accepted:
        office.answer("accepted")
    office.store.look_at_clocks(datetime(2026, 11, 27, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    assert office.stage == "company_first"
    office.store.look_at_clocks(datetime(2026, 11, 27, 16, 0, tzinfo=UTC))
    assert (office.stage, office.last_reason) == ("registered", "silent")
    assert (office.referral.answer, office.referral.reason) == ("silent", "silent")


def test_a_late_answer_is_kept_and_changes_nothing(office: Office) -> None:
    office.send(office.receipt())
    office.store.look_at_clocks(NOON + timedelta(days=5))
    office.after(days=5)
    assert office.answer("settled", WORDS) == AnswerTaken(taken=False, why="late")
    track = office.store.track(office.record.case_no)
    assert (track.entries[-1].move, track.entries[-1].why) == ("company_late", WORDS)
    assert (track.case.stage, office.referral.answer) == ("registered", "silent")


def test_a_repeated_answer_is_taken_once(office: Office) -> None:
    office.send(office.receipt())
    for _ in range(3):
        assert office.answer("accepted", message="same").taken
    assert office.answer("accepted").taken, "the same again under another id"
    moves = [entry.move for entry in office.store.track(office.record.case_no).entries]
    assert moves.count("company_accepted") == 1
    with pytest.raises(AnswerRefused) as refused:
        office.answer("settled", message="same")
    assert refused.value.status == 409


def test_the_answer_may_overtake_the_receipt(office: Office) -> None:
    (claim,) = office.claims()
    assert office.answer("accepted").taken
    assert office.status == "delivered"
    office.store.settle_referral(claim, Reply(failure="timeout"), office.now)
    assert office.status == "delivered" and office.after(days=1).claims() == []


def test_a_stranger_s_answer(office: Office) -> None:
    other = Company(key="tb", name="淘宝", endpoint="https://x.example/", secret="env:X")
    told = CompanyAnswer(referral=office.id, answer="settled")
    for company, answer in (
        (other, told),
        (PDD, told),  # not sent yet: it cannot know of it
        (PDD, told.model_copy(update={"referral": "f" * 32})),
    ):
        with pytest.raises(AnswerRefused) as refused:
            office.store.take_answer(company, "m", b"x", answer, NOON)
        assert refused.value.status == 404
    assert office.stage == "company_first"


def test_tried_again_with_growing_pauses_then_dead_with_the_reason(office: Office) -> None:
    sent, bodies = [], set()
    while office.now < NOON + timedelta(minutes=20):
        for claim in office.claims():
            sent.append((office.now - NOON).total_seconds())
            bodies.add((claim.message_id, claim.body))
            office.store.settle_referral(claim, Reply(503), office.now)
        office.after(seconds=5)
    gaps = [later - before for before, later in pairwise(sent)]
    assert len(sent) == PDD.retry.tries and len(bodies) == 1, "the very same message each time"
    for gap, plain in zip(gaps, (30, 60, 120), strict=True):
        assert 0.8 * plain <= gap <= 1.2 * plain + 5
    assert (office.status, office.referral.reason) == ("dead", "http_503")
    assert (office.stage, office.last_reason) == ("registered", "undelivered")


@pytest.mark.parametrize("status", [302, 400, 404])
def test_what_no_repetition_mends_is_dead_at_once(office: Office, status: int) -> None:
    office.send(Reply(status))
    assert office.status == "dead" and str(status) in str(office.referral.reason)
    assert office.stage == "registered"


def test_a_receipt_for_another_matter_is_none(office: Office) -> None:
    assert office.send(Reply(200, json.dumps({"referral": "f" * 32}).encode())) == "receipt_of_another"
    assert office.status == "pending"
    assert office.after(minutes=1).send(office.receipt()) == "delivered"


def test_a_company_that_is_not_connected(office: Office) -> None:
    assert office.claims(Companies((), {})) == []
    assert (office.status, office.referral.reason) == ("dead", "not_connected")
    assert (office.stage, office.last_reason) == ("registered", "not_connected")


def test_a_sender_that_died_is_followed_by_another_with_the_same_message(office: Office) -> None:
    (first,) = office.claims()
    assert office.claims() == [], "one sender at a time"
    assert office.after(seconds=39).claims() == []
    (second,) = office.after(seconds=1).claims()
    assert (second.message_id, second.body) == (first.message_id, first.body)
    assert second.token != first.token
    office.store.settle_referral(first, Reply(400), office.now)
    assert office.status == "pending", "the dead one's word does not count"
    office.store.settle_referral(second, office.receipt(), office.now)
    assert office.status == "delivered"


def test_senders_that_always_die_are_given_up_too(office: Office) -> None:
    for _ in range(PDD.retry.tries):
        assert len(office.claims()) == 1
        office.after(seconds=40)
    assert office.claims() == []
    assert (office.status, office.referral.reason, office.stage) == ("dead", "crashed", "registered")


# --- consent taken back ---------------------------------------------------------------------------


def test_taken_back_before_anything_was_sent(office: Office) -> None:
    office.withdraw()
    assert (office.status, office.claims(), office.stage) == ("cancelled", [], "registered")


def test_taken_back_between_two_tries(office: Office) -> None:
    """It may have arrived: nothing more is sent but the recall."""
    office.send(Reply(failure="timeout"))
    office.withdraw()
    (claim,) = office.claims()
    assert claim.what == "recall" and claim.given is None and claim.message_id == f"{office.id}.recall"
    assert json.loads(claim.body) == {
        "version": "smartseat.referral/1",
        "kind": "recall",
        "referral": office.id,
    }
    office.store.settle_referral(claim, office.receipt(), office.now)
    assert office.status == "recalled" and office.after(days=1).claims() == []


def test_taken_back_while_it_is_on_the_wire(office: Office) -> None:
    (claim,) = office.claims()
    office.withdraw()
    office.store.settle_referral(claim, office.receipt(), office.now)
    assert office.status == "recall"
    (recall,) = office.claims()
    assert recall.what == "recall"


def test_taken_back_after_delivery(office: Office) -> None:
    office.send(office.receipt())
    office.answer("accepted")
    office.withdraw()
    assert (office.status, office.stage, office.last_reason) == ("recall", "registered", "consent_withdrawn")
    with pytest.raises(AnswerRefused) as refused:
        office.answer("settled")
    assert refused.value.status == 410
    for _ in range(PDD.retry.tries):
        office.after(hours=1).send(Reply(failure="unreachable"))
    assert (office.status, office.referral.reason) == ("recall_dead", "unreachable"), (
        "a person must ring them"
    )


# --- limits ---------------------------------------------------------------------------------------


def many(store: Store, count: int) -> None:
    for number in range(count):
        record = store.lodge("c1", TOLD, f"l{number}", now=NOON)
        store.queue_referral(record.given[0], f"r{number}", NOON)


def test_no_more_on_the_wire_than_agreed(any_store: Store) -> None:
    many(any_store, 5)
    first = any_store.claim_referrals(TABLE, NOON)
    assert len(first) == PDD.in_flight == 2
    later = NOON + timedelta(seconds=2)
    assert any_store.claim_referrals(TABLE, later) == []
    for claim in first:
        reply = Reply(200, json.dumps({"referral": claim.referral_id}).encode())
        any_store.settle_referral(claim, reply, later)
    assert len(any_store.claim_referrals(TABLE, later + timedelta(seconds=2))) == 2


def test_no_more_in_a_minute_than_agreed(any_store: Store) -> None:
    limits = {"per_minute": 3, "in_flight": 50, "timeout_s": 120}
    slow = Companies((PDD.model_copy(update=limits),), {"pdd": b"s" * 32})
    many(any_store, 8)
    begun = []
    for second in range(140):
        at = NOON + timedelta(seconds=second)
        begun += [second for _ in any_store.claim_referrals(slow, at)]
    assert len(begun) == 8
    assert all(later - before >= 60 for before, later in zip(begun, begun[3:], strict=False))


def test_only_in_the_company_s_hours(office: Office) -> None:
    hours = Hours(days="working", opens=time(9), closes=time(11))  # NOON is 12:00 in Shanghai
    table = Companies((PDD.model_copy(update={"hours": hours}),), {"pdd": b"s" * 32})
    assert office.claims(table) == []
    assert office.after(hours=20, minutes=59).claims(table) == []
    assert len(office.after(minutes=1).claims(table)) == 1


def test_what_is_late_for_the_company_is_not_sent_any_more(office: Office) -> None:
    office.store.look_at_clocks(NOON + timedelta(days=5))
    assert (office.status, office.referral.reason, office.stage) == ("dead", "silent", "registered")
    assert office.after(days=5).claims() == []


def test_an_erased_record_is_not_sent(office: Office) -> None:
    office.store.close_call("c1", Outcome.LODGED, "seat", NOON)
    office.store.erase_call("c1", NOON)
    assert office.claims() == []
    assert (office.status, office.referral.reason) == ("dead", "unreadable")


def test_a_listing_names_nobody(office: Office) -> None:
    office.send(office.receipt())
    office.answer("refused", WORDS)
    shown = office.referral.model_dump_json()
    for secret in ("王小明", "13800001234", "230518", "退款"):
        assert secret not in shown
