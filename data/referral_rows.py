"""What becomes of a record's referrals when something else happens to it: inside that transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.tables import RecordRow, ReferralRow

#: A referral that was tried may have arrived, whatever came back: its recipient must hear of a withdrawal.
TRIED = col(ReferralRow.attempts) > 0
AFTER_WITHDRAWAL = ("cancelled", "recall", "recalled", "recall_dead")


def record_of(session: Session, row: ReferralRow) -> RecordRow:
    record = session.get(RecordRow, row.record_id)
    assert record is not None  # a foreign key
    return record


def consent_taken_back(session: Session, consent_id: str, at: datetime) -> None:
    """Nothing more of this consent is sent, but for the recall of what may have left."""
    standing = (
        col(ReferralRow.consent_id) == consent_id,
        col(ReferralRow.status).not_in(AFTER_WITHDRAWAL),
    )
    session.execute(update(ReferralRow).where(*standing, ~TRIED).values(status="cancelled"))
    session.execute(update(ReferralRow).where(*standing, TRIED).values(status="recall", next_at=at))


def case_went_on(session: Session, record_id: str, reason: str, at: datetime) -> None:
    """The case left the company: what is not delivered is given up, what is not answered stays unanswered."""
    rows = session.scalars(
        select(ReferralRow).where(
            col(ReferralRow.record_id) == record_id, col(ReferralRow.status).in_(("pending", "delivered"))
        )
    )
    for row in rows:
        if row.status == "pending":
            row.status, row.reason = "dead", reason
        elif reason == "silent" and row.answer in (None, "accepted"):
            row.answer, row.answered_at, row.reason = "silent", at, reason
    session.flush()
