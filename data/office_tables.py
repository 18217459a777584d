"""The tables of the office's handling: what a lodged record was sorted as, sent to, and belongs with.

No value here names a person: callers, respondents and addresses are keyed hashes; a person's words are sealed.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from data.tables import UtcTime


class SortingRow(SQLModel, table=True):
    """A lodged record as analysis and the rules over many records see it. due: to be sorted (again).

    line: the number dialled; trade: 商品 | 服务; district and topic: as assigned; placed: the rules are sure of the
    district, or a person decided it; closing: words of a shop that
    shuts (关门, 失联 …). The hashes go when the call's key is destroyed.
    """

    __tablename__: ClassVar[str] = "sortings"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    created_at: datetime = Field(sa_type=UtcTime)
    due: bool = Field(index=True)
    kind: str
    line: str | None = None
    intent: str | None = None
    issue: str | None = None
    goods: str | None = None
    trade: str | None = None
    platform: str | None = None
    district: str | None = None
    placed: bool = False
    topic: str | None = None
    amount: float | None = None
    people: int | None = None
    closing: bool = False
    safety: str | None = None
    phone_hash: str | None = None
    name_hash: str | None = None
    address_hash: str | None = None
    respondent_hash: str | None = None
    __table_args__ = (
        Index("ix_sortings_created_at", "created_at"),
        Index("ix_sortings_respondent", "respondent_hash", "created_at"),
        Index("ix_sortings_phone", "phone_hash", "created_at"),
        Index("ix_sortings_address", "address_hash", "created_at"),
        Index("ix_sortings_district", "district"),
        Index("ix_sortings_platform", "platform", "created_at"),
    )


class WordRow(SQLModel, table=True):
    """A word of the tables (products, issues, campaigns) that a record's account holds. Never a caller's own."""

    __tablename__: ClassVar[str] = "record_words"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    word: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=UtcTime)
    __table_args__ = (Index("ix_record_words_created_at", "created_at", "word", "record_id"),)


class AssignmentRow(SQLModel, table=True):
    """Where a record was put (what: district | line | route), by the rules or a person. Appended, never changed.

    target NULL: a person must choose. confidence: of a rule's, NULL for a person's. why: a person's words, sealed.
    """

    __tablename__: ClassVar[str] = "assignments"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    what: str
    target: str | None = None
    rule: str
    confidence: float | None = None
    reasons: str = Field(sa_column=Column(Text, nullable=False))
    role: str
    who: str
    why: bytes | None = Field(default=None, sa_type=LargeBinary)
    __table_args__ = (
        CheckConstraint("what IN ('district', 'line', 'route')", name="ck_assignments_what"),
        CheckConstraint("role IN ('system', 'officer')", name="ck_assignments_role"),
    )


class RelationRow(SQLModel, table=True):
    """How a record stands to an earlier one of the same caller."""

    __tablename__: ClassVar[str] = "relations"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    other_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE", index=True)
    relation: str
    reasons: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_type=UtcTime)
    __table_args__ = (
        CheckConstraint(
            "relation IN ('催办', '补充', '重复投诉', '重复举报', '多头', '新事项')",
            name="ck_relations_relation",
        ),
    )


class NoteRow(SQLModel, table=True):
    """An internal note of 令第121号 art. 17, for the person who decides on acceptance. Nobody else sees it."""

    __tablename__: ClassVar[str] = "internal_notes"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    signal: str = Field(primary_key=True)
    note: str
    at: datetime = Field(sa_type=UtcTime)


class JointRow(SQLModel, table=True):
    """A record that is part of a joint complaint (令第121号 art. 12). why: sealed with the record's key."""

    __tablename__: ClassVar[str] = "joint_members"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    group_id: str = Field(index=True)
    representative: bool
    at: datetime = Field(sa_type=UtcTime)
    who: str
    why: bytes = Field(sa_type=LargeBinary)


class HandoverRow(SQLModel, table=True):
    """The same matter in another system, under its number there (双号并行). direction: in | out."""

    __tablename__: ClassVar[str] = "handovers"
    record_id: str = Field(primary_key=True, foreign_key="records.id", ondelete="CASCADE")
    system: str = Field(primary_key=True)
    number: str | None = None
    direction: str
    at: datetime = Field(sa_type=UtcTime)
    __table_args__ = (
        UniqueConstraint("system", "number", name="uq_handovers_number"),
        CheckConstraint("direction IN ('in', 'out')", name="ck_handovers_direction"),
    )


class SharedRow(SQLModel, table=True):
    """A line of the Yangtze-delta feed, as it was signed: once per record and stage. It holds no personal field."""

    __tablename__: ClassVar[str] = "shared_items"
    province: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    record_id: str = Field(foreign_key="records.id", ondelete="CASCADE")
    stage: str
    line: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_type=UtcTime)
    __table_args__ = (UniqueConstraint("record_id", "stage", name="uq_shared_items_stage"),)


class TakenRow(SQLModel, table=True):
    """An item taken in from another office. source: names its key; body: the item, JSON."""

    __tablename__: ClassVar[str] = "taken_items"
    source: str = Field(primary_key=True)
    province: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    item: str = Field(index=True)
    body: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    at: datetime = Field(sa_type=UtcTime)


class IncidentRow(SQLModel, table=True):
    """One respondent's records that are to be told (群体事件, 三品一特). cluster: the respondent's keyed hash.

    delivered_at: when the webhook took it at this level; a higher level clears it, and who took note.
    """

    __tablename__: ClassVar[str] = "incidents"
    id: str = Field(primary_key=True)
    cluster: str
    rules: str = ""
    level: str = ""
    points: int
    callers: int = 0
    records: int = 0
    multiples: int = 0
    unnamed: int = 0
    people: int = 0
    amount: float = 0
    closing: bool = False
    district: str | None = None
    topic: str | None = None
    tell: str = ""
    first_at: datetime = Field(sa_type=UtcTime)
    last_at: datetime = Field(sa_type=UtcTime)
    created_at: datetime = Field(sa_type=UtcTime)
    tries: int = 0
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)
    acked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acked_by: str | None = None
    __table_args__ = (Index("ix_incidents_cluster", "cluster", "last_at"),)
