"""Schema migrations (Alembic), from the first day on. Run at start; also `smartseat db upgrade`."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from data.engine import open_engine, read, write

FOLDER = Path(__file__).parent / "migrations"
PATIENCE_S = 15.0
"""How long a start waits while another process migrates."""

_ALEMBIC = threading.Lock()  # Alembic's context is one per process


def upgrade(url: str, revision: str = "head") -> str | None:
    """Brings the database at `url` to `revision`; returns the revision it is at then."""
    return _with_engine(url, revision, down=False)


def downgrade(url: str, revision: str) -> str | None:
    """Takes the database back to `revision` ("base" is empty: everything kept is dropped)."""
    return _with_engine(url, revision, down=True)


def upgrade_engine(engine: Engine, revision: str = "head") -> str | None:
    """The same on an engine. One process at a time; a database already there is only read."""
    if revision == "head" and (now := current(engine)) == head():
        return now
    return _run(engine, revision, down=False)


def current(engine: Engine) -> str | None:
    """The revision the database is at; None when it is empty."""
    return read(engine, lambda session: _revision(session.connection()), PATIENCE_S)


@cache
def head() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revisions() -> tuple[str, ...]:
    """All revisions, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def alone(session: Session) -> None:
    """No other start does its work until this transaction ends (SQLite: its write lock sees to that)."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(12315)"))


def _with_engine(url: str, revision: str, down: bool) -> str | None:
    engine = open_engine(url)
    try:
        return _run(engine, revision, down)
    finally:
        engine.dispose()


def _run(engine: Engine, revision: str, down: bool) -> str | None:
    def work(session: Session) -> str | None:
        config = _config()
        alone(session)
        config.attributes["connection"] = session.connection()
        (command.downgrade if down else command.upgrade)(config, revision)
        return _revision(session.connection())

    with _ALEMBIC:
        return write(engine, work, PATIENCE_S)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
