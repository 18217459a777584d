"""Referrals are delivered: tries, dead letters, companies' answers, recalls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions import v0002_consent_rules as before
from data.migrations.versions.v0001_first import CONSENT_KEY, index, number, sealed, text, time, truth

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RESTING = "('pending', 'delivered', 'dead')"
"""In these a referral rests on a given consent; in the others the consent is gone."""
RULES = [
    Rule(
        rule.name, rule.event, rule.table, rule.broken.replace("('pending', 'delivered')", RESTING), rule.why
    )
    for rule in before.RULES
]

OLD_STATUS = "status IN ('pending', 'delivered', 'cancelled', 'recall')"
NEW_STATUS = "status IN ('pending', 'delivered', 'dead', 'cancelled', 'recall', 'recalled', 'recall_dead')"
OLD_CONSENT = (
    "consent_standing = 'given' OR (consent_standing = 'withdrawn' AND status IN ('cancelled', 'recall'))"
)
NEW_CONSENT = (
    "consent_standing = 'given' OR (consent_standing = 'withdrawn'"
    " AND status IN ('cancelled', 'recall', 'recalled', 'recall_dead'))"
)
ADDED_CHECKS = {
    "ck_referrals_answer": "answer IN ('accepted', 'refused', 'settled', 'unresolved', 'silent')",
    "ck_referrals_reason": "status NOT IN ('dead', 'recall_dead') OR reason IS NOT NULL",
}
OLD_COLUMNS = (
    "id, key, record_id, record_kind, consent_id, purpose, consent_standing, consent_heard, recipient, status,"
    " created_at, delivered_at"
)


Column = sa.Column[str] | sa.Column[int] | sa.Column[bool] | sa.Column[bytes] | sa.Column[object]


def old_columns() -> list[Column]:
    return [
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
    ]


def added_columns() -> list[Column]:
    return [
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        time("next_at", null=True),
        text("claim", null=True),
        time("claim_until", null=True),
        text("reason", null=True),
        text("answer", null=True),
        time("answered_at", null=True),
        sealed("words", null=True),
    ]


def remade(columns: list[Column], checks: dict[str, str]) -> None:
    """SQLite cannot change a table's checks: the table is made again, its rows copied."""
    op.drop_index("ix_referrals_status", "referrals")
    op.create_table(
        "referrals_new",
        *columns,
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
        *(sa.CheckConstraint(rule, name=name) for name, rule in checks.items()),
    )
    op.execute(f"INSERT INTO referrals_new ({OLD_COLUMNS}) SELECT {OLD_COLUMNS} FROM referrals")
    op.drop_table("referrals")
    op.rename_table("referrals_new", "referrals")
    index("referrals", "status")


def altered(checks: dict[str, str]) -> None:
    for name, rule in checks.items():
        op.create_check_constraint(name, "referrals", rule)


def upgrade() -> None:
    drop(before.RULES)
    if op.get_bind().dialect.name == "sqlite":
        checks = {"ck_referrals_status": NEW_STATUS, "ck_referrals_consent": NEW_CONSENT}
        remade([*old_columns(), *added_columns()], checks | ADDED_CHECKS)
    else:
        for column in added_columns():
            op.add_column("referrals", column)
        for name in ("ck_referrals_status", "ck_referrals_consent"):
            op.drop_constraint(name, "referrals")
        altered({"ck_referrals_status": NEW_STATUS, "ck_referrals_consent": NEW_CONSENT} | ADDED_CHECKS)
    index("referrals", "record_id")
    create(RULES)
    op.create_table(
        "referral_attempts",
        text("referral_id"),
        number("n"),
        text("recipient"),
        text("what"),
        time("at"),
        time("ended_at", null=True),
        text("outcome", null=True),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"]),
        sa.PrimaryKeyConstraint("referral_id", "n"),
    )
    op.create_index("ix_referral_attempts_recipient", "referral_attempts", ["recipient", "at"])
    op.create_table(
        "company_answers",
        text("company"),
        text("message_id"),
        text("referral_id"),
        time("at"),
        text("kind"),
        text("digest"),
        text("effect"),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"]),
        sa.PrimaryKeyConstraint("company", "message_id"),
    )
    index("company_answers", "referral_id")


def downgrade() -> None:
    """What 0003 has no word for is said in its nearest: given up is pending, told of a recall is recall."""
    for table in ("company_answers", "referral_attempts"):
        op.drop_table(table)
    drop(RULES)
    op.execute("UPDATE referrals SET status = 'pending' WHERE status = 'dead'")
    op.execute("UPDATE referrals SET status = 'recall' WHERE status IN ('recalled', 'recall_dead')")
    op.drop_index("ix_referrals_record_id", "referrals")
    checks = {"ck_referrals_status": OLD_STATUS, "ck_referrals_consent": OLD_CONSENT}
    if op.get_bind().dialect.name == "sqlite":
        remade(old_columns(), checks)
    else:
        for name in (*ADDED_CHECKS, *checks):
            op.drop_constraint(name, "referrals")
        for column in added_columns():
            op.drop_column("referrals", column.name)
        altered(checks)
    create(before.RULES)
