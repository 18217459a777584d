"""The tables. What identifies a person is sealed with its call's key or a keyed hash; the rest is plain.

Plain models first (data.records); these rows are only how they are kept. The rules that must hold whoever
writes are constraints here: one case number once, one act once, and no referral without a standing consent
of a complaint to this very recipient.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes, kept as UTC. A naive one is refused: nobody can say when it was."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class CallRow(SQLModel, table=True):
    """One call. key_wrapped is NULL once erased. head signs (call, length, last hash) of its event chain."""

    __tablename__: ClassVar[str] = "calls"
    id: str = Field(primary_key=True)
    line: str
    started_at: datetime = Field(sa_type=UtcTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    script: str
    owner: str
    lease_until: datetime = Field(sa_type=UtcTime)
    outcome: str | None = None
    closed_by: str | None = None
    recording_path: str | None = None
    recording_sha256: str | None = None
    caller_no_hash: str | None = Field(default=None, index=True)
    caller_no_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    key_wrapped: bytes | None = Field(default=None, sa_type=LargeBinary)
    erased_at: datetime | None = Field(default=None, sa_type=UtcTime)
    events: int = 0
    head: str = ""
    __table_args__ = (Index("ix_calls_open", "ended_at", "lease_until"),)


class EventRow(SQLModel, table=True):
    """One event. hash = sha256(previous hash, seq, type, payload): the chain covers ciphertext."""

    __tablename__: ClassVar[str] = "events"
    call_id: str = Field(primary_key=True, foreign_key="calls.id")
    seq: int = Field(primary_key=True)
    at_ms: int
    type: str
    payload: bytes = Field(sa_type=LargeBinary)
    hash: str
    origin: str | None = None
    """Set on an event that was spilled and had to take another seq: names the spilled entry."""
    __table_args__ = (UniqueConstraint("call_id", "origin", name="uq_events_origin"),)


class ActRow(SQLModel, table=True):
    """An act planned together with event `seq`; done_at is NULL until its effect is certain."""

    __tablename__: ClassVar[str] = "acts"
    key: str = Field(primary_key=True)
    call_id: str = Field(foreign_key="calls.id")
    seq: int
    idx: int
    kind: str
    payload: bytes = Field(sa_type=LargeBinary)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    __table_args__ = (
        UniqueConstraint("call_id", "seq", "idx", name="uq_acts_place"),
        Index("ix_acts_undone", "done_at", "call_id"),
    )


class RecordRow(SQLModel, table=True):
    """One record. body is sealed; the plain columns are for analysis and hold no personal field."""

    __tablename__: ClassVar[str] = "records"
    id: str = Field(primary_key=True)
    call_id: str = Field(foreign_key="calls.id", index=True)
    key: str = Field(unique=True)
    kind: str | None = None
    intent: str | None = None
    status: str
    case_no: str | None = Field(default=None, unique=True)
    created_at: datetime = Field(sa_type=UtcTime, index=True)
    body: bytes = Field(sa_type=LargeBinary)
    phone_hash: str | None = Field(default=None, index=True)
    platform: str | None = None
    district: str | None = None
    amount: float | None = None
    issue: str | None = None
    goods: str | None = None
    safety_flag: str | None = None
    mass_incident: bool = False
    emergency: str | None = None
    superseded_by: str | None = None
    """The record of the call that went on with this one's call; set on an incomplete record only."""
    __table_args__ = (
        Index("ix_records_case_tail", text("substr(case_no, 20)")),
        UniqueConstraint("id", "kind", name="uq_records_kind"),
        CheckConstraint("kind IN ('投诉', '举报', '咨询')", name="ck_records_kind"),
        CheckConstraint("status IN ('incomplete', 'lodged')", name="ck_records_status"),
        CheckConstraint(
            "status = 'incomplete' OR (kind IS NOT NULL AND case_no IS NOT NULL)", name="ck_records_lodged"
        ),
    )


class FieldRow(SQLModel, table=True):
    """One slot of a record. sealed: value, words heard, where and when; the rest measures quality only."""

    __tablename__: ClassVar[str] = "record_fields"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    slot: str = Field(primary_key=True)
    position: int
    declined: str | None = None
    method: str | None = None
    confidence: float | None = None
    confirmed: str | None = None
    turn: int | None = None
    sealed: bytes = Field(sa_type=LargeBinary)


class ConsentRow(SQLModel, table=True):
    """One purpose, one recipient. standing: given | refused | not_asked | withdrawn. words are sealed.

    heard: the prompt that names recipient, purpose and fields had sounded to its end before the answer.
    """

    __tablename__: ClassVar[str] = "consents"
    id: str = Field(primary_key=True)
    record_id: str = Field(foreign_key="records.id", ondelete="CASCADE", index=True)
    purpose: str
    recipient: str
    fields: str
    version: str | None = None
    heard: bool
    standing: str
    reason: str | None = None
    turn: int | None = None
    answer_start_ms: int | None = None
    answer_end_ms: int | None = None
    words: bytes | None = Field(default=None, sa_type=LargeBinary)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcTime)
    __table_args__ = (
        UniqueConstraint("record_id", "purpose", "recipient", name="uq_consents_one"),
        UniqueConstraint(
            "id", "record_id", "purpose", "recipient", "standing", "heard", name="uq_consents_binding"
        ),
        CheckConstraint(
            "standing IN ('given', 'refused', 'not_asked', 'withdrawn')", name="ck_consents_standing"
        ),
    )


class ReferralRow(SQLModel, table=True):
    """The outbox to companies. status says what is to be sent; answer, what the company did.

    pending → delivered, or dead (given up; `reason` says why). A consent taken back makes it cancelled when
    nothing can have left yet (attempts = 0), else recall → recalled or recall_dead: the recipient must be told.

    The two composite keys copy what a referral rests on (the record's kind; the consent's recipient, standing
    and whether it was heard), so that the checks can refuse it, and refuse a withdrawal that would leave a
    referral on its way. Triggers (see the migrations) say the same to SQLite connections that did not turn
    foreign keys on. claim: who is sending it now, until claim_until. words: the company's, sealed.
    """

    __tablename__: ClassVar[str] = "referrals"
    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    record_id: str = Field(index=True)
    record_kind: str
    consent_id: str
    purpose: str
    consent_standing: str
    consent_heard: bool
    recipient: str
    status: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_at: datetime | None = Field(default=None, sa_type=UtcTime)
    claim: str | None = None
    claim_until: datetime | None = Field(default=None, sa_type=UtcTime)
    reason: str | None = None
    answer: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    words: bytes | None = Field(default=None, sa_type=LargeBinary)
    __table_args__ = (
        ForeignKeyConstraint(
            ["record_id", "record_kind"], ["records.id", "records.kind"], name="fk_referrals_record"
        ),
        ForeignKeyConstraint(
            ["consent_id", "record_id", "purpose", "recipient", "consent_standing", "consent_heard"],
            [f"consents.{name}" for name in ("id", "record_id", "purpose", "recipient", "standing", "heard")],
            name="fk_referrals_consent",
            onupdate="CASCADE",
        ),
        CheckConstraint("record_kind = '投诉'", name="ck_referrals_complaint"),
        CheckConstraint("purpose LIKE 'refer%'", name="ck_referrals_purpose"),
        CheckConstraint("consent_heard", name="ck_referrals_heard"),
        CheckConstraint(
            "status IN ('pending', 'delivered', 'dead', 'cancelled', 'recall', 'recalled', 'recall_dead')",
            name="ck_referrals_status",
        ),
        CheckConstraint(
            "consent_standing = 'given' OR (consent_standing = 'withdrawn'"
            " AND status IN ('cancelled', 'recall', 'recalled', 'recall_dead'))",
            name="ck_referrals_consent",
        ),
        CheckConstraint(
            "answer IN ('accepted', 'refused', 'settled', 'unresolved', 'silent')", name="ck_referrals_answer"
        ),
        CheckConstraint(
            "status NOT IN ('dead', 'recall_dead') OR reason IS NOT NULL", name="ck_referrals_reason"
        ),
    )


class AttemptRow(SQLModel, table=True):
    """One try to deliver. Kept before anything is sent; outcome NULL: it never ended (the process died)."""

    __tablename__: ClassVar[str] = "referral_attempts"
    referral_id: str = Field(primary_key=True, foreign_key="referrals.id")
    n: int = Field(primary_key=True)
    recipient: str
    what: str
    """referral | recall."""
    at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    outcome: str | None = None
    __table_args__ = (Index("ix_referral_attempts_recipient", "recipient", "at"),)


class CompanyAnswerRow(SQLModel, table=True):
    """A signed message of a company, once by its id. digest: of its body; effect: what it changed."""

    __tablename__: ClassVar[str] = "company_answers"
    company: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    referral_id: str = Field(foreign_key="referrals.id", index=True)
    at: datetime = Field(sa_type=UtcTime)
    kind: str
    digest: str
    effect: str
    """taken | late."""


class TrackRow(SQLModel, table=True):
    """Where a lodged record stands (诉求导航): the fold of its entries, kept for listings and for the clocks.

    next_at: when its clocks want to be looked at; NULL when none runs.
    """

    __tablename__: ClassVar[str] = "tracks"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    stage: str = Field(index=True)
    entries: int
    next_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)


class TrackEntryRow(SQLModel, table=True):
    """One change of a case: appended, never changed (triggers). why: a person's words, sealed."""

    __tablename__: ClassVar[str] = "track_entries"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    move: str
    role: str
    who: str
    reason: str | None = None
    term: str | None = None
    percent: int | None = None
    why: bytes | None = Field(default=None, sa_type=LargeBinary)


class InquiryRow(SQLModel, table=True):
    """A caller's try to be told about a case. The case number and the caller's are keyed hashes."""

    __tablename__: ClassVar[str] = "inquiries"
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime, index=True)
    case_hash: str
    call_id: str
    caller_hash: str | None = None
    outcome: str
    """told | wrong | limit."""
    __table_args__ = (
        CheckConstraint("outcome IN ('told', 'wrong', 'limit')", name="ck_inquiries_outcome"),
        # By outcome, so that a flood of refused tries does not slow the counting of the wrong ones.
        Index("ix_inquiries_outcome", "outcome", "at"),
        Index("ix_inquiries_case", "case_hash", "outcome", "at"),
        Index("ix_inquiries_caller", "caller_hash", "outcome", "at"),
        Index("ix_inquiries_call", "call_id", "outcome"),
    )


class CallbackRow(SQLModel, table=True):
    """A person must ring back. priority 1 is first."""

    __tablename__: ClassVar[str] = "callbacks"
    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    call_id: str = Field(foreign_key="calls.id")
    reason: str
    priority: int
    phone: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)


class AlertRow(SQLModel, table=True):
    """A danger, or a matter of many people, for the duty officer, until the webhook has taken it.

    acked: a person took note.
    """

    __tablename__: ClassVar[str] = "alerts"
    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    call_id: str = Field(foreign_key="calls.id")
    emergency: str
    created_at: datetime = Field(sa_type=UtcTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)
    tries: int = 0
    acked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acked_by: str | None = None


class SeriesRow(SQLModel, table=True):
    """The last serial given out for a region and day (YYYYMMDD, Shanghai time)."""

    __tablename__: ClassVar[str] = "case_series"
    region: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    last: int


class ScriptRow(SQLModel, table=True):
    """A version of a script, by the hash of its files. files: JSON, name to text; never changed (triggers)."""

    __tablename__: ClassVar[str] = "scripts"
    version: str = Field(primary_key=True)
    kept_at: datetime = Field(sa_type=UtcTime)
    files: str = Field(sa_column=Column(Text, nullable=False))


class DeploymentRow(SQLModel, table=True):
    """A version that was to take calls: appended, never changed (triggers).

    previous: what took them until then. problems: why it was refused, a line each; NULL: it was not.
    """

    __tablename__: ClassVar[str] = "deployments"
    n: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    version: str
    previous: str | None = None
    how: str
    """deploy | rollback | edit (of the folder, in place)."""
    who: str
    note: str | None = None
    problems: str | None = Field(default=None, sa_type=Text)
    __table_args__ = (CheckConstraint("how IN ('deploy', 'rollback', 'edit')", name="ck_deployments_how"),)


class MetaRow(SQLModel, table=True):
    """Facts about this database: which master key it was made with."""

    __tablename__: ClassVar[str] = "meta"
    name: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))


class AuditRow(SQLModel, table=True):
    """An act of a person or a job: appended, never changed (triggers). mac chains it to the one before.

    target: a case number or call id. words: the reason given, sealed with the key of call_id (and gone with
    it), or where there is no call with the log's own. details: JSON, no personal data. key_id: the master
    whose audit key made the mac.
    """

    __tablename__: ClassVar[str] = "audit"
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)
    actor: str = Field(index=True)
    roles: str
    act: str
    outcome: str
    target: str | None = Field(default=None, index=True)
    call_id: str | None = None
    details: str = Field(sa_type=Text)
    words: bytes | None = Field(default=None, sa_type=LargeBinary)
    key_id: str
    mac: str
    __table_args__ = (
        CheckConstraint("outcome IN ('begun', 'done', 'refused', 'failed')", name="ck_audit_outcome"),
    )


class CopyRow(SQLModel, table=True):
    """A file that left the store by one of our commands: whoever deletes what is in the store needs to know.

    kind: export | audio | report | backup. call_id: the only call in it, where there is one.
    """

    __tablename__: ClassVar[str] = "copies"
    id: str = Field(primary_key=True)
    kind: str
    path: str
    made_at: datetime = Field(sa_type=UtcTime)
    call_id: str | None = None
    removed_at: datetime | None = Field(default=None, sa_type=UtcTime)


TABLES = SQLModel.metadata
