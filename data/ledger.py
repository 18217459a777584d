"""The ledger: one database, one home, one master key, and the only way anything is written to them.

Everything here is synchronous; the edge calls it from one writer thread, other threads may read.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data import migrate
from data.backup_keys import sync_folders
from data.engine import empty_wal, open_engine, read, reading, write
from data.errors import CallErased, CallUnknown, LeaseLost, RotationPending, StoreError, WrongKey
from data.event_log import Batch, insert_batch, last_seq
from data.journal import Begun, Entry, Journal
from data.keys import KeySource, key_source
from data.meta import MASTER, MASTER_NEXT, fact, put_fact, require_master
from data.sealing import CallSealer, MasterKey
from data.tables import CallRow

log = logging.getLogger(__name__)

Result = TypeVar("Result")

BUSY_BUDGET_S = 1.5
"""How long a write may wait for the database before the journal takes over."""
SPILLED_BUDGET_S = 0.05
"""The same, for a call whose last write already went to the journal."""
ADOPTED_LEASE = timedelta(seconds=60)
"""A call first seen in the journal: its owner gets this long for its next heartbeat."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class LiveCall:
    """What is known in memory of a call being written to. owner None: not ours, so not fenced."""

    sealer: CallSealer
    next_seq: int
    owner: str | None


class Ledger:
    """Holds the engine, the keys and the journal; subclasses add what is kept. One per process."""

    def __init__(
        self,
        engine: Engine,
        home: Path,
        master: MasterKey,
        clock: Callable[[], datetime] = utc_now,
        busy_budget: float = BUSY_BUDGET_S,
    ) -> None:
        self.engine = engine
        self.home = home
        self.master = master
        self.journal = Journal(home)
        self._clock = clock
        self._busy_budget = busy_budget
        self._lock = threading.RLock()
        self._live: dict[str, LiveCall] = {}

    @classmethod
    def open(
        cls,
        url: str,
        home: Path,
        *,
        keys: KeySource | None = None,
        clock: Callable[[], datetime] = utc_now,
        busy_budget: float = BUSY_BUDGET_S,
        upgrade: bool = True,
    ) -> Self:
        """The store at `url` (any SQLAlchemy URL), brought to the newest schema; keys and journal in `home`.

        keys: where the master key is; by default as `key_source` finds it. Raises UnsafeEngine, WrongKey
        (missing, or not the one this database was made with), RotationPending, StoreDown.
        """
        engine = open_engine(url)
        try:
            if upgrade:
                migrate.upgrade_engine(engine)
            held = _right_key(engine, keys or key_source(home))
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, home, held, clock, busy_budget)

    def close(self) -> None:
        with self._lock:
            self._live.clear()
            self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def sealer(self, call_id: str) -> CallSealer:
        """Seals and opens the call's own bytes (its audio). Raises CallUnknown, CallErased, SealBroken."""
        with self._lock:
            live = self._live.get(call_id)
            if live is not None:
                return live.sealer
        with reading(self.engine) as session:
            row = session.get(CallRow, call_id)
            if row is not None:
                return self._opened(row)
        for entry in self.journal.peek(call_id):
            if entry.begun is not None:
                return self.master.unwrap(call_id, entry.begun.key_wrapped)
        raise CallUnknown(f"no call {call_id}")

    def drain_journal(self, now: datetime | None = None) -> list[str]:
        """Imports what lies in the journal, call by call; returns the calls imported whole.

        A call that cannot be imported now (locked, damaged, erased) keeps its file. Safe beside a live owner.
        """
        done = []
        for path in self.journal.files():
            try:
                entries = self.journal.peek_file(path)
                if not entries:
                    continue
                call_id = entries[0].call_id
                self._transact(call_id, lambda session: None, fenced=False, adopted_at=now or self._clock())
                done.append(call_id)
            except StoreError as error:
                log.error("journal file %s could not be imported: %s", path.name, error)
        return done

    # --- for the subclasses ---------------------------------------------------------------------

    def _now(self, now: datetime | None) -> datetime:
        return self._clock() if now is None else now

    def _transact(
        self,
        call_id: str,
        work: Callable[[Session], Result],
        *,
        fenced: bool = True,
        adopted_at: datetime | None = None,
    ) -> Result:
        """One durable transaction on a call, after whatever of it still lies in the journal.

        fenced: refuse (LeaseLost) when this process began the call and another has taken it over.
        """

        def whole(session: Session) -> Result:
            for entry in entries:
                self._import(session, entry, adopted_at)
            row = session.get(CallRow, call_id, with_for_update=True)
            if row is None:
                raise CallUnknown(f"no call {call_id}")
            live = self._live.get(call_id)
            if fenced and live is not None and live.owner is not None and row.owner != live.owner:
                raise LeaseLost(f"call {call_id} was taken over by another process")
            return work(session)

        with self._lock:
            budget = SPILLED_BUDGET_S if self.journal.has(call_id) else self._busy_budget
            with self.journal.take(call_id) as entries:
                return write(self.engine, whole, min(budget, self._busy_budget))

    def _write(self, work: Callable[[Session], Result]) -> Result:
        """One durable transaction that concerns no single call."""
        with self._lock:
            return write(self.engine, work, self._busy_budget)

    def _enlive(self, call_id: str, owner: str | None = None) -> LiveCall:
        """The call's entry in memory, loaded if it is not there. Raises CallUnknown, CallErased."""
        live = self._live.get(call_id)
        if live is None:
            sealer = self.sealer(call_id)
            with reading(self.engine) as session:
                end = last_seq(session, call_id)
            live = LiveCall(sealer, max(end, self._spilled_end(call_id)) + 1, owner)
            self._live[call_id] = live
        return live

    def _spill(self, begun: Begun | None = None, batch: Batch | None = None) -> None:
        entry = Entry(begun=begun, batch=batch)
        self.journal.add(entry.call_id, entry)

    def _spilled_batches(self, call_id: str) -> Sequence[Batch]:
        return [entry.batch for entry in self.journal.peek(call_id) if entry.batch is not None]

    def _opened(self, row: CallRow) -> CallSealer:
        if row.key_wrapped is None:
            raise CallErased(f"call {row.id} was erased")
        return self.master.unwrap(row.id, row.key_wrapped)

    def _spilled_end(self, call_id: str) -> int:
        return max((batch.last for batch in self._spilled_batches(call_id)), default=0)

    def _import(self, session: Session, entry: Entry, adopted_at: datetime | None) -> None:
        if entry.begun is not None:
            begun = entry.begun
            if session.scalar(select(col(CallRow.id)).where(col(CallRow.id) == begun.call_id)) is None:
                require_master(session, self.master)
                row = call_row(begun)
                if adopted_at is not None:
                    row.lease_until = max(row.lease_until, adopted_at + ADOPTED_LEASE)
                session.add(row)
                session.flush()
        if entry.batch is not None:
            call = session.get(CallRow, entry.batch.call_id)
            if call is None:
                raise StoreError("a journal holds events of a call that never began")
            insert_batch(session, self.master, self._opened(call), entry.batch)


def call_row(begun: Begun) -> CallRow:
    values = begun.model_dump()
    return CallRow(id=values.pop("call_id"), **values)


def _right_key(engine: Engine, keys: KeySource) -> MasterKey:
    """The master key this database is at; a new database takes the one there is, or a new one."""

    def claimed(session: Session) -> str:
        migrate.alone(session)
        known = fact(session, MASTER)
        if known is None:
            put_fact(session, MASTER, held.key_id)
        elif fact(session, MASTER_NEXT) is not None:
            raise RotationPending("the master key is being changed; finish it with: smartseat db rotate-key")
        return known or held.key_id

    known = read(engine, lambda session: fact(session, MASTER))
    following = keys.read_next() if known is not None else None
    if following is not None and following.key_id == known:
        # A rotation was cut off after its last transaction: this is what was left of it.
        empty_wal(engine)
        sync_folders(engine)
        keys.promote()
        held = following
    else:
        held = _held(keys, new=known is None)
    if write(engine, claimed) != held.key_id:
        raise WrongKey("this database was made with another master key")
    return held


def _held(keys: KeySource, new: bool) -> MasterKey:
    held = keys.read()
    if held is None:
        if not new:  # a database that has calls must not quietly get a new key
            raise WrongKey("the master key (HOME/keys) is missing; restore it from its backup")
        held = keys.make()
    return held
