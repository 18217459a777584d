"""Mass incidents in the store: found while sorting, told to the webhook, taken note of by a person."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.errors import OfficeRefused
from data.incident_rules import incident_rules
from data.incidents import Found, Member, look, to_tell
from data.ledger import Ledger
from data.office_tables import IncidentRow, SortingRow
from data.tables import AlertRow, RecordRow
from data.understanding import Frozen

MOST_MEMBERS = 1000
"""So many of a cluster's newest records are looked at; by then everybody knows."""


class Incident(Frozen):
    """A cluster of records of one respondent, in figures; cases: its newest case numbers. Nothing personal."""

    id: str
    level: str
    what: tuple[str, ...]
    callers: int
    records: int
    multiples: int
    unnamed: int
    people: int
    amount: float
    closing: bool
    district: str | None
    topic: str | None
    tell: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    tries: int
    delivered: bool
    acked_by: str | None = None
    cases: tuple[str, ...] = ()


class EmergencyAlert(Frozen):
    """An emergency alert as a listing shows it."""

    id: str
    call_id: str
    emergency: str
    created_at: datetime
    delivered: bool
    acked_by: str | None = None


class IncidentBook(Ledger):
    """The incidents, and what persons took note of."""

    def incidents(self, limit: int = 50, open_only: bool = False) -> list[Incident]:
        """The newest first. open_only: nobody took note of them yet."""
        query = select(IncidentRow).order_by(col(IncidentRow.last_at).desc(), col(IncidentRow.id))
        if open_only:
            query = query.where(col(IncidentRow.acked_at).is_(None))
        with reading(self.engine) as session:
            return [_read(session, row) for row in session.scalars(query.limit(limit)).all()]

    def pending_incidents(self, limit: int = 100) -> list[Incident]:
        """Those the webhook has not taken at their present level, oldest first."""
        query = (
            select(IncidentRow)
            .where(col(IncidentRow.delivered_at).is_(None))
            .order_by(col(IncidentRow.created_at), col(IncidentRow.id))
        )
        with reading(self.engine) as session:
            return [_read(session, row) for row in session.scalars(query.limit(limit)).all()]

    def incident_tried(
        self, incident_id: str, level: str, delivered: bool, now: datetime | None = None
    ) -> None:
        """Counts a try; delivered at this level, it is told. Risen meanwhile, it is told again."""
        at = self._now(now)

        def work(session: Session) -> None:
            row = session.get(IncidentRow, incident_id, with_for_update=True)
            if row is not None:
                row.tries += 1
                if delivered and row.level == level:
                    row.delivered_at = row.delivered_at or at

        self._write(work)

    def emergencies(self, limit: int = 50, open_only: bool = False) -> list[EmergencyAlert]:
        """Emergency alerts, the newest first."""
        query = select(AlertRow).order_by(col(AlertRow.created_at).desc(), col(AlertRow.id))
        if open_only:
            query = query.where(col(AlertRow.acked_at).is_(None))
        with reading(self.engine) as session:
            return [
                EmergencyAlert(
                    id=row.id,
                    call_id=row.call_id,
                    emergency=row.emergency,
                    created_at=row.created_at,
                    delivered=row.delivered_at is not None,
                    acked_by=row.acked_by,
                )
                for row in session.scalars(query.limit(limit))
            ]

    def acknowledge(
        self, alert_id: str, who: str, now: datetime | None = None
    ) -> Literal["incident", "emergency"]:
        """A person takes note; the first one stands. alert_id: whole, or its beginning. Raises OfficeRefused."""
        at = self._now(now)

        def work(session: Session) -> Literal["incident", "emergency"]:
            if len(alert_id) < 4 or not alert_id.isalnum():
                raise OfficeRefused("请写预警编号，至少前四位")
            starts = f"{alert_id}%"
            incidents = session.scalars(
                select(IncidentRow).where(col(IncidentRow.id).like(starts)).limit(2)
            ).all()
            alerts = session.scalars(select(AlertRow).where(col(AlertRow.id).like(starts)).limit(2)).all()
            if len(incidents) + len(alerts) != 1:
                raise OfficeRefused("没有这条预警，或者不止一条以此开头")
            found: list[IncidentRow | AlertRow] = [*incidents, *alerts]
            for row in found:
                if row.acked_at is None:
                    row.acked_at, row.acked_by = at, who
            return "incident" if incidents else "emergency"

        return self._write(work)


def look_for_incident(session: Session, sorting: SortingRow, at: datetime, crime: bool) -> None:
    """Tells the cluster of a record that is being sorted, if it is to be told; in the caller's transaction.

    crime: the account has words of a crime. A record that names no respondent is a cluster of its own. What is
    sorted long after it came (after an upgrade) is history, not news.
    """
    rules = incident_rules()
    if at - sorting.created_at > timedelta(hours=rules.longest_hours):
        return
    cluster = sorting.respondent_hash or f"record/{sorting.record_id}"
    found = look(_members(session, sorting), sorting.created_at, rules)
    if found is None:
        return
    since = sorting.created_at - timedelta(hours=rules.longest_hours)
    row = session.scalar(
        select(IncidentRow)
        .where(col(IncidentRow.cluster) == cluster, col(IncidentRow.last_at) > since)
        .order_by(col(IncidentRow.last_at).desc())
        .limit(1)
        .with_for_update()
    )
    if row is None:
        row = IncidentRow(
            id=secrets.token_hex(16),
            cluster=cluster,
            created_at=at,
            first_at=found.first,
            last_at=found.last,
            points=-1,
        )
        session.add(row)
    risen = found.points > row.points and found.level != row.level
    if risen:
        row.delivered_at = row.acked_at = row.acked_by = None
    if found.points >= row.points:
        _fill(row, found)
    row.first_at, row.last_at = min(row.first_at, found.first), max(row.last_at, found.last)
    row.district, row.topic = sorting.district or row.district, sorting.topic or row.topic
    offices = dict.fromkeys((*filter(None, row.tell.split("、")), *to_tell(found, crime, rules)))
    row.tell = "、".join(offices)
    session.flush()


def _fill(row: IncidentRow, found: Found) -> None:
    row.rules = ",".join(found.rules)
    row.level, row.points = found.level, found.points
    row.callers, row.records = found.callers, found.records
    row.multiples, row.unnamed = found.multiples, found.unnamed
    row.people, row.amount, row.closing = found.people, found.amount, found.closing


def _members(session: Session, sorting: SortingRow) -> list[Member]:
    if sorting.respondent_hash is None:
        return [_member(sorting)]
    since = sorting.created_at - timedelta(hours=incident_rules().longest_hours)
    rows = session.scalars(
        select(SortingRow)
        .where(
            col(SortingRow.respondent_hash) == sorting.respondent_hash,
            col(SortingRow.created_at) > since,
            col(SortingRow.created_at) <= sorting.created_at,
        )
        .order_by(col(SortingRow.created_at).desc())
        .limit(MOST_MEMBERS)
    )
    return [_member(row) for row in rows]


def _member(row: SortingRow) -> Member:
    return Member(
        record_id=row.record_id,
        at=row.created_at,
        caller=row.phone_hash,
        address=row.address_hash,
        people=row.people,
        amount=row.amount,
        closing=row.closing,
        safety=row.safety is not None,
    )


def _read(session: Session, row: IncidentRow) -> Incident:
    names = {rule.name: rule.what for rule in incident_rules().rules}
    mine = col(SortingRow.respondent_hash) == row.cluster
    if row.cluster.startswith("record/"):
        mine = col(SortingRow.record_id) == row.cluster.removeprefix("record/")
    cases = session.scalars(
        select(col(RecordRow.case_no))
        .join(SortingRow, col(SortingRow.record_id) == col(RecordRow.id))
        .where(mine, col(SortingRow.created_at) >= row.first_at, col(SortingRow.created_at) <= row.last_at)
        .order_by(col(SortingRow.created_at).desc())
        .limit(5)
    )
    return Incident(
        id=row.id,
        level=row.level,
        what=tuple(names.get(rule, rule) for rule in row.rules.split(",")),
        callers=row.callers,
        records=row.records,
        multiples=row.multiples,
        unnamed=row.unnamed,
        people=row.people,
        amount=row.amount,
        closing=row.closing,
        district=row.district,
        topic=row.topic,
        tell=tuple(row.tell.split("、")),
        first_at=row.first_at,
        last_at=row.last_at,
        tries=row.tries,
        delivered=row.delivered_at is not None,
        acked_by=row.acked_by,
        cases=tuple(str(case_no) for case_no in cases),
    )
