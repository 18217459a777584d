"""The files that left the store by our commands: known, so that they can be deleted with what is in them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading, write
from data.tables import CopyRow
from data.understanding import Frozen

CopyKind = Literal["export", "audio", "report", "backup"]


class Copy(Frozen):
    """call_id: the only call in it; None: it may hold any call made before it."""

    id: str
    kind: CopyKind
    path: Path
    made_at: datetime
    call_id: str | None


def add_copy(engine: Engine, kind: CopyKind, path: Path, at: datetime, call_id: str | None = None) -> None:
    """Before the file is written, or what a crash leaves behind is known to nobody. Raises StoreDown."""
    row = CopyRow(id=secrets.token_hex(16), kind=kind, path=str(path.resolve()), made_at=at, call_id=call_id)
    write(engine, lambda session: session.add(row))


def copies(engine: Engine, kinds: Iterable[CopyKind]) -> list[Copy]:
    """Those not known to be removed, oldest first."""
    query = (
        select(CopyRow)
        .where(col(CopyRow.kind).in_(tuple(kinds)), col(CopyRow.removed_at).is_(None))
        .order_by(col(CopyRow.made_at), col(CopyRow.id))
    )
    with reading(engine) as session:
        return [Copy.model_validate(row.model_dump(exclude={"removed_at"})) for row in session.scalars(query)]


def remove_copy(engine: Engine, copy: Copy, at: datetime) -> bool:
    """Deletes the file, then remembers it; False when it was gone (moved or deleted by somebody).

    Raises OSError, StoreDown.
    """
    there = copy.path.exists()
    copy.path.unlink(missing_ok=True)
    if copy.kind == "backup":
        copy.path.with_suffix(".json").unlink(missing_ok=True)

    def work(session: Session) -> None:
        session.execute(update(CopyRow).where(col(CopyRow.id) == copy.id).values(removed_at=at))

    write(engine, work)
    return there
