"""The Yangtze-delta feed in the store: published once per record and stage, read by cursor, taken in once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.delta_feed import (
    FIRST,
    DeltaItem,
    Shared,
    item_name,
    line_digest,
    next_items,
    shared_fields,
    sign_line,
    source_name,
)
from data.dispatch_rules import delta_codes
from data.engine import reading
from data.facts import facts_of
from data.keys import key_file
from data.ledger import Ledger
from data.migrate import alone
from data.office_tables import SharedRow, SortingRow, TakenRow
from data.record_rows import read_record
from data.sorting_book import UNREADABLE
from data.tables import CallRow, RecordRow, TrackRow
from data.tracking import day_of


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line there is: its number (0: none) and its digest."""

    seq: int
    digest: str


class DeltaBook(Ledger):
    """The shared items, going out and coming in."""

    def delta_key(self) -> Ed25519PrivateKey:
        """The key this office signs with: keys/feed.key, made at first use. Raises WrongKey."""
        return Ed25519PrivateKey.from_private_bytes(key_file(self.home / "keys" / "feed.key"))

    def publish_delta(self, now: datetime | None = None, limit: int = 500) -> int:
        """Adds a line for every record that lies with a province and reached a stage not told yet.

        Only where the rules are sure of the place, or a person decided it. Gives how many. Raises StoreDown.
        """
        at = self._now(now)
        key = self.delta_key()
        told = select(col(SharedRow.record_id)).where(
            col(SharedRow.record_id) == col(SortingRow.record_id), col(SharedRow.stage) == col(TrackRow.stage)
        )
        query = (
            select(col(SortingRow.record_id))
            .join(TrackRow, col(TrackRow.record_id) == col(SortingRow.record_id))
            .join(RecordRow, col(RecordRow.id) == col(SortingRow.record_id))
            .join(CallRow, col(CallRow.id) == col(RecordRow.call_id))
            .where(
                col(SortingRow.district).in_(delta_codes()),
                col(SortingRow.placed),
                col(CallRow.key_wrapped).is_not(None),
                ~told.exists(),
            )
            .order_by(col(SortingRow.created_at), col(SortingRow.record_id))
        )
        with reading(self.engine) as session:
            waiting = list(session.scalars(query.limit(limit)))
        return sum(self._write(partial(self._publish, record_id, key, at)) for record_id in waiting)

    def delta_lines(self, province: str, after: int = 0, limit: int = 500) -> list[str]:
        """The province's lines after number `after`, in order."""
        query = (
            select(col(SharedRow.line))
            .where(col(SharedRow.province) == province, col(SharedRow.seq) > after)
            .order_by(col(SharedRow.seq))
        )
        with reading(self.engine) as session:
            return list(session.scalars(query.limit(limit)))

    def delta_cursor(self, key: Ed25519PublicKey, province: str) -> Cursor:
        """The last line taken in from the holder of `key`."""
        with reading(self.engine) as session:
            return _taken(session, source_name(key), province)

    def take_delta(
        self, key: Ed25519PublicKey, province: str, lines: list[str], now: datetime | None = None
    ) -> int:
        """Takes lines in, all of them or none; known ones change nothing. Gives how many were new.

        Raises FeedBroken: changed, signed by another, or not the next ones; StoreDown.
        """
        at = self._now(now)
        source = source_name(key)

        def work(session: Session) -> int:
            alone(session)
            last = _taken(session, source, province)
            items = next_items(key, lines, province, last.seq, last.digest)
            for item, digest in items:
                session.add(
                    TakenRow(
                        source=source,
                        province=province,
                        seq=item.seq,
                        item=item.item,
                        body=item.model_dump_json(),
                        digest=digest,
                        at=at,
                    )
                )
            return len(items)

        return self._write(work)

    def taken_items(self, limit: int = 100) -> list[DeltaItem]:
        """What was taken in, newest first."""
        query = select(col(TakenRow.body)).order_by(col(TakenRow.at).desc(), col(TakenRow.seq).desc())
        with reading(self.engine) as session:
            return [DeltaItem.model_validate_json(body) for body in session.scalars(query.limit(limit))]

    def _publish(self, record_id: str, key: Ed25519PrivateKey, at: datetime, session: Session) -> bool:
        alone(session)
        sorting, row = session.get(SortingRow, record_id), session.get(RecordRow, record_id)
        track = session.get(TrackRow, record_id)
        if sorting is None or row is None or track is None or sorting.district is None:
            return False
        if not sorting.placed or _told(session, record_id, track.stage):
            return False
        call = session.get(CallRow, row.call_id)
        assert call is not None  # a foreign key
        try:
            facts = facts_of(read_record(session, row, self._opened(call)))
        except UNREADABLE:
            sorting.placed = False  # it would stand before all others for ever
            return False
        shared = Shared(facts, row.created_at, track.stage, sorting.topic, sorting.closing)
        last = session.scalar(
            select(SharedRow)
            .where(col(SharedRow.province) == sorting.district)
            .order_by(col(SharedRow.seq).desc())
            .limit(1)
        )
        item = DeltaItem(
            province=sorting.district,
            seq=1 if last is None else last.seq + 1,
            prev=FIRST if last is None else line_digest(last.line),
            item=item_name(key, record_id),
            on=day_of(at),
            fields=shared_fields(shared),
        )
        session.add(
            SharedRow(
                province=item.province,
                seq=item.seq,
                record_id=record_id,
                stage=track.stage,
                line=sign_line(key, item),
                at=at,
            )
        )
        session.flush()
        return True


def _told(session: Session, record_id: str, stage: str) -> bool:
    row = select(col(SharedRow.seq)).where(
        col(SharedRow.record_id) == record_id, col(SharedRow.stage) == stage
    )
    return session.scalar(row.limit(1)) is not None


def _taken(session: Session, source: str, province: str) -> Cursor:
    row = session.scalar(
        select(TakenRow)
        .where(col(TakenRow.source) == source, col(TakenRow.province) == province)
        .order_by(col(TakenRow.seq).desc())
        .limit(1)
    )
    return Cursor(0, FIRST) if row is None else Cursor(row.seq, row.digest)
