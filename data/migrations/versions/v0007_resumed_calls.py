"""A call that went on with an earlier one: the earlier call's record names the one that took its place."""

from __future__ import annotations

from alembic import op

from data.migrations.versions.v0001_first import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", text("superseded_by", null=True))


def downgrade() -> None:
    op.drop_column("records", "superseded_by")
