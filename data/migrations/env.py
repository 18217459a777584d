"""How Alembic runs here: always on a connection handed over by data.migrate, in one transaction."""

from __future__ import annotations

from alembic import context

from data import office_tables  # noqa: F401  its tables join the others
from data.tables import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
