"""诉求导航: where each case stands, every change to it, and callers' inquiries.

Records lodged before get their registration as first entry; those already on their way to a company, that too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions.v0001_first import index, number, sealed, text, time, to_record

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RULES = [
    Rule("track_entries_update", "UPDATE", "track_entries", "TRUE", "a case history is not changed"),
    Rule("track_entries_delete", "DELETE", "track_entries", "TRUE", "a case history is not shortened"),
]
REFERRED = "SELECT record_id FROM referrals WHERE status IN ('pending', 'delivered')"


def upgrade() -> None:
    op.create_table(
        "tracks",
        text("record_id"),
        text("stage"),
        number("entries"),
        time("next_at", null=True),
        to_record(),
        sa.PrimaryKeyConstraint("record_id"),
    )
    index("tracks", "stage")
    index("tracks", "next_at")
    op.create_table(
        "track_entries",
        text("record_id"),
        number("seq"),
        time("at"),
        text("move"),
        text("role"),
        text("who"),
        text("reason", null=True),
        text("term", null=True),
        number("percent", null=True),
        sealed("why", null=True),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "seq"),
    )
    op.create_table(
        "inquiries",
        text("id"),
        time("at"),
        text("case_hash"),
        text("call_id"),
        text("caller_hash", null=True),
        text("outcome"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("outcome IN ('told', 'wrong', 'limit')", name="ck_inquiries_outcome"),
    )
    for column in ("at", "case_hash", "call_id", "caller_hash"):
        index("inquiries", column)
    _backfill()
    create(RULES)


def _backfill() -> None:
    entry = "INSERT INTO track_entries (record_id, seq, at, move, role, who)"
    op.execute(
        f"{entry} SELECT id, 1, created_at, 'register', 'system', '系统' FROM records WHERE status = 'lodged'"
    )
    op.execute(
        f"{entry} SELECT id, 2, created_at, 'company_first', 'system', '系统' FROM records"
        f" WHERE status = 'lodged' AND kind = '投诉' AND id IN ({REFERRED})"
    )
    op.execute(
        "INSERT INTO tracks (record_id, stage, entries, next_at)"
        " SELECT record_id, CASE max(seq) WHEN 1 THEN 'registered' ELSE 'company_first' END, max(seq), max(at)"
        " FROM track_entries GROUP BY record_id"
    )


def downgrade() -> None:
    drop(RULES)
    for table in ("inquiries", "track_entries", "tracks"):
        op.drop_table(table)
