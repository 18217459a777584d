"""共同投诉: complaints of several people about one dispute, linked by a person (令第121号 art. 12)."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.errors import CallErased, OfficeRefused
from data.ledger import Ledger
from data.office_tables import JointRow, SortingRow
from data.tables import CallRow, RecordRow
from data.track_book import kind_of, lodged_row
from data.vocabulary import Kind


class JointBook(Ledger):
    """The joint complaints."""

    def join(
        self,
        references: tuple[str, ...],
        who: str,
        why: str,
        representatives: tuple[str, ...] = (),
        now: datetime | None = None,
    ) -> tuple[str, ...]:
        """Links complaints of several people about one dispute (令第121号 art. 12); gives all case numbers.

        A record already in a joint complaint brings that one with it. Raises OfficeRefused, RecordUnknown.
        """
        at = self._now(now)

        def work(session: Session) -> tuple[str, ...]:
            rows = {row.id: row for row in (lodged_row(session, one) for one in references)}
            groups = {m.group_id for m in (session.get(JointRow, one) for one in rows) if m is not None}
            for member in session.scalars(select(JointRow).where(col(JointRow.group_id).in_(groups))):
                rows.setdefault(member.record_id, lodged_row(session, member.record_id))
            chosen = {lodged_row(session, one).id for one in representatives}
            _joinable(session, rows, chosen)
            group = min(groups, default=secrets.token_hex(16))
            for row in rows.values():
                there = session.get(JointRow, row.id)
                if there is not None and (chosen or there.group_id != group):
                    there.group_id = group
                    there.representative = row.id in chosen if chosen else there.representative
                if there is None:
                    call = session.get(CallRow, row.call_id)
                    if call is None or call.key_wrapped is None:
                        raise CallErased("a person's words cannot be kept: the record's key is gone")
                    sealed = self._opened(call).seal(why.encode(), f"joint/{row.id}")
                    session.add(
                        JointRow(
                            record_id=row.id,
                            group_id=group,
                            representative=row.id in chosen,
                            at=at,
                            who=who,
                            why=sealed,
                        )
                    )
                sorting = session.get(SortingRow, row.id)
                if sorting is not None:
                    sorting.due = True  # a joint complaint may go another way
            session.flush()
            return joint_numbers(session, next(iter(rows)))

        return self._write(work)


def _joinable(session: Session, rows: dict[str, RecordRow], chosen: set[str]) -> None:
    """Raises OfficeRefused: one person, no complaint, other respondents, more than two representatives."""
    if any(kind_of(row) is not Kind.COMPLAINT for row in rows.values()):
        raise OfficeRefused("只有投诉可以共同投诉")
    if len(rows) < 2 or len({row.phone_hash or row.id for row in rows.values()}) < 2:
        raise OfficeRefused("共同投诉要两个以上的人")
    respondents = {
        sorting.respondent_hash
        for sorting in (session.get(SortingRow, one) for one in rows)
        if sorting is not None and sorting.respondent_hash is not None
    }
    if len(respondents) > 1:
        raise OfficeRefused("被投诉人不是同一个，不是同一争议")
    if len(chosen) > 2 or not chosen <= rows.keys():
        raise OfficeRefused("代表最多两人，而且要在这些投诉里")


def joint_numbers(session: Session, record_id: str) -> tuple[str, ...]:
    """The case numbers of the record's joint complaint, representatives first; empty when it is in none."""
    mine = session.get(JointRow, record_id)
    if mine is None:
        return ()
    rows = session.execute(
        select(col(RecordRow.case_no))
        .join(JointRow, col(JointRow.record_id) == col(RecordRow.id))
        .where(col(JointRow.group_id) == mine.group_id)
        .order_by(col(JointRow.representative).desc(), col(RecordRow.case_no))
    )
    return tuple(str(case_no) for (case_no,) in rows)
