"""Row triggers in both dialects: a rule refuses the row it is about, whoever writes it."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import op


@dataclass(frozen=True)
class Rule:
    """Before `event` (INSERT | UPDATE | DELETE) on `table`, a row for which `broken` holds is refused.

    broken: an SQL condition over NEW and OLD that SQLite (3.39) and PostgreSQL read alike.
    """

    name: str
    event: str
    table: str
    broken: str
    why: str


def create(rules: list[Rule]) -> None:
    for rule in rules:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} WHEN {rule.broken}"
                f" BEGIN SELECT RAISE(ABORT, '{rule.why}'); END"
            )
        else:
            row = "OLD" if rule.event == "DELETE" else "NEW"
            op.execute(
                f"CREATE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF {rule.broken} THEN"
                f" RAISE EXCEPTION '{rule.why}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
                f" RETURN {row}; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table}"
                f" FOR EACH ROW EXECUTE FUNCTION {rule.name}()"
            )


def drop(rules: list[Rule]) -> None:
    for rule in rules:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {rule.name}")
        else:
            op.execute(f"DROP TRIGGER {rule.name} ON {rule.table}")
            op.execute(f"DROP FUNCTION {rule.name}()")
