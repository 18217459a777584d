"""The audit log in the store: acts of people and jobs, kept before they are done."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from data.anchors import Anchors
from data.audit import FIRST, Actor, AuditEntry, AuditReport, Detail, Head, Outcome, check, head_of, mac_of
from data.engine import reading
from data.errors import SealBroken
from data.ledger import Ledger
from data.meta import audit_keys, fact, put_fact, put_wrapped, wrapped_keys
from data.sealing import KEY_BYTES, CallSealer, MasterKey
from data.tables import AuditRow, CallRow

HEAD = "audit_head"
LOG = "log"
"""The log's own key, for reasons that belong to no call."""


class AuditBook(Ledger):
    """The log."""

    def note(
        self,
        act: str,
        who: Actor,
        outcome: Outcome = "done",
        *,
        target: str | None = None,
        call_id: str | None = None,
        reason: str | None = None,
        details: Mapping[str, Detail] | None = None,
        now: datetime | None = None,
    ) -> int:
        """Keeps an act, durable on return; gives its number.

        target: a case number or the like; details: counts and names of fields, nothing personal. reason: a
        person's words, sealed with the key of the call they are about, or the log's own. Raises StoreDown.
        """
        at = self._now(now)
        draft = AuditDraft(act, who, outcome, target, call_id, reason, details or {})
        with self._lock:
            entry = self._write(lambda session: append_entry(session, self.master, draft, at))
            Anchors(self.home).add(entry.seq, entry.mac)
        return entry.seq

    def acts(
        self, limit: int = 50, *, actor: str | None = None, act: str | None = None, target: str | None = None
    ) -> list[tuple[AuditEntry, str | None]]:
        """The newest acts first, each with its reason; None: none was given, or it was erased with its call."""
        query = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(limit)
        for column, value in ((AuditRow.actor, actor), (AuditRow.act, act), (AuditRow.target, target)):
            if value is not None:
                query = query.where(col(column) == value)
        with reading(self.engine) as session:
            return [(_entry(row), self._reason(session, row)) for row in session.scalars(query).all()]

    def verify_audit(self) -> AuditReport:
        """Whether the log is whole, by its chain, its head and the anchors of this home. Raises StoreDown."""
        with reading(self.engine) as session:
            return verify_audit(session, self.master, Anchors(self.home).read())

    def _reason(self, session: Session, row: AuditRow) -> str | None:
        if row.words is None:
            return None
        sealer = _sealer(session, self.master, row.call_id)
        if sealer is None:
            return None
        try:
            return sealer.open(row.words, _place(row.seq)).decode()
        except SealBroken:
            return None


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """An act before it has its place in the log; `AuditBook.note` says what the fields are."""

    act: str
    who: Actor
    outcome: Outcome = "done"
    target: str | None = None
    call_id: str | None = None
    reason: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)


def append_entry(session: Session, master: MasterKey, draft: AuditDraft, at: datetime) -> AuditEntry:
    """Adds an entry at the end of the log, in the caller's transaction. Its anchor is the caller's to write."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(12317)"))  # one end of the log at a time
    last = session.execute(
        select(col(AuditRow.seq), col(AuditRow.mac)).order_by(col(AuditRow.seq).desc()).limit(1)
    ).one_or_none()
    head = read_head(session)
    # After a truncation the numbers go on where they were: the gap stays to be seen.
    seq = max(0 if last is None else last[0], 0 if head is None else head.seq) + 1
    sealer = None if draft.reason is None else _sealer(session, master, draft.call_id, make=True)
    entry = AuditEntry(
        seq=seq,
        at=at,
        actor=draft.who.id,
        roles=",".join(draft.who.roles),
        act=draft.act,
        outcome=draft.outcome,
        target=draft.target,
        call_id=None if sealer is None or sealer.call_id == LOG else draft.call_id,
        details=json.dumps(dict(draft.details), ensure_ascii=False, sort_keys=True),
        words=None
        if draft.reason is None or sealer is None
        else sealer.seal(draft.reason.encode(), _place(seq)),
        key_id=master.key_id,
    )
    mac = mac_of(entry, FIRST if last is None else last[1], master.audit_key)
    entry = entry.model_copy(update={"mac": mac})
    session.add(AuditRow(**entry.model_dump()))
    put_fact(session, HEAD, head_of(entry, master.audit_key).model_dump_json())
    return entry


def verify_audit(session: Session, master: MasterKey, anchors: Mapping[int, str]) -> AuditReport:
    rows = session.scalars(select(AuditRow).order_by(col(AuditRow.seq)).execution_options(yield_per=500))
    return check(_entries(rows), read_head(session), anchors, audit_keys(session, master))


def read_head(session: Session) -> Head | None:
    kept = fact(session, HEAD)
    return None if kept is None else Head.model_validate_json(kept)


def _entries(rows: Iterable[AuditRow]) -> Iterator[AuditEntry]:
    return (_entry(row) for row in rows)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry.model_validate(row.model_dump())


def _sealer(
    session: Session, master: MasterKey, call_id: str | None, make: bool = False
) -> CallSealer | None:
    """What seals a reason: the call's key; None for an erased call unless `make`, then the log's own key."""
    call = None if call_id is None else session.get(CallRow, call_id)
    if call is not None and call.key_wrapped is not None:
        return master.unwrap(call.id, call.key_wrapped)
    if call_id is not None and not make:
        return None
    wrapped = wrapped_keys(session).get(LOG)
    if wrapped is not None:
        return CallSealer(LOG, master.unwrapped(LOG, wrapped))
    if not make:
        return None
    key = secrets.token_bytes(KEY_BYTES)
    put_wrapped(session, master, LOG, key)
    return CallSealer(LOG, key)


def _place(seq: int) -> str:
    return f"audit/{seq}"
