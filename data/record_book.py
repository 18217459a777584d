"""Records: lodged with a case number, or kept incomplete; their consents; reading them back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from pydantic import Field
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.case_numbers import SHANGHAI, ends_with, next_case_no
from data.consent import GivenConsent
from data.engine import reading
from data.errors import RecordUnknown, StoreError
from data.event_log import insert_batch, last_seq, seal_batch
from data.events import CallEvent
from data.ledger import Ledger
from data.record_rows import (
    Status,
    add_fields,
    consent_row,
    fill_row,
    given_consents,
    read_record,
    summary,
)
from data.records import ConsentDraft, LodgedRecord, Record, RecordDraft, RecordSummary
from data.resuming import supersede
from data.sealing import CallSealer
from data.sorting_rows import open_sorting
from data.tables import CallRow, ConsentRow, RecordRow
from data.track_book import open_track, take_consents_back
from data.understanding import Frozen
from data.vocabulary import Kind


class RecordFilter(Frozen):
    """What a listing of records is narrowed to. since/until: created, half open.

    case_no: the whole number, or its last digits, six at least; phone: by equality.
    """

    kind: Kind | None = None
    status: Status | None = None
    intent: str | None = None
    platform: str | None = None
    district: str | None = None
    call_id: str | None = None
    case_no: str | None = Field(default=None, pattern=r"^\d{6,25}$")
    phone: str | None = Field(default=None, repr=False)
    since: datetime | None = None
    until: datetime | None = None


class RecordBook(Ledger):
    """The records."""

    def lodge(
        self,
        call_id: str,
        draft: RecordDraft,
        key: str,
        events: Sequence[CallEvent] = (),
        *,
        now: datetime | None = None,
        region: str = SHANGHAI,
    ) -> LodgedRecord:
        """Keeps the record with its fields, consents and `events` in one transaction, under a case number.

        key: the act's; the same key again gives the same record and number and adds nothing. An incomplete
        record of the call becomes this one. region: 6-digit code in the case number. Raises StoreDown
        (nothing was done, try again), LeaseLost, CallUnknown, CallErased; StoreError for a draft of no kind.
        """
        if draft.kind is None:
            raise StoreError("only a 投诉, 举报 or 咨询 can be lodged; this draft is none yet")
        at = self._now(now)

        def work(session: Session) -> LodgedRecord:
            row = _by_key(session, key)
            new = row is None or row.status != "lodged"
            if row is None or row.status != "lodged":
                row = self._keep(session, call_id, draft, key, "lodged", at, region)
                if events:
                    sealer = self._sealer_in(session, call_id)
                    batch = seal_batch(sealer, last_seq(session, call_id) + 1, events)
                    insert_batch(session, self.master, sealer, batch)
            if row.call_id != call_id or row.case_no is None or row.kind is None:
                raise StoreError("this lodging key belongs to another call")
            return LodgedRecord(
                record_id=row.id,
                case_no=row.case_no,
                kind=Kind(row.kind),
                given=given_consents(session, row),
                new=new,
            )

        with self._lock:
            lodged = self._transact(call_id, work)
            live = self._live.get(call_id)
            if live is not None and lodged.new:
                live.next_seq += len(events)
            return lodged

    def save_incomplete(
        self, call_id: str, draft: RecordDraft, key: str | None = None, *, now: datetime | None = None
    ) -> str:
        """Keeps all that was said for an unfinished record; returns its id. A newer draft replaces it.

        key defaults to one per call. Raises as `lodge`.
        """
        at = self._now(now)
        name = key or f"{call_id}/incomplete"

        def work(session: Session) -> str:
            row = _by_key(session, name)
            if row is not None and row.status == "lodged":
                return row.id
            return self._keep(session, call_id, draft, name, "incomplete", at, SHANGHAI).id

        return self._transact(call_id, work)

    def lodged(self, key: str) -> str | None:
        """The id of the record that the act `key` lodged; None while it has not."""
        with reading(self.engine) as session:
            row = _by_key(session, key)
            return None if row is None or row.status != "lodged" else row.id

    def put_consents(self, record_id: str, consents: Sequence[ConsentDraft]) -> tuple[GivenConsent, ...]:
        """Adds or renews consents answered after lodging; returns those a referral can rest on.

        Raises RecordUnknown, CallErased; ConstraintBroken when a referral already rests on one that changes
        (withdraw it with `withdraw_consent`).
        """

        def work(session: Session) -> tuple[GivenConsent, ...]:
            row = _the(session, record_id)
            sealer = self._sealer_in(session, row.call_id)
            _put_consents(session, row, consents, sealer)
            return given_consents(session, row)

        return self._transact(self._call_of(record_id), work)

    def withdraw_consent(
        self, record_id: str, purpose: str, recipient: str, now: datetime | None = None
    ) -> bool:
        """The caller takes a consent back: what was not sent is cancelled, what may
        have arrived is recalled.

        A case that was with the company goes on administratively.

        False when no such consent was standing. Raises RecordUnknown, StoreDown.
        """
        at = self._now(now)

        def work(session: Session) -> bool:
            return take_consents_back(session, _the(session, record_id), at, purpose, recipient)

        return self._transact(self._call_of(record_id), work)

    def record(self, reference: str) -> Record:
        """By record id, case number, or call id (then its newest). Raises RecordUnknown, CallErased."""
        with reading(self.engine) as session:
            row = session.scalar(
                select(RecordRow)
                .where(
                    or_(
                        col(RecordRow.id) == reference,
                        col(RecordRow.case_no) == reference,
                        col(RecordRow.call_id) == reference,
                    )
                )
                .order_by(col(RecordRow.created_at).desc(), col(RecordRow.id))
                .limit(1)
            )
            if row is None:
                raise RecordUnknown("no such record")
            return read_record(session, row, self._sealer_in(session, row.call_id))

    def records_of(self, call_id: str) -> list[Record]:
        """All records of a call, oldest first (a call with a 投诉 and a 举报 has two). Raises CallErased."""
        with reading(self.engine) as session:
            rows = list(
                session.scalars(
                    select(RecordRow)
                    .where(col(RecordRow.call_id) == call_id)
                    .order_by(col(RecordRow.created_at), col(RecordRow.id))
                )
            )
            if not rows:
                return []
            sealer = self._sealer_in(session, call_id)
            return [read_record(session, row, sealer) for row in rows]

    def records(
        self, limit: int = 50, where: RecordFilter | None = None, offset: int = 0
    ) -> list[RecordSummary]:
        """The newest records first, masked; without those that another call went on with."""
        query = self._filtered(where).order_by(col(RecordRow.created_at).desc(), col(RecordRow.id))
        with reading(self.engine) as session:
            lines = []
            for row in session.scalars(query.limit(limit).offset(offset)).all():
                call = session.get(CallRow, row.call_id)
                erased = call is None or call.key_wrapped is None
                lines.append(summary(session, row, None if call is None or erased else self._opened(call)))
            return lines

    def _filtered(self, where: RecordFilter | None) -> Select[RecordRow]:
        wanted = where or RecordFilter()
        query = select(RecordRow).where(col(RecordRow.superseded_by).is_(None))
        for column, value in (
            (RecordRow.kind, None if wanted.kind is None else wanted.kind.value),
            (RecordRow.status, wanted.status),
            (RecordRow.intent, wanted.intent),
            (RecordRow.platform, wanted.platform),
            (RecordRow.district, wanted.district),
            (RecordRow.call_id, wanted.call_id),
            (RecordRow.phone_hash, None if wanted.phone is None else self.master.phone_hash(wanted.phone)),
        ):
            if value is not None:
                query = query.where(col(column) == value)
        if wanted.case_no is not None:
            query = query.where(ends_with(col(RecordRow.case_no), wanted.case_no))
        if wanted.since is not None:
            query = query.where(col(RecordRow.created_at) >= wanted.since)
        if wanted.until is not None:
            query = query.where(col(RecordRow.created_at) < wanted.until)
        return query

    # --- inside a transaction -------------------------------------------------------------------

    def _keep(
        self,
        session: Session,
        call_id: str,
        draft: RecordDraft,
        key: str,
        status: Status,
        now: datetime,
        region: str,
    ) -> RecordRow:
        sealer = self._sealer_in(session, call_id)
        case_no = next_case_no(session, now, region) if status == "lodged" else None
        row = session.scalar(
            select(RecordRow).where(col(RecordRow.call_id) == call_id, col(RecordRow.status) == "incomplete")
        )
        if row is None:
            row = RecordRow(
                id=secrets.token_hex(16), call_id=call_id, key=key, status=status, created_at=now, body=b""
            )
        row.key, row.status, row.case_no = key, status, case_no
        if status == "lodged":
            row.created_at = now
        fill_row(row, draft, sealer, self.master)
        session.add(row)
        session.flush()
        add_fields(session, row.id, draft, sealer)
        session.execute(delete(ConsentRow).where(col(ConsentRow.record_id) == row.id))
        _put_consents(session, row, draft.consents, sealer)
        session.flush()
        if draft.resumes is not None:
            supersede(session, draft.resumes, row.id, now)
        if status == "lodged":
            open_track(session, row, now)
            open_sorting(session, row, now)
        return row

    def _sealer_in(self, session: Session, call_id: str) -> CallSealer:
        call = session.get(CallRow, call_id)
        if call is None:
            raise RecordUnknown("a record without its call")
        return self._opened(call)

    def _call_of(self, record_id: str) -> str:
        with reading(self.engine) as session:
            return _the(session, record_id).call_id


def _by_key(session: Session, key: str) -> RecordRow | None:
    return session.scalar(select(RecordRow).where(col(RecordRow.key) == key))


def _the(session: Session, record_id: str) -> RecordRow:
    row = session.get(RecordRow, record_id)
    if row is None:
        raise RecordUnknown("no such record")
    return row


def _put_consents(
    session: Session, row: RecordRow, consents: Sequence[ConsentDraft], sealer: CallSealer
) -> None:
    call = session.get(CallRow, row.call_id)
    assert call is not None  # a foreign key
    for draft in consents:
        there = session.scalar(
            select(ConsentRow).where(
                col(ConsentRow.record_id) == row.id,
                col(ConsentRow.purpose) == draft.purpose,
                col(ConsentRow.recipient) == draft.recipient,
            )
        )
        consent_id = secrets.token_hex(16) if there is None else there.id
        session.merge(consent_row(row.id, consent_id, draft, sealer, call.started_at))
    session.flush()
