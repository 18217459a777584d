"""The office's handling: sorting, assignments, relations, joint complaints, hand-overs.

Records lodged before are due for sorting.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.migrations.triggers import Rule, create, drop
from data.migrations.versions.v0001_first import index, number, sealed, text, time, to_record, truth

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RULES = [
    Rule("assignments_update", "UPDATE", "assignments", "TRUE", "an assignment is not changed"),
    Rule("assignments_delete", "DELETE", "assignments", "TRUE", "an assignment is not taken back"),
]
TABLES = (
    "incidents",
    "taken_items",
    "shared_items",
    "handovers",
    "joint_members",
    "internal_notes",
    "relations",
    "assignments",
    "record_words",
    "sortings",
)
RELATIONS = "relation IN ('催办', '补充', '重复投诉', '重复举报', '多头', '新事项')"


def upgrade() -> None:
    sortings()
    assignments()
    relations()
    delta()
    incidents()
    op.execute(
        "INSERT INTO sortings (record_id, created_at, due, kind, placed, closing)"
        " SELECT id, created_at, TRUE, kind, FALSE, FALSE FROM records WHERE status = 'lodged'"
    )
    create(RULES)


def sortings() -> None:
    op.create_table(
        "sortings",
        text("record_id"),
        time("created_at"),
        truth("due"),
        text("kind"),
        *(text(name, null=True) for name in ("line", "intent", "issue", "goods", "trade", "platform")),
        text("district", null=True),
        truth("placed"),
        text("topic", null=True),
        sa.Column("amount", sa.Float(), nullable=True),
        number("people", null=True),
        truth("closing"),
        text("safety", null=True),
        *(text(f"{name}_hash", null=True) for name in ("phone", "name", "address", "respondent")),
        to_record(),
        sa.PrimaryKeyConstraint("record_id"),
    )
    index("sortings", "created_at")
    index("sortings", "due")
    index("sortings", "district")
    for name in ("respondent", "phone", "address"):
        op.create_index(f"ix_sortings_{name}", "sortings", [f"{name}_hash", "created_at"])
    op.create_table(
        "record_words",
        text("record_id"),
        text("word"),
        time("created_at"),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "word"),
    )
    index("record_words", "created_at", "word", "record_id")


def assignments() -> None:
    op.create_table(
        "assignments",
        text("record_id"),
        number("seq"),
        time("at"),
        text("what"),
        text("target", null=True),
        text("rule"),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        text("role"),
        text("who"),
        sealed("why", null=True),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "seq"),
        sa.CheckConstraint("what IN ('district', 'line', 'route')", name="ck_assignments_what"),
        sa.CheckConstraint("role IN ('system', 'officer')", name="ck_assignments_role"),
    )


def relations() -> None:
    op.create_table(
        "relations",
        text("record_id"),
        text("other_id"),
        text("relation"),
        sa.Column("reasons", sa.Text(), nullable=False),
        time("at"),
        to_record(),
        sa.ForeignKeyConstraint(["other_id"], ["records.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "other_id"),
        sa.CheckConstraint(RELATIONS, name="ck_relations_relation"),
    )
    index("relations", "other_id")
    op.create_table(
        "internal_notes",
        text("record_id"),
        text("signal"),
        text("note"),
        time("at"),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "signal"),
    )
    op.create_table(
        "joint_members",
        text("record_id"),
        text("group_id"),
        truth("representative"),
        time("at"),
        text("who"),
        sealed("why"),
        to_record(),
        sa.PrimaryKeyConstraint("record_id"),
    )
    index("joint_members", "group_id")
    op.create_table(
        "handovers",
        text("record_id"),
        text("system"),
        text("number", null=True),
        text("direction"),
        time("at"),
        to_record(),
        sa.PrimaryKeyConstraint("record_id", "system"),
        sa.UniqueConstraint("system", "number", name="uq_handovers_number"),
        sa.CheckConstraint("direction IN ('in', 'out')", name="ck_handovers_direction"),
    )


def delta() -> None:
    op.create_table(
        "shared_items",
        text("province"),
        number("seq"),
        text("record_id"),
        text("stage"),
        sa.Column("line", sa.Text(), nullable=False),
        time("at"),
        to_record(),
        sa.PrimaryKeyConstraint("province", "seq"),
        sa.UniqueConstraint("record_id", "stage", name="uq_shared_items_stage"),
    )
    op.create_table(
        "taken_items",
        text("source"),
        text("province"),
        number("seq"),
        text("item"),
        sa.Column("body", sa.Text(), nullable=False),
        text("digest"),
        time("at"),
        sa.PrimaryKeyConstraint("source", "province", "seq"),
    )
    index("taken_items", "item")


def incidents() -> None:
    op.create_table(
        "incidents",
        text("id"),
        text("cluster"),
        text("rules"),
        text("level"),
        *(number(name) for name in ("points", "callers", "records", "multiples", "unnamed", "people")),
        sa.Column("amount", sa.Float(), nullable=False),
        truth("closing"),
        text("district", null=True),
        text("topic", null=True),
        text("tell"),
        time("first_at"),
        time("last_at"),
        time("created_at"),
        number("tries"),
        *(time(name, null=True) for name in ("delivered_at", "acked_at")),
        text("acked_by", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    index("incidents", "cluster", "last_at")
    index("incidents", "delivered_at")
    op.add_column("alerts", time("acked_at", null=True))
    op.add_column("alerts", text("acked_by", null=True))


def downgrade() -> None:
    drop(RULES)
    for column in ("acked_by", "acked_at"):
        op.drop_column("alerts", column)
    for table in TABLES:
        op.drop_table(table)
