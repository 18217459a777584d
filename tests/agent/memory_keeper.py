"""A keeper in memory: what a session needs of a store, and ways to make it fail."""

from __future__ import annotations

from collections.abc import Sequence

import data.events as ev
from agent.acts import Act, LookUp, QueueCallback, RaiseAlert, Refer
from agent.hands import NotKept
from agent.state import CallState
from data.vocabulary import Kind


class MemoryKeeper:
    """Implements agent.hands.Keeper. broken: nothing can be kept; lodging: False puts lodging off."""

    def __init__(self, *, lodging: bool = True) -> None:
        self.events: list[ev.CallEvent] = []
        self.planned: list[Act] = []
        self.lodged: list[str] = []
        self.referred: list[Refer] = []
        self.callbacks: list[tuple[QueueCallback, str | None]] = []
        self.alerts: list[RaiseAlert] = []
        self.finished: list[str] = []
        self.cases: dict[str, str] = {}
        self.lodging = lodging
        self.broken = False

    async def append(self, events: Sequence[ev.CallEvent], acts: Sequence[Act]) -> None:
        if self.broken:
            raise NotKept("broken on purpose")
        self.events += events
        self.planned += acts

    async def lodge(self, state: CallState, key: str) -> ev.RecordLodged | ev.EffectDelayed:
        if not self.lodging:
            return ev.EffectDelayed(what="lodge")
        self.lodged.append(key)
        return ev.RecordLodged(
            record=f"r{len(self.lodged)}", kind=state.kind or Kind.COMPLAINT, case_no="310000000042"
        )

    async def refer(self, act: Refer) -> None:
        self.referred.append(act)

    async def queue_callback(self, act: QueueCallback, phone: str | None) -> None:
        self.callbacks.append((act, phone))

    async def raise_alert(self, act: RaiseAlert) -> None:
        self.alerts.append(act)

    async def look_up(self, act: LookUp) -> ev.CaseFound:
        return ev.CaseFound(case_no=act.case_no, status=self.cases.get(act.case_no or ""))

    async def done(self, key: str) -> None:
        self.finished.append(key)
