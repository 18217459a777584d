"""From a call that took place to a story: what was said, and what came of it, as it must come again. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import data.events as ev
from agent.memory_keeper import cases_in, told_in
from data.fold_record import draft
from data.vocabulary import Slot
from dialogs.stories import DroppedCall, Expectation, Line, Story

#: Worked out from other words, or the story itself: another script may word them otherwise.
_NOT_COMPARED = frozenset({Slot.NARRATIVE, Slot.GOODS, Slot.ISSUE, Slot.RESPONDENT_TYPE})


def story_of(name: str, events: Sequence[ev.CallEvent]) -> tuple[Story, tuple[Line, ...], Expectation]:
    """The story of a call, whether live or typed; as far as it went."""
    return _head(name, events), tuple(_talk(events)), _expectation(events)


def _head(name: str, events: Sequence[ev.CallEvent]) -> Story:
    written: dict[str, object] = {"story": name}
    for event in events:
        match event:
            case ev.CallAnswered():
                written["line"] = event.line
                written["today"] = event.started_at.date()
                if event.draw:
                    written["draw"] = event.draw
                if not event.desk_open:
                    written["on_duty"] = False
                if event.caller_no is not None:
                    written["caller_no"] = event.caller_no
                if event.earlier is not None:
                    written["earlier"] = _dropped(event.earlier, events)
            case ev.TransferEnded(answered=True):
                written["desk"] = True
            case ev.EffectDelayed(what="lodge"):
                written["lodging"] = False
            case _:
                pass
    if cases := cases_in(events):
        written["cases"] = cases
    return Story.model_validate(written)


def _dropped(earlier: ev.EarlierCall, events: Sequence[ev.CallEvent]) -> DroppedCall:
    """The call before, as far as this one shows it."""
    told = told_in(events)
    goes_on = any(isinstance(event, ev.ResumeAnswered) and event.goes_on for event in events)
    slots = {field.slot: field.value for field in told.fields} if told is not None else {}
    return DroppedCall(intent=earlier.intent, told=slots, gone=goes_on and told is None)


def _talk(events: Sequence[ev.CallEvent]) -> Iterator[Line]:
    seat: list[str] = []
    prompts: dict[str, str] = {}
    by_caller = any(isinstance(event, ev.CallClosed) and event.by == "caller" for event in events)
    for event in events:
        if isinstance(event, ev.PromptSaid):
            seat.append(event.prompt)
            prompts[str(event.utterance)] = event.prompt
            continue
        line = _line(event, prompts, by_caller)
        if line is not None:
            if seat:
                yield Line(seat=tuple(seat))
            seat = []
            yield line
    if seat:
        yield Line(seat=tuple(seat))


def _line(event: ev.CallEvent, prompts: dict[str, str], by_caller: bool) -> Line | None:
    match event:
        case ev.WordsHeard(during=during) if during is not None and during in prompts:
            return Line(caller=event.text, over=prompts[during])
        case ev.WordsHeard():
            return Line(caller=event.text)
        case ev.KeysPressed():
            return Line(keys=event.digits)
        case ev.SilenceHeard():
            return Line(happens="silence")
        case ev.NoiseHeard():
            return Line(happens="noise")
        case ev.TimeUp():
            return Line(happens="time_up")
        case ev.FaultStruck():
            return Line(happens="fault")
        case ev.CallerHungUp() if by_caller:
            return Line(happens="hang_up")
        case _:
            return None


def _expectation(events: Sequence[ev.CallEvent]) -> Expectation:
    record = draft(events)
    closed = [event.outcome for event in events if isinstance(event, ev.CallClosed)]
    written: dict[str, object] = {
        "kind": record.kind,
        "slots": {field.slot: field.value for field in record.fields if field.slot not in _NOT_COMPARED},
        "outcome": closed[-1] if closed else None,
        "referred": tuple(event.recipient for event in events if isinstance(event, ev.ReferralQueued)),
    }
    if record.declined:
        written["declined"] = tuple(declined.slot for declined in record.declined)
    if record.consents:
        written["consents"] = {consent.purpose: consent.decision.value for consent in record.consents}
    if record.emergencies:
        written["flags"] = {"emergency": record.emergencies[-1].value}
    return Expectation.model_validate(written)
