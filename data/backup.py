"""A backup: one consistent copy of the database, taken while the seat works."""

from __future__ import annotations

import os
from pathlib import Path

from data.errors import StoreError
from data.sealing import fsync_folder
from data.store import Store


def backup(store: Store, target: Path) -> None:
    """Copies the database to `target` (a new file), durable on return. The master key is not in it.

    What is erased later stays readable in a backup for whoever has the master key: backups must be kept no
    longer than the retention period. Raises StoreError: `target` exists, or the database is no SQLite (use
    that database's own tool).
    """
    if store.engine.dialect.name != "sqlite":
        raise StoreError("only SQLite is copied here; use the database's own backup tool")
    if target.exists():
        raise StoreError("the backup's target exists already")
    store.drain_journal()
    draft = target.with_name(f".{target.name}.draft")
    draft.unlink(missing_ok=True)
    connection = store.engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(draft),))
    finally:
        connection.close()
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(target)
    fsync_folder(target.parent)
