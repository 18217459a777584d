"""Where records were put, in the store: the rules' drafts and persons' decisions, each with who, why and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.dispatch import Choice
from data.dispatch_rules import dispatch_rules
from data.engine import reading
from data.errors import OfficeRefused
from data.joint import joint_numbers
from data.ledger import Ledger
from data.mediation import mediation
from data.office_tables import (
    AssignmentRow,
    HandoverRow,
    NoteRow,
    RelationRow,
    SortingRow,
)
from data.places import find_place
from data.record_rows import given_consents
from data.sealing import CallSealer
from data.tables import CallRow, RecordRow
from data.track_book import add_entry, kind_of, lodged_row
from data.tracking import Entry
from data.tracking_rules import Role
from data.understanding import Frozen
from data.vocabulary import Kind

What = Literal["district", "line", "route"]
PERSON = "person"
"""The rule of an assignment that a person made."""


class Assignment(Frozen):
    """target: a district's or province's code, a line's or a route's; None: a person must choose.

    confidence: the rules', None for a person's. why: a person's words (None where there are none, or erased).
    """

    at: datetime
    what: What
    target: str | None
    rule: str
    confidence: float | None
    reasons: tuple[str, ...]
    by_person: bool
    who: str
    why: str | None = None

    @property
    def name(self) -> str:
        """The target in Chinese."""
        return target_name(self.what, self.target)

    @property
    def unclear(self) -> bool:
        """A person must look: no target, or one the rules are not sure of."""
        rules = dispatch_rules()
        return not self.by_person and (self.target is None or (self.confidence or 0) < rules.sure)


class RelatedCase(Frozen):
    """case_no: of the earlier record."""

    case_no: str
    relation: str
    reasons: str
    at: datetime


class InternalNote(Frozen):
    signal: str
    note: str
    at: datetime


class OtherNumber(Frozen):
    system: str
    number: str | None
    direction: Literal["in", "out"]


class Handling(Frozen):
    """Everything the office noted on a record. history: of all assignments, oldest first."""

    record_id: str
    case_no: str
    kind: Kind
    history: tuple[Assignment, ...] = ()
    related: tuple[RelatedCase, ...] = ()
    notes: tuple[InternalNote, ...] = ()
    joint: tuple[str, ...] = ()
    """Case numbers of the joint complaint, this one among them; representatives first."""
    numbers: tuple[OtherNumber, ...] = ()

    def now(self, what: What) -> Assignment | None:
        return next((one for one in reversed(self.history) if one.what == what), None)


def target_name(what: What, target: str | None) -> str:
    if target is None:
        return "请人工判断"
    if what == "district":
        return dispatch_rules().place_name(target)
    if what == "line":
        line = dispatch_rules().line(target)
        return target if line is None else line.name
    return mediation().routes[target].name


def resolve(name: str) -> tuple[What, str]:
    """What a person means by `name`: a district, a province, a line or a route, by name or code.

    Raises OfficeRefused.
    """
    if (route := mediation().route(name)) is not None:
        return "route", route
    if (line := dispatch_rules().line(name)) is not None:
        return "line", line.code
    region = dispatch_rules().region(name)
    code = region.code if region else find_place(name).code or name
    if dispatch_rules().place_name(code) == code:
        raise OfficeRefused(f"没有“{name}”这个区、条线或者化解方式")
    return "district", code


def newest(session: Session, record_id: str, what: What) -> AssignmentRow | None:
    return session.scalar(
        select(AssignmentRow)
        .where(col(AssignmentRow.record_id) == record_id, col(AssignmentRow.what) == what)
        .order_by(col(AssignmentRow.seq).desc())
        .limit(1)
    )


def propose(session: Session, record_id: str, what: What, choice: Choice, at: datetime) -> AssignmentRow:
    """Keeps the rules' draft where it says something new; what a person decided stands."""
    now = newest(session, record_id, what)
    reasons = "；".join(choice.reasons)
    if now is not None and (
        now.role == Role.OFFICER
        or (now.target, now.rule, now.reasons) == (choice.target, choice.rule, reasons)
    ):
        return now
    row = AssignmentRow(
        record_id=record_id,
        seq=_next(session, record_id),
        at=at,
        what=what,
        target=choice.target,
        rule=choice.rule,
        confidence=choice.confidence,
        reasons=reasons,
        role=Role.SYSTEM.value,
        who="系统",
    )
    session.add(row)
    session.flush()
    return row


def settled(row: AssignmentRow) -> bool:
    """The rules are sure of it, or a person decided it."""
    return row.role == Role.OFFICER or (
        row.target is not None and (row.confidence or 0) >= dispatch_rules().sure
    )


def _next(session: Session, record_id: str) -> int:
    last = session.scalar(
        select(func.max(col(AssignmentRow.seq))).where(col(AssignmentRow.record_id) == record_id)
    )
    return (last or 0) + 1


def _place(record_id: str, seq: int) -> str:
    return f"assignment/{record_id}/{seq}"


class AssignmentBook(Ledger):
    """What the office decides on a record."""

    def handling(self, reference: str) -> Handling:
        """By record id or case number. Raises RecordUnknown, SealBroken."""
        with reading(self.engine) as session:
            row = lodged_row(session, reference)
            call = session.get(CallRow, row.call_id)
            erased = call is None or call.key_wrapped is None
            return _handling(session, row, None if call is None or erased else self._opened(call))

    def assign(
        self,
        reference: str,
        name: str,
        who: str,
        why: str | None,
        *,
        dispatch: bool = False,
        now: datetime | None = None,
    ) -> Assignment:
        """A person decides a district, line or route. Without `why` only what the rules proposed can be taken.

        dispatch: a decided district is also sent there (the move `dispatch` of the case).
        Raises OfficeRefused, MoveRefused, RecordUnknown, CallErased, StoreDown.
        """
        what, target = resolve(name)
        at = self._now(now)
        with reading(self.engine) as session:
            known = lodged_row(session, reference)
            record_id, call_id = known.id, known.call_id

        def work(session: Session) -> Assignment:
            row = lodged_row(session, record_id)
            kind = kind_of(row)
            if kind is Kind.CONSULTATION or (what == "route" and kind is not Kind.COMPLAINT):
                raise OfficeRefused(f"{kind.value}没有这一步")
            before = newest(session, record_id, what)
            agreed = before is not None and before.target == target
            if not agreed and not (why or "").strip():
                raise OfficeRefused("和系统的建议不同，请用 --why 写明原因")
            if what == "route" and target == "company_first":
                _has_consent(session, record_id)
            seq = _next(session, record_id)
            sealer = self.sealer(call_id)
            made = AssignmentRow(
                record_id=record_id,
                seq=seq,
                at=at,
                what=what,
                target=target,
                rule=PERSON,
                reasons="按系统建议" if agreed else "人工决定",
                role=Role.OFFICER.value,
                who=who,
                why=sealer.seal(why.encode(), _place(record_id, seq)) if why else None,
            )
            session.add(made)
            sorting = session.get(SortingRow, record_id)
            if sorting is not None and what == "district":
                sorting.district, sorting.placed = target, True
            elif sorting is not None and what == "line":
                sorting.topic = target
            if dispatch and what == "district":
                words = why or f"按建议分送：{target_name(what, target)}"
                entry = Entry(at=at, move="dispatch", role=Role.OFFICER, who=who, why=words)
                add_entry(session, row, entry, lambda: sealer)
            session.flush()
            return _read(made, sealer)

        return self._transact(call_id, work)


def _has_consent(session: Session, record_id: str) -> None:
    row = session.get(RecordRow, record_id)
    if row is None or not given_consents(session, row):
        raise OfficeRefused("来电人没有同意转给企业，不能转企业先行")


def _handling(session: Session, row: RecordRow, sealer: CallSealer | None) -> Handling:
    history = session.scalars(
        select(AssignmentRow).where(col(AssignmentRow.record_id) == row.id).order_by(col(AssignmentRow.seq))
    )
    related = session.execute(
        select(RelationRow, col(RecordRow.case_no))
        .join(RecordRow, col(RecordRow.id) == col(RelationRow.other_id))
        .where(col(RelationRow.record_id) == row.id)
    ).all()
    notes = session.scalars(
        select(NoteRow).where(col(NoteRow.record_id) == row.id).order_by(col(NoteRow.signal))
    )
    numbers = session.scalars(
        select(HandoverRow).where(col(HandoverRow.record_id) == row.id).order_by(col(HandoverRow.system))
    )
    return Handling(
        record_id=row.id,
        case_no=str(row.case_no),
        kind=kind_of(row),
        history=tuple(_read(one, sealer) for one in history),
        related=tuple(
            RelatedCase(case_no=str(case_no), relation=one.relation, reasons=one.reasons, at=one.at)
            for one, case_no in related
        ),
        notes=tuple(InternalNote(signal=one.signal, note=one.note, at=one.at) for one in notes),
        joint=joint_numbers(session, row.id),
        numbers=tuple(
            OtherNumber(
                system=one.system,
                number=one.number,
                direction=cast(Literal["in", "out"], one.direction),
            )
            for one in numbers
        ),
    )


def _read(row: AssignmentRow, sealer: CallSealer | None) -> Assignment:
    why = None
    if row.why is not None and sealer is not None:
        why = sealer.open(row.why, _place(row.record_id, row.seq)).decode()
    return Assignment(
        at=row.at,
        what=cast(What, row.what),
        target=row.target,
        rule=row.rule,
        confidence=row.confidence,
        reasons=tuple(row.reasons.split("；")),
        by_person=row.role == Role.OFFICER,
        who=row.who,
        why=why,
    )
