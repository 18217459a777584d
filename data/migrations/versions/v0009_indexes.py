"""What `smartseat bench store` showed to be searched row by row: ends of case numbers, undone acts, platforms, wrong tries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEW = (
    ("ix_records_case_tail", "records", [sa.text("substr(case_no, 20)")]),
    ("ix_acts_undone", "acts", ["done_at", "call_id"]),
    ("ix_sortings_platform", "sortings", ["platform", "created_at"]),
    ("ix_inquiries_outcome", "inquiries", ["outcome", "at"]),
    ("ix_inquiries_case", "inquiries", ["case_hash", "outcome", "at"]),
    ("ix_inquiries_caller", "inquiries", ["caller_hash", "outcome", "at"]),
    ("ix_inquiries_call", "inquiries", ["call_id", "outcome"]),
)
#: Covered by the new ones.
OLD = (
    ("ix_inquiries_case_hash", "inquiries", ["case_hash"]),
    ("ix_inquiries_caller_hash", "inquiries", ["caller_hash"]),
    ("ix_inquiries_call_id", "inquiries", ["call_id"]),
)


def upgrade() -> None:
    for name, table, _columns in OLD:
        op.drop_index(name, table)
    for name, table, columns in NEW:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in NEW:
        op.drop_index(name, table)
    for name, table, columns in OLD:
        op.create_index(name, table, columns)
