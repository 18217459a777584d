"""What a caller has written into the history of a case that is his: an urging, something to add, his wish to
withdraw it. Only in the call in which he has shown that it is his (see data.inquiries)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.errors import CallErased, RecordUnknown
from data.events import CaseMove
from data.inquiries import case_hash
from data.ledger import Ledger
from data.tables import ActRow, CallRow, InquiryRow
from data.track_book import add_entry, lodged_row, take_consents_back
from data.tracking import Entry, MoveRefused
from data.tracking_rules import Role, tracking_rules

ASK_WITHDRAWAL: CaseMove = "ask_withdrawal"


class CaseMoves(Ledger):
    """Callers' changes."""

    def move_for_caller(
        self, call_id: str, case_no: str, move: CaseMove, why: str, key: str, now: datetime | None = None
    ) -> bool:
        """Appends the change, once per `key`: who (the call), why (his words, sealed with the case; the table's
        where he gave none), when.

        A wish to withdraw takes every consent of the record back in the same transaction: whatever a person
        decides about the withdrawal later, nothing more goes to the company. False when the case does not allow
        the change (any more), or was not told in this call. Raises StoreDown.
        """
        at = self._now(now)

        def work(session: Session) -> bool:
            act = session.get(ActRow, key)
            if act is not None and act.done_at is not None:
                return True  # done before the seat could note it; once is enough
            if not self._told_in(session, call_id, case_no):
                return False
            row = lodged_row(session, case_no)
            lodged_in = session.get(CallRow, row.call_id)
            assert lodged_in is not None  # a foreign key
            words = why or tracking_rules().moves[move].why
            entry = Entry(at=at, move=move, role=Role.CALLER, who=f"来电人，通话 {call_id}", why=words)
            add_entry(session, row, entry, lambda: self._opened(lodged_in))
            if move == ASK_WITHDRAWAL:
                take_consents_back(session, row, at)
            if act is not None:
                act.done_at = at
            return True

        try:
            return self._transact(call_id, work)
        except (MoveRefused, RecordUnknown, CallErased):
            return False

    def _told_in(self, session: Session, call_id: str, case_no: str) -> bool:
        """Whether this call has shown that the case is its caller's."""
        shown = (
            col(InquiryRow.call_id) == call_id,
            col(InquiryRow.case_hash) == case_hash(self.master, case_no),
            col(InquiryRow.outcome) == "told",
        )
        return bool(session.scalar(select(exists().where(*shown))))
