"""What companies answer: taken once, kept always, and never able to bring back what is over."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from data.companies import Company
from data.ledger import Ledger
from data.referral_messages import AnswerTaken, CompanyAnswer
from data.referral_protocol import may_answer
from data.referral_rows import record_of
from data.tables import CallRow, CompanyAnswerRow, ReferralRow
from data.track_book import add_entry, case_of
from data.tracking import Entry, MoveRefused
from data.tracking_rules import Role

MOVES = {
    "accepted": ("company_accepted", None),
    "settled": ("company_settled", None),
    "refused": ("company_returned", "refused"),
    "unresolved": ("company_returned", "unresolved"),
}


class AnswerRefused(Exception):
    """A signed answer that cannot be taken. status: the HTTP status that says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class CompanyAnswers(Ledger):
    """The companies' side of the referrals."""

    def take_answer(
        self,
        company: Company,
        message_id: str,
        body: bytes,
        answer: CompanyAnswer,
        now: datetime | None = None,
    ) -> AnswerTaken:
        """A company's answer whose signature was found good. Once per message id; a repetition changes nothing.

        Raises AnswerRefused: no such referral of this company, a consent taken back, an id used for another
        message; StoreDown.
        """
        at = self._now(now)
        digest = hashlib.sha256(body).hexdigest()

        def work(session: Session) -> AnswerTaken:
            row = session.get(ReferralRow, answer.referral, with_for_update=True)
            known = session.get(CompanyAnswerRow, (company.key, message_id))
            if known is not None:
                if known.digest != digest:
                    raise AnswerRefused(409, "this message id was used for another message")
                return _taken(known.effect)
            if row is None or row.recipient != company.name or row.attempts == 0:
                raise AnswerRefused(404, "no such referral")
            if row.consent_standing != "given":
                raise AnswerRefused(410, "the consent was taken back; delete what the referral held")
            effect = self._answer(session, row, company, answer, at)
            session.add(
                CompanyAnswerRow(
                    company=company.key,
                    message_id=message_id,
                    referral_id=row.id,
                    at=at,
                    kind=answer.answer,
                    digest=digest,
                    effect=effect,
                )
            )
            return _taken(effect)

        return self._write(work)

    def _answer(
        self, session: Session, row: ReferralRow, company: Company, answer: CompanyAnswer, at: datetime
    ) -> str:
        record = record_of(session, row)
        call = session.get(CallRow, record.call_id)
        sealer = None if call is None or call.key_wrapped is None else self._opened(call)
        words = answer.words if answer.words and sealer is not None else None
        if row.answer == answer.answer:
            return "taken"
        move, reason = MOVES[answer.answer]
        effect = "taken"
        if not may_answer(row.answer, answer.answer) or case_of(session, record).stage != "company_first":
            move, reason, effect = "company_late", None, "late"
        entry = Entry(at=at, move=move, role=Role.COMPANY, who=company.name, reason=reason, why=words)
        if effect == "taken":
            row.answer, row.answered_at = answer.answer, at
            if words is not None and sealer is not None:
                row.words = sealer.seal(words.encode(), f"referral/{row.id}")
            if row.status == "pending":  # it answers, so it has it, whatever its receipt was
                row.status, row.delivered_at = "delivered", at
        try:
            add_entry(session, record, entry, None if sealer is None else lambda: sealer)
        except MoveRefused:
            effect = "late"  # the case is closed; the answer is kept all the same
        return effect


def _taken(effect: str) -> AnswerTaken:
    return AnswerTaken(taken=effect == "taken", why=None if effect == "taken" else effect)
