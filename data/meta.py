"""Facts about this database: the master key it is at, and the keys that key has wrapped.

A name beginning with `wrap/` holds such a wrapped key, in hex; a backup's rows are copied without them.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.errors import RotationPending, WrongKey
from data.sealing import MasterKey
from data.tables import MetaRow

MASTER = "master_key"
MASTER_NEXT = "master_key_next"
"""Set while the master key is being changed: what it changes to."""
CURSOR = "master_key_cursor"
"""The last call whose key the new master has wrapped."""
ROTATED_AT = "master_key_since"
WRAP = "wrap/"
PAST_AUDIT = "audit/"
"""wrap/audit/ID: what the former master ID signed with."""


def fact(session: Session, name: str) -> str | None:
    row = session.get(MetaRow, name)
    return None if row is None else row.value


def put_fact(session: Session, name: str, value: str | None) -> None:
    """None removes it."""
    row = session.get(MetaRow, name)
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(MetaRow(name=name, value=value))
    else:
        row.value = value
    session.flush()


def require_master(session: Session, master: MasterKey) -> None:
    """Nothing may be wrapped by a key on its way out. Raises RotationPending, WrongKey.

    The shared lock makes a rotation wait until this transaction ends (PostgreSQL; SQLite has one writer).
    """
    row = session.get(MetaRow, MASTER, with_for_update={"read": True})
    if fact(session, MASTER_NEXT) is not None:
        raise RotationPending("the master key is being changed; finish it with: smartseat db rotate-key")
    if row is not None and row.value != master.key_id:
        raise WrongKey("the master key was changed; this process still has the former one: restart it")


def put_wrapped(session: Session, master: MasterKey, name: str, key: bytes) -> None:
    put_fact(session, WRAP + name, master.wrap(name, key).hex())


def wrapped_keys(session: Session) -> dict[str, bytes]:
    """Every wrapped key by its name, without the prefix."""
    rows = session.scalars(select(MetaRow).where(col(MetaRow.name).startswith(WRAP))).all()
    return {row.name.removeprefix(WRAP): bytes.fromhex(row.value) for row in rows}


def audit_keys(session: Session, master: MasterKey) -> dict[str, bytes]:
    """What this master and its predecessors signed with, by the masters' ids. Raises SealBroken."""
    past = {
        name.removeprefix(PAST_AUDIT): master.unwrapped(name, wrapped)
        for name, wrapped in wrapped_keys(session).items()
        if name.startswith(PAST_AUDIT)
    }
    return past | {master.key_id: master.audit_key}
