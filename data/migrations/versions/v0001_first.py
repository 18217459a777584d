"""The first schema: calls, sealed events, records, consents, outboxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STANDING = """EXISTS (
    SELECT 1 FROM consents JOIN records ON records.id = consents.record_id
    WHERE consents.id = NEW.consent_id AND consents.record_id = NEW.record_id
      AND consents.recipient = NEW.recipient AND consents.purpose = NEW.purpose
      AND consents.standing = 'given' AND consents.withdrawn_at IS NULL AND consents.heard
      AND records.kind = '投诉' AND records.status = 'lodged')"""
UNDER_WAY = "SELECT 1 FROM referrals WHERE consent_id = OLD.id AND status IN ('pending', 'delivered')"

#: SQLite holds foreign keys only on connections that ask for it; these rules hold on every connection.
TRIGGERS = [
    f"""CREATE TRIGGER referrals_insert BEFORE INSERT ON referrals WHEN NOT {STANDING}
    BEGIN SELECT RAISE(ABORT, 'a referral needs a standing consent'); END""",
    f"""CREATE TRIGGER referrals_update BEFORE UPDATE ON referrals
    WHEN NEW.status IN ('pending', 'delivered') AND NOT {STANDING}
    BEGIN SELECT RAISE(ABORT, 'a referral needs a standing consent'); END""",
    f"""CREATE TRIGGER consents_update BEFORE UPDATE ON consents
    WHEN (NEW.standing <> 'given' OR NEW.withdrawn_at IS NOT NULL OR NOT NEW.heard
      OR NEW.record_id <> OLD.record_id OR NEW.recipient <> OLD.recipient OR NEW.purpose <> OLD.purpose)
      AND EXISTS ({UNDER_WAY})
    BEGIN SELECT RAISE(ABORT, 'a referral rests on this consent'); END""",
    """CREATE TRIGGER consents_delete BEFORE DELETE ON consents
    WHEN EXISTS (SELECT 1 FROM referrals WHERE consent_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'a referral rests on this consent'); END""",
    """CREATE TRIGGER records_update BEFORE UPDATE ON records
    WHEN NEW.kind IS NOT '投诉' AND EXISTS (SELECT 1 FROM referrals WHERE record_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'only a complaint is referred'); END""",
]

CONSENT_KEY = ("id", "record_id", "purpose", "recipient", "standing", "heard")


def text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(), nullable=null)


def sealed(name: str, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def truth(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def to_call() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["call_id"], ["calls.id"])


def to_record() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE")


def index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{columns[0]}", table, list(columns))


def upgrade() -> None:
    calls()
    records()
    outboxes()
    op.create_table(
        "case_series", text("region"), text("day"), number("last"), sa.PrimaryKeyConstraint("region", "day")
    )
    op.create_table(
        "meta", text("name"), sa.Column("value", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("name")
    )


def calls() -> None:
    op.create_table(
        "calls",
        text("id"),
        text("line"),
        time("started_at"),
        time("ended_at", null=True),
        text("script"),
        text("owner"),
        time("lease_until"),
        text("outcome", null=True),
        text("closed_by", null=True),
        text("recording_path", null=True),
        text("recording_sha256", null=True),
        text("caller_no_hash", null=True),
        sealed("caller_no_sealed", null=True),
        sealed("key_wrapped", null=True),
        time("erased_at", null=True),
        number("events"),
        text("head"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("calls", "started_at")
    index("calls", "caller_no_hash")
    op.create_index("ix_calls_open", "calls", ["ended_at", "lease_until"])
    op.create_table(
        "events",
        text("call_id"),
        number("seq"),
        number("at_ms"),
        text("type"),
        sealed("payload"),
        text("hash"),
        text("origin", null=True),
        to_call(),
        sa.PrimaryKeyConstraint("call_id", "seq"),
        sa.UniqueConstraint("call_id", "origin", name="uq_events_origin"),
    )
    op.create_table(
        "acts",
        text("key"),
        text("call_id"),
        number("seq"),
        number("idx"),
        text("kind"),
        sealed("payload"),
        time("done_at", null=True),
        to_call(),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("call_id", "seq", "idx", name="uq_acts_place"),
    )


def records() -> None:
    op.create_table(
        "records",
        text("id"),
        text("call_id"),
        text("key"),
        text("kind", null=True),
        text("intent", null=True),
        text("status"),
        text("case_no", null=True),
        time("created_at"),
        sealed("body"),
        text("phone_hash", null=True),
        text("platform", null=True),
        text("district", null=True),
        sa.Column("amount", sa.Float(), nullable=True),
        text("issue", null=True),
        text("goods", null=True),
        text("safety_flag", null=True),
        truth("mass_incident"),
        text("emergency", null=True),
        to_call(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("case_no"),
        sa.UniqueConstraint("id", "kind", name="uq_records_kind"),
        sa.CheckConstraint("kind IN ('投诉', '举报', '咨询')", name="ck_records_kind"),
        sa.CheckConstraint("status IN ('incomplete', 'lodged')", name="ck_records_status"),
        sa.CheckConstraint(
            "status = 'incomplete' OR (kind IS NOT NULL AND case_no IS NOT NULL)", name="ck_records_lodged"
        ),
    )
    for column in ("call_id", "created_at", "phone_hash"):
        index("records", column)
    op.create_table(
        "record_fields",
        text("record_id"),
        text("slot"),
        number("position"),
        text("declined", null=True),
        text("method", null=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        text("confirmed", null=True),
        number("turn", null=True),
        sealed("sealed"),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "slot"),
    )
    op.create_table(
        "consents",
        text("id"),
        text("record_id"),
        text("purpose"),
        text("recipient"),
        text("fields"),
        text("version", null=True),
        truth("heard"),
        text("standing"),
        text("reason", null=True),
        number("turn", null=True),
        number("answer_start_ms", null=True),
        number("answer_end_ms", null=True),
        sealed("words", null=True),
        time("withdrawn_at", null=True),
        to_record(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("record_id", "purpose", "recipient", name="uq_consents_one"),
        sa.UniqueConstraint(*CONSENT_KEY, name="uq_consents_binding"),
        sa.CheckConstraint(
            "standing IN ('given', 'refused', 'not_asked', 'withdrawn')", name="ck_consents_standing"
        ),
    )
    index("consents", "record_id")


def outboxes() -> None:
    op.create_table(
        "referrals",
        text("id"),
        text("key"),
        text("record_id"),
        text("record_kind"),
        text("consent_id"),
        text("purpose"),
        text("consent_standing"),
        truth("consent_heard"),
        text("recipient"),
        text("status"),
        time("created_at"),
        time("delivered_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.ForeignKeyConstraint(
            ["record_id", "record_kind"], ["records.id", "records.kind"], name="fk_referrals_record"
        ),
        sa.ForeignKeyConstraint(
            ["consent_id", "record_id", "purpose", "recipient", "consent_standing", "consent_heard"],
            [f"consents.{name}" for name in CONSENT_KEY],
            name="fk_referrals_consent",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("record_kind = '投诉'", name="ck_referrals_complaint"),
        sa.CheckConstraint("purpose LIKE 'refer%'", name="ck_referrals_purpose"),
        sa.CheckConstraint("consent_heard", name="ck_referrals_heard"),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'cancelled', 'recall')", name="ck_referrals_status"
        ),
        sa.CheckConstraint(
            "consent_standing = 'given'"
            " OR (consent_standing = 'withdrawn' AND status IN ('cancelled', 'recall'))",
            name="ck_referrals_consent",
        ),
    )
    index("referrals", "status")
    if op.get_bind().dialect.name == "sqlite":
        for statement in TRIGGERS:
            op.execute(statement)
    op.create_table(
        "callbacks",
        text("id"),
        text("key"),
        text("call_id"),
        text("reason"),
        number("priority"),
        sealed("phone", null=True),
        time("created_at"),
        time("done_at", null=True),
        to_call(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    index("callbacks", "done_at")
    op.create_table(
        "alerts",
        text("id"),
        text("key"),
        text("call_id"),
        text("emergency"),
        time("created_at"),
        time("delivered_at", null=True),
        number("tries"),
        to_call(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    index("alerts", "delivered_at")


def downgrade() -> None:
    for table in (
        "meta",
        "case_series",
        "alerts",
        "callbacks",
        "referrals",
        "consents",
        "record_fields",
        "records",
        "acts",
        "events",
        "calls",
    ):
        op.drop_table(table)
