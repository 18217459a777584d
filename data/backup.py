"""Backup and restore: one consistent copy of all rows, from either kind of database, into either.

A backup is an SQLite file with our tables at this revision, and beside it a JSON file that says what must be in it.
It is copied row by row, not page by page: no page ever holds a wrapped key or the hash of a number (see
data/backup_keys.py for where the keys are). Recordings lie sealed in HOME/recordings and are copied like
any folder; what is said of keys holds for them too.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from data import migrate
from data.anchors import Anchors
from data.audit import Actor
from data.audit_book import AuditDraft, append_entry, verify_audit
from data.backup_keys import BackupKeys, sync_keys
from data.copies import add_copy
from data.engine import open_engine, reading, write
from data.errors import BackupBroken, SealBroken, WrongKey
from data.event_log import verify_chain
from data.keys import KeySource
from data.ledger import utc_now
from data.meta import MASTER, PAST_AUDIT, WRAP, put_fact
from data.rekey import rekey_call
from data.roles import Right
from data.sealing import CallSealer, MasterKey, fsync_folder
from data.store import Store
from data.tables import TABLES, CallRow
from data.understanding import Frozen

Made = Callable[[str, dict[str, object]], dict[str, object]]
"""A table and a row of it → the row as it is copied; an empty one is left out."""

PATIENCE_S = 60.0
SOME = 500
PERSONAL = {
    "calls": ("key_wrapped", "caller_no_hash"),
    "records": ("phone_hash",),
    "inquiries": ("caller_hash",),
    "sortings": ("phone_hash", "name_hash", "address_hash", "respondent_hash"),
}
"""Columns a backup does not have: made again when it is restored."""


class Manifest(Frozen):
    """What a backup holds. tables: rows in each."""

    made_at: datetime
    revision: str
    database: str
    tables: dict[str, int]
    sha256: str


class RestoreReport(Frozen):
    """erased: calls whose keys were destroyed since the backup. broken: calls whose chain is not whole.

    audit_whole: the audit log up to the backup.
    """

    tables: dict[str, int]
    erased: int
    broken: tuple[str, ...]
    audit_whole: bool


def backup(store: Store, folder: Path, now: datetime) -> Path:
    """A new backup in `folder`, durable on return; gives its file. The seat may go on meanwhile.

    Raises OSError, StoreDown, BackupBroken (a backup of this second is there already).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder.resolve() / f"seat-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    if target.exists():
        raise BackupBroken(f"{target.name} exists already")
    store.drain_journal()
    draft = target.with_name(f".{target.name}.draft")
    _remove(draft)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    counts = _copied(store.engine, draft)
    sync_keys(store.engine, folder)
    manifest = Manifest(
        made_at=now,
        revision=str(migrate.head()),
        database=store.engine.dialect.name,
        tables=counts,
        sha256=_digest(draft),
    )
    beside = manifest_of(target)
    beside.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(target)
    fsync_folder(folder)
    add_copy(store.engine, "backup", target, now)
    return target


def restore(
    source: Path,
    url: str,
    home: Path,
    keys: KeySource,
    who: Actor,
    reason: str | None,
    now: datetime | None = None,
) -> RestoreReport:
    """A backup into the empty database at `url`, in one transaction. Needs this home's master key.

    Calls erased since the backup stay erased. The audit log goes on from where the backup left it; anchors of
    entries after it are set aside under another name. Raises BackupBroken, WrongKey, StoreDown.
    """
    at = now or utc_now()
    manifest = _manifest(source)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    copied = home / f".restore-{secrets.token_hex(6)}.db"
    engine = open_engine(url)
    held = BackupKeys(source.parent)
    try:
        master = keys.read()
        if master is None or master.key_id != held.master_id:
            raise WrongKey("the backup's keys.db is not of this master key")
        shutil.copyfile(source, copied)  # an older backup is brought to this revision first
        copied.chmod(0o600)
        migrate.upgrade(_sqlite(copied))
        migrate.upgrade_engine(engine)
        filling = _Filling(_sqlite(copied), held, master, at)
        entry = write(engine, lambda session: filling.fill(session, who, reason, source.name), PATIENCE_S)
        anchors = Anchors(home)
        anchors.set_aside(at)
        anchors.add(entry[0], entry[1])
        add_copy(engine, "backup", source.resolve(), manifest.made_at)
        return _verified(engine, master, manifest, filling.erased, Anchors(home))
    finally:
        held.close()
        engine.dispose()
        _remove(copied)


class _Filling:
    """Puts a backup's rows, its keys and what is derived from them into an empty database."""

    def __init__(self, source_url: str, held: BackupKeys, master: MasterKey, at: datetime) -> None:
        self._url, self._held, self._master, self._at = source_url, held, master, at
        self.erased = 0

    def fill(self, session: Session, who: Actor, reason: str | None, name: str) -> tuple[int, str]:
        """Gives the number and mac of the entry that says so."""
        self.erased = 0
        connection = session.connection()
        for table in TABLES.sorted_tables:
            there = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if there and table.name != "meta":
                raise BackupBroken("the database to restore into is not empty")
        connection.execute(TABLES.tables["meta"].delete())
        source = open_engine(self._url)
        try:
            with source.connect() as copied, _without_triggers(connection):
                for table in TABLES.sorted_tables:
                    _rows(copied, connection, table, self._given_back)
        finally:
            source.dispose()
        named = self._held.named()
        for key_name, wrapped in named.items():
            put_fact(session, WRAP + key_name, wrapped.hex())
        put_fact(session, MASTER, self._master.key_id)
        signed_by = [self._master.audit_key] + [
            self._master.unwrapped(key_name, wrapped)
            for key_name, wrapped in named.items()
            if key_name.startswith(PAST_AUDIT)
        ]
        self._rekey(session, signed_by)
        entry = append_entry(
            session,
            self._master,
            AuditDraft(Right.RESTORE, who, reason=reason, details={"backup": name, "erased": self.erased}),
            self._at,
        )
        return entry.seq, entry.mac

    def _given_back(self, table: str, row: dict[str, object]) -> dict[str, object]:
        if table == "calls" and row["erased_at"] is None:
            row["key_wrapped"] = self._held.of_call(str(row["id"]))
            if row["key_wrapped"] is None:
                row["erased_at"], row["caller_no_sealed"] = self._at, None
                self.erased += 1
        return row

    def _rekey(self, session: Session, signed_by: list[bytes]) -> None:
        last = ""
        while True:
            query = select(CallRow).where(col(CallRow.id) > last).order_by(col(CallRow.id)).limit(SOME)
            calls = session.scalars(query).all()
            if not calls:
                return
            for call in calls:
                rekey_call(session, call, self._sealer(call), self._master, signed_by)
            last = calls[-1].id
            session.flush()
            session.expunge_all()

    def _sealer(self, call: CallRow) -> CallSealer | None:
        try:
            return None if call.key_wrapped is None else self._master.unwrap(call.id, call.key_wrapped)
        except SealBroken:
            return None


def manifest_of(path: Path) -> Path:
    return path.with_suffix(".json")


def _manifest(source: Path) -> Manifest:
    beside = manifest_of(source)
    if not source.is_file() or not beside.is_file():
        raise BackupBroken(f"{source.name} or its {beside.name} is not there")
    manifest = Manifest.model_validate_json(beside.read_bytes())
    if manifest.sha256 != _digest(source):
        raise BackupBroken(f"{source.name} is not what was backed up: its sha256 is another")
    return manifest


def _copied(engine: Engine, draft: Path) -> dict[str, int]:
    """All rows as they are at one moment, without what a backup must not hold."""
    migrate.upgrade(_sqlite(draft))
    target = open_engine(_sqlite(draft))
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as source:

            def work(session: Session) -> dict[str, int]:
                into = session.connection()
                with _without_triggers(into):
                    return {t.name: _rows(source, into, t, _stripped) for t in TABLES.sorted_tables}

            counts = write(target, work, PATIENCE_S)
        raw = target.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        finally:
            raw.close()
        return counts
    finally:
        target.dispose()


def _rows(source: Connection, target: Connection, table: Table, made: Made) -> int:
    copied = 0
    rows = source.execution_options(yield_per=SOME).execute(select(table)).mappings()
    for some in rows.partitions():
        values = [made(table.name, dict(row)) for row in some]
        kept = [row for row in values if row]
        if kept:
            target.execute(insert(table), kept)
        copied += len(kept)
    return copied


def _stripped(table: str, row: dict[str, object]) -> dict[str, object]:
    if table == "meta" and str(row["name"]).startswith(WRAP):
        return {}
    return row | dict.fromkeys(PERSONAL.get(table, ()))


@contextmanager
def _without_triggers(connection: Connection) -> Iterator[None]:
    """The rules of referrals are about changes: rows that came about under them are put in as they are."""
    if connection.dialect.name == "postgresql":
        for table in TABLES.sorted_tables:
            connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        yield
        for table in TABLES.sorted_tables:
            connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
        return
    kept = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in kept:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in kept:
        connection.exec_driver_sql(sql)


def _verified(
    engine: Engine, master: MasterKey, manifest: Manifest, erased: int, anchors: Anchors
) -> RestoreReport:
    """Counts against the manifest, every chain, the audit log. Raises BackupBroken."""
    with reading(engine) as session:
        connection = session.connection()
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES.sorted_tables
        }
        _compare(manifest.tables, counts)
        broken = tuple(
            call_id
            for call_id in session.scalars(select(col(CallRow.id)).order_by(col(CallRow.id))).all()
            if not verify_chain(session, master, call_id).whole
        )
        audit = verify_audit(session, master, anchors.read())
    return RestoreReport(tables=counts, erased=erased, broken=broken, audit_whole=audit.whole)


def _compare(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    added = {"audit": 1, "copies": 1}
    for table, count in expected.items():
        if table != "meta" and found.get(table) != count + added.get(table, 0):
            raise BackupBroken(f"{table} has {found.get(table)} rows, {count} were backed up")


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(path: Path) -> None:
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)
