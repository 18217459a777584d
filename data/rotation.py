"""Changing the master key: every call's key wrapped anew, in small transactions, and the former key gone.

What is sealed stays as it is (events, fields, recordings: their call keys do not change, and the chains cover their
ciphertext). Killed at any moment it goes on where it was, and until it is done no store opens and no call begins.
The counts of wrong inquiries about a case, which last a day, begin anew.

The former key then opens nothing of this database, nor of the backups in folders that can be reached. A copy of
database or keys.db somebody took before, he can still read with the former key: it must be gone everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data import migrate
from data.anchors import Anchors
from data.audit import Actor, AuditEntry
from data.audit_book import AuditDraft, append_entry
from data.backup_keys import sync_folders
from data.engine import empty_wal, open_engine, read, vacuum, write
from data.errors import RotationRefused, SealBroken, WrongKey
from data.journal import Journal
from data.keys import KeySource
from data.ledger import utc_now
from data.meta import (
    CURSOR,
    MASTER,
    MASTER_NEXT,
    PAST_AUDIT,
    ROTATED_AT,
    audit_keys,
    fact,
    put_fact,
    put_wrapped,
    wrapped_keys,
)
from data.rekey import rekey_call
from data.roles import Right
from data.sealing import CallSealer, MasterKey
from data.tables import CallRow, MetaRow
from data.understanding import Frozen

BATCH = 200
PATIENCE_S = 15.0


class RotationReport(Frozen):
    """calls: those done by this run, damaged: those of them whose key opens under neither master and stays as it is.

    backups_missed: folders whose keys.db still has the former wraps.
    """

    calls: int
    key_id: str
    damaged: tuple[str, ...] = ()
    backups_missed: tuple[str, ...] = ()


def rotate(
    url: str,
    home: Path,
    keys: KeySource,
    who: Actor,
    reason: str | None,
    *,
    clock: Callable[[], datetime] = utc_now,
    progress: Callable[[int, int], None] = lambda done, total: None,
    batch: int = BATCH,
) -> RotationReport:
    """Begins a change of the master key, or goes on with one that was cut off.

    progress: calls done, calls in all. Raises RotationRefused (calls are going on, or events wait in the journal),
    WrongKey, StoreDown. One at a time: a second one beside it waits its turn and finds nothing to do.
    """
    engine = open_engine(url)
    try:
        migrate.upgrade_engine(engine)
        rotation = _Rotation(engine, home, keys, clock)
        done = rotation.wrap_calls(batch, progress)
        missed = rotation.finish(who, reason, done)
        return RotationReport(
            calls=done,
            key_id=rotation.new.key_id,
            damaged=tuple(rotation.damaged),
            backups_missed=missed,
        )
    finally:
        engine.dispose()


class _Rotation:
    def __init__(self, engine: Engine, home: Path, keys: KeySource, clock: Callable[[], datetime]) -> None:
        self._engine, self._home, self._keys, self._clock = engine, home, keys, clock
        known, under_way = read(engine, lambda session: (fact(session, MASTER), fact(session, MASTER_NEXT)))
        following = keys.read_next()
        if known is None:
            raise RotationRefused("this database has no key yet")
        if under_way is None and following is not None and following.key_id == known:
            # The change before this one was cut off after its last transaction.
            sync_folders(engine)
            keys.promote()
            following = keys.read_next()
        held = keys.read()
        if held is None or held.key_id != known:
            raise WrongKey("the master key in use is not this database's")
        if under_way is None and list(Journal(home).files()):
            raise RotationRefused("events wait in the journal; start the seat once, so that they are kept")
        if following is None:
            if under_way is not None:
                raise WrongKey("the next key of the change under way is missing (HOME/keys)")
            following = keys.make_next()
        self.old: MasterKey = held
        self.new: MasterKey = following
        self.damaged: list[str] = []
        write(engine, self._begin, PATIENCE_S)

    def _begin(self, session: Session) -> None:
        migrate.alone(session)
        under_way = fact(session, MASTER_NEXT)
        if under_way is not None:
            if under_way != self.new.key_id:
                raise WrongKey("the change under way leads to another key")
            return
        # On PostgreSQL this waits for every call that is just beginning (data.meta.require_master).
        session.get(MetaRow, MASTER, with_for_update=True)
        going_on = (
            select(func.count())
            .select_from(CallRow)
            .where(col(CallRow.ended_at).is_(None), col(CallRow.lease_until) > self._clock())
        )
        if count := session.scalar(going_on):
            raise RotationRefused(f"{count} calls are going on; stop the seat first")
        put_fact(session, MASTER_NEXT, self.new.key_id)

    def wrap_calls(self, batch: int, progress: Callable[[int, int], None]) -> int:
        total = read(self._engine, lambda session: session.scalar(select(func.count(col(CallRow.id)))) or 0)
        done = 0
        while more := write(self._engine, lambda session: self._some(session, batch), PATIENCE_S):
            done += more
            progress(done, total)
        return done

    def _some(self, session: Session, batch: int) -> int:
        migrate.alone(session)
        if fact(session, MASTER_NEXT) is None:
            return 0  # another process has finished it
        signed_by = tuple(audit_keys(session, self.old).values())
        rows = session.scalars(
            select(CallRow)
            .where(col(CallRow.id) > (fact(session, CURSOR) or ""))
            .order_by(col(CallRow.id))
            .limit(batch)
        ).all()
        for call in rows:
            try:
                sealer = self._sealer(call)
            except SealBroken:
                self.damaged.append(call.id)
            else:
                rekey_call(session, call, sealer, self.new, signed_by)
        if rows:
            put_fact(session, CURSOR, rows[-1].id)
        return len(rows)

    def _sealer(self, call: CallRow) -> CallSealer | None:
        if call.key_wrapped is None:
            return None
        try:
            return self.old.unwrap(call.id, call.key_wrapped)
        except SealBroken:
            return self.new.unwrap(call.id, call.key_wrapped)

    def finish(self, who: Actor, reason: str | None, done: int) -> tuple[str, ...]:
        entry = write(self._engine, lambda session: self._end(session, who, reason, done), PATIENCE_S)
        if entry is not None:
            Anchors(self._home).add(entry.seq, entry.mac)
        # Old pages held the former wraps.
        empty_wal(self._engine)
        for table in ("calls", "meta"):
            vacuum(self._engine, table, whole=True)
        missed = sync_folders(self._engine)
        self._keys.promote()
        return missed

    def _end(self, session: Session, who: Actor, reason: str | None, done: int) -> AuditEntry | None:
        migrate.alone(session)
        if fact(session, MASTER_NEXT) is None:
            return None
        for name, wrapped in wrapped_keys(session).items():
            put_wrapped(session, self.new, name, self.old.unwrapped(name, wrapped))
        put_wrapped(session, self.new, PAST_AUDIT + self.old.key_id, self.old.audit_key)
        put_fact(session, MASTER, self.new.key_id)
        put_fact(session, MASTER_NEXT, None)
        put_fact(session, CURSOR, None)
        at = self._clock()
        put_fact(session, ROTATED_AT, at.isoformat())
        draft = AuditDraft(
            Right.ROTATE_KEY,
            who,
            reason=reason,
            details={"calls": done, "from": self.old.key_id, "to": self.new.key_id},
        )
        return append_entry(session, self.new, draft, at)
