"""Referrals in the store: queued by a consent, claimed to be sent, settled by what came back.

A claim is kept before anything is sent and the message's id never changes, so a crash or a lost reply leads to
the same message again, which the company takes once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.companies import Companies, Company
from data.consent import GivenConsent
from data.engine import reading
from data.errors import CallErased, ConstraintBroken, ReferralRefused, SealBroken
from data.ledger import Ledger
from data.record_rows import given_consent, given_consents, read_referral, values_of
from data.records import Referral
from data.referral_messages import (
    ConsentTold,
    RecallMessage,
    ReferralMessage,
)
from data.referral_protocol import Reply, Verdict, judge, pause
from data.referral_rows import record_of
from data.tables import AttemptRow, CallRow, ConsentRow, RecordRow, ReferralRow
from data.track_book import (
    case_of,
    company_gives_back,
    company_goes_first,
)
from data.tracking import MoveRefused
from data.working_days import china_calendar

MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=30)
"""Past the company's own timeout a claim is taken for dead after this."""

What = Literal["referral", "recall"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A message to be sent now. given: what allows it (None for a recall); message_id: its idempotency key."""

    referral_id: str
    token: str
    what: What
    company: Company
    given: GivenConsent | None
    message_id: str
    body: bytes


class ReferralBook(Ledger):
    """The referrals."""

    def given_consent(self, record_id: str, recipient: str, purpose: str | None = None) -> GivenConsent:
        """The standing consent that a referral of this record to `recipient` can rest on.

        Raises ReferralRefused when there is none: not given, not heard to its end, withdrawn, another
        recipient, no lodged 投诉.
        """
        with reading(self.engine) as session:
            row = session.get(RecordRow, record_id)
            for given in () if row is None else given_consents(session, row):
                if given.recipient == recipient and purpose in (None, given.purpose):
                    return given
        raise ReferralRefused("no standing consent of a lodged 投诉 to this recipient")

    def queue_referral(self, given: GivenConsent, key: str, now: datetime | None = None) -> str:
        """Queues the record for the recipient its caller consented to; pending until delivered. Gives its id.

        Again with the same key: the same referral. Raises ReferralRefused when the consent does not stand
        (any more), or is not this one, or the case is handled elsewhere already; StoreDown.
        """
        at = self._now(now)
        with reading(self.engine) as session:
            record = session.get(RecordRow, given.record_id)
            if record is None:
                raise ReferralRefused("no such record")
            call_id = record.call_id

        def work(session: Session) -> str:
            known = session.scalar(select(ReferralRow).where(col(ReferralRow.key) == key))
            if known is not None:
                return known.id
            row = session.get(RecordRow, given.record_id)
            if row is None or given not in given_consents(session, row):
                raise ReferralRefused("no standing consent of a lodged 投诉 to this recipient")
            referral = ReferralRow(
                id=secrets.token_hex(16),
                key=key,
                record_id=row.id,
                record_kind=given.kind.value,
                consent_id=given.consent_id,
                purpose=given.purpose,
                consent_standing=given.standing.value,
                consent_heard=given.heard,
                recipient=given.recipient,
                status="pending",
                created_at=at,
            )
            session.add(referral)
            company_goes_first(session, row, at)
            return referral.id

        try:
            return self._transact(call_id, work)
        except ConstraintBroken:
            raise ReferralRefused("the database refused the referral") from None
        except MoveRefused:
            raise ReferralRefused("the record is being handled elsewhere already") from None

    def referrals(self, status: tuple[str, ...] = (), limit: int = 100) -> list[Referral]:
        """Referrals, newest first; status: only these. Nothing in them names a person."""
        query = select(ReferralRow).order_by(col(ReferralRow.created_at).desc(), col(ReferralRow.id))
        if status:
            query = query.where(col(ReferralRow.status).in_(status))
        with reading(self.engine) as session:
            return [
                read_referral(session, row, record_of(session, row).case_no)
                for row in session.scalars(query.limit(limit)).all()
            ]

    # --- sending ----------------------------------------------------------------------------------

    def claim_referrals(
        self, companies: Companies, now: datetime | None = None, limit: int = 20
    ) -> list[Claim]:
        """Takes what is to be sent now, within each company's hours and limits, for this sender alone.

        What cannot be sent (company not connected, record erased, too many tries) is given up here, with its
        reason. Every claim must be settled; one that is not counts as dead after the company's timeout.
        """
        at = self._now(now)
        return self._write(lambda session: self._claim_all(session, companies, at, limit))

    def settle_referral(self, claim: Claim, reply: Reply, now: datetime | None = None) -> Verdict:
        """What came back for a claim: delivered, to be tried again, or given up. Gives what it meant."""
        at = self._now(now)
        verdict = judge(reply, claim.referral_id)
        self._write(lambda session: self._settle(session, claim, reply, verdict, at))
        return verdict

    def _claim_all(self, session: Session, companies: Companies, at: datetime, limit: int) -> list[Claim]:
        rows = session.scalars(
            select(ReferralRow)
            .where(
                col(ReferralRow.status).in_(("pending", "recall")),
                col(ReferralRow.next_at).is_(None) | (col(ReferralRow.next_at) <= at),
                col(ReferralRow.claim_until).is_(None) | (col(ReferralRow.claim_until) <= at),
            )
            .order_by(col(ReferralRow.created_at), col(ReferralRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        claims = []
        for row in rows:
            claim = self._claim(session, companies, row, at)
            if claim is not None:
                claims.append(claim)
        return claims

    def _claim(self, session: Session, companies: Companies, row: ReferralRow, at: datetime) -> Claim | None:
        what: What = "recall" if row.status == "recall" else "referral"
        company = companies.named(row.recipient)
        if company is None:
            _give_up(session, row, "not_connected", at)
            return None
        tried = _tried(session, row, what)
        if tried >= company.retry.tries:
            _give_up(session, row, _last_outcome(session, row) or "crashed", at)
            return None
        opens = company.hours.next_open(at, china_calendar())
        if opens > at or (opens := _free_from(session, company, at)) > at:
            row.next_at = opens
            return None
        try:
            given, body = self._message(session, row, what)
        except (CallErased, SealBroken):
            _give_up(session, row, "unreadable", at)
            return None
        row.attempts += 1
        row.claim = secrets.token_hex(8)
        row.claim_until = at + timedelta(seconds=company.timeout_s) + GRACE
        row.next_at = None
        session.add(AttemptRow(referral_id=row.id, n=row.attempts, recipient=row.recipient, what=what, at=at))
        session.flush()
        return Claim(
            referral_id=row.id,
            token=row.claim,
            what=what,
            company=company,
            given=given,
            message_id=row.id if what == "referral" else f"{row.id}.recall",
            body=body,
        )

    def _message(self, session: Session, row: ReferralRow, what: What) -> tuple[GivenConsent | None, bytes]:
        """The message, with the consented fields only. Raises ReferralRefused, CallErased, SealBroken."""
        if what == "recall":
            return None, RecallMessage(referral=row.id).model_dump_json().encode()
        record, consent = record_of(session, row), session.get(ConsentRow, row.consent_id)
        assert consent is not None  # a foreign key
        given = given_consent(record, consent)
        call = session.get(CallRow, record.call_id)
        if call is None:
            raise CallErased("the record's call is gone")
        clock = case_of(session, record).clock("company")
        message = ReferralMessage(
            referral=row.id,
            recipient=given.recipient,
            consent=ConsentTold(purpose=given.purpose, version=given.version, fields=given.fields),
            fields=values_of(session, record, self._opened(call), given.fields),
            return_by=None if clock is None else clock.deadline.due,
        )
        return given, message.model_dump_json().encode()

    def _settle(self, session: Session, claim: Claim, reply: Reply, verdict: Verdict, at: datetime) -> None:
        row = session.get(ReferralRow, claim.referral_id, with_for_update=True)
        if row is None or row.claim != claim.token:
            return  # taken for dead meanwhile; the same message goes out again, and its company takes it once
        attempt = session.get(AttemptRow, (row.id, row.attempts))
        assert attempt is not None
        attempt.ended_at, attempt.outcome = at, verdict.code
        row.claim = row.claim_until = None
        if (row.status == "recall") != (claim.what == "recall") or row.status not in ("pending", "recall"):
            return  # withdrawn, answered or given up while it was on the wire
        if verdict.result == "delivered":
            row.status, row.delivered_at = _delivered(claim.what), row.delivered_at or at
            return
        tried = _tried(session, row, claim.what)
        if verdict.result == "never" or tried >= claim.company.retry.tries:
            _give_up(session, row, verdict.code, at)
        else:
            row.next_at = at + pause(claim.company.retry, tried, row.id, reply.retry_after_s)


def _delivered(what: What) -> str:
    return "delivered" if what == "referral" else "recalled"


def _tried(session: Session, row: ReferralRow, what: What) -> int:
    counted = select(func.count()).select_from(AttemptRow)
    where = (col(AttemptRow.referral_id) == row.id, col(AttemptRow.what) == what)
    return int(session.scalar(counted.where(*where)) or 0)


def _last_outcome(session: Session, row: ReferralRow) -> str | None:
    last = session.get(AttemptRow, (row.id, row.attempts))
    return None if last is None else last.outcome


def _free_from(session: Session, company: Company, at: datetime) -> datetime:
    """When the company's limits allow the next try: `at` itself, or later."""
    on_the_wire = select(func.count()).select_from(ReferralRow)
    where = (col(ReferralRow.recipient) == company.name, col(ReferralRow.claim_until) > at)
    if (session.scalar(on_the_wire.where(*where)) or 0) >= company.in_flight:
        return at + timedelta(seconds=1)
    recent = session.scalars(
        select(col(AttemptRow.at))
        .where(col(AttemptRow.recipient) == company.name, col(AttemptRow.at) > at - MINUTE)
        .order_by(col(AttemptRow.at).desc())
        .limit(company.per_minute)
    ).all()
    return at if len(recent) < company.per_minute else recent[-1] + MINUTE


def _give_up(session: Session, row: ReferralRow, reason: str, at: datetime) -> None:
    """A dead letter, with its reason; the case goes on administratively."""
    row.claim = row.claim_until = row.next_at = None
    row.reason = reason
    if row.status == "recall":
        row.status = "recall_dead"
        return
    row.status = "dead"
    session.flush()
    why = "not_connected" if reason == "not_connected" else "undelivered"
    company_gives_back(session, record_of(session, row), why, at)
