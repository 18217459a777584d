"""Versions of scripts, and the log of what was to take calls when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions.v0001_first import text, time

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RULES = [
    Rule(f"{table}_{event.lower()}", event, table, "TRUE", why)
    for table, why in (
        ("scripts", "a version of a script stays as it is"),
        ("deployments", "the log of deployments is only added to"),
    )
    for event in ("UPDATE", "DELETE")
]


def upgrade() -> None:
    op.create_table(
        "scripts",
        text("version"),
        time("kept_at"),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "deployments",
        sa.Column("n", sa.Integer(), nullable=False),
        time("at"),
        text("version"),
        text("previous", null=True),
        text("how"),
        text("who"),
        text("note", null=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.CheckConstraint("how IN ('deploy', 'rollback', 'edit')", name="ck_deployments_how"),
    )
    create(RULES)


def downgrade() -> None:
    drop(RULES)
    for table in ("deployments", "scripts"):
        op.drop_table(table)
