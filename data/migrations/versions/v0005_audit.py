"""Acts of people and jobs are kept in a chained log; files that left the store are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions.v0001_first import index, sealed, text, time

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RULES = [
    Rule("audit_update", "UPDATE", "audit", "TRUE", "the audit log is not changed"),
    Rule("audit_delete", "DELETE", "audit", "TRUE", "the audit log is not shortened"),
]


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        time("at"),
        text("actor"),
        text("roles"),
        text("act"),
        text("outcome"),
        text("target", null=True),
        text("call_id", null=True),
        sa.Column("details", sa.Text(), nullable=False),
        sealed("words", null=True),
        text("key_id"),
        text("mac"),
        sa.PrimaryKeyConstraint("seq"),
        sa.CheckConstraint("outcome IN ('begun', 'done', 'refused', 'failed')", name="ck_audit_outcome"),
    )
    index("audit", "actor")
    index("audit", "target")
    create(RULES)
    op.create_table(
        "copies",
        text("id"),
        text("kind"),
        text("path"),
        time("made_at"),
        text("call_id", null=True),
        time("removed_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    drop(RULES)
    for table in ("copies", "audit"):
        op.drop_table(table)
