"""The event log of one call: sealed rows in a chain, written whole batches at a time.

A batch is what one `append` was given: events and the acts planned with them, sealed before the first try,
so that a retry or the spill journal writes the very same bytes and a second import of them changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pydantic import ConfigDict
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.errors import CallUnknown
from data.events import EVENT, CallEvent
from data.records import ChainReport, PendingAct, PlannedAct
from data.sealing import CallSealer, MasterKey
from data.tables import ActRow, CallRow, EventRow
from data.understanding import Frozen


class Sealed(Frozen):
    """Bytes travel through JSON as base64."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )


class SealedEvent(Sealed):
    seq: int
    at_ms: int
    type: str
    payload: bytes


class SealedAct(Sealed):
    idx: int
    kind: str
    key: str
    payload: bytes


class Batch(Sealed):
    """Consecutive events of a call; acts follow its last event."""

    call_id: str
    events: tuple[SealedEvent, ...]
    acts: tuple[SealedAct, ...] = ()

    @property
    def first(self) -> int:
        return self.events[0].seq

    @property
    def last(self) -> int:
        return self.events[-1].seq


def act_key(call_id: str, seq: int, idx: int) -> str:
    """The idempotency key of the idx-th act planned with event `seq` (the last of its batch)."""
    return f"{call_id}/{seq}/{idx}"


def event_place(seq: int, kind: str) -> str:
    return f"event/{seq}/{kind}"


def act_place(key: str, kind: str) -> str:
    return f"act/{key}/{kind}"


def seal_batch(
    sealer: CallSealer, first: int, events: Sequence[CallEvent], acts: Sequence[PlannedAct] = ()
) -> Batch:
    """`events` sealed as seq first, first+1, …; the acts are keyed after the last one. Needs one event."""
    if not events:
        raise ValueError("acts are planned with the events they follow; there are none")
    sealed = tuple(
        SealedEvent(
            seq=seq,
            at_ms=event.at,
            type=event.type,
            payload=sealer.seal(EVENT.dump_json(event), event_place(seq, event.type)),
        )
        for seq, event in enumerate(events, first)
    )
    keys = [act.key or act_key(sealer.call_id, sealed[-1].seq, idx) for idx, act in enumerate(acts)]
    return Batch(
        call_id=sealer.call_id,
        events=sealed,
        acts=tuple(
            SealedAct(
                idx=idx,
                kind=act.kind,
                key=key,
                payload=sealer.seal(act.payload.encode(), act_place(key, act.kind)),
            )
            for idx, (key, act) in enumerate(zip(keys, acts, strict=True))
        ),
    )


def insert_batch(session: Session, master: MasterKey, sealer: CallSealer, batch: Batch) -> list[int]:
    """Adds a batch at the end of the call's chain; returns the seqs its events have.

    Events already there, byte for byte, are left alone. If others took their places meanwhile (a call that
    was taken over while events of it lay in the journal), they are sealed anew at the end.
    """
    call = session.get(CallRow, batch.call_id, with_for_update=True)
    if call is None:
        raise CallUnknown(f"no call {batch.call_id}")
    there = _already(session, batch)
    if there is not None:
        return there
    end, link = _end(session, batch.call_id)
    moved = batch.first != end + 1
    events = _moved(sealer, batch, end + 1) if moved else batch.events
    rows = []
    for event, original in zip(events, batch.events, strict=True):
        link = chain(link, event.seq, event.type, event.payload)
        rows.append(
            {
                "call_id": batch.call_id,
                "seq": event.seq,
                "at_ms": event.at_ms,
                "type": event.type,
                "payload": event.payload,
                "hash": link,
                "origin": hashlib.sha256(original.payload).hexdigest() if moved else None,
            }
        )
    session.execute(insert(EventRow), rows)
    if batch.acts:
        known = set(
            session.scalars(
                select(col(ActRow.key)).where(col(ActRow.key).in_([act.key for act in batch.acts]))
            )
        )
        for act in batch.acts:
            if act.key not in known:
                session.add(
                    ActRow(
                        key=act.key,
                        call_id=batch.call_id,
                        seq=events[-1].seq,
                        idx=act.idx,
                        kind=act.kind,
                        payload=act.payload,
                    )
                )
    call.events = events[-1].seq
    call.head = master.sign(_head(batch.call_id, call.events, link))
    session.add(call)
    return [event.seq for event in events]


def read_events(session: Session, sealer: CallSealer) -> Iterator[CallEvent]:
    """The call's events in order. Raises SealBroken at the first that was changed or moved."""
    rows = session.execute(
        select(col(EventRow.seq), col(EventRow.type), col(EventRow.payload))
        .where(col(EventRow.call_id) == sealer.call_id)
        .order_by(col(EventRow.seq))
    )
    for seq, kind, payload in rows:
        yield open_event(sealer, seq, kind, payload)


def open_event(sealer: CallSealer, seq: int, kind: str, payload: bytes) -> CallEvent:
    return EVENT.validate_json(sealer.open(payload, event_place(seq, kind)))


def last_seq(session: Session, call_id: str) -> int:
    """0 when the call has no event yet; seqs begin at 1."""
    return _end(session, call_id)[0]


def pending_acts(session: Session, sealer: CallSealer) -> list[PendingAct]:
    """Acts whose effect is not certain, in the order planned."""
    rows = session.scalars(
        select(ActRow)
        .where(col(ActRow.call_id) == sealer.call_id, col(ActRow.done_at).is_(None))
        .order_by(col(ActRow.seq), col(ActRow.idx))
    )
    return [
        PendingAct(
            key=row.key,
            call_id=row.call_id,
            seq=row.seq,
            idx=row.idx,
            kind=row.kind,
            payload=sealer.open(row.payload, act_place(row.key, row.kind)).decode(),
        )
        for row in rows
    ]


def verify_chain(session: Session, master: MasterKey, call_id: str) -> ChainReport:
    """Whether the call's events are all there, in order, unchanged. Needs no call key: erased calls too."""
    call = session.get(CallRow, call_id)
    if call is None:
        raise CallUnknown(f"no call {call_id}")
    link, end = call_id, 0

    def broken(seq: int, reason: str) -> ChainReport:
        return ChainReport(call_id=call_id, events=end, whole=False, broken_at=seq, reason=reason)

    for row in session.scalars(
        select(EventRow).where(col(EventRow.call_id) == call_id).order_by(col(EventRow.seq))
    ):
        if row.seq != end + 1:
            return broken(end + 1, "missing")
        link = chain(link, row.seq, row.type, row.payload)
        if link != row.hash:
            return broken(row.seq, "changed")
        end = row.seq
    if call.events != end:
        return broken(end + 1, "cut off")
    if end and call.head != master.sign(_head(call_id, end, link)):
        return broken(end, "the head's signature is another's")
    return ChainReport(call_id=call_id, events=end, whole=True)


def chain(previous: str, seq: int, kind: str, payload: bytes) -> str:
    """The hash of an event's row; the first one's previous hash is the call's id."""
    return hashlib.sha256(f"{previous}|{seq}|{kind}|".encode() + payload).hexdigest()


def head_message(session: Session, call: CallRow) -> bytes:
    """What the head of the call's chain signs, by the rows there are."""
    return _head(call.id, call.events, _end(session, call.id)[1])


def _head(call_id: str, events: int, link: str) -> bytes:
    return f"{call_id}|{events}|{link}".encode()


def _end(session: Session, call_id: str) -> tuple[int, str]:
    row = session.execute(
        select(col(EventRow.seq), col(EventRow.hash))
        .where(col(EventRow.call_id) == call_id)
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    ).one_or_none()
    return (0, call_id) if row is None else (row[0], row[1])


def _already(session: Session, batch: Batch) -> list[int] | None:
    """The seqs this very batch was imported under before, or None. It is in whole or not at all."""
    first = batch.events[0]
    at_home = session.scalar(
        select(col(EventRow.payload)).where(
            col(EventRow.call_id) == batch.call_id, col(EventRow.seq) == first.seq
        )
    )
    if at_home is None:
        return None
    if at_home == first.payload:
        return [event.seq for event in batch.events]
    moved = session.scalar(
        select(col(EventRow.seq)).where(
            col(EventRow.call_id) == batch.call_id,
            col(EventRow.origin) == hashlib.sha256(first.payload).hexdigest(),
        )
    )
    return None if moved is None else list(range(moved, moved + len(batch.events)))


def _moved(sealer: CallSealer, batch: Batch, first: int) -> tuple[SealedEvent, ...]:
    return tuple(
        SealedEvent(
            seq=seq,
            at_ms=event.at_ms,
            type=event.type,
            payload=sealer.seal(
                sealer.open(event.payload, event_place(event.seq, event.type)), event_place(seq, event.type)
            ),
        )
        for seq, event in enumerate(batch.events, first)
    )
