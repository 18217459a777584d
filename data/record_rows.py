"""A record's rows: from a draft to sealed rows, and back to a record with its provenance."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.consent import GivenConsent
from data.errors import ReferralRefused
from data.masking import HIDDEN, mask_name, mask_phone
from data.records import (
    CompanyAnswerKind,
    Consent,
    ConsentDraft,
    DeclinedSlot,
    FieldDraft,
    Record,
    RecordDraft,
    RecordSummary,
    Referral,
    ReferralStatus,
)
from data.sealing import CallSealer, MasterKey
from data.tables import ConsentRow, FieldRow, RecordRow, ReferralRow
from data.understanding import SlotValue
from data.vocabulary import ConsentStatus, Kind, Slot

Status = Literal["incomplete", "lodged"]


def body_place(record_id: str) -> str:
    return f"record/{record_id}"


def field_place(record_id: str, slot: str) -> str:
    return f"record/{record_id}/{slot}"


def words_place(consent_id: str) -> str:
    return f"consent/{consent_id}"


def fill_row(row: RecordRow, draft: RecordDraft, sealer: CallSealer, master: MasterKey) -> None:
    """The draft's own columns: sealed body, phone hash, and what analysis may see.

    Only an incomplete record keeps all that was said: the others have their fields, and the call its events.
    """
    said = draft.said if row.status == "incomplete" else ()
    rest = draft.model_copy(update={"fields": (), "declined": (), "consents": (), "said": said})
    row.body = sealer.seal(rest.model_dump_json().encode(), body_place(row.id))
    row.kind = None if draft.kind is None else draft.kind.value
    row.intent = draft.intent
    phone = draft.text(Slot.PHONE)
    row.phone_hash = None if phone is None else master.phone_hash(phone)
    row.platform = draft.text(Slot.PLATFORM)
    row.district = draft.text(Slot.DISTRICT)
    amount = draft.value(Slot.AMOUNT)
    row.amount = float(amount) if isinstance(amount, int | float) and not isinstance(amount, bool) else None
    row.issue = draft.text(Slot.ISSUE)
    row.goods = draft.text(Slot.GOODS)
    row.safety_flag = draft.safety_flag
    row.mass_incident = draft.mass_incident
    row.emergency = draft.emergencies[0].value if draft.emergencies else None


def add_fields(session: Session, record_id: str, draft: RecordDraft, sealer: CallSealer) -> None:
    """The fields' rows, in place of those there were."""
    session.execute(delete(FieldRow).where(col(FieldRow.record_id) == record_id))
    kept: list[FieldDraft | DeclinedSlot] = [*draft.fields, *draft.declined]
    for position, field in enumerate(kept):
        row = FieldRow(
            record_id=record_id,
            slot=field.slot.value,
            position=position,
            turn=field.turn,
            sealed=sealer.seal(field.model_dump_json().encode(), field_place(record_id, field.slot.value)),
        )
        if isinstance(field, DeclinedSlot):
            row.declined = field.reason
        else:
            row.method, row.confidence, row.confirmed = field.method, field.confidence, field.confirmed
        session.add(row)


def consent_row(
    record_id: str, consent_id: str, draft: ConsentDraft, sealer: CallSealer, started_at: datetime
) -> ConsentRow:
    """started_at: the call's, which the draft's milliseconds count from."""
    withdrawn = draft.withdrawn_at_ms
    return ConsentRow(
        id=consent_id,
        record_id=record_id,
        purpose=draft.purpose,
        recipient=draft.recipient,
        fields=",".join(draft.fields),
        version=draft.version,
        heard=draft.heard,
        standing=draft.decision.value,
        reason=draft.reason,
        turn=draft.turn,
        answer_start_ms=draft.start_ms,
        answer_end_ms=draft.end_ms,
        words=None if draft.words is None else sealer.seal(draft.words.encode(), words_place(consent_id)),
        withdrawn_at=None if withdrawn is None else started_at + timedelta(milliseconds=withdrawn),
    )


def given_consent(row: RecordRow, consent: ConsentRow) -> GivenConsent:
    """Raises ReferralRefused: this consent is not one a referral of this record can rest on."""
    if consent.record_id != row.id or row.kind is None:
        raise ReferralRefused("the consent was given for another record")
    return GivenConsent(
        consent_id=consent.id,
        record_id=row.id,
        purpose=consent.purpose,
        recipient=consent.recipient,
        fields=_slots(consent.fields),
        version=consent.version,
        kind=Kind(row.kind),
        lodged=row.status == "lodged",
        standing=ConsentStatus(consent.standing),
        heard=consent.heard,
        withdrawn_at=consent.withdrawn_at,
    )


def given_consents(session: Session, row: RecordRow) -> tuple[GivenConsent, ...]:
    """The consents a referral of this record can rest on now: none unless it is a lodged 投诉."""
    given = []
    for consent in _consents(session, row.id):
        with suppress(ReferralRefused):
            given.append(given_consent(row, consent))
    return tuple(given)


def read_record(session: Session, row: RecordRow, sealer: CallSealer) -> Record:
    """The record as it stands, every seal opened. Raises SealBroken."""
    fields: list[FieldDraft] = []
    declined: list[DeclinedSlot] = []
    rows = session.scalars(
        select(FieldRow).where(col(FieldRow.record_id) == row.id).order_by(col(FieldRow.position))
    )
    for field in rows:
        plain = sealer.open(field.sealed, field_place(row.id, field.slot))
        if field.declined is None:
            fields.append(FieldDraft.model_validate_json(plain))
        else:
            declined.append(DeclinedSlot.model_validate_json(plain))
    consents = tuple(_read_consent(consent, sealer) for consent in _consents(session, row.id))
    rest = RecordDraft.model_validate_json(sealer.open(row.body, body_place(row.id)))
    referrals = session.scalars(
        select(ReferralRow).where(col(ReferralRow.record_id) == row.id).order_by(col(ReferralRow.created_at))
    )
    return Record(
        id=row.id,
        call_id=row.call_id,
        status=cast(Status, row.status),
        case_no=row.case_no,
        created_at=row.created_at,
        draft=rest.model_copy(
            update={
                "fields": tuple(fields),
                "declined": tuple(declined),
                "consents": tuple(consent.draft for consent in consents),
            }
        ),
        consents=consents,
        referrals=tuple(read_referral(session, referral, row.case_no) for referral in referrals),
        linked_cases=_linked(session, row, sealer),
        superseded_by=row.superseded_by,
    )


def _linked(session: Session, row: RecordRow, sealer: CallSealer) -> tuple[str, ...]:
    """The case numbers of the call's other records, first lodged first; none from or to an anonymous 举报."""
    others = session.scalars(
        select(RecordRow)
        .where(
            col(RecordRow.call_id) == row.call_id,
            col(RecordRow.id) != row.id,
            col(RecordRow.case_no).is_not(None),
        )
        .order_by(col(RecordRow.created_at), col(RecordRow.case_no))
    ).all()
    if not others or _anonymous(session, row, sealer):
        return ()
    return tuple(
        other.case_no for other in others if other.case_no and not _anonymous(session, other, sealer)
    )


def _anonymous(session: Session, row: RecordRow, sealer: CallSealer) -> bool:
    report = row.kind == Kind.REPORT.value
    return report and values_of(session, row, sealer, [Slot.ANONYMOUS]).get(Slot.ANONYMOUS) is True


def values_of(
    session: Session, row: RecordRow, sealer: CallSealer, slots: Sequence[Slot]
) -> dict[Slot, SlotValue]:
    """The values of these slots as far as they were given, in the clear. Raises SealBroken."""
    values = {}
    for slot in slots:
        field = session.get(FieldRow, (row.id, slot.value))
        if field is not None and field.declined is None:
            plain = sealer.open(field.sealed, field_place(row.id, slot.value))
            values[slot] = FieldDraft.model_validate_json(plain).value
    return values


def read_referral(session: Session, row: ReferralRow, case_no: str | None) -> Referral:
    consent = session.get(ConsentRow, row.consent_id)
    return Referral(
        id=row.id,
        record_id=row.record_id,
        case_no=case_no,
        consent_id=row.consent_id,
        recipient=row.recipient,
        fields=() if consent is None else _slots(consent.fields),
        status=cast(ReferralStatus, row.status),
        created_at=row.created_at,
        attempts=row.attempts,
        next_at=row.next_at,
        delivered_at=row.delivered_at,
        answer=cast(CompanyAnswerKind | None, row.answer),
        answered_at=row.answered_at,
        reason=row.reason,
    )


def summary(session: Session, row: RecordRow, sealer: CallSealer | None) -> RecordSummary:
    """A listing's line. sealer None: the call was erased, nothing personal is left."""
    name, phone = _personal(session, row, sealer, Slot.NAME), _personal(session, row, sealer, Slot.PHONE)
    if row.kind == Kind.REPORT.value:  # a reporter is secret, 办法 art. 37
        name, phone = (name and HIDDEN), (phone and HIDDEN)
    else:
        name, phone = (name and mask_name(name)), (phone and mask_phone(phone))
    return RecordSummary(
        id=row.id,
        call_id=row.call_id,
        kind=None if row.kind is None else Kind(row.kind),
        intent=row.intent,
        status=cast(Status, row.status),
        case_no=row.case_no,
        created_at=row.created_at,
        name=name,
        phone=phone,
        platform=row.platform,
        district=row.district,
        amount=row.amount,
        issue=row.issue,
        goods=row.goods,
        safety_flag=row.safety_flag,
        mass_incident=row.mass_incident,
        emergency=row.emergency,
    )


def phone_of(session: Session, row: RecordRow, sealer: CallSealer) -> str | None:
    """The phone in the record, in the clear. Raises SealBroken."""
    return _personal(session, row, sealer, Slot.PHONE)


def _personal(session: Session, row: RecordRow, sealer: CallSealer | None, slot: Slot) -> str | None:
    values = {} if sealer is None else values_of(session, row, sealer, [slot])
    return str(values[slot]) if slot in values else None


def _consents(session: Session, record_id: str) -> list[ConsentRow]:
    return list(
        session.scalars(
            select(ConsentRow).where(col(ConsentRow.record_id) == record_id).order_by(col(ConsentRow.id))
        )
    )


def _read_consent(row: ConsentRow, sealer: CallSealer) -> Consent:
    standing = ConsentStatus(row.standing)
    return Consent(
        id=row.id,
        standing=standing,
        withdrawn_at=row.withdrawn_at,
        draft=ConsentDraft(
            purpose=row.purpose,
            recipient=row.recipient,
            fields=_slots(row.fields),
            version=row.version,
            heard=row.heard,
            decision=standing,
            turn=row.turn,
            words=None if row.words is None else sealer.open(row.words, words_place(row.id)).decode(),
            start_ms=row.answer_start_ms,
            end_ms=row.answer_end_ms,
            reason=row.reason,
        ),
    )


def _slots(names: str) -> tuple[Slot, ...]:
    return tuple(Slot(name) for name in names.split(",") if name)
