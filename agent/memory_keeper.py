"""A keeper that forgets when it goes: what a session needs of a store, for stories and rehearsals.

It can be made to fail the ways a store fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import data.events as ev
from agent.acts import Act, LookUp, MoveCase, QueueCallback, RaiseAlert, Recall, Refer
from agent.hands import NotKept
from agent.state import CallState
from data.records import RecordDraft
from data.tracking_rules import tracking_rules
from data.vocabulary import Kind, Slot
from dialogs.stories import KnownCase

#: What the first record is called; all are of this length.
_CASE_NO = "310000000041"


class MemoryKeeper:
    """Implements agent.hands.Keeper. broken: nothing can be kept; lodging: False puts lodging off.

    cases: what a lookup can find, by case number. told: what an earlier call had told; None: it cannot be gone
    on with.
    """

    def __init__(
        self,
        *,
        lodging: bool = True,
        cases: Mapping[str, KnownCase] | None = None,
        told: RecordDraft | None = None,
    ) -> None:
        self.events: list[ev.CallEvent] = []
        self.planned: list[Act] = []
        self.lodged: list[str] = []
        self.referred: list[Refer] = []
        self.moved: list[MoveCase] = []
        self.callbacks: list[tuple[QueueCallback, str | None]] = []
        self.alerts: list[RaiseAlert] = []
        self.finished: list[str] = []
        self.cases: dict[str, KnownCase] = dict(cases or {})
        self.told = told
        self.lodging = lodging
        self.broken = False
        self._wrong = 0

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
        if self._wrong >= tracking_rules().inquiry.wrong_per_call:
            return ev.CaseFound(case_no=None, status=None, limited=True)
        if act.case_no and act.phone:
            for number, case in self.cases.items():
                if number.endswith(act.case_no) and case.phone.endswith(act.phone):
                    return ev.CaseFound(case_no=number, status=case.status)
        self._wrong += 1
        return ev.CaseFound(case_no=None, status=None)

    async def move_case(self, act: MoveCase) -> ev.CaseMoved:
        self.moved.append(act)
        return ev.CaseMoved(case_no=act.case_no, move=act.move, done=self.cases[act.case_no].open)

    async def recall(self, act: Recall) -> ev.EarlierTold:
        return ev.EarlierTold(call_id=act.call_id, told=self.told)

    async def done(self, key: str) -> None:
        self.finished.append(key)


def cases_in(events: Iterable[ev.CallEvent]) -> dict[str, KnownCase]:
    """The cases a call was told of, each with the phone that showed it, and whether it took what was wanted."""
    cases: dict[str, KnownCase] = {}
    phone = ""
    for event in events:
        match event:
            case ev.SlotFilled(slot=Slot.PHONE | Slot.PHONE_TAIL, value=str() as value):
                phone = value
            case ev.SlotCorrected(slot=Slot.PHONE | Slot.PHONE_TAIL, value=str() as value):
                phone = value
            case ev.CaseFound(case_no=str() as case_no, status=str() as status):
                cases[case_no] = KnownCase(phone=phone, status=status)
            case ev.CaseMoved(case_no=case_no, done=False) if case_no in cases:
                cases[case_no] = cases[case_no].model_copy(update={"open": False})
            case _:
                pass
    return cases


def told_in(events: Iterable[ev.CallEvent]) -> RecordDraft | None:
    """What an earlier call had told, if this one went on with it."""
    return next((event.told for event in events if isinstance(event, ev.EarlierTold)), None)
