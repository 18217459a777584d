"""The keys that go with backups: one file keys.db a folder, always those of now, whatever the backups' age.

A backup holds no wrapped key and no hash of a number. So destroying a call's key in the store and here makes the
call unreadable in every older backup of the folder too; the master key alone does not help. The price: a copy
of keys.db taken elsewhere escapes this, until the next change of the master key makes it worthless.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.errors import BackupBroken
from data.meta import MASTER, fact, wrapped_keys
from data.sealing import fsync_folder
from data.tables import CallRow, CopyRow

FILE = "keys.db"
CALL, NAMED = "call/", "named/"


class BackupKeys:
    """What keys.db holds: wrapped keys by call and by name, and the master that wrapped them."""

    def __init__(self, folder: Path) -> None:
        """Raises BackupBroken."""
        path = folder / FILE
        if not path.exists():
            raise BackupBroken(f"{FILE} is missing beside the backup: without it nothing in it can be read")
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        self.master_id = self._text("master")

    def close(self) -> None:
        self._connection.close()

    def of_call(self, call_id: str) -> bytes | None:
        return self._get(CALL + call_id)

    def named(self) -> dict[str, bytes]:
        rows = self._connection.execute("SELECT name, wrapped FROM keys WHERE name LIKE ?", (NAMED + "%",))
        return {str(name).removeprefix(NAMED): bytes(wrapped) for name, wrapped in rows}

    def _text(self, name: str) -> str:
        return (self._get(name) or b"").decode()

    def _get(self, name: str) -> bytes | None:
        try:
            row = self._connection.execute("SELECT wrapped FROM keys WHERE name = ?", (name,)).fetchone()
        except sqlite3.DatabaseError:
            raise BackupBroken(f"{FILE} cannot be read") from None
        return None if row is None else bytes(row[0])


def sync_keys(engine: Engine, folder: Path) -> None:
    """Makes the folder's keys.db anew: the wrapped keys there are now, no other. Durable on return.

    Raises OSError, StoreDown.
    """
    draft = folder / f".{FILE}.draft"
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(draft)
    try:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("CREATE TABLE keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID")
        with reading(engine) as session:
            connection.executemany("INSERT INTO keys VALUES (?, ?)", _all(session))
        connection.commit()
    finally:
        connection.close()
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(folder / FILE)
    fsync_folder(folder)


def sync_folders(engine: Engine) -> tuple[str, ...]:
    """The same in every folder a backup was made to; gives those that could not be reached."""
    query = select(col(CopyRow.path)).where(col(CopyRow.kind) == "backup", col(CopyRow.removed_at).is_(None))
    with reading(engine) as session:
        folders = sorted({str(Path(path).parent) for path in session.scalars(query)})
    missed = []
    for folder in folders:
        try:
            sync_keys(engine, Path(folder))
        except OSError:
            missed.append(folder)
    return tuple(missed)


def _all(session: Session) -> Iterator[tuple[str, bytes]]:
    yield "master", (fact(session, MASTER) or "").encode()
    for name, wrapped in wrapped_keys(session).items():
        yield NAMED + name, wrapped
    calls = select(col(CallRow.id), col(CallRow.key_wrapped)).where(col(CallRow.key_wrapped).is_not(None))
    for call_id, key in session.execute(calls.execution_options(yield_per=1000)):
        yield CALL + call_id, key or b""
