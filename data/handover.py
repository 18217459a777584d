"""双号并行，一号转接: records handed over to and from 12345, each once, under both numbers.

The file is JSON lines of `HandoverItem`. What comes in is lodged here once per number there; what we handed out
and comes back with their number only gets that number. A reporter's identity never goes out (令第121号 art. 37).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.call_book import CallBook
from data.engine import reading
from data.errors import CallUnknown, OfficeRefused
from data.fold_record import IDENTITY
from data.masking import HIDDEN
from data.office_tables import HandoverRow
from data.record_book import RecordBook
from data.record_rows import read_record
from data.records import FieldDraft, Record, RecordDraft
from data.reference import districts, issues, known_goods, platforms
from data.sorting_rows import sort_again
from data.tables import CallRow, RecordRow
from data.track_book import lodged_row
from data.understanding import Frozen, SlotValue
from data.vocabulary import Kind, Outcome, Slot

SCRIPT = "handover"
"""What a hand-over's call has in place of a script: nobody spoke."""
_LEASE_S = 60


class HandoverItem(Frozen):
    """One matter. number: the other system's, case_no: ours; null while not known. content: what happened."""

    version: Literal["smartseat.handover/1"] = "smartseat.handover/1"
    system: str = Field(pattern=r"^[0-9A-Za-z-]{2,20}$")
    number: str | None = Field(default=None, pattern=r"^[0-9A-Za-z-]{4,40}$")
    case_no: str | None = Field(default=None, pattern=r"^\d{25}$")
    kind: Kind
    received_at: datetime
    content: str = Field(max_length=4000)
    fields: dict[Slot, SlotValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of_the_tables(self) -> HandoverItem:
        """What is kept in the clear for analysis must be a word of the tables, so that it can name nobody."""
        for slot, known in (
            (Slot.ISSUE, {issue.name for issue in issues().issues}),
            (Slot.GOODS, known_goods()),
            (Slot.DISTRICT, {district.name for district in districts().districts}),
            (Slot.PLATFORM, {platform.name for platform in platforms().platforms}),
        ):
            if self.fields.get(slot, next(iter(known))) not in known:
                raise ValueError(f"{slot.value} is no name of the tables")
        return self


class TakenOver(Frozen):
    """result: new (lodged here), known (it was already), numbered (their number was added to our record)."""

    result: Literal["new", "known", "numbered"]
    case_no: str
    number: str


class HandoverBook(CallBook, RecordBook):
    """The hand-overs."""

    def take_over(self, item: HandoverItem, now: datetime | None = None) -> TakenOver:
        """Takes one item in; again with the same number it changes nothing.

        Raises OfficeRefused (no number, or the record has another one there), RecordUnknown (a case number
        that is not ours), StoreDown: nothing is half done, take it again.
        """
        at = self._now(now)
        if item.number is None:
            raise OfficeRefused("没有对方的编号，不能接收")
        with reading(self.engine) as session:
            known = _numbered(session, item.system, item.number)
        if known is not None:
            if item.case_no not in (None, known):
                raise OfficeRefused("对方的编号已经是另一张单的")
            return TakenOver(result="known", case_no=known, number=item.number)
        if item.case_no is not None:
            case_no = self._number(item.case_no, item.system, item.number, at)
            return TakenOver(result="numbered", case_no=case_no, number=item.number)
        return TakenOver(result="new", case_no=self._lodge_item(item, item.number, at), number=item.number)

    def hand_over(self, reference: str, system: str, now: datetime | None = None) -> HandoverItem:
        """The record for the other system, noted as handed over. Raises RecordUnknown, CallErased, StoreDown."""
        at = self._now(now)
        with reading(self.engine) as session:
            row = lodged_row(session, reference)
            record_id, call_id = row.id, row.call_id

        def work(session: Session) -> HandoverItem:
            row = lodged_row(session, record_id)
            there = session.get(HandoverRow, (record_id, system))
            if there is None:
                there = HandoverRow(record_id=record_id, system=system, direction="out", at=at)
                session.add(there)
            call = session.get(CallRow, call_id)
            assert call is not None  # a foreign key
            record = read_record(session, row, self._opened(call))
            return _item(record, system, there.number)

        return self._transact(call_id, work)

    def _number(self, case_no: str, system: str, number: str, at: datetime) -> str:
        def work(session: Session) -> str:
            row = lodged_row(session, case_no)
            there = session.get(HandoverRow, (row.id, system))
            if there is not None and there.number not in (None, number):
                raise OfficeRefused("这张单在对方已经有另一个编号")
            if there is None:
                there = HandoverRow(record_id=row.id, system=system, direction="out", at=at)
                session.add(there)
            there.number = number
            session.flush()
            return case_no

        return self._write(work)

    def _lodge_item(self, item: HandoverItem, number: str, at: datetime) -> str:
        """Every step may be taken again after a crash: the call's and the record's names come from the number."""
        name = hashlib.sha256(f"{item.system}\x1f{number}".encode()).hexdigest()[:24]
        call_id = f"handover-{name}"
        phone = item.fields.get(Slot.PHONE)
        try:
            self.call(call_id)
        except CallUnknown:
            caller = None if phone is None or item.kind is Kind.REPORT else str(phone)
            self.begin_call(call_id, item.system, caller, item.received_at, SCRIPT, SCRIPT, _LEASE_S)
        lodged = self.lodge(call_id, _draft(item), f"{call_id}/lodge", now=at)

        def work(session: Session) -> None:
            if session.get(HandoverRow, (lodged.record_id, item.system)) is None:
                session.add(
                    HandoverRow(
                        record_id=lodged.record_id,
                        system=item.system,
                        number=number,
                        direction="in",
                        at=at,
                    )
                )
                sort_again(session, lodged.record_id)

        self._write(work)
        self.close_call(call_id, Outcome.LODGED, "seat", at)
        return lodged.case_no


def _draft(item: HandoverItem) -> RecordDraft:
    """What the other system wrote, marked as theirs; nobody confirmed it here."""
    fields = dict(item.fields)
    if item.kind is Kind.REPORT and fields.get(Slot.ANONYMOUS) is True:
        fields = {slot: value for slot, value in fields.items() if slot not in IDENTITY}
    return RecordDraft(
        kind=item.kind,
        content=item.content,
        fields=tuple(
            FieldDraft(slot=slot, value=value, heard="", confidence=1.0, method=f"handover/{item.system}")
            for slot, value in fields.items()
        ),
    )


def _item(record: Record, system: str, number: str | None) -> HandoverItem:
    """A 举报 goes without who reported it, in its fields and in its account."""
    draft, content = record.draft, record.draft.content
    values: dict[Slot, SlotValue] = {
        field.slot: field.value for field in draft.fields if field.slot != Slot.NARRATIVE
    }
    if draft.kind is Kind.REPORT:
        for slot in IDENTITY & values.keys():
            content = content.replace(str(values.pop(slot)), HIDDEN)
    assert draft.kind is not None  # lodged
    return HandoverItem(
        system=system,
        number=number,
        case_no=record.case_no,
        kind=draft.kind,
        received_at=record.created_at,
        content=content,
        fields=values,
    )


def _numbered(session: Session, system: str, number: str) -> str | None:
    """The case number of the record that has this number there."""
    return session.scalar(
        select(col(RecordRow.case_no))
        .join(HandoverRow, col(HandoverRow.record_id) == col(RecordRow.id))
        .where(col(HandoverRow.system) == system, col(HandoverRow.number) == number)
    )
