"""Dropped calls that the same number may go on with: found by the caller's number, given out once he wants it,
and put away when another call's record has taken their place.

The number is only a hint that the same person rings: until he says yes, no word of the earlier call is opened.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.events import EarlierCall
from data.ledger import Ledger
from data.record_rows import read_record
from data.records import RecordDraft
from data.tables import ActRow, CallbackRow, CallRow, RecordRow
from data.vocabulary import Intent, Outcome

URGENT = 1
"""Call-backs of this priority are a person's business, whatever another call does: a danger, a promised desk."""


class Resuming(Ledger):
    """The dropped calls."""

    def dropped_call(
        self, caller_no: str | None, within: timedelta, now: datetime | None = None
    ) -> EarlierCall | None:
        """The latest matter of this number, if its call dropped, ended at most `within` ago and waits for a
        call-back. None for a withheld number, and when the latest matter was lodged or taken up again since.

        Raises StoreDown.
        """
        if not caller_no:
            return None
        since = self._now(now) - within
        with reading(self.engine) as session:
            row = session.scalar(
                select(RecordRow)
                .join(CallRow, col(CallRow.id) == col(RecordRow.call_id))
                .where(
                    col(CallRow.caller_no_hash) == self.master.phone_hash(caller_no),
                    # A call that never came to its matter hides no earlier one.
                    or_(col(RecordRow.status) == "lodged", col(RecordRow.kind).is_not(None)),
                )
                .order_by(col(CallRow.started_at).desc(), col(RecordRow.id))
                .limit(1)
            )
            if row is None or row.intent not in set(Intent) or not _resumable(session, row, since):
                return None
            return EarlierCall(call_id=row.call_id, intent=Intent(row.intent))

    def recall(self, call_id: str, earlier: str) -> RecordDraft | None:
        """What the earlier call had told, for the call that goes on with it; None when it cannot any more.

        Raises StoreDown, SealBroken.
        """
        with reading(self.engine) as session:
            now, then = session.get(CallRow, call_id), session.get(CallRow, earlier)
            row = session.scalar(
                select(RecordRow)
                .where(col(RecordRow.call_id) == earlier)
                .order_by(col(RecordRow.id))
                .limit(1)
            )
            if now is None or then is None or row is None or now.caller_no_hash is None:
                return None
            if now.caller_no_hash != then.caller_no_hash or not _resumable(session, row, None):
                return None
            return read_record(session, row, self._opened(then)).draft


def supersede(session: Session, earlier: str, record_id: str, at: datetime) -> None:
    """The earlier call's unfinished record gives way to `record_id`, and nobody need ring back about it."""
    session.execute(
        update(RecordRow)
        .where(
            col(RecordRow.call_id) == earlier,
            col(RecordRow.status) == "incomplete",
            col(RecordRow.superseded_by).is_(None),
        )
        .values(superseded_by=record_id)
    )
    session.execute(
        update(CallbackRow)
        .where(
            col(CallbackRow.call_id) == earlier,
            col(CallbackRow.done_at).is_(None),
            col(CallbackRow.priority) > URGENT,
        )
        .values(done_at=at)
    )


def _resumable(session: Session, row: RecordRow, since: datetime | None) -> bool:
    """An unfinished record of a call that ended incomplete (not before `since`), still to be called back."""
    call = session.get(CallRow, row.call_id)
    if call is None or call.key_wrapped is None or call.ended_at is None:
        return False
    if (
        row.status != "incomplete"
        or row.superseded_by is not None
        or call.outcome != Outcome.INCOMPLETE.value
    ):
        return False
    if since is not None and call.ended_at < since:
        return False
    waiting = (col(CallbackRow.call_id) == call.id, col(CallbackRow.done_at).is_(None))
    urgent = session.scalar(select(exists().where(*waiting, col(CallbackRow.priority) <= URGENT)))
    # A lodging put off comes about by itself: going on as well would make two records of one matter.
    lodging = session.scalar(
        select(
            exists().where(
                col(ActRow.call_id) == call.id, col(ActRow.kind) == "lodge", col(ActRow.done_at).is_(None)
            )
        )
    )
    return bool(session.scalar(select(exists().where(*waiting)))) and not urgent and not lodging
