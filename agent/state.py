"""The state of a call, folded from its events. Pure: the same events always give the same state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import data.events as ev
from data.fold_record import SHOWN_ANEW
from data.records import RecordDraft
from data.understanding import SlotValue
from data.vocabulary import (
    LOOKED_UP_BY,
    Act,
    ConsentStatus,
    Emergency,
    Intent,
    Kind,
    Listen,
    Outcome,
    Slot,
    kind_of,
)

#: Not answers, but understood: the row of lost turns is broken.
_ASIDES = frozenset({Act.REPEAT, Act.SLOWER, Act.WAIT, Act.ASK_QUESTION})


@dataclass(frozen=True, slots=True)
class SlotState:
    """value None with a reason in `declined`: asked and not given."""

    value: SlotValue | None
    confidence: float = 1.0
    turn: int | None = None
    method: str = ""
    precision: str | None = None
    confirmed: bool = False
    declined: str | None = None
    denied: tuple[SlotValue, ...] = ()
    """Values this slot held before, and that the caller put right."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the dialog waits for an answer."""

    flow: str
    step: str
    phase: ev.Phase
    listen: Listen
    slot: Slot | None
    consent: str | None
    slots: tuple[Slot, ...]
    attempt: int


@dataclass(frozen=True, slots=True)
class Return:
    """Where a called flow comes back to, and what was being recorded there."""

    flow: str
    step: str
    kind: Kind | None
    intent: str | None


@dataclass(frozen=True, slots=True)
class ConsentState:
    recipient: str
    fields: tuple[Slot, ...]
    utterance: int
    """The binding part as last said, which has to be heard to its end; the question follows it."""
    status: ConsentStatus = ConsentStatus.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Lodged:
    """A record of this call that is lodged, with its own consents, while another is told."""

    record: str
    kind: Kind | None
    consents: Mapping[str, ConsentState]


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance of the seat. heard: None while it sounds or waits."""

    prompt: str
    must_finish: bool
    version: str = ""
    heard: bool | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of the caller's. entry: the answer that is near enough, by its id."""

    turn: int
    text: str
    entry: str | None
    score: float


#: What a mapping of the state holds at first.
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class CallState(NamedTuple):
    """Changed only by `evolve`. A named tuple, for nearly every event copies it: `_replace` takes a seventh of the
    time that `dataclasses.replace` takes with so many fields.
    """

    call_id: str = ""
    line: str = ""
    caller_no: str | None = None
    today: date = date.min
    hour: int = 0
    """Of the day, when the call was answered."""
    draw: float = 0.0
    trials: Mapping[str, str] = _NOTHING
    """The sides of the trials that showed so far."""
    flow: str | None = None
    kind: Kind | None = None
    intent: str | None = None
    returns: tuple[Return, ...] = ()
    """The flows that called the present one, the latest last."""
    heard_intents: tuple[Intent, ...] = ()
    """What the caller's words pointed to so far, latest utterance with an intent."""
    matters: tuple[Intent, ...] = ()
    """The 投诉 and 举报 asked for by name for which nothing is taken down yet; one a kind."""
    matters_begun: int = 0
    """How often the call went on with another matter."""
    told: tuple[str, ...] = ()
    """What he said when asked what it is about, until a flow was found for it."""
    standing: Standing | None = None
    slots: Mapping[Slot, SlotState] = _NOTHING
    asked: Mapping[Slot, int] = _NOTHING
    """How often the seat stood waiting for each slot's value."""
    acked: Slot | None = None
    """The value said back in passing just before the present question."""
    consents: Mapping[str, ConsentState] = _NOTHING
    utterances: int = 0
    said: Mapping[int, Said] = _NOTHING
    turns: int = 0
    lost_turns: int = 0
    """Noinputs and nomatches in a row, over all questions: only an answer or an aside breaks it."""
    asking: Asking | None = None
    """The latest question that was neither answered nor left to a person."""
    questions: int = 0
    """Questions dealt with in the whole call."""
    questions_in_row: int = 0
    """Those dealt with since the dialog came to the present step."""
    questions_left: int = 0
    """Those left to a person."""
    flags: Mapping[str, str] = _NOTHING
    emergency: Emergency | None = None
    speed: float = 1.0
    dropped: ev.EarlierCall | None = None
    """A dropped call of the same number, as long as it may still be gone on with."""
    resuming: bool = False
    """The caller wants to go on with it; what it had told comes as EarlierTold."""
    record: str | None = None
    """The present record, once it is lodged, and its case number."""
    case_no: str | None = None
    earlier: tuple[Lodged, ...] = ()
    """The records lodged before the present one was begun."""
    shown: str | None = None
    """The number of the known case that the caller has shown to be his."""
    lookups: int = 0
    """How often a case was looked up."""
    looking: bool = True
    """Whether another lookup would be answered."""
    ending: Outcome | None = None
    closed: Outcome | None = None
    transfers: int = 0
    """How often a hand-over was asked for."""
    handing_over: bool = False
    """A hand-over is under way; its answer comes as TransferEnded."""
    desk_open: bool = True
    """People sit behind the line at the hour of the call."""
    desk_wanted: frozenset[str] = frozenset()
    """What a person was wanted for while none was on duty."""

    def value(self, slot: Slot) -> SlotValue | None:
        held = self.slots.get(slot)
        return held.value if held else None

    def declined(self, slot: Slot) -> bool:
        held = self.slots.get(slot)
        return held is not None and held.declined is not None

    @property
    def number(self) -> int:
        """Of the present record in this call, from 1."""
        return len(self.earlier) + 1

    @property
    def any_lodged(self) -> bool:
        return self.case_no is not None or bool(self.earlier)

    @property
    def unheard(self) -> tuple[str, ...]:
        """Must-finish prompts that were cut and not heard to the end since."""
        heard = {said.prompt for said in self.said.values() if said.heard is not False}
        cut = [s.prompt for s in self.said.values() if s.must_finish and s.heard is False]
        return tuple(dict.fromkeys(prompt for prompt in cut if prompt not in heard))


def fold(events: Iterable[ev.CallEvent], state: CallState | None = None) -> CallState:
    """The state after `events`."""
    state = state or CallState()
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: CallState, event: ev.CallEvent) -> CallState:
    """The state after one event. An event that changes nothing (PromptStarted …) gives the same state."""
    match event:
        case ev.CallAnswered():
            return state._replace(
                call_id=event.call_id,
                line=event.line,
                caller_no=event.caller_no,
                today=event.started_at.date(),
                hour=event.started_at.hour,
                draw=event.draw,
                desk_open=event.desk_open,
                dropped=event.earlier,
            )
        case ev.WordsHeard():
            meant = event.understanding
            intents = tuple(s.intent for s in meant.intents if s.intent is not Intent.EMOTIONAL)
            return state._replace(
                turns=state.turns + 1,
                heard_intents=intents or state.heard_intents,
                matters=_matters(state, meant.outright),
                told=(*state.told, event.text) if _tells_matter(state.standing) else state.told,
                lost_turns=0 if meant.acts & _ASIDES or meant.question else state.lost_turns,
                asking=_asking(event) or state.asking,
            )
        case ev.SilenceHeard() | ev.NoiseHeard() | ev.NotUnderstood():
            return state._replace(lost_turns=state.lost_turns + 1)
        case ev.FlowEntered():
            return _enter_flow(state, event)
        case ev.RecordBegun():
            return _begin_record(state, event)
        case ev.MatterDeclined():
            return state._replace(matters=_without(state.matters, kind_of(event.intent)))
        case ev.StepEntered():
            standing = Standing(
                event.flow,
                event.step,
                event.phase,
                event.listen,
                event.slot,
                event.consent,
                event.slots,
                event.attempt,
            )
            asked = state.asked
            if event.phase == "value" and event.slot is not None:
                asked = {**asked, event.slot: asked.get(event.slot, 0) + 1}
            return state._replace(standing=standing, flow=event.flow, asked=asked)
        case ev.StepLeft():
            return state._replace(standing=None, acked=None, questions_in_row=0)
        case ev.PromptSaid():
            said = Said(event.prompt, event.must_finish, event.version)
            return state._replace(utterances=event.utterance, said={**state.said, event.utterance: said})
        case ev.PromptEnded():
            before = state.said.get(event.utterance)
            if before is None:
                return state
            return state._replace(said={**state.said, event.utterance: replace(before, heard=event.complete)})
        case ev.VariantDrawn():
            return state._replace(trials={**state.trials, event.trial: event.variant})
        case ev.QuestionAnswered() | ev.QuestionLeft():
            return state._replace(
                asking=None,
                questions=state.questions + 1,
                questions_in_row=state.questions_in_row + 1,
                questions_left=state.questions_left + isinstance(event, ev.QuestionLeft),
            )
        case ev.SpeechSlowed():
            return state._replace(speed=event.speed)
        case ev.EmergencyRaised():
            return state._replace(emergency=event.emergency)
        case ev.FlagRaised():
            return state._replace(flags={**state.flags, event.flag: event.value})
        case ev.RecordLodged():
            return state._replace(record=event.record, case_no=event.case_no)
        case ev.ResumeAnswered():
            return state._replace(
                resuming=event.goes_on, dropped=state.dropped if event.goes_on else None, lost_turns=0
            )
        case ev.EarlierTold() if state.resuming:
            return _told_earlier(state._replace(resuming=False, dropped=None), event.told)
        case ev.CaseFound():
            shown = state.shown if event.status is None else event.case_no
            looking = state.looking and not event.limited
            return state._replace(shown=shown, lookups=state.lookups + 1, looking=looking)
        case ev.CaseAskedAgain():
            # Asked for anew: a round of its own, with its own count.
            left = {slot: held for slot, held in state.slots.items() if slot not in LOOKED_UP_BY}
            asked = {slot: times for slot, times in state.asked.items() if slot not in LOOKED_UP_BY}
            return state._replace(slots=left, asked=asked)
        case ev.CallEnding():
            return state._replace(ending=event.outcome, standing=None)
        case ev.CallClosed():
            return state._replace(closed=event.outcome, standing=None)
        case ev.HumanRequested() | ev.TransferAsked():
            return state._replace(transfers=state.transfers + 1, handing_over=True)
        case ev.TransferEnded():
            return state._replace(handing_over=False)
        case ev.DeskClosed():
            return state._replace(desk_wanted=state.desk_wanted | {event.reason})
        case _:
            return _evolve_record(state, event)


def _asking(words: ev.WordsHeard) -> Asking | None:
    """The question the words hold."""
    question = words.understanding.question
    if question is None:
        return None
    return Asking(words.turn, words.text, question.entry, question.score)


def _enter_flow(state: CallState, event: ev.FlowEntered) -> CallState:
    """Into a flow. From a step that waits for it (a call), the way back is kept; back there, it is used."""
    returns, standing = state.returns, state.standing
    returned = not event.fresh and standing is None and bool(returns) and returns[-1].flow == event.flow
    if event.fresh:
        returns = ()
    elif standing is not None:
        returns = (*returns, Return(standing.flow, standing.step, state.kind, state.intent))
    elif returned:
        returns = returns[:-1]
    return state._replace(
        flow=event.flow,
        kind=event.kind if event.kind is not None else state.kind,
        intent=event.intent or state.intent,
        matters=_without(state.matters, event.kind),
        matters_begun=state.matters_begun + event.fresh,
        returns=returns,
        told=state.told if not event.fresh and (standing is not None or returned) else (),
        standing=None,
        lost_turns=0,
    )


def _begin_record(state: CallState, event: ev.RecordBegun) -> CallState:
    """The lodged record is put by with its consents; the next begins with what is kept."""
    kept = {slot: held for slot, held in state.slots.items() if slot in event.kept}
    put_by = Lodged(state.record or "", state.kind, state.consents)
    return state._replace(
        earlier=(*state.earlier, put_by),
        record=None,
        case_no=None,
        kind=None,
        intent=None,
        slots=kept,
        asked={slot: times for slot, times in state.asked.items() if slot in kept},
        consents={},
        flags=state.flags if event.same_matter else {},
        acked=None,
    )


def _matters(state: CallState, asked_for: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """The matters of `asked_for` beside those known: one a kind, the recorded kinds left out."""
    taken = {state.kind, *(lodged.kind for lodged in state.earlier)}
    matters = state.matters
    for intent in asked_for:
        kind = kind_of(intent)
        if kind in (Kind.COMPLAINT, Kind.REPORT) and kind not in taken | {
            kind_of(other) for other in matters
        }:
            matters = (*matters, intent)
    return matters


def _without(matters: tuple[Intent, ...], kind: Kind | None) -> tuple[Intent, ...]:
    return tuple(intent for intent in matters if kind is None or kind_of(intent) is not kind)


def _tells_matter(standing: Standing | None) -> bool:
    return standing is not None and (standing.phase in ("route", "more") or standing.slot is Slot.NARRATIVE)


def _told_earlier(state: CallState, told: RecordDraft | None) -> CallState:
    """With what the earlier call had told; what was said in this one already holds. Consents stay behind."""
    if told is None:
        return state
    slots: dict[Slot, SlotState] = {}
    for said in told.fields:
        held = SlotState(said.value, said.confidence, None, said.method, said.precision)
        slots[said.slot] = replace(held, confirmed=said.confirmed is not None)
    slots |= {declined.slot: SlotState(None, declined=declined.reason) for declined in told.declined}
    flags = {"safety_flag": told.safety_flag, "mass_incident": "true" if told.mass_incident else None}
    return state._replace(
        slots={slot: held for slot, held in slots.items() if slot not in SHOWN_ANEW} | dict(state.slots),
        flags={flag: value for flag, value in flags.items() if value is not None} | dict(state.flags),
        heard_intents=(Intent(told.intent),) if told.intent in set(Intent) else state.heard_intents,
    )


def _evolve_record(state: CallState, event: ev.CallEvent) -> CallState:
    """Slots and consents."""
    match event:
        case ev.SlotFilled() | ev.SlotCorrected():
            held = SlotState(event.value, event.confidence, event.turn, event.method, event.precision)
            if isinstance(event, ev.SlotCorrected):
                before = state.slots.get(event.slot)
                old = () if event.old is None else (event.old,)
                held = replace(held, denied=(*(before.denied if before else ()), *old))
            lost = state.lost_turns if event.method == "script" else 0
            return state._replace(slots={**state.slots, event.slot: held}, lost_turns=lost)
        case ev.SlotDeclined():
            held = SlotState(None, turn=event.turn, declined=event.reason)
            lost = state.lost_turns if event.reason == "given_up" else 0
            return state._replace(slots={**state.slots, event.slot: held}, lost_turns=lost)
        case ev.SlotConfirmed():
            before = state.slots.get(event.slot)
            if before is None or before.value != event.value:
                return state
            slots = {**state.slots, event.slot: replace(before, confirmed=True)}
            if event.how == "implicit":
                return state._replace(slots=slots, acked=event.slot)
            return state._replace(slots=slots, lost_turns=0)
        case ev.ConsentAsked():
            asked = ConsentState(event.recipient, event.fields, event.utterance)
            return state._replace(consents={**state.consents, event.consent: asked})
        case ev.ConsentGiven():
            return _consent(state, event.consent, ConsentStatus.GIVEN)
        case ev.ConsentRefused():
            return _consent(state, event.consent, ConsentStatus.REFUSED)
        case ev.ConsentWithdrawn(record=str() as record):
            return _withdrawn_from(state, record, event.consent)
        case ev.ConsentWithdrawn():
            return _consent(state, event.consent, ConsentStatus.WITHDRAWN)
        case _:
            return state


def _withdrawn_from(state: CallState, record: str, purpose: str) -> CallState:
    """Taken back from a record lodged earlier in the call."""
    earlier = tuple(
        replace(
            lodged,
            consents={
                **lodged.consents,
                purpose: replace(lodged.consents[purpose], status=ConsentStatus.WITHDRAWN),
            },
        )
        if lodged.record == record and purpose in lodged.consents
        else lodged
        for lodged in state.earlier
    )
    return state._replace(earlier=earlier, lost_turns=0)


def _consent(state: CallState, purpose: str, status: ConsentStatus) -> CallState:
    before = state.consents.get(purpose)
    if before is None:
        return state
    consents = {**state.consents, purpose: replace(before, status=status)}
    return state._replace(consents=consents, lost_turns=0)
