"""The audit log, pure: what an entry is, how it is chained, and which entry does not fit.

Each entry's mac covers the entry and the mac before it, and needs the audit key: an entry changed, put in,
taken out or moved is the first that does not fit. Entries taken off the end are missed by two witnesses: the
signed head in the database (somebody without the key cannot make one for a shorter log), and the anchors in a
file beside it (data/anchors.py), which an older copy of the database put back in its place does not reach.

What this cannot show: a change by somebody who holds the master key and can write both database and anchors; the
last entries, if database and anchors are put back together to how they once were. Whoever needs more sends
the anchors to a machine of somebody else's, as they are written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from data.sealing import signature
from data.understanding import Frozen

FIRST = "smartseat"
"""Stands in for the mac before the first entry's."""

Outcome = Literal["begun", "done", "refused", "failed"]
Fault = Literal["changed", "missing", "cut off", "no head", "no anchors", "key unknown"]
Detail = str | int | float | bool | None | list[str]


class Actor(Frozen):
    """Who does something. id: as in the table of users; roles: those held at the time."""

    id: str
    name: str
    roles: tuple[str, ...] = ()


SYSTEM = Actor(id="system", name="系统", roles=("system",))
"""A job nobody stands behind at the moment."""


class AuditEntry(Frozen):
    """One act. words: sealed (see data.tables.AuditRow)."""

    seq: int
    at: datetime
    actor: str
    roles: str
    act: str
    outcome: Outcome
    target: str | None = None
    call_id: str | None = None
    details: str = "{}"
    words: bytes | None = Field(default=None, repr=False)
    key_id: str
    mac: str = ""


class Head(Frozen):
    """The end of the log as the database has it. signature: over the other two."""

    seq: int
    mac: str
    key_id: str
    signature: str


class AuditReport(Frozen):
    """broken_at: the first entry that does not fit, is gone, or was the first to be cut off."""

    entries: int
    whole: bool
    anchored: int = 0
    """The newest entry the anchors know."""
    broken_at: int | None = None
    fault: Fault | None = None


def mac_of(entry: AuditEntry, before: str, audit_key: bytes) -> str:
    """before: the mac of the entry before, or FIRST."""
    words = None if entry.words is None else hashlib.sha256(entry.words).hexdigest()
    parts = [
        before,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.roles,
        entry.act,
        entry.outcome,
        entry.target,
        entry.call_id,
        entry.details,
        words,
        entry.key_id,
    ]
    return signature(audit_key, json.dumps(parts, ensure_ascii=False).encode())


def head_of(entry: AuditEntry, audit_key: bytes) -> Head:
    return Head(
        seq=entry.seq,
        mac=entry.mac,
        key_id=entry.key_id,
        signature=signature(audit_key, _end(entry.seq, entry.mac)),
    )


def check(
    entries: Iterable[AuditEntry],
    head: Head | None,
    anchors: Mapping[int, str],
    audit_keys: Mapping[str, bytes],
) -> AuditReport:
    """Whether the log is whole. entries: in the order of their numbers; audit_keys: by their masters' ids.

    The keys must follow each other: once a newer master has written, an entry under an older one is not its own.
    """
    end, before = 0, FIRST
    anchored = max(anchors, default=0)

    def broken(seq: int, fault: Fault) -> AuditReport:
        return AuditReport(entries=end, whole=False, anchored=anchored, broken_at=seq, fault=fault)

    used: list[str] = []
    for entry in entries:
        if entry.seq != end + 1:
            return broken(end + 1, "missing")
        if not used or used[-1] != entry.key_id:
            if entry.key_id in used or entry.key_id not in audit_keys:
                return broken(entry.seq, "changed" if entry.key_id in used else "key unknown")
            used.append(entry.key_id)
        if mac_of(entry, before, audit_keys[entry.key_id]) != entry.mac:
            return broken(entry.seq, "changed")
        if anchors.get(entry.seq, entry.mac) != entry.mac:
            return broken(entry.seq, "changed")
        end, before = entry.seq, entry.mac
    signed = head is not None and _signed(head, audit_keys)
    if max(anchored, head.seq if head is not None and signed else 0) > end:
        return broken(end + 1, "cut off")
    if (end or head is not None) and not (head is not None and signed and head.seq == end):
        return broken(end or 1, "no head")
    if end and not anchors:
        return broken(end, "no anchors")
    return AuditReport(entries=end, whole=True, anchored=anchored)


def _signed(head: Head, audit_keys: Mapping[str, bytes]) -> bool:
    key = audit_keys.get(head.key_id)
    return key is not None and signature(key, _end(head.seq, head.mac)) == head.signature


def _end(seq: int, mac: str) -> bytes:
    return f"audit/head|{seq}|{mac}".encode()
