"""The database engine: every SQLite connection is WAL + FULL + foreign keys, or it is not used.

A write is one transaction begun IMMEDIATE, retried while the database is locked, and durable on return.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from data.errors import ConstraintBroken, StoreBusy, StoreDown, StoreFull, UnsafeEngine

Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 100
"""How long SQLite itself waits for a lock before the retry loop sees it."""

WRITE = "smartseat_write"

#: pragma → what to set, what must be read back (https://sqlite.org/pragma.html).
PRAGMAS: dict[str, tuple[str, str]] = {
    "busy_timeout": (str(BUSY_TIMEOUT_MS), str(BUSY_TIMEOUT_MS)),
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", "2"),
    "foreign_keys": ("ON", "1"),
    "secure_delete": ("ON", "1"),
    "fullfsync": ("ON", "1"),
}


def open_engine(url: str) -> Engine:
    """An engine for `url` that never shows parameters. SQLite in memory is refused: it cannot be durable.

    Raises UnsafeEngine, at the first connection.
    """
    engine = create_engine(url, hide_parameters=True)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _make_safe)
        event.listen(engine, "begin", _begin)
    return engine


def _make_safe(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours: see _begin
    for pragma, (value, expected) in PRAGMAS.items():
        connection.execute(f"PRAGMA {pragma}={value}").fetchall()
        row = connection.execute(f"PRAGMA {pragma}").fetchone()
        found = "nothing" if row is None else str(row[0]).lower()
        if found != expected:
            raise UnsafeEngine(f"PRAGMA {pragma} is {found}, not {expected}: this database would not be safe")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent view of the database. Raises StoreDown and its kinds."""
    try:
        with Session(engine) as session, session.begin():
            yield session
    except DBAPIError as error:
        raise named(error) from None


def write(
    engine: Engine,
    work: Callable[[Session], Result],
    budget: float = 1.5,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Result:
    """Runs `work` in one write transaction, committed and fsynced on return; all of it or nothing.

    While the database is locked it is tried again for `budget` seconds, with pauses from 5 ms doubling to
    200 ms; `work` may therefore run more than once.
    Raises StoreBusy, StoreFull, StoreDown, ConstraintBroken.
    """
    return _patiently(engine.execution_options(**{WRITE: True}), work, budget, sleep, monotonic)


def read(engine: Engine, work: Callable[[Session], Result], budget: float = 1.5) -> Result:
    """Runs `work` on one consistent view, as patiently as `write`. Raises StoreDown and its kinds."""
    return _patiently(engine, work, budget, time.sleep, time.monotonic)


def _patiently(
    engine: Engine,
    work: Callable[[Session], Result],
    budget: float,
    sleep: Callable[[float], None],
    monotonic: Callable[[], float],
) -> Result:
    deadline = monotonic() + budget
    pause = 0.005
    while True:
        try:
            with Session(engine) as session, session.begin():
                return work(session)
        except IntegrityError as error:
            raise ConstraintBroken(f"the database refused a row ({_code(error)})") from None
        except DBAPIError as error:
            fault = named(error)
            if not isinstance(fault, StoreBusy) or monotonic() + pause > deadline:
                raise fault from None
        sleep(pause)
        pause = min(pause * 2, 0.2)


def named(error: DBAPIError) -> StoreDown:
    """The driver's error as one of ours. Only its code survives: driver texts may quote values."""
    code = _code(error)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code in {"55P03", "40001", "40P01"}:
        return StoreBusy("the database is locked by another connection", code)
    if code.startswith("SQLITE_FULL") or code == "53100":
        return StoreFull("the database's disk is full", code)
    return StoreDown(f"the database refused the work ({code})", code)


def _code(error: DBAPIError) -> str:
    origin = error.orig
    name = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return str(name or type(origin).__name__)


def vacuum(engine: Engine, table: str, *, whole: bool = False) -> None:
    """PostgreSQL: rows that were replaced go now, not some day; whole: by writing the table anew.

    SQLite needs none: it zeroes what it deletes (secure_delete).
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM {'FULL ' if whole else ''}{table}")


def empty_wal(engine: Engine) -> None:
    """SQLite: copies the log into the database and empties it, where old pages held what was destroyed."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
