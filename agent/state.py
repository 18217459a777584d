"""The state of a call, folded from its events. Pure: the same events always give the same state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import data.events as ev
from data.understanding import SlotValue
from data.vocabulary import Act, ConsentStatus, Emergency, Intent, Kind, Listen, Outcome, Slot

Phase = Literal["value", "offer", "confirm", "route", "read_back", "consent", "pending"]

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
    phase: Phase
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
class Said:
    """An utterance of the seat. heard: None while it sounds or waits."""

    prompt: str
    must_finish: bool
    heard: bool | None = None


@dataclass(frozen=True, slots=True)
class CallState:
    call_id: str = ""
    line: str = ""
    caller_no: str | None = None
    today: date = date.min
    hour: int = 0
    """Of the day, when the call was answered."""
    draw: float = 0.0
    flow: str | None = None
    kind: Kind | None = None
    intent: str | None = None
    returns: tuple[Return, ...] = ()
    """The flows that called the present one, the latest last."""
    heard_intents: tuple[Intent, ...] = ()
    """What the caller's words pointed to so far, latest utterance with an intent."""
    standing: Standing | None = None
    slots: Mapping[Slot, SlotState] = field(default_factory=dict)
    asked: Mapping[Slot, int] = field(default_factory=dict)
    """How often the seat stood waiting for each slot's value."""
    acked: Slot | None = None
    """The value said back in passing just before the present question."""
    consents: Mapping[str, ConsentState] = field(default_factory=dict)
    utterances: int = 0
    said: Mapping[int, Said] = field(default_factory=dict)
    turns: int = 0
    lost_turns: int = 0
    """Noinputs and nomatches in a row, over all questions: only an answer or an aside breaks it."""
    flags: Mapping[str, str] = field(default_factory=dict)
    emergency: Emergency | None = None
    speed: float = 1.0
    record: str | None = None
    case_no: str | None = None
    lodged: frozenset[Kind] = frozenset()
    comforted: bool = False
    ending: Outcome | None = None
    closed: Outcome | None = None
    transfers: int = 0
    """How often a hand-over was asked for."""
    handing_over: bool = False
    """A hand-over is under way; its answer comes as TransferEnded."""

    def value(self, slot: Slot) -> SlotValue | None:
        held = self.slots.get(slot)
        return held.value if held else None

    def declined(self, slot: Slot) -> bool:
        held = self.slots.get(slot)
        return held is not None and held.declined is not None

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
            return replace(
                state,
                call_id=event.call_id,
                line=event.line,
                caller_no=event.caller_no,
                today=event.started_at.date(),
                hour=event.started_at.hour,
                draw=event.draw,
            )
        case ev.WordsHeard():
            meant = event.understanding
            intents = tuple(s.intent for s in meant.intents if s.intent is not Intent.EMOTIONAL)
            return replace(
                state,
                turns=state.turns + 1,
                heard_intents=intents or state.heard_intents,
                lost_turns=0 if meant.acts & _ASIDES else state.lost_turns,
            )
        case ev.SilenceHeard() | ev.NoiseHeard() | ev.NotUnderstood():
            return replace(state, lost_turns=state.lost_turns + 1)
        case ev.FlowEntered():
            return _enter_flow(state, event)
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
            return replace(state, standing=standing, flow=event.flow, asked=asked)
        case ev.StepLeft():
            return replace(state, standing=None, acked=None)
        case ev.PromptSaid():
            said = Said(event.prompt, event.must_finish)
            return replace(state, utterances=event.utterance, said={**state.said, event.utterance: said})
        case ev.PromptEnded():
            before = state.said.get(event.utterance)
            if before is None:
                return state
            return replace(state, said={**state.said, event.utterance: replace(before, heard=event.complete)})
        case ev.SpeechSlowed():
            return replace(state, speed=event.speed)
        case ev.EmergencyRaised():
            return replace(state, emergency=event.emergency)
        case ev.FlagRaised():
            comforted = state.comforted or event.flag == "emotion"
            return replace(state, flags={**state.flags, event.flag: event.value}, comforted=comforted)
        case ev.RecordLodged():
            lodged = state.lodged | {event.kind}
            return replace(state, record=event.record, case_no=event.case_no, lodged=lodged)
        case ev.CallEnding():
            return replace(state, ending=event.outcome, standing=None)
        case ev.CallClosed():
            return replace(state, closed=event.outcome, standing=None)
        case ev.HumanRequested():
            return replace(state, transfers=state.transfers + 1, handing_over=True)
        case ev.TransferEnded():
            return replace(state, handing_over=False)
        case _:
            return _evolve_record(state, event)


def _enter_flow(state: CallState, event: ev.FlowEntered) -> CallState:
    """Into a flow. From a step that waits for it (a call), the way back is kept; back there, it is used."""
    returns, standing = state.returns, state.standing
    if standing is not None:
        returns = (*returns, Return(standing.flow, standing.step, state.kind, state.intent))
    elif returns and returns[-1].flow == event.flow:
        returns = returns[:-1]
    # A consent is for one record: once that is lodged, another kind begins without any.
    fresh = event.kind is not None and state.record is not None
    return replace(
        state,
        flow=event.flow,
        kind=event.kind if event.kind is not None else state.kind,
        intent=event.intent or state.intent,
        returns=returns,
        standing=None,
        consents={} if fresh else state.consents,
        lost_turns=0,
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
            return replace(state, slots={**state.slots, event.slot: held}, lost_turns=lost)
        case ev.SlotDeclined():
            held = SlotState(None, turn=event.turn, declined=event.reason)
            lost = state.lost_turns if event.reason == "given_up" else 0
            return replace(state, slots={**state.slots, event.slot: held}, lost_turns=lost)
        case ev.SlotConfirmed():
            before = state.slots.get(event.slot)
            if before is None or before.value != event.value:
                return state
            slots = {**state.slots, event.slot: replace(before, confirmed=True)}
            if event.how == "implicit":
                return replace(state, slots=slots, acked=event.slot)
            return replace(state, slots=slots, lost_turns=0)
        case ev.ConsentAsked():
            asked = ConsentState(event.recipient, event.fields, event.utterance)
            return replace(state, consents={**state.consents, event.consent: asked})
        case ev.ConsentGiven():
            return _consent(state, event.consent, ConsentStatus.GIVEN)
        case ev.ConsentRefused():
            return _consent(state, event.consent, ConsentStatus.REFUSED)
        case ev.ConsentWithdrawn():
            return _consent(state, event.consent, ConsentStatus.WITHDRAWN)
        case _:
            return state


def _consent(state: CallState, purpose: str, status: ConsentStatus) -> CallState:
    before = state.consents.get(purpose)
    if before is None:
        return state
    consents = {**state.consents, purpose: replace(before, status=status)}
    return replace(state, consents=consents, lost_turns=0)
