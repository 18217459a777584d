"""分办: after a record is lodged, the rules draft where it goes and note what it belongs with.

Never on the call's way: a call lodges, and this looks later. What it writes are drafts and notes; nothing is
refused, sent or closed by it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.assignments import propose, settled
from data.campaigns import words_in
from data.dispatch import district_for, line_for
from data.engine import reading
from data.errors import CallErased, SealBroken
from data.facts import Facts, facts_of
from data.incident_book import look_for_incident
from data.incident_rules import incident_rules
from data.ledger import Ledger
from data.matching import address_key, name_key, respondent_key
from data.mediation import route_for
from data.office_tables import HandoverRow, JointRow, NoteRow, RelationRow, SortingRow, WordRow
from data.record_rows import read_record
from data.records import Record
from data.repeat_rules import repeat_rules
from data.repeats import Traits, relate
from data.tables import CallRow, RecordRow, TrackEntryRow
from data.vocabulary import Slot

log = logging.getLogger(__name__)

#: Slots that bring something new beside the account.
EVIDENCE = (Slot.ORDER_NO, Slot.AMOUNT, Slot.EVIDENCE, Slot.RESPONDENT_ADDRESS, Slot.SHOP, Slot.DATE)
UNREADABLE = (CallErased, SealBroken, ValidationError)
"""A record that cannot be read holds up no other."""
MOST_EARLIER = 50
"""So many earlier records of one caller are compared; more are noted as such anyway."""


class SortingBook(Ledger):
    """The sorting of lodged records."""

    def sort_records(self, now: datetime | None = None, limit: int = 1000) -> int:
        """Sorts what is due, oldest first; gives how many. Safe to run anywhere, any time. Raises StoreDown."""
        at = self._now(now)
        query = (
            select(col(SortingRow.record_id))
            .where(col(SortingRow.due))
            .order_by(col(SortingRow.created_at), col(SortingRow.record_id))
        )
        with reading(self.engine) as session:
            waiting = list(session.scalars(query.limit(limit)))
        for record_id in waiting:
            self._write(partial(self._sort, record_id, at))
        return len(waiting)

    def _sort(self, record_id: str, at: datetime, session: Session) -> None:
        sorting = session.get(SortingRow, record_id, with_for_update=True)
        row = session.get(RecordRow, record_id)
        if sorting is None or row is None or not sorting.due:
            return  # another process was first
        sorting.due = False
        call = session.get(CallRow, row.call_id)
        assert call is not None  # a foreign key
        sorting.line, sorting.kind = call.line, str(row.kind)
        try:
            record = read_record(session, row, self._opened(call))
        except UNREADABLE as error:
            log.warning("a record is sorted by its plain columns alone: %s", type(error).__name__)
            self._from_columns(sorting, row)
            return
        facts = facts_of(record, _returned(session, record_id))
        self._describe(sorting, row, record, facts)
        place = propose(session, record_id, "district", district_for(facts), at)
        sorting.district, sorting.placed = place.target, settled(place)
        sorting.topic = propose(session, record_id, "line", line_for(facts), at).target
        route = route_for(facts, joint=session.get(JointRow, record_id) is not None)
        if route is not None:
            propose(session, record_id, "route", route, at)
        session.execute(delete(WordRow).where(col(WordRow.record_id) == record_id))
        for word in words_in(facts.text):
            session.add(WordRow(record_id=record_id, word=word, created_at=row.created_at))
        session.flush()
        self._relate(session, sorting, row, record, at)
        self._signals(session, sorting, at)
        crime = any(word in facts.text for word in incident_rules().crime_words)
        look_for_incident(session, sorting, at, crime)

    def _from_columns(self, sorting: SortingRow, row: RecordRow) -> None:
        """An erased record keeps what was never anybody's."""
        sorting.intent, sorting.issue, sorting.goods = row.intent, row.issue, row.goods
        sorting.platform, sorting.amount = row.platform, row.amount

    def _describe(self, sorting: SortingRow, row: RecordRow, record: Record, facts: Facts) -> None:
        self._from_columns(sorting, row)
        sorting.trade, sorting.people = facts.trade, facts.people
        sorting.closing = any(word in facts.text for word in incident_rules().closing)
        sorting.closing = sorting.closing or row.mass_incident
        sorting.safety, sorting.phone_hash = facts.safety, row.phone_hash
        name, address = record.draft.text(Slot.NAME), record.draft.text(Slot.ADDRESS)
        sorting.name_hash = self._hash("name", name_key(name) if name else None)
        sorting.address_hash = self._hash("address", address_key(address) if address else None)
        respondent = respondent_key(facts.platform, facts.shop, facts.respondent)
        sorting.respondent_hash = self._hash("respondent", respondent)

    def _hash(self, what: str, key: str | None) -> str | None:
        return None if key is None else self.master.match_hash(what, key)

    # --- what it belongs with ---------------------------------------------------------------------

    def _relate(
        self, session: Session, sorting: SortingRow, row: RecordRow, record: Record, at: datetime
    ) -> None:
        session.execute(delete(RelationRow).where(col(RelationRow.record_id) == row.id))
        if sorting.phone_hash is None:
            return
        since = row.created_at - timedelta(days=repeat_rules().window_days)
        earlier = session.scalars(
            select(RecordRow)
            .join(SortingRow, col(SortingRow.record_id) == col(RecordRow.id))
            .where(
                col(SortingRow.phone_hash) == sorting.phone_hash,
                col(SortingRow.created_at) >= since,
                col(SortingRow.created_at) <= row.created_at,
                col(RecordRow.id) != row.id,
            )
            .order_by(col(SortingRow.created_at).desc())
            .limit(MOST_EARLIER)
        ).all()
        others = [traits for one in earlier if (traits := self._traits_of(session, one)) is not None]
        found = relate(_traits(session, row, record), others)
        if found is not None:
            session.add(
                RelationRow(
                    record_id=row.id,
                    other_id=found.other,
                    relation=found.relation.value,
                    reasons="；".join(found.reasons),
                    at=at,
                )
            )
            session.flush()

    def _traits_of(self, session: Session, row: RecordRow) -> Traits | None:
        """None for a record that cannot be read any more."""
        call = session.get(CallRow, row.call_id)
        assert call is not None  # a foreign key
        try:
            return _traits(session, row, read_record(session, row, self._opened(call)))
        except UNREADABLE:
            return None

    def _signals(self, session: Session, sorting: SortingRow, at: datetime) -> None:
        """Art. 17's marks, as notes for the person who decides on acceptance."""
        mine, place = col(SortingRow.phone_hash), col(SortingRow.address_hash)
        counts = {
            "respondents": (mine, sorting.phone_hash, col(SortingRow.respondent_hash)),
            "burst": (mine, sorting.phone_hash, col(SortingRow.record_id)),
            "names": (mine, sorting.phone_hash, col(SortingRow.name_hash)),
            "address": (place, sorting.address_hash, col(SortingRow.phone_hash)),
        }
        for name, (column, value, counted) in counts.items():
            rule = repeat_rules().signals[name]
            if value is None:
                continue
            since = sorting.created_at - timedelta(days=rule.days)
            query = select(func.count(counted.distinct())).where(
                column == value,
                col(SortingRow.created_at) > since,
                col(SortingRow.created_at) <= sorting.created_at,
            )
            n = session.scalar(query) or 0
            if n >= rule.count:
                note = rule.note.format(n=n, days=rule.days)
                session.merge(NoteRow(record_id=sorting.record_id, signal=name, note=note, at=at))
        session.flush()


def _traits(session: Session, row: RecordRow, record: Record) -> Traits:
    draft, facts = record.draft, facts_of(record)
    channel = session.scalar(
        select(col(HandoverRow.system)).where(
            col(HandoverRow.record_id) == row.id, col(HandoverRow.direction) == "in"
        )
    )
    assert facts.kind is not None  # lodged
    return Traits(
        record_id=row.id,
        call_id=row.call_id,
        at=row.created_at,
        kind=facts.kind,
        caller=row.phone_hash,
        channel=channel or "12315",
        intent=facts.intent,
        platform=facts.platform,
        respondent=facts.shop or facts.respondent,
        order_no=draft.text(Slot.ORDER_NO),
        amount=facts.amount,
        product=facts.product,
        account=facts.told,
        evidence=frozenset(slot.value for slot in EVIDENCE if draft.field(slot) is not None),
        case_no=row.case_no,
        names_case=draft.text(Slot.CASE_NO),
    )


def _returned(session: Session, record_id: str) -> str | None:
    """Why the company gave the case back, if it did."""
    return session.scalar(
        select(col(TrackEntryRow.reason))
        .where(col(TrackEntryRow.record_id) == record_id, col(TrackEntryRow.move) == "company_returned")
        .order_by(col(TrackEntryRow.seq).desc())
        .limit(1)
    )
