"""What a caller may be told about a case on the telephone, once he has shown that it is his.

He shows the whole case number and the end of the phone in the record, or the number's last digits and that
phone whole: the series begins anew each day, so that its last digits alone soon name many cases. Four digits
can be guessed, so the tries are counted (the limits are in reference/tracking.yaml); past a limit even the right
answer is not told. A wrong number, a wrong phone and an erased case are answered alike and with the same work:
neither the words nor the time tell anybody which cases there are.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from data.case_numbers import TAIL, ends_with
from data.ledger import Ledger
from data.record_rows import phone_of
from data.sealing import MasterKey, plain_phone
from data.tables import CallRow, FieldRow, InquiryRow, RecordRow
from data.track_book import kind_of, read_entries, tracking
from data.tracking_rules import tracking_rules
from data.vocabulary import Slot

SHORTEST_NUMBER = TAIL
"""Digits of the case number's end that a caller must give at least; with the phone they must name one case."""
WHOLE_PHONE = 7
"""A number of so many digits, or more, is taken for the phone and not for its end."""
_MOST_LOOKED_AT = 2

Outcome = Literal["told", "wrong", "limit"]


@dataclass(frozen=True, slots=True)
class InquiryAnswer:
    """told: the sentences to say, about case_no (the whole number); None when he has not shown that it is his,
    or (limited) may not try any more."""

    told: str | None
    limited: bool = False
    case_no: str | None = None


class Inquiries(Ledger):
    """Callers' inquiries."""

    def inquire(
        self,
        case_no: str,
        phone_tail: str,
        *,
        call_id: str,
        caller_no: str | None,
        now: datetime | None = None,
    ) -> InquiryAnswer:
        """Tells where the case stands to whoever knows its number and the end of its phone.

        case_no: the whole number or its last digits; phone_tail: as many digits as the table asks, or more, up
        to the phone whole. Every try is kept before it is answered. Raises StoreDown.
        """
        at = self._now(now)

        def work(session: Session) -> InquiryAnswer:
            if session.connection().dialect.name == "postgresql":
                # One try after another, or parallel ones would pass the limits together.
                session.execute(text("SELECT pg_advisory_xact_lock(12316)"))
            row = InquiryRow(
                id=secrets.token_hex(16),
                at=at,
                case_hash=case_hash(self.master, case_no),
                call_id=call_id,
                caller_hash=self.master.phone_hash(caller_no) if caller_no else None,
                outcome="limit",
            )
            answer = InquiryAnswer(None, limited=True)
            if not _limited(session, row):
                answer = self._told(session, case_no, phone_tail)
                row.outcome = "wrong" if answer.told is None else "told"
            session.add(row)
            return answer

        return self._write(work)

    def _told(self, session: Session, case_no: str, phone_tail: str) -> InquiryAnswer:
        rules = tracking()
        for digits, least in ((case_no, SHORTEST_NUMBER), (phone_tail, rules.rules.inquiry.tail)):
            if not (digits.isascii() and digits.isdigit() and len(digits) >= least):
                return InquiryAnswer(None)
        rows = self._named(session, case_no, phone_tail)
        row = rows[0] if len(rows) == 1 else None
        if not self._shown(session, row, phone_tail) or row is None:
            return InquiryAnswer(None)
        case = rules.fold(kind_of(row), read_entries(session, row.id))
        return InquiryAnswer(rules.told(case) + rules.next_step(case), case_no=row.case_no)

    def _named(self, session: Session, case_no: str, phone: str) -> Sequence[RecordRow]:
        """The lodged cases whose number ends so; of several, those of this phone, where it is given whole."""
        query = select(RecordRow).where(
            ends_with(col(RecordRow.case_no), case_no), col(RecordRow.status) == "lodged"
        )
        named = session.scalars(query.limit(_MOST_LOOKED_AT)).all()
        if len(phone) < WHOLE_PHONE:
            return named
        own = query.where(col(RecordRow.phone_hash) == self.master.phone_hash(phone))
        theirs = session.scalars(own.limit(_MOST_LOOKED_AT)).all()
        return theirs if len(named) == _MOST_LOOKED_AT else named

    def _shown(self, session: Session, row: RecordRow | None, phone_tail: str) -> bool:
        """Whether the record's phone ends so. Without a record to look at as much is read and opened."""
        call = session.get(CallRow, "" if row is None else row.call_id)
        if row is None or call is None or call.key_wrapped is None:
            self._as_much_work(session)
            return False
        phone = phone_of(session, row, self._opened(call)) or ""
        return hmac.compare_digest(plain_phone(phone)[-len(phone_tail) :], phone_tail)

    def _as_much_work(self, session: Session) -> None:
        session.get(FieldRow, ("", Slot.PHONE.value))
        sealer, wrapped = self.master.new_call("")
        again = self.master.unwrap("", wrapped)
        again.open(sealer.seal(b"{}", ""), "")


def case_hash(master: MasterKey, case_no: str) -> str:
    """Names a case among the tries: by the last digits, so that every form of one number is one case."""
    return master.sign(b"inquiry/" + case_no[-SHORTEST_NUMBER:].encode())


def _limited(session: Session, row: InquiryRow) -> bool:
    limits = tracking_rules().inquiry
    day = col(InquiryRow.at) > row.at - timedelta(days=1)
    checks = [  # the one that a flood of tries meets first
        (limits.wrong_in_all_an_hour, col(InquiryRow.at) > row.at - timedelta(hours=1)),
        (limits.wrong_per_call, col(InquiryRow.call_id) == row.call_id),
        (limits.wrong_per_case_a_day, day & (col(InquiryRow.case_hash) == row.case_hash)),
    ]
    if row.caller_hash is not None:
        checks.append((limits.wrong_per_caller_a_day, day & (col(InquiryRow.caller_hash) == row.caller_hash)))
    return any(_wrong(session, where) >= most for most, where in checks)


def _wrong(session: Session, where: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(InquiryRow).where(col(InquiryRow.outcome) == "wrong", where)
    return int(session.scalar(counted) or 0)
