"""The mind of a simulated caller: what he says, and when, given what the seat does. Pure.

He knows from the event stream which slot the seat asked for; he answers it by voice, through the same line a
person would use. Time comes in with the events; chance comes from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, TypeVar

import data.events as ev
from data.understanding import SlotValue
from data.values import same
from data.vocabulary import DIGIT_SLOTS, NUMBER_SLOTS, Slot
from qa.caller_words import FRESH_CALL, NOTHING_MORE, YES, correction, right_words
from qa.persona import Persona, PlannedEvent
from qa.spoken import LABELS, digits_said, numbers_said, say_value

#: Seconds a person takes to answer after a question's last sound.
REACTION_S = (0.3, 0.6)
#: How often a caller puts the same slot right before he lets it go.
MOST_CORRECTIONS = 2

After = Literal["prompt_end", "now"] | tuple[Literal["prompt_start"], float]
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller does next: says `text`, then presses `dtmf`, then hangs up if `hang_up`.

    delay_s: seconds after the moment `after` names; for ("prompt_start", s) it equals s. corrects: the slot
    he puts right. barges_in: he means to speak while the seat does.
    """

    text: str | None
    delay_s: float
    after: After = "prompt_end"
    dtmf: str | None = None
    hang_up: bool = False
    corrects: Slot | None = None

    @property
    def barges_in(self) -> bool:
        return isinstance(self.after, tuple)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the caller remembers of his own doings; changes only when a reply has begun.

    after_opening: replies since the opening, None before it. told: how often each thing was asked for.
    """

    events_used: frozenset[int] = frozenset()
    replies: int = 0
    after_opening: int | None = None
    told: Mapping[str, int] = field(default_factory=dict)
    corrected: Mapping[Slot, int] = field(default_factory=dict)

    def next_of(self, what: str, texts: tuple[str, ...]) -> str:
        """The text whose turn it is; the last one from then on."""
        return texts[min(self.told.get(what, 0), len(texts) - 1)]


class CallerMind:
    """One caller in one call.

    Give every event of the call to on_event, in order; when the reply it gave begins to sound, call began().
    A reply that has not begun is void once another is given, or while the seat speaks (`listening`).
    """

    def __init__(self, persona: Persona, seed: int = 0) -> None:
        self.persona = persona
        self.memory = Memory()
        self._random = Random(f"{persona.persona}:{seed}")
        self._sounding: dict[int, ev.PromptSaid] = {}
        self._standing: ev.StepEntered | None = None
        self._due = False
        self._over = False
        self._values: dict[Slot, SlotValue] = {}
        self._heard: dict[Slot, SlotValue] = {}
        self._echoed: list[Slot] = []
        self._caller_no = persona.caller_no
        self._silent: dict[int, float] = {}
        self._planned: Memory | None = None

    @property
    def listening(self) -> bool:
        """The seat is speaking, or about to."""
        return bool(self._sounding)

    @property
    def over(self) -> bool:
        return self._over

    @property
    def corrections(self) -> int:
        return sum(self.memory.corrected.values())

    @property
    def events_left(self) -> tuple[PlannedEvent, ...]:
        """Planned events whose moment never came."""
        done = self.memory.events_used | frozenset(self._silent)
        return tuple(event for index, event in enumerate(self.persona.events) if index not in done)

    def on_event(self, event: ev.CallEvent) -> Reply | None:
        """What the caller means to do after `event`, if it moves him to anything."""
        match event:
            case ev.CallAnswered(caller_no=str() as caller_no):
                self._caller_no = caller_no
            case ev.PromptSaid():
                self._sounding[event.utterance] = event
                self._due = True
                self._listen_for_echo(event)
            case ev.StepEntered():
                self._standing = event
                self._due = True
            case ev.StepLeft(flow=flow, step=step):
                if self._standing and (self._standing.flow, self._standing.step) == (flow, step):
                    self._standing = None
            case ev.PromptStarted(utterance=utterance):
                return self._barge_in(self._sounding.get(utterance))
            case ev.PromptEnded(utterance=utterance, at=at):
                self._sounding.pop(utterance, None)
                return self._answer(at)
            case ev.WordsHeard(understanding=understanding):
                self._heard |= {finding.slot: finding.value for finding in reversed(understanding.findings)}
            case ev.SlotFilled(slot=slot, value=value) | ev.SlotCorrected(slot=slot, value=value):
                self._values[slot] = value
            case ev.SlotDeclined(slot=slot):
                self._values.pop(slot, None)
            case ev.CallEnding() | ev.CallClosed() | ev.TransferEnded(answered=True):
                self._over = True
            case _:
                pass
        return None

    def on_quiet(self, at: int) -> Reply | None:
        """Nothing has sounded for a while: whatever was to be said is over, answer what stands."""
        self._sounding.clear()
        return self._answer(at)

    def began(self) -> None:
        """The reply last given begins to sound (or its keys, or its hang-up)."""
        if self._planned is not None:
            self.memory, self._planned, self._due = self._planned, None, False
            self._echoed.clear()

    # --- when ---------------------------------------------------------------------------------------

    def _barge_in(self, prompt: ev.PromptSaid | None) -> Reply | None:
        if prompt is None or self._over:
            return None
        for index, event in self._events_here():
            if event.barge_in is not None and self._is_the_question(prompt, event):
                return self._plan_event(index, event, event.barge_in, ("prompt_start", event.barge_in))
        return None

    def _is_the_question(self, prompt: ev.PromptSaid, event: PlannedEvent) -> bool:
        """Whether `prompt` is the one a barge-in at this step is measured from."""
        if event.at == "greeting":
            return True
        phase = self._standing.phase if self._standing else "value"
        wanted = {"read_back": "read_back", "consent": "consent"}.get(phase, "ask")
        asking = [number for number, said in self._sounding.items() if said.purpose == wanted]
        return prompt.utterance == (asking[0] if asking else max(self._sounding))

    def _answer(self, at: int) -> Reply | None:
        standing = self._standing
        if self._over or not self._due or self._sounding or standing is None or standing.phase == "pending":
            return None
        delay = self._random.uniform(*REACTION_S)
        for index, event in self._events_here():
            # A barge-in whose moment did not come while the prompt played is said after it.
            if event.silence is not None:
                until = self._silent.setdefault(index, at + event.silence * 1000)
                delay = max(delay, (until - at) / 1000)
            if event.answers:
                return self._plan_event(index, event, delay, "prompt_end")
            break
        # A silence that was begun holds whatever is asked meanwhile.
        delay = max([delay, *((until - at) / 1000 for until in self._silent.values())])
        return self._plan_answer(standing, delay)

    def _events_here(self) -> Iterator[tuple[int, PlannedEvent]]:
        for index, event in enumerate(self.persona.events):
            done = index in self.memory.events_used or (index in self._silent and not event.answers)
            if not done and self._reached(event.at):
                yield index, event

    def _reached(self, at: str) -> bool:
        standing = self._standing
        if at == "greeting":
            return self.memory.replies == 0
        if standing is None or standing.phase == "pending":
            return False
        if at == "next_question":
            return self.memory.after_opening == 0
        if at == "read_back":
            return standing.phase == "read_back"
        return at in (standing.slot, standing.consent, standing.step)

    # --- what ---------------------------------------------------------------------------------------

    def _plan_event(self, index: int, event: PlannedEvent, delay: float, after: After) -> Reply:
        after_opening = self.memory.after_opening
        self._planned = replace(
            self.memory,
            events_used=self.memory.events_used | {index},
            replies=self.memory.replies + 1,
            after_opening=None if after_opening is None else after_opening + 1,
        )
        return Reply(event.say, delay, after, dtmf=event.dtmf, hang_up=event.hang_up)

    def _plan_answer(self, standing: ev.StepEntered, delay: float) -> Reply:
        memory = self.memory
        slot = self._to_correct(standing)
        if slot is not None:
            text, told = self._correction(slot, standing), None
            corrected: Mapping[Slot, int] = _counted(memory.corrected, slot)
        else:
            text, told = self._plain_answer(standing)
            corrected = memory.corrected
        opened = memory.after_opening is not None
        self._planned = Memory(
            memory.events_used,
            memory.replies + 1,
            (memory.after_opening or 0) + 1 if opened else 0 if told == "opening" else None,
            _counted(memory.told, told) if told else memory.told,
            corrected,
        )
        return Reply(text, delay, corrects=slot)

    def _plain_answer(self, standing: ev.StepEntered) -> tuple[str, str | None]:
        """What is said, and what it counts as having told."""
        persona, slot = self.persona, standing.slot
        if standing.phase == "consent" and standing.consent is not None:
            texts = persona.consents.get(standing.consent)
            told = f"consent:{standing.consent}"
            return (self.memory.next_of(told, texts), told) if texts else (persona.unknown, None)
        if standing.phase in ("read_back", "offer", "confirm"):
            return self._random.choice(YES), None
        if standing.phase == "more":
            return NOTHING_MORE, None
        if standing.phase == "resume":
            return FRESH_CALL, None
        if slot is None or slot is Slot.NARRATIVE:
            texts = persona.answers.get(Slot.NARRATIVE)
            if self.memory.after_opening is not None and texts:
                return self.memory.next_of("narrative", texts), "narrative"
            return persona.opening, "opening"
        if slot in persona.answers:
            return self.memory.next_of(slot, persona.answers[slot]), slot
        return self._said_before(slot) or persona.unknown, None

    def _said_before(self, slot: Slot) -> str | None:
        """A value that was in the opening is said again when it is asked for."""
        value = self.persona.expect.slots.get(slot)
        opening = self.persona.opening
        if value is None or self.memory.after_opening is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            told = any(float(number) == float(value) for number in numbers_said(opening))
        elif slot in DIGIT_SLOTS:
            told = str(value) in digits_said(opening)
        else:
            told = isinstance(value, str) and value in opening
        spoken = say_value(slot, value) if told else None
        return f"是{spoken}。" if spoken else None

    # --- corrections --------------------------------------------------------------------------------

    def _to_correct(self, standing: ev.StepEntered) -> Slot | None:
        """The slot to put right now, one at a time."""
        wrong: list[Slot] = []
        if standing.phase == "read_back":
            wrong = [slot for slot in self.persona.expect.slots if self._misread(slot, standing.slots)]
        elif standing.phase in ("confirm", "offer") and standing.slot is not None:
            wrong = [standing.slot] if self._misheard(standing.slot, standing.phase == "offer") else []
        wrong += [slot for slot in self._echoed if self._misheard(slot, offered=False)]
        return next((slot for slot in wrong if self._may_correct(slot)), None)

    def _may_correct(self, slot: Slot) -> bool:
        return (
            self.memory.corrected.get(slot, 0) < MOST_CORRECTIONS
            and right_words(self.persona, slot) is not None
        )

    def _misread(self, slot: Slot, spoken: tuple[Slot, ...]) -> bool:
        """The record read back lacks what he told, or holds something else."""
        if slot not in self._values:
            twin = {Slot.SHOP: Slot.RESPONDENT, Slot.RESPONDENT: Slot.SHOP}.get(slot)
            return twin not in self._values
        return (not spoken or slot in spoken) and not same(
            slot, self.persona.expect.slots[slot], self._values[slot]
        )

    def _misheard(self, slot: Slot, offered: bool) -> bool:
        """A single value said back is neither what is expected nor what he has said himself."""
        if offered:
            value: SlotValue | None = self._values.get(slot, self._caller_no)
        else:
            value = self._values.get(slot, self._heard.get(slot))
        wanted = self._wanted(slot)
        if value is None or not wanted:
            return False
        return not any(same(slot, right, value) for right in wanted)

    def _wanted(self, slot: Slot) -> list[SlotValue]:
        """The values he would take for right: the expected one, and those in his own answers."""
        wanted: list[SlotValue] = []
        if slot in self.persona.expect.slots:
            wanted.append(self.persona.expect.slots[slot])
        for text in self.persona.answers.get(slot, ()):
            if slot in DIGIT_SLOTS:
                wanted += digits_said(text)
            elif slot in NUMBER_SLOTS:
                wanted += [float(number) for number in numbers_said(text)]
        return wanted

    def _listen_for_echo(self, prompt: ev.PromptSaid) -> None:
        """An acknowledgement says a value back in passing: `ack.amount`."""
        head, _, name = prompt.prompt.partition(".")
        if head == "ack" and name in LABELS:
            self._echoed.append(Slot(name))

    def _correction(self, slot: Slot, standing: ev.StepEntered) -> str:
        alone = standing.slot == slot and slot in self.persona.answers
        return correction(slot, right_words(self.persona, slot) or "", alone=alone)


def _counted(counts: Mapping[_Key, int], what: _Key) -> dict[_Key, int]:
    return {**counts, what: counts.get(what, 0) + 1}
