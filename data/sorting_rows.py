"""A lodged record's row for sorting: opened, due again, cleared of its caller; inside other transactions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.office_tables import SortingRow
from data.tables import RecordRow


def open_sorting(session: Session, row: RecordRow, at: datetime) -> None:
    """The record has just been lodged: it is to be sorted."""
    session.merge(SortingRow(record_id=row.id, created_at=at, due=True, kind=str(row.kind)))
    session.flush()


def sort_again(session: Session, record_id: str) -> None:
    """Something that the rules look at has changed."""
    session.execute(update(SortingRow).where(col(SortingRow.record_id) == record_id).values(due=True))


def forget_callers(session: Session, call_id: str) -> None:
    """The call is being erased: nothing of it can be matched with a person any more."""
    mine = select(col(RecordRow.id)).where(col(RecordRow.call_id) == call_id)
    session.execute(
        update(SortingRow)
        .where(col(SortingRow.record_id).in_(mine))
        .values(phone_hash=None, name_hash=None, address_hash=None, respondent_hash=None)
    )
