"""Records as rows for other programs: the columns of the dictionary, masked but for what is revealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.case_numbers import SHANGHAI_TIME
from data.dictionary import Column, ExportHead, dictionary
from data.engine import reading
from data.record_book import RecordBook, RecordFilter
from data.record_rows import read_record
from data.records import RecordDraft
from data.revealing import MASKED, Reveal, shown
from data.tables import CallRow, ConsentRow, RecordRow, ReferralRow, TrackRow
from data.tracking_rules import tracking_rules
from data.understanding import SlotValue
from data.vocabulary import Kind

Cell = str | float | bool | datetime | list[str] | None
"""As the column's type says: digits and dates are texts."""


class Exports(RecordBook):
    """Rows that leave the store."""

    def export_rows(
        self, where: RecordFilter | None = None, reveal: Reveal = MASKED
    ) -> Iterator[dict[str, Cell]]:
        """The records, oldest first, from one view of the database. An erased one has its plain columns only.

        Raises SealBroken, StoreDown.
        """
        query = self._filtered(where).order_by(col(RecordRow.created_at), col(RecordRow.id))
        with reading(self.engine) as session:
            for row in session.scalars(query.execution_options(yield_per=200)):
                yield self._row(session, row, reveal)

    def _row(self, session: Session, row: RecordRow, reveal: Reveal) -> dict[str, Cell]:
        call = session.get(CallRow, row.call_id)
        erased = call is None or call.key_wrapped is None
        draft = None if call is None or erased else read_record(session, row, self._opened(call)).draft
        head = self._head(session, row, call, draft).model_dump()
        kind = None if row.kind is None else Kind(row.kind)
        cells: dict[str, Cell] = {}
        for column in dictionary():
            if column.slot is None:
                cells[column.key] = _cell(column, head[column.key])
            elif draft is not None:
                value = draft.value(column.slot)
                masked = None if value is None else shown(kind, column.slot, value, reveal)
                cells[column.key] = _cell(column, masked)
            else:
                cells[column.key] = _cell(column, _plain(row).get(column.key))
        return cells

    def _head(
        self, session: Session, row: RecordRow, call: CallRow | None, draft: RecordDraft | None
    ) -> ExportHead:
        track = session.get(TrackRow, row.id)
        consents = session.execute(
            select(col(ConsentRow.purpose), col(ConsentRow.recipient), col(ConsentRow.standing))
            .where(col(ConsentRow.record_id) == row.id)
            .order_by(col(ConsentRow.purpose), col(ConsentRow.recipient))
        )
        referred = session.scalars(
            select(col(ReferralRow.recipient))
            .where(col(ReferralRow.record_id) == row.id, col(ReferralRow.delivered_at).is_not(None))
            .order_by(col(ReferralRow.recipient))
        )
        return ExportHead(
            case_no=row.case_no,
            kind=row.kind,
            status="已登记" if row.status == "lodged" else "未完成",
            stage=None if track is None else tracking_rules().stages[track.stage].name,
            intent=row.intent,
            received_at=row.created_at.astimezone(SHANGHAI_TIME),
            line="" if call is None else call.line,
            call_id=row.call_id,
            mass_incident=row.mass_incident,
            emergency=row.emergency,
            safety_flag=row.safety_flag,
            recording_refused=draft is not None and draft.recording_refused,
            consents=tuple(f"{purpose}/{recipient}={standing}" for purpose, recipient, standing in consents),
            referred_to=tuple(referred),
        )


def _plain(row: RecordRow) -> dict[str, SlotValue | None]:
    """What of the slots stands in the clear, for analysis."""
    return {
        "platform": row.platform,
        "district": row.district,
        "amount": row.amount,
        "issue": row.issue,
        "goods": row.goods,
    }


def _cell(column: Column, value: SlotValue | datetime | None) -> Cell:
    if value is None:
        return None
    match column.type:
        case "number":
            return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        case "truth":
            return value if isinstance(value, bool) else None
        case "time":
            return value if isinstance(value, datetime) else None
        case "list":
            return list(value) if isinstance(value, tuple) else [str(value)]
        case _:
            return "、".join(value) if isinstance(value, tuple) else str(value)
