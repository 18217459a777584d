"""Calls: begun, appended to, leased, closed, read back, erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import empty_wal, reading
from data.errors import CallUnknown, ConstraintBroken, StoreDown, StoreError
from data.event_log import (
    Batch,
    insert_batch,
    open_event,
    pending_acts,
    read_events,
    seal_batch,
    verify_chain,
)
from data.events import CallEvent
from data.journal import Begun
from data.ledger import Ledger, LiveCall, call_row
from data.masking import mask_phone
from data.meta import require_master
from data.records import CallSummary, ChainReport, PendingAct, PlannedAct, Recording
from data.sorting_rows import forget_callers
from data.tables import ActRow, CallRow, InquiryRow, RecordRow
from data.vocabulary import Outcome

CALLER_PLACE = "call/caller_no"


class CallBook(Ledger):
    """The calls and their events."""

    def begin_call(
        self,
        call_id: str,
        line: str,
        caller_no: str | None,
        started_at: datetime,
        script: str,
        owner: str,
        lease_seconds: float,
    ) -> None:
        """Opens a call owned by `owner` (this process's boot id) until started_at + lease_seconds.

        While the database is away the call begins in the journal. Raises StoreUnavailable, ConstraintBroken
        (the id is taken).
        """
        sealer, wrapped = self.master.new_call(call_id)
        begun = Begun(
            call_id=call_id,
            line=line,
            started_at=started_at,
            script=script,
            owner=owner,
            lease_until=started_at + timedelta(seconds=lease_seconds),
            caller_no_hash=self.master.phone_hash(caller_no) if caller_no else None,
            caller_no_sealed=sealer.seal(caller_no.encode(), CALLER_PLACE) if caller_no else None,
            key_wrapped=wrapped,
        )

        def begin(session: Session) -> None:
            require_master(session, self.master)
            session.add(call_row(begun))

        with self._lock:
            if call_id in self._live or self.journal.has(call_id):
                raise ConstraintBroken(f"call {call_id} has begun already")
            try:
                self._write(begin)
            except StoreDown:
                self._spill(begun=begun)
            self._live[call_id] = LiveCall(sealer, 1, owner)

    def append(self, call_id: str, events: Sequence[CallEvent], acts: Sequence[PlannedAct] = ()) -> list[int]:
        """Keeps `events`, and the `acts` planned with them, in one transaction: durable on return.

        Returns the events' seqs (from 1, consecutive). A locked database is waited for (1.5 s); if it stays
        locked, is full or broken, the events go to the journal and count as kept. An act without a key is
        keyed act_key(call_id, last seq, index). Raises StoreUnavailable (nothing was kept), LeaseLost,
        CallUnknown, CallErased, ValueError (acts without events).
        """
        if not events and not acts:
            return []
        with self._lock:
            live = self._enlive(call_id)
            batch = seal_batch(live.sealer, live.next_seq, events, acts)
            try:
                seqs = self._append_to_database(live, batch)
            except StoreDown:
                self._spill(batch=batch)
                seqs = [event.seq for event in batch.events]
            live.next_seq = seqs[-1] + 1
            return seqs

    def events(self, call_id: str) -> list[CallEvent]:
        """The call's events in order, those in the journal too.

        Raises CallUnknown, CallErased, SealBroken.
        """
        spilled = self._spilled_batches(call_id)  # first: what is imported meanwhile is then seen twice
        sealer = self.sealer(call_id)
        with reading(self.engine) as session:
            kept = list(read_events(session, sealer))
        for batch in spilled:
            for event in batch.events:
                if event.seq == len(kept) + 1:
                    kept.append(open_event(sealer, event.seq, event.type, event.payload))
        return kept

    def pending_acts(self, call_id: str) -> list[PendingAct]:
        """The call's planned acts that are not done, in order. Raises CallUnknown, CallErased, StoreDown."""
        with self._lock:
            sealer = self._enlive(call_id).sealer
            return self._transact(call_id, lambda session: pending_acts(session, sealer))

    def unfinished_calls(self) -> list[str]:
        """Calls that ended with acts still pending (the database was away when they were due), oldest first.

        `recover` hands back only the acts of crashed calls: whoever carries acts out looks here too.
        """
        query = (
            select(col(CallRow.id))
            .where(
                col(CallRow.ended_at).is_not(None),
                col(CallRow.erased_at).is_(None),
                col(CallRow.id).in_(select(col(ActRow.call_id)).where(col(ActRow.done_at).is_(None))),
            )
            .order_by(col(CallRow.started_at), col(CallRow.id))
        )
        with reading(self.engine) as session:
            return list(session.scalars(query))

    def heartbeat(self, call_id: str, owner: str, lease_seconds: float, now: datetime | None = None) -> bool:
        """Extends the lease to now + lease_seconds. False: the call is closed or no longer this owner's."""
        until = self._now(now) + timedelta(seconds=lease_seconds)

        def extend(session: Session) -> bool:
            done = session.scalar(
                update(CallRow)
                .where(
                    col(CallRow.id) == call_id, col(CallRow.owner) == owner, col(CallRow.ended_at).is_(None)
                )
                .values(lease_until=until)
                .returning(col(CallRow.id))
            )
            return done is not None

        return self._transact(call_id, extend, fenced=False)

    def heartbeat_all(self, owner: str, lease_seconds: float, now: datetime | None = None) -> list[str]:
        """Extends the leases of all open calls of `owner` in one transaction; returns their ids."""
        until = self._now(now) + timedelta(seconds=lease_seconds)

        def extend(session: Session) -> list[str]:
            beat = (
                update(CallRow)
                .where(col(CallRow.owner) == owner, col(CallRow.ended_at).is_(None))
                .values(lease_until=until)
                .returning(col(CallRow.id))
            )
            return sorted(session.scalars(beat))

        return self._write(extend)

    def expired_calls(self, now: datetime) -> list[str]:
        """Calls not ended whose lease has run out, oldest first."""
        with reading(self.engine) as session:
            return [row.id for row in session.scalars(_expired(now))]

    def takeover(self, now: datetime, owner: str, lease_seconds: float = 60) -> list[str]:
        """Claims every call whose lease has expired, and no other; returns their ids, oldest first.

        Two processes never get the same call; the former owner's later writes are refused (LeaseLost).
        """

        def claim(session: Session) -> list[str]:
            rows = list(session.scalars(_expired(now).with_for_update(skip_locked=True)))
            for row in rows:
                row.owner = owner
                row.lease_until = now + timedelta(seconds=lease_seconds)
            return [row.id for row in rows]

        with self._lock:
            claimed = self._write(claim)
            for call_id in claimed:
                self._live.pop(call_id, None)
                self._enlive(call_id, owner)
            return claimed

    def close_call(
        self,
        call_id: str,
        outcome: Outcome,
        by: str,
        ended_at: datetime,
        recording: Recording | None = None,
    ) -> None:
        """Marks the call ended. by: seat | caller | limit | crash. The first closing holds.

        Raises StoreDown: nothing is lost, recovery closes it when its lease has run out; LeaseLost.
        """

        def end(session: Session) -> None:
            row = session.get(CallRow, call_id)
            assert row is not None  # _transact has seen it
            if recording is not None:
                row.recording_path, row.recording_sha256 = recording.path, recording.sha256
            if row.ended_at is None:
                row.ended_at, row.outcome, row.closed_by = ended_at, outcome.value, by

        with self._lock:
            self._transact(call_id, end)
            self._live.pop(call_id, None)

    def caller_no(self, call_id: str) -> str | None:
        """The number that rang, in the clear: for ringing back."""
        sealer = self.sealer(call_id)
        with reading(self.engine) as session:
            row = session.get(CallRow, call_id)
            if row is None or row.caller_no_sealed is None:
                return None
            return sealer.open(row.caller_no_sealed, CALLER_PLACE).decode()

    def calls(self, limit: int = 50, phone: str | None = None, open_only: bool = False) -> list[CallSummary]:
        """The newest calls first. phone: only those from this number (equality, by keyed hash)."""
        query = select(CallRow).order_by(col(CallRow.started_at).desc(), col(CallRow.id)).limit(limit)
        if phone is not None:
            query = query.where(col(CallRow.caller_no_hash) == self.master.phone_hash(phone))
        if open_only:
            query = query.where(col(CallRow.ended_at).is_(None))
        with reading(self.engine) as session:
            return [self._summary(row) for row in session.scalars(query)]

    def call(self, call_id: str) -> CallSummary:
        """Raises CallUnknown."""
        with reading(self.engine) as session:
            row = session.get(CallRow, call_id)
            if row is None:
                raise CallUnknown(f"no call {call_id}")
            return self._summary(row)

    def verify(self, call_id: str) -> ChainReport:
        """Whether the call's event chain is whole (erased calls too). Raises CallUnknown."""
        with reading(self.engine) as session:
            return verify_chain(session, self.master, call_id)

    def verify_all(self) -> Iterator[ChainReport]:
        """Every call's report, oldest first, each from its own view of the database."""
        with reading(self.engine) as session:
            ids = list(session.scalars(select(col(CallRow.id)).order_by(col(CallRow.started_at))))
        for call_id in ids:
            yield self.verify(call_id)

    def erase_call(self, call_id: str, now: datetime | None = None) -> str | None:
        """Destroys the call's key: its events, records and numbers can never be read again.

        The chain and the columns for analysis stay. Returns the recording's path, for the caller to delete.
        Bring the backups' keys up to date afterwards (data.backup_keys). Raises CallUnknown; StoreError for an
        open call.
        """
        at = self._now(now)

        def erase(session: Session) -> str | None:
            row = session.get(CallRow, call_id)
            assert row is not None
            if row.ended_at is None:
                raise StoreError(f"call {call_id} is still open; close it before erasing it")
            row.key_wrapped = row.caller_no_sealed = row.caller_no_hash = None
            row.erased_at = row.erased_at or at
            session.execute(
                update(RecordRow).where(col(RecordRow.call_id) == call_id).values(phone_hash=None)
            )
            session.execute(
                update(InquiryRow).where(col(InquiryRow.call_id) == call_id).values(caller_hash=None)
            )
            forget_callers(session, call_id)
            return row.recording_path

        with self._lock:
            path = self._transact(call_id, erase)
            self._live.pop(call_id, None)
            self.journal.drop(call_id)
            empty_wal(self.engine)  # old pages held the key
            return path

    def _append_to_database(self, live: LiveCall, batch: Batch) -> list[int]:
        return self._transact(
            batch.call_id, lambda session: insert_batch(session, self.master, live.sealer, batch)
        )

    def _summary(self, row: CallRow) -> CallSummary:
        caller = None
        if row.caller_no_sealed is not None and row.key_wrapped is not None:
            caller = mask_phone(self._opened(row).open(row.caller_no_sealed, CALLER_PLACE).decode())
        return CallSummary(
            id=row.id,
            line=row.line,
            started_at=row.started_at,
            ended_at=row.ended_at,
            script=row.script,
            outcome=None if row.outcome is None else Outcome(row.outcome),
            closed_by=row.closed_by,
            caller=caller,
            events=row.events,
            recording_path=row.recording_path,
            recording_sha256=row.recording_sha256,
            erased=row.erased_at is not None,
        )


def _expired(now: datetime) -> Select[CallRow]:
    return (
        select(CallRow)
        .where(col(CallRow.ended_at).is_(None), col(CallRow.lease_until) < now)
        .order_by(col(CallRow.started_at), col(CallRow.id))
    )
