"""What a caller may be told about a case on the telephone, once he has shown that it is his.

He shows the case number and the end of the phone in the record. Four digits can be guessed, so the tries are
counted (the limits are in reference/tracking.yaml); past a limit even the right answer is not told. A wrong
number, a wrong tail and an erased case are answered alike: nobody learns which cases there are.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from data.ledger import Ledger
from data.record_rows import phone_of
from data.sealing import plain_phone
from data.tables import CallRow, InquiryRow, RecordRow
from data.track_book import kind_of, read_entries, tracking
from data.tracking_rules import tracking_rules

SHORTEST_NUMBER = 6
"""Digits of the case number's end that a caller must give at least; they must name one case only."""

Outcome = Literal["told", "wrong", "limit"]


@dataclass(frozen=True, slots=True)
class InquiryAnswer:
    """told: the sentence to say; None when he has not shown it, or (limited) may not try any more."""

    told: str | None
    limited: bool = False


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

        case_no: the whole number or its last digits; phone_tail: as many digits as the table asks, or more.
        Every try is kept before it is answered. Raises StoreDown.
        """
        at = self._now(now)

        def work(session: Session) -> InquiryAnswer:
            if session.connection().dialect.name == "postgresql":
                # One try after another, or parallel ones would pass the limits together.
                session.execute(text("SELECT pg_advisory_xact_lock(12316)"))
            row = InquiryRow(
                id=secrets.token_hex(16),
                at=at,
                # By the last digits, so that a longer or shorter form of one number is one case.
                case_hash=self.master.sign(b"inquiry/" + case_no[-SHORTEST_NUMBER:].encode()),
                call_id=call_id,
                caller_hash=self.master.phone_hash(caller_no) if caller_no else None,
                outcome="limit",
            )
            told = None
            if not _limited(session, row):
                told = self._told(session, case_no, phone_tail)
                row.outcome = "wrong" if told is None else "told"
            session.add(row)
            return InquiryAnswer(told, limited=row.outcome == "limit")

        return self._write(work)

    def _told(self, session: Session, case_no: str, phone_tail: str) -> str | None:
        rules = tracking()
        for digits, least in ((case_no, SHORTEST_NUMBER), (phone_tail, rules.rules.inquiry.tail)):
            if not (digits.isascii() and digits.isdigit() and len(digits) >= least):
                return None
        rows = session.scalars(
            select(RecordRow)
            .where(col(RecordRow.case_no).endswith(case_no), col(RecordRow.status) == "lodged")
            .limit(2)
        ).all()
        if len(rows) != 1 or not self._shown(session, rows[0], phone_tail):
            return None
        return rules.told(rules.fold(kind_of(rows[0]), read_entries(session, rows[0].id)))

    def _shown(self, session: Session, row: RecordRow, phone_tail: str) -> bool:
        call = session.get(CallRow, row.call_id)
        if call is None or call.key_wrapped is None:
            return False
        phone = phone_of(session, row, self._opened(call))
        if phone is None:
            return False
        return hmac.compare_digest(plain_phone(phone)[-len(phone_tail) :], phone_tail)


def _limited(session: Session, row: InquiryRow) -> bool:
    limits = tracking_rules().inquiry
    day = col(InquiryRow.at) > row.at - timedelta(days=1)
    checks = [
        (limits.wrong_per_call, col(InquiryRow.call_id) == row.call_id),
        (limits.wrong_per_case_a_day, day & (col(InquiryRow.case_hash) == row.case_hash)),
        (limits.wrong_in_all_an_hour, col(InquiryRow.at) > row.at - timedelta(hours=1)),
    ]
    if row.caller_hash is not None:
        checks.append((limits.wrong_per_caller_a_day, day & (col(InquiryRow.caller_hash) == row.caller_hash)))
    return any(_wrong(session, where) >= most for most, where in checks)


def _wrong(session: Session, where: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(InquiryRow).where(col(InquiryRow.outcome) == "wrong", where)
    return int(session.scalar(counted) or 0)
