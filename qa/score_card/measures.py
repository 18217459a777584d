"""What a score card measures in one call: a number from its events, or None where it does not apply. Pure.

Times come from the events (ms since the call was answered); words' ends are the recogniser's, so a wait is
exact to some 100 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import data.events as ev
from agent.facts import facts
from agent.state import CallState, fold
from data.fold_record import draft
from data.records import RecordDraft
from data.vocabulary import Act, Kind, Outcome, Slot
from dialogs.schema import Collect, ReadBack
from dialogs.script import Node, Script


@dataclass(frozen=True, slots=True)
class Scored:
    """One call as the measures see it. script: the one it ran on, or the nearest there is."""

    events: Sequence[ev.CallEvent]
    script: Script
    state: CallState = field(init=False)
    record: RecordDraft = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", fold(self.events))
        object.__setattr__(self, "record", draft(self.events))

    @property
    def turns(self) -> list[ev.WordsHeard]:
        return [event for event in self.events if isinstance(event, ev.WordsHeard)]

    def heard(self, purpose: str) -> list[bool]:
        """For each prompt of this purpose: whether it was heard to its end, at least once."""
        ended = {e.utterance: e.complete for e in self.events if isinstance(e, ev.PromptEnded)}
        by_prompt: dict[str, bool] = {}
        for said in self.events:
            if isinstance(said, ev.PromptSaid) and said.purpose == purpose:
                whole = ended.get(said.utterance, False)
                by_prompt[said.prompt] = by_prompt.get(said.prompt, False) or whole
        return list(by_prompt.values())

    def first_sound(self, after: int, purposes: tuple[str, ...] | None = None) -> int | None:
        """When the first prompt (of these purposes) began to sound, not before `after`."""
        said = {e.utterance: e.purpose for e in self.events if isinstance(e, ev.PromptSaid)}
        return next(
            (
                event.at
                for event in self.events
                if isinstance(event, ev.PromptStarted)
                and event.at >= after
                and (purposes is None or said.get(event.utterance) in purposes)
            ),
            None,
        )

    def flow_nodes(self) -> list[Node]:
        """The steps of the record's flow that apply to it."""
        entered = [e.flow for e in self.events if isinstance(e, ev.FlowEntered) and e.kind is not None]
        flow = self.script.flows.get(entered[-1]) if entered else None
        if flow is None or self.state.case_no is None:
            return []
        known = facts(self.state)
        return [node for node in flow.nodes.values() if node.when is None or node.when.holds(known)]

    def required(self) -> list[Slot]:
        """The mandatory fields of the lodged record."""
        steps = [node.step for node in self.flow_nodes() if isinstance(node.step, Collect)]
        return [step.collect for step in steps if not step.optional]


# --- what must be said ------------------------------------------------------------------------------


def notices_heard(call: Scored) -> float | None:
    """Share of the notices (AI, recording, human) that were heard to their end.

    A danger, or the wish for a person, rightly cuts in: where the call was handed over so, there is none.
    """
    heard = call.heard("notice")
    return None if call.state.transfers and not all(heard) else _share(heard)


def closing_heard(call: Scored) -> float | None:
    """1: the closing words, which name the AI, were heard. Not where the caller hung up, or a desk took over."""
    ending = call.state.ending
    if ending is None or ending is Outcome.TO_DESK:
        return None
    return float(any(call.heard("closing")))


def required_asked(call: Scored) -> float | None:
    """Share of the mandatory fields that were told or asked for, of a lodged record."""
    required = call.required()
    known = {f.slot for f in call.record.fields} | {d.slot for d in call.record.declined}
    return _share([slot in known or slot in call.state.asked for slot in required])


def required_read_back(call: Scored) -> float | None:
    """Share of the mandatory fields with a value that were read back, or confirmed one by one; free text is
    not read back."""
    if not any(isinstance(node.step, ReadBack) for node in call.flow_nodes()):
        return None
    read = {slot for event in call.events if isinstance(event, ev.StepEntered) for slot in event.slots}
    filled = [f for f in call.record.fields if f.slot in call.required() and f.slot is not Slot.NARRATIVE]
    return _share([f.slot in read or f.confirmed == "explicit" for f in filled])


def consents_proper(call: Scored) -> float | None:
    """Share of the decided consents that were put as they must be: given only after the binding part was
    heard to its end; and nothing is referred without one."""
    proper: list[bool] = []
    complete: set[int] = set()
    binding: dict[str, int] = {}
    given: set[str] = set()
    for event in call.events:
        match event:
            case ev.PromptEnded(complete=True):
                complete.add(event.utterance)
            case ev.ConsentAsked():
                binding[event.consent] = event.utterance
            case ev.ConsentGiven():
                given.add(event.recipient)
                proper.append(binding.get(event.consent) in complete)
            case ev.ConsentRefused():
                proper.append(event.consent in binding)
            case ev.ReferralQueued():
                proper.append(event.recipient in given and call.record.kind is Kind.COMPLAINT)
            case _:
                pass
    return _share(proper)


# --- how it went ------------------------------------------------------------------------------------


def asked_again(call: Scored) -> float | None:
    """How often a field was asked for again."""
    return float(sum(times - 1 for times in call.state.asked.values() if times > 1))


def not_understood(call: Scored) -> float | None:
    """Turns in which nothing answered, and noises taken for turns."""
    return float(_count(call, (ev.NotUnderstood, ev.NoiseHeard)))


def repeats(call: Scored) -> float | None:
    """How often the caller asked to hear it again."""
    return float(sum(Act.REPEAT in turn.understanding.acts for turn in call.turns))


def silences(call: Scored) -> float | None:
    """How often the caller said nothing in time."""
    return float(_count(call, (ev.SilenceHeard,)))


def caller_cuts_in(call: Scored) -> float | None:
    """Prompts the caller spoke over, so that they were not heard to their end."""
    cut = [e for e in call.events if isinstance(e, ev.PromptEnded) and not e.complete and e.heard_ms > 0]
    return float(len(cut))


def seat_cuts_in(call: Scored) -> float | None:
    """Prompts that began while the caller was speaking, though he had begun in silence."""
    starts = [event.at for event in call.events if isinstance(event, ev.PromptStarted)]
    turns = [turn for turn in call.turns if turn.during is None]
    return float(sum(any(t.start_ms < start < t.end_ms for start in starts) for t in turns))


def abandoned(call: Scored) -> float | None:
    """1: the caller hung up before the seat had ended the call."""
    return float(call.state.closed is not None and call.state.ending is None)


# --- times ------------------------------------------------------------------------------------------


def usual_wait_ms(call: Scored) -> float | None:
    """Median of the waits from the caller's last sound to the seat's next."""
    waits = _waits(call)
    return median(waits) if waits else None


def longest_wait_ms(call: Scored) -> float | None:
    """The longest of them."""
    return max(_waits(call), default=None)


def length_s(call: Scored) -> float | None:
    """From answer to hang-up, in seconds."""
    return call.events[-1].at / 1000 if call.events else None


def emergency_ms(call: Scored) -> float | None:
    """From the end of the words that told of a danger to the first sound of the safety sentence."""
    turn = next((t for t in call.turns if t.understanding.flags.emergency is not None), None)
    sound = call.first_sound(turn.at, ("safety",)) if turn is not None else None
    if turn is None:
        return None
    return float("inf") if sound is None else float(max(0, sound - turn.end_ms))


def human_turns(call: Scored) -> float | None:
    """How many more turns the caller had to speak after he first asked for a person."""
    asked = next((t for t in call.turns if t.understanding.request_human), None)
    if asked is None:
        return None
    given = next((e.at for e in call.events if isinstance(e, ev.HumanRequested)), None)
    if given is None:
        return float("inf")
    return float(sum(asked.at < turn.at < given for turn in call.turns))


def human_ms(call: Scored) -> float | None:
    """From the end of that wish to the seat's next sound."""
    asked = next((t for t in call.turns if t.understanding.request_human), None)
    sound = call.first_sound(asked.at) if asked is not None else None
    if asked is None:
        return None
    return float("inf") if sound is None else float(max(0, sound - asked.end_ms))


def abandoned_at(events: Sequence[ev.CallEvent]) -> str | None:
    """The question at which the caller hung up, None if he did not."""
    state = fold(events)
    if state.closed is None or state.ending is not None:
        return None
    entered = [event for event in events if isinstance(event, ev.StepEntered)]
    return (entered[-1].slot or entered[-1].consent or entered[-1].step) if entered else "greeting"


def _waits(call: Scored) -> list[float]:
    """Where the caller had spoken into silence and the seat answered before he spoke on."""
    waits: list[float] = []
    turns = call.turns
    for index, turn in enumerate(turns):
        following = turns[index + 1].start_ms if index + 1 < len(turns) else None
        sound = call.first_sound(turn.end_ms)
        if sound is not None and (following is None or sound <= following):
            waits.append(float(sound - turn.end_ms))
    return waits


def _count(call: Scored, kinds: tuple[type[ev.Event], ...]) -> int:
    return sum(isinstance(event, kinds) for event in call.events)


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None


Measure = Callable[[Scored], float | None]
#: By the name a rule calls it.
MEASURES: Mapping[str, Measure] = {
    measure.__name__: measure
    for measure in (
        notices_heard,
        closing_heard,
        required_asked,
        required_read_back,
        consents_proper,
        asked_again,
        not_understood,
        repeats,
        silences,
        caller_cuts_in,
        seat_cuts_in,
        abandoned,
        usual_wait_ms,
        longest_wait_ms,
        length_s,
        emergency_ms,
        human_turns,
        human_ms,
    )
}
