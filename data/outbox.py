"""What must still reach somebody: call-backs, alerts, planned acts. Each once per key."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.ledger import Ledger
from data.records import Alert, Callback
from data.tables import ActRow, AlertRow, CallbackRow, CallRow
from data.vocabulary import MASS_INCIDENT, AlertCause, Emergency

Row = TypeVar("Row", AlertRow, CallbackRow)


class Outbox(Ledger):
    """The things to be done after they were written down."""

    def queue_callback(
        self,
        call_id: str,
        reason: str,
        priority: int,
        phone: str | None,
        key: str,
        now: datetime | None = None,
    ) -> str:
        """A person must ring back; priority 1 is first. Once per key; returns its id.

        Raises StoreDown, CallUnknown, CallErased, LeaseLost.
        """
        at = self._now(now)
        sealer = self.sealer(call_id)

        def work(session: Session) -> str:
            known = _known(session, CallbackRow, key)
            if known is not None:
                return known.id
            row = CallbackRow(
                id=secrets.token_hex(16),
                key=key,
                call_id=call_id,
                reason=reason,
                priority=priority,
                created_at=at,
            )
            row.phone = None if phone is None else sealer.seal(phone.encode(), f"callback/{row.id}")
            session.add(row)
            return row.id

        return self._transact(call_id, work)

    def pending_callbacks(self, limit: int = 100) -> list[Callback]:
        """Call-backs to make: first priority first, then oldest first. phone None: none known, or erased."""
        with reading(self.engine) as session:
            rows = session.scalars(
                select(CallbackRow)
                .where(col(CallbackRow.done_at).is_(None))
                .order_by(col(CallbackRow.priority), col(CallbackRow.created_at), col(CallbackRow.id))
                .limit(limit)
            ).all()
            return [self._callback(session, row) for row in rows]

    def callback_done(self, callback_id: str, now: datetime | None = None) -> None:
        at = self._now(now)
        self._write(
            lambda session: session.execute(
                update(CallbackRow)
                .where(col(CallbackRow.id) == callback_id, col(CallbackRow.done_at).is_(None))
                .values(done_at=at)
            )
        )

    def raise_alert(self, call_id: str, cause: AlertCause, key: str, now: datetime | None = None) -> str:
        """Something for the duty officer. Once per key; returns its id. Raises StoreDown, CallUnknown."""
        at = self._now(now)

        def work(session: Session) -> str:
            known = _known(session, AlertRow, key)
            if known is not None:
                return known.id
            row = AlertRow(
                id=secrets.token_hex(16), key=key, call_id=call_id, emergency=str(cause), created_at=at
            )
            session.add(row)
            return row.id

        return self._transact(call_id, work)

    def pending_alerts(self, limit: int = 100) -> list[Alert]:
        """Alerts not delivered yet, oldest first."""
        with reading(self.engine) as session:
            rows = session.scalars(
                select(AlertRow)
                .where(col(AlertRow.delivered_at).is_(None))
                .order_by(col(AlertRow.created_at), col(AlertRow.id))
                .limit(limit)
            )
            return [
                Alert(
                    id=row.id,
                    call_id=row.call_id,
                    cause=MASS_INCIDENT if row.emergency == MASS_INCIDENT else Emergency(row.emergency),
                    created_at=row.created_at,
                    tries=row.tries,
                )
                for row in rows
            ]

    def alert_tried(self, alert_id: str, delivered: bool, now: datetime | None = None) -> None:
        """Counts a try; a delivered alert is done."""
        at = self._now(now)

        def work(session: Session) -> None:
            row = session.get(AlertRow, alert_id, with_for_update=True)
            if row is not None:
                row.tries += 1
                row.delivered_at = row.delivered_at or (at if delivered else None)

        self._write(work)

    def act_done(self, key: str, now: datetime | None = None) -> None:
        """The planned act's effect is certain. An unknown or finished key: nothing. Raises StoreDown."""
        at = self._now(now)

        def work(session: Session) -> bool:
            done = session.scalar(
                update(ActRow)
                .where(col(ActRow.key) == key, col(ActRow.done_at).is_(None))
                .values(done_at=at)
                .returning(col(ActRow.key))
            )
            return done is not None

        if not self._write(work) and self.drain_journal(at):
            self._write(work)

    def _callback(self, session: Session, row: CallbackRow) -> Callback:
        call = session.get(CallRow, row.call_id)
        phone = None
        if row.phone is not None and call is not None and call.key_wrapped is not None:
            phone = self._opened(call).open(row.phone, f"callback/{row.id}").decode()
        return Callback(
            id=row.id,
            call_id=row.call_id,
            reason=row.reason,
            priority=row.priority,
            phone=phone,
            created_at=row.created_at,
        )


def _known(session: Session, table: type[Row], key: str) -> Row | None:
    return session.scalar(select(table).where(col(table.key) == key))
