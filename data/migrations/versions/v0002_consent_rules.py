"""The rules of referral hold on PostgreSQL too, and cover the fields a referral may pass on."""

from __future__ import annotations

from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions import v0001_first as first

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STANDING = """EXISTS (
    SELECT 1 FROM consents JOIN records ON records.id = consents.record_id
    WHERE consents.id = NEW.consent_id AND consents.record_id = NEW.record_id
      AND consents.recipient = NEW.recipient AND consents.purpose = NEW.purpose
      AND consents.standing = 'given' AND consents.withdrawn_at IS NULL AND consents.heard
      AND records.kind = '投诉' AND records.status = 'lodged')"""
CHANGED = " OR ".join(
    f"NEW.{column} IS DISTINCT FROM OLD.{column}"
    for column in ("record_id", "recipient", "purpose", "fields", "version")
)

RULES = [
    Rule("referrals_insert", "INSERT", "referrals", f"NOT {STANDING}", "a referral needs a standing consent"),
    Rule(
        "referrals_update",
        "UPDATE",
        "referrals",
        f"(NEW.status IN ('pending', 'delivered') AND NOT {STANDING})",
        "a referral needs a standing consent",
    ),
    Rule(
        "consents_update",
        "UPDATE",
        "consents",
        f"((NEW.standing <> 'given' OR NEW.withdrawn_at IS NOT NULL OR NOT NEW.heard OR {CHANGED})"
        " AND EXISTS (SELECT 1 FROM referrals WHERE consent_id = OLD.id"
        " AND status IN ('pending', 'delivered')))",
        "a referral rests on this consent",
    ),
    Rule(
        "consents_delete",
        "DELETE",
        "consents",
        "EXISTS (SELECT 1 FROM referrals WHERE consent_id = OLD.id)",
        "a referral rests on this consent",
    ),
    Rule(
        "records_update",
        "UPDATE",
        "records",
        "((NEW.kind IS DISTINCT FROM '投诉' OR NEW.status <> 'lodged')"
        " AND EXISTS (SELECT 1 FROM referrals WHERE record_id = OLD.id))",
        "only a lodged complaint is referred",
    ),
]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        drop(RULES)  # 0001 made them for SQLite alone, under the same names
    create(RULES)


def downgrade() -> None:
    drop(RULES)
    if op.get_bind().dialect.name == "sqlite":
        for statement in first.TRIGGERS:
            op.execute(statement)
