"""A keeper that forgets when it goes: what a session needs of a store, for stories and rehearsals.

It can be made to fail the ways a store fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import data.events as ev
from agent.acts import Act, LookUp, QueueCallback, RaiseAlert, Refer
from agent.hands import NotKept
from agent.state import CallState
from data.vocabulary import Kind

#: What the first record is called; all are of this length.
_CASE_NO = "310000000041"


class MemoryKeeper:
    """Implements agent.hands.Keeper. broken: nothing can be kept; lodging: False puts lodging off.

    cases: what a lookup finds, case number (or the end of one) to status.
    """

    def __init__(self, *, lodging: bool = True, cases: Mapping[str, str] | None = None) -> None:
        self.events: list[ev.CallEvent] = []
        self.planned: list[Act] = []
        self.lodged: list[str] = []
        self.referred: list[Refer] = []
        self.callbacks: list[tuple[QueueCallback, str | None]] = []
        self.alerts: list[RaiseAlert] = []
        self.finished: list[str] = []
        self.cases: dict[str, str] = dict(cases or {})
        self.lodging = lodging
        self.broken = False

    async def append(self, events: Sequence[ev.CallEvent], acts: Sequence[Act]) -> None:
        if self.broken:
            raise NotKept("this keeper takes nothing")
        self.events += events
        self.planned += acts

    async def lodge(self, state: CallState, key: str) -> ev.RecordLodged | ev.EffectDelayed:
        if not self.lodging:
            return ev.EffectDelayed(what="lodge")
        self.lodged.append(key)
        number = len(self.lodged)
        case_no = str(int(_CASE_NO) + number)
        return ev.RecordLodged(record=f"r{number}", kind=state.kind or Kind.COMPLAINT, case_no=case_no)

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
