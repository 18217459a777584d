"""The keeper of one call over the store: one writer thread, so that the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

import data.events as ev
from agent.acts import ACT, Act, Lodge, LookUp, QueueCallback, RaiseAlert, Refer, Transfer
from agent.hands import NotKept
from agent.state import CallState
from data.errors import LeaseLost, RecordUnknown, ReferralRefused, StoreDown, StoreError, StoreUnavailable
from data.fold_record import draft, told
from data.records import PlannedAct, Recording
from data.store import Store
from data.vocabulary import ConsentStatus, Outcome

log = logging.getLogger(__name__)

#: The store answers within so long, or it counts as down: a disk that hangs must not hang a call. Seconds.
PATIENCE_S = 10.0

P = ParamSpec("P")
T = TypeVar("T")


class StoreKeeper:
    """Keeps one call. `writer` is shared by all calls of the process and has one thread."""

    def __init__(
        self,
        store: Store,
        writer: ThreadPoolExecutor,
        call_id: str,
        *,
        clock: Callable[[], datetime],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._writer = writer
        self._call_id = call_id
        self._clock = clock
        self._patience_s = patience_s
        self._begun = False
        self._events: list[ev.CallEvent] = []
        self._lodged: list[str] = []
        self._undone: list[str] = []

    async def _write(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises StoreDown when there is no answer; what was asked may still come about."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._writer, partial(fn, *args, **kwargs))
        try:
            return await asyncio.wait_for(work, self._patience_s)
        except TimeoutError as error:
            raise StoreDown("the store does not answer", "timeout") from error

    async def begin(
        self, line: str, caller_no: str | None, started_at: datetime, script: str, owner: str, lease_s: float
    ) -> None:
        """Open the call in the store. Raises NotKept."""
        try:
            await self._write(
                self._store.begin_call, self._call_id, line, caller_no, started_at, script, owner, lease_s
            )
        except StoreError as error:
            raise NotKept("the call could not be opened in the store") from error
        self._begun = True

    async def append(self, events: Sequence[ev.CallEvent], acts: Sequence[Act]) -> None:
        if not self._begun:
            raise NotKept("the call was not opened in the store")
        planned = [planned_act(act) for act in acts]
        try:
            await self._write(self._store.append, self._call_id, events, planned)
        except (StoreUnavailable, StoreDown) as error:
            raise NotKept("neither the database nor the journal takes events") from error
        except LeaseLost as error:
            raise NotKept("another process has taken this call over") from error
        self._events.extend(events)

    async def lodge(self, state: CallState, key: str) -> ev.RecordLodged | ev.EffectDelayed:
        """The record with a case number, or that it will get one later."""
        record = draft(self._events)
        try:
            lodged = await self._write(self._store.lodge, self._call_id, record, key, now=self._clock())
        except StoreDown as down:
            log.error("call %s: lodging is delayed (%s)", self._call_id, type(down).__name__)
            self._undone.append(key)
            return ev.EffectDelayed(what="lodge")
        if lodged.record_id not in self._lodged:
            self._lodged.append(lodged.record_id)
        return ev.RecordLodged(record=lodged.record_id, kind=lodged.kind, case_no=lodged.case_no)

    async def refer(self, act: Refer) -> None:
        if not self._lodged:
            self._undone.append(act.key)
            return
        record = self._lodged[-1]
        try:
            given = await self._write(self._store.given_consent, record, act.recipient, act.consent)
            await self._write(self._store.queue_referral, given, act.key, self._clock())
        except ReferralRefused:
            log.error("call %s: a referral was refused by the store; the record stays", self._call_id)
        except StoreDown:
            self._undone.append(act.key)

    async def queue_callback(self, act: QueueCallback, phone: str | None) -> None:
        try:
            await self._write(
                self._store.queue_callback,
                self._call_id,
                act.reason,
                act.priority,
                phone,
                act.key,
                self._clock(),
            )
        except StoreDown:
            self._undone.append(act.key)

    async def raise_alert(self, act: RaiseAlert) -> None:
        try:
            await self._write(self._store.raise_alert, self._call_id, act.cause, act.key, self._clock())
        except StoreDown:
            self._undone.append(act.key)

    async def look_up(self, act: LookUp) -> ev.CaseFound:
        """A case by its number; told only as far as anyone who knows the number may be told."""
        if act.case_no is None:
            return ev.CaseFound(case_no=None, status=None)
        try:
            record = await self._write(self._store.record, act.case_no)
        except (RecordUnknown, StoreDown):
            return ev.CaseFound(case_no=act.case_no, status=None)
        status = "已登记" if record.status == "lodged" else "登记中"
        return ev.CaseFound(case_no=record.case_no, status=status)

    async def done(self, key: str) -> None:
        """Marked done, unless it was put off."""
        if key in self._undone:
            return
        try:
            await self._write(self._store.act_done, key, self._clock())
        except StoreDown:
            log.warning("call %s: an act stays marked pending; doing it again is harmless", self._call_id)

    async def heartbeat(self, owner: str, lease_s: float) -> bool:
        """Renews the lease; False when another process owns the call now. Raises nothing."""
        try:
            return await self._write(self._store.heartbeat, self._call_id, owner, lease_s, self._clock())
        except Exception as error:
            log.warning("call %s: its lease could not be renewed (%s)", self._call_id, type(error).__name__)
            return True

    async def close(self, outcome: Outcome, by: str, recording: Recording | None) -> None:
        """The call is over: an unfinished record is kept with all that was said. Raises nothing."""
        if not self._begun:
            return
        try:
            await self._keep_records()
            await self._write(self._store.close_call, self._call_id, outcome, by, self._clock(), recording)
        except LeaseLost:
            log.error("call %s: another process has taken it over; it closes the call", self._call_id)
        except Exception as error:
            # Not closed without its record: recovery finds both to do when the lease has run out.
            log.error("call %s: closing is left to recovery (%s)", self._call_id, type(error).__name__)

    async def _keep_records(self) -> None:
        """What is unfinished is kept with all that was said; what was taken back is taken back."""
        for number, record in enumerate(told(self._events)):
            # Lodged, though the store may not have taken the event that says so.
            record_id = self._lodged[number] if number < len(self._lodged) else None
            if record_id is None:
                if record.draft.said:
                    await self._write(
                        self._store.save_incomplete, self._call_id, record.draft, now=self._clock()
                    )
                continue
            for consent in record.draft.consents:
                if consent.decision is ConsentStatus.WITHDRAWN:
                    await self._write(
                        self._store.withdraw_consent,
                        record_id,
                        consent.purpose,
                        consent.recipient,
                        self._clock(),
                    )


def planned_act(act: Act) -> PlannedAct:
    """An act with an effect outside, as the store keeps it."""
    key = act.key if isinstance(act, Lodge | Refer | Transfer | QueueCallback | RaiseAlert) else None
    return PlannedAct(kind=act.do, payload=ACT.dump_json(act).decode(), key=key)
