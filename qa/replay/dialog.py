"""Understanding → dialog: a recorded call decided again, by another script or another engine. Pure.

While the dialog says and asks what it did then, the recording's inputs are given as they came, with their
times: the same version gives the same events. Where it first does something else the replay leaves the
recording's path. From then on every question gets the answer that the caller gave to *that* question (same
slot or consent, in the order of time), prompts are heard as the same prompt was heard then, and the world
(lodging, desk, look-up) answers as it did. Nothing is made up quietly: see Missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import data.events as ev
from agent.acts import Act, HangUp, Listen, Lodge, LookUp, Transfer
from agent.deciding import asked_of
from agent.dialog import Input, decide
from agent.kit import Understand
from agent.session import unheard_after
from agent.state import CallState
from data.fold_record import draft
from data.records import FieldDraft
from data.understanding import Asked, Understanding
from data.vocabulary import Act as Does
from data.vocabulary import Kind, Slot
from dialogs.script import Script
from qa.replay.exchanges import ANY, CLOSING, NOTHING, Exchange, FromCaller, Question, question_of

Given = Literal["words", "yes", "dont_know", "silence"]
_Result = TypeVar("_Result", bound=ev.Event)
#: A call is followed no further after so many questions without an answer.
_MOST_MISSING = 6
#: More inputs than any call has: a script that asks in circles ends here.
_MOST_INPUTS = 400
#: How long a character takes to say, for prompts the recording does not hold. Milliseconds.
_CHARACTER_MS = 233
#: The number a record gets that was not lodged then. Nothing is lodged by a replay.
_NO_CASE = "0" * 25


@dataclass(frozen=True, slots=True)
class Missing:
    """A question that nobody answered in the recording.

    given: what the replay went on with. "words": what the caller had said of this slot in another turn;
    "yes": agreement to values he agreed to, or gave, then; "dont_know" and "silence": nothing, so that the
    rest can be seen; what hangs on it is not scored. at: milliseconds of the replayed call; turn: the number
    of the turn made up for it, None for a silence; known: how many events came before it.
    """

    question: Question
    given: Given
    at: int
    turn: int | None
    known: int

    @property
    def assumed(self) -> bool:
        """The answer is not in the recording."""
        return self.given != "words"


@dataclass(frozen=True, slots=True)
class Replayed:
    """events: the whole call, decided again. left_at: when (ms in the recording) it left the recorded path,
    None if never. stopped: it was given up, too many questions had no answer."""

    events: tuple[ev.CallEvent, ...]
    left_at: int | None = None
    missing: tuple[Missing, ...] = ()
    stopped: bool = False

    @property
    def diverged(self) -> bool:
        """An answer was needed that the recording does not hold."""
        return self.stopped or any(missing.assumed for missing in self.missing)

    @property
    def known(self) -> int:
        """So many of the events rest on the recording alone."""
        return next((missing.known for missing in self.missing if missing.assumed), len(self.events))


def replay_dialog(
    script: Script, recorded: Sequence[Exchange], understand: Understand | None = None
) -> Replayed:
    """Decide the recorded call again with `script`.

    understand: also understand its words again, in the context of the questions as they are asked now; None
    takes each turn's understanding as recorded. `recorded` begins with CallAnswered; ValueError otherwise.
    """
    if not recorded or not isinstance(recorded[0].input, ev.CallAnswered):
        raise ValueError("a recorded call begins with its answering")
    replay = _Replay(script, recorded, understand)
    for index, exchange in enumerate(recorded):
        followed = () if exchange.lost else replay.put(exchange.input)
        if visible(followed) != visible(exchange.followed):
            replay.leave(index)
            break
    return replay.result()


def visible(events: Iterable[ev.CallEvent]) -> tuple[tuple[str, ...], ...]:
    """What a caller would notice of `events`: what is said, asked, and how the call goes on."""
    marks: list[tuple[str, ...]] = []
    for event in events:
        match event:
            case ev.PromptSaid():
                marks.append(("says", event.prompt))
            case ev.StepEntered():
                marks.append(("asks", event.phase, event.slot or event.consent or ""))
            case ev.HumanRequested():
                marks.append(("desk", event.reason))
            case ev.CallEnding():
                marks.append(("ends", event.outcome))
            case ev.CallClosed():
                marks.append(("closed", event.by, event.outcome))
            case _:
                pass
    return tuple(marks)


class _Replay:
    def __init__(self, script: Script, recorded: Sequence[Exchange], understand: Understand | None) -> None:
        self._script = script
        self._recorded = recorded
        self._understand = understand
        self._state = CallState()
        self._events: list[ev.CallEvent] = []
        self._acts: list[Act] = []
        self._asked = Asked()
        self._left_at: int | None = None
        self._missing: list[Missing] = []
        self._stopped = False
        # What follows is only used off the recorded path.
        self._now = 0
        self._pool: list[Exchange] = []
        self._world: list[Input] = []
        self._hearings: dict[str, list[ev.PromptEnded]] = {}
        self._recorded_fields: dict[Slot, FieldDraft] = {}
        self._fields: dict[Slot, FieldDraft] = {}

    def result(self) -> Replayed:
        return Replayed(tuple(self._events), self._left_at, tuple(self._missing), self._stopped)

    def put(self, event: Input) -> tuple[ev.CallEvent, ...]:
        """Decide on one input; gives what was concluded."""
        if isinstance(event, ev.WordsHeard):
            event = self._understood(event)
        decision = decide(self._script, self._state, event)
        self._state = decision.state
        self._events += decision.events
        self._acts = list(decision.acts)
        for act in decision.acts:
            if isinstance(act, Listen):
                self._asked = act.asked
        if unheard_after(event, decision):
            self._asked = asked_of(self._state)
        return decision.events[1:]

    def _understood(self, words: ev.WordsHeard) -> ev.WordsHeard:
        if self._understand is None:
            return words
        meant = self._understand(words.text, self._asked, self._state.today, words.readings, words.confidence)
        return words.model_copy(update={"understanding": meant})

    # --- off the recorded path ----------------------------------------------------------------------

    def leave(self, index: int) -> None:
        """From the recording's exchange `index` on the dialog goes its own way, to the end of the call."""
        self._left_at = self._recorded[index].input.at
        self._now = max(self._left_at, self._events[-1].at)
        self._pool = [
            exchange
            for exchange in self._recorded[index + 1 :]
            if isinstance(exchange.input, FromCaller) and not exchange.lost
        ]
        self._world = [
            exchange.input
            for exchange in self._recorded
            if isinstance(
                exchange.input, ev.RecordLodged | ev.EffectDelayed | ev.TransferEnded | ev.CaseFound
            )
        ]
        self._hearings = _hearings(self._recorded, self._recorded[index + 1 :])
        told = draft(event for each in self._recorded for event in (each.input, *each.followed))
        self._recorded_fields = {field.slot: field for field in told.fields}
        self._fields = dict(self._recorded_fields)
        for _ in range(_MOST_INPUTS):
            if self._state.closed is not None or self._stopped:
                return
            self._go_on()
        self._stopped = True

    def _go_on(self) -> None:
        """One more input: what the world answers, what the caller hears, what he says."""
        acts, self._acts = self._acts, []
        result = next((r for act in acts if (r := self._result_of(act)) is not None), None)
        if result is not None:
            self._put_now(result)
            return
        self._hear_out()
        if self._state.closed is not None:
            return
        if self._state.ending is not None or any(isinstance(act, HangUp) for act in acts):
            for exchange in [each for each in self._pool if each.question == CLOSING]:
                self._pool.remove(exchange)
                said = exchange.input
                if isinstance(said, FromCaller) and not isinstance(said, ev.CallerHungUp):
                    self._answer(said)
            self._put_now(ev.CallerHungUp())
            return
        question = question_of(self._state)
        if question == NOTHING:
            self._stopped = True
            return
        given = self._take(question)
        self._answer(given if given is not None else self._without_answer(question))

    def _put_now(self, event: Input) -> None:
        self.put(event.model_copy(update={"at": self._now}))

    def _answer(self, event: FromCaller) -> None:
        """A turn of the caller, at the replay's own time, over the prompt it was spoken over then."""
        if isinstance(event, ev.WordsHeard):
            self._now += max(0, event.end_ms - event.start_ms)
            event = event.model_copy(update={"during": self._during(event)})
        self._put_now(event)

    def _take(self, question: Question) -> FromCaller | None:
        """The earliest answer to `question` that was not given yet; else one of which nobody knows."""
        for wanted in (question, ANY):
            found = next((each for each in self._pool if each.question == wanted), None)
            if found is not None:
                self._pool.remove(found)
                assert isinstance(found.input, FromCaller)
                return found.input
        return None

    def _hear_out(self) -> None:
        """Everything said sounds, and is heard as far as the same prompt was heard then."""
        for number in [n for n, said in self._state.said.items() if said.heard is None]:
            prompt = self._state.said[number].prompt
            heard = self._hearings.get(prompt) or []
            if heard:
                end = heard.pop(0).model_copy(update={"utterance": number})
            else:
                length = _CHARACTER_MS * sum(len(part) for part in self._script.prompts[prompt].parts)
                end = ev.PromptEnded(utterance=number, heard_ms=length, total_ms=length, complete=True)
            self._put_now(ev.PromptStarted(utterance=number))
            self._now += end.heard_ms
            self._put_now(end)

    def _during(self, words: ev.WordsHeard) -> str | None:
        """The utterance of the replay that is the prompt the caller spoke over in the recording."""
        said = [
            event
            for exchange in self._recorded
            for event in exchange.followed
            if isinstance(event, ev.PromptSaid) and str(event.utterance) == words.during
        ]
        numbers = [n for n, other in self._state.said.items() if said and other.prompt == said[0].prompt]
        return str(numbers[-1]) if numbers else None

    # --- what is not in the recording ---------------------------------------------------------------

    def _result_of(self, act: Act) -> Input | None:
        """What the world answers to an act: as it did in the recording; nothing is done."""
        match act:
            case Lodge():
                kind = self._state.kind or Kind.COMPLAINT
                recorded = [event for event in self._world if isinstance(event, ev.RecordLodged)]
                if recorded:
                    lodged = next((event for event in recorded if event.kind is kind), recorded[0])
                    return lodged.model_copy(update={"kind": kind})
                later = self._find(ev.EffectDelayed)
                return later or ev.RecordLodged(record="replay", kind=kind, case_no=_NO_CASE)
            case Transfer():
                return self._find(ev.TransferEnded) or ev.TransferEnded(answered=False, reason="no_desk")
            case LookUp():
                return self._find(ev.CaseFound) or ev.CaseFound(case_no=act.case_no, status=None)
            case _:
                return None

    def _find(self, kind: type[_Result]) -> _Result | None:
        return next((event for event in self._world if isinstance(event, kind)), None)

    def _without_answer(self, question: Question) -> FromCaller:
        """The recording has no answer left to `question`: go on with what can be said for the caller."""
        if question.phase in ("offer", "confirm", "read_back") and self._agreed_values():
            yes = Understanding(text="对", acts=frozenset({Does.AFFIRM}))
            return self._made_up(question, "yes", self._turn("对", yes))
        said_elsewhere = self._said_elsewhere(question)
        if said_elsewhere is not None:
            return self._made_up(question, "words", said_elsewhere)
        self._stopped = sum(missing.assumed for missing in self._missing) >= _MOST_MISSING
        if question.phase == "value":
            unknown = Understanding(text="不清楚", acts=frozenset({Does.DONT_KNOW}))
            return self._made_up(question, "dont_know", self._turn("不清楚", unknown))
        return self._made_up(question, "silence", ev.SilenceHeard())

    def _made_up(self, question: Question, given: Given, turn: FromCaller) -> FromCaller:
        number = turn.turn if isinstance(turn, ev.WordsHeard) else None
        self._missing.append(Missing(question, given, self._now, number, len(self._events)))
        return turn

    def _said_elsewhere(self, question: Question) -> ev.WordsHeard | None:
        """The words that gave this slot its recorded value, out of whatever turn they were said in; once."""
        if question.phase not in ("value", "confirm") or question.about not in set(Slot):
            return None
        field = self._fields.pop(Slot(question.about), None)
        if field is None or not field.heard:
            return None
        turn = next(
            (
                each.input
                for each in self._recorded
                if isinstance(each.input, ev.WordsHeard)
                and each.input.turn == field.turn
                and each.question != question
            ),
            None,
        )
        if turn is None:
            return None
        words = self._turn(field.heard, _meaning(field, turn), confidence=turn.confidence)
        return words.model_copy(
            update={
                "start_ms": turn.start_ms if field.start_ms is None else field.start_ms,
                "end_ms": turn.end_ms if field.end_ms is None else field.end_ms,
            }
        )

    def _agreed_values(self) -> bool:
        """Whether what is to be confirmed is what the record of the recording holds."""
        standing = self._state.standing
        assert standing is not None
        slots = standing.slots or ((standing.slot,) if standing.slot is not None else ())
        told = {slot: field.value for slot, field in self._recorded_fields.items()}
        if standing.phase == "offer":
            return told.get(Slot.PHONE) == self._state.caller_no
        return bool(slots) and all(self._state.value(slot) == told.get(slot) for slot in slots)

    def _turn(self, text: str, meant: Understanding, confidence: float = 1.0) -> ev.WordsHeard:
        """A turn of the replay's own, numbered after all others."""
        number = 1 + max((words.turn for words in self._words()), default=0) + len(self._missing)
        reading = ev.Reading(text=text, score=0.0, primed=False)
        return ev.WordsHeard(
            turn=number,
            text=text,
            readings=(reading,),
            confidence=confidence,
            start_ms=self._now,
            end_ms=self._now,
            understanding=meant,
        )

    def _words(self) -> list[ev.WordsHeard]:
        return [each.input for each in self._recorded if isinstance(each.input, ev.WordsHeard)]


def _hearings(recorded: Sequence[Exchange], later: Sequence[Exchange]) -> dict[str, list[ev.PromptEnded]]:
    """By prompt: how its utterances that ended in `later` were heard, in order."""
    prompts = {
        event.utterance: event.prompt
        for exchange in recorded
        for event in exchange.followed
        if isinstance(event, ev.PromptSaid)
    }
    heard: dict[str, list[ev.PromptEnded]] = {}
    for exchange in later:
        end = exchange.input
        if isinstance(end, ev.PromptEnded) and end.utterance in prompts:
            heard.setdefault(prompts[end.utterance], []).append(end)
    return heard


def _meaning(field: FieldDraft, turn: ev.WordsHeard) -> Understanding:
    """What the words of one field meant, alone."""
    found = turn.understanding.find(field.slot)
    if found is None or found.value != field.value:
        return Understanding(text=field.heard, confidence=turn.confidence)
    alone = found.model_copy(update={"heard": field.heard, "span": (0, len(field.heard))})
    return Understanding(
        text=field.heard, acts=frozenset({Does.INFORM}), findings=(alone,), confidence=turn.confidence
    )
