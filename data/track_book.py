"""诉求导航 in the store: every change of a case kept with who, why and when; the clocks looked at in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.errors import CallErased, RecordUnknown
from data.ledger import Ledger
from data.referral_rows import case_went_on, consent_taken_back
from data.sealing import CallSealer
from data.sorting_rows import sort_again
from data.tables import CallRow, ConsentRow, RecordRow, TrackEntryRow, TrackRow
from data.tracking import Case, Entry, Track, Tracking
from data.tracking_rules import REGISTER, Role, tracking_rules
from data.vocabulary import ConsentStatus, Kind
from data.working_days import china_calendar

AGAIN = timedelta(hours=1)
"""A case whose clock waits for something outside (the holidays of a year) is looked at again after this."""

COMPANY_FIRST = "company_first"
"""The move to the company, and the stage it leads to."""

Sealer = Callable[[], CallSealer]


def tracking() -> Tracking:
    """The rules in force and the calendar of China."""
    return Tracking(tracking_rules(), china_calendar())


def why_place(record_id: str, seq: int) -> str:
    return f"track/{record_id}/{seq}"


def kind_of(row: RecordRow) -> Kind:
    """A lodged record has a kind. Raises RecordUnknown."""
    if row.kind is None:
        raise RecordUnknown("a record of no kind is no case")
    return Kind(row.kind)


def open_track(session: Session, row: RecordRow, at: datetime) -> None:
    """The first entry of a record that has just been lodged."""
    add_entry(session, row, Entry(at=at, move=REGISTER, role=Role.SEAT, who="坐席"))


def add_entry(session: Session, row: RecordRow, entry: Entry, sealer: Sealer | None = None) -> Case:
    """Appends a change to the record's history, in the caller's transaction.

    sealer: seals a person's words; asked for only when there are any. Raises MoveRefused, CallErased.
    """
    rules = tracking()
    track = session.get(TrackRow, row.id, with_for_update=True)
    kind = kind_of(row)
    before = None if track is None else rules.fold(kind, read_entries(session, row.id))
    case = rules.take(before, entry, kind)
    if track is None:
        track = TrackRow(record_id=row.id, stage=case.stage, entries=0)
        session.add(track)
        session.flush()
    if before is not None and before.stage == COMPANY_FIRST != case.stage:
        case_went_on(session, row.id, entry.reason or entry.move, entry.at)
        sort_again(session, row.id)
    track.entries += 1
    track.stage, track.next_at = case.stage, rules.next_look(case)
    why = None
    if entry.why is not None:
        if sealer is None:
            raise CallErased("a person's words cannot be kept: the record's key is gone")
        why = sealer().seal(entry.why.encode(), why_place(row.id, track.entries))
    values = entry.model_dump(exclude={"why"})
    session.add(TrackEntryRow(record_id=row.id, seq=track.entries, why=why, **values))
    session.flush()
    return case


def company_goes_first(session: Session, row: RecordRow, at: datetime) -> None:
    """The record waits for a company from now on. Raises MoveRefused when it is handled elsewhere already."""
    track = session.get(TrackRow, row.id, with_for_update=True)
    if track is None or track.stage != COMPANY_FIRST:
        add_entry(session, row, Entry(at=at, move=COMPANY_FIRST, role=Role.SYSTEM, who="系统"))


def company_gives_back(session: Session, row: RecordRow, reason: str, at: datetime) -> None:
    """The record waits for no company any more; nothing when it did not."""
    track = session.get(TrackRow, row.id, with_for_update=True)
    if track is not None and track.stage == COMPANY_FIRST:
        entry = Entry(at=at, move="company_returned", role=Role.SYSTEM, who="系统", reason=reason)
        add_entry(session, row, entry)


def take_consents_back(
    session: Session, row: RecordRow, at: datetime, purpose: str | None = None, recipient: str | None = None
) -> bool:
    """The given consents of a record (of this purpose, to this recipient) stand no more: what was not sent is
    cancelled, what may have arrived is recalled, and the case leaves the company. Says whether one stood."""
    query = select(ConsentRow).where(
        col(ConsentRow.record_id) == row.id, col(ConsentRow.standing) == ConsentStatus.GIVEN.value
    )
    if purpose is not None:
        query = query.where(col(ConsentRow.purpose) == purpose)
    if recipient is not None:
        query = query.where(col(ConsentRow.recipient) == recipient)
    given = session.scalars(query).all()
    for consent in given:
        consent_taken_back(session, consent.id, at)
        consent.standing, consent.withdrawn_at = ConsentStatus.WITHDRAWN.value, at
    if given:
        company_gives_back(session, row, "consent_withdrawn", at)
    return bool(given)


def case_of(session: Session, row: RecordRow) -> Case:
    """Where the case stands. Raises MoveRefused for a record that was never registered."""
    return tracking().fold(kind_of(row), read_entries(session, row.id))


def read_entries(session: Session, record_id: str, sealer: CallSealer | None = None) -> list[Entry]:
    """The record's history. Without a sealer the persons' words are left out. Raises SealBroken."""
    rows = session.scalars(
        select(TrackEntryRow)
        .where(col(TrackEntryRow.record_id) == record_id)
        .order_by(col(TrackEntryRow.seq))
    )
    entries = []
    for row in rows:
        why = None
        if row.why is not None:
            # The rules want to see that a reason was given; what it was needs the key.
            why = "…" if sealer is None else sealer.open(row.why, why_place(record_id, row.seq)).decode()
        entries.append(
            Entry(
                at=row.at,
                move=row.move,
                role=Role(row.role),
                who=row.who,
                reason=row.reason,
                why=why,
                term=row.term,
                percent=row.percent,
            )
        )
    return entries


class TrackBook(Ledger):
    """The cases' histories."""

    def track(self, reference: str) -> Track:
        """A case by record id or case number, with its whole history. Raises RecordUnknown, SealBroken."""
        with reading(self.engine) as session:
            row = lodged_row(session, reference)
            call = session.get(CallRow, row.call_id)
            erased = call is None or call.key_wrapped is None
            sealer = None if call is None or erased else self._opened(call)
            entries, kind = read_entries(session, row.id, sealer), kind_of(row)
            return Track(
                record_id=row.id,
                case_no=str(row.case_no),
                kind=kind,
                entries=tuple(entries),
                case=tracking().fold(kind, entries),
            )

    def move_case(self, reference: str, entry: Entry) -> Case:
        """Makes one change of a case. Raises MoveRefused, RecordUnknown, CallErased, StoreDown."""
        with reading(self.engine) as session:
            known = lodged_row(session, reference)
            record_id, call_id = known.id, known.call_id

        def work(session: Session) -> Case:
            row = lodged_row(session, record_id)
            return add_entry(session, row, entry, lambda: self.sealer(call_id))

        return self._transact(call_id, work)

    def look_at_clocks(self, now: datetime | None = None, limit: int = 200) -> list[tuple[str, Entry]]:
        """Makes every change the clocks owe at `now`: (case number, change). Safe to run anywhere, any time.

        Raises StoreDown.
        """
        at = self._now(now)
        query = (
            select(col(TrackRow.record_id)).where(col(TrackRow.next_at) <= at).order_by(col(TrackRow.next_at))
        )
        with reading(self.engine) as session:
            waiting = list(session.scalars(query.limit(limit)))
        made = []
        for record_id in waiting:
            made += self._write(partial(self._look, record_id, at))
        return made

    def _look(self, record_id: str, at: datetime, session: Session) -> list[tuple[str, Entry]]:
        rules = tracking()
        track = session.get(TrackRow, record_id, with_for_update=True)
        row = session.get(RecordRow, record_id)
        if track is None or row is None or track.next_at is None or track.next_at > at:
            return []  # another process was first
        made: list[tuple[str, Entry]] = []
        case = case_of(session, row)
        for entry in rules.owed(case, at):
            add_entry(session, row, entry)
            made.append((str(row.case_no), entry))
        if track.next_at is not None and track.next_at <= at:
            track.next_at = at + AGAIN
        return made


def lodged_row(session: Session, reference: str) -> RecordRow:
    """By record id or whole case number. Raises RecordUnknown."""
    row = session.get(RecordRow, reference) or session.scalar(
        select(RecordRow).where(col(RecordRow.case_no) == reference)
    )
    if row is None or row.status != "lodged":
        raise RecordUnknown("no such lodged record")
    return row
