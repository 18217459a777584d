"""A stored call once more, in text, with another script: the same caller, whatever is asked in which order.

He answers each question with what he said to it then; what he was never asked he does not know; what is put
for a yes he affirms. A consent he was never asked for he does not give.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import data.events as ev
from agent.acts import Say
from agent.kit import Understand
from agent.memory_keeper import MemoryKeeper, cases_in, told_in
from agent.state import CallState, Standing, evolve
from agent.text_call import TextCall
from data.fold_record import draft
from data.records import RecordDraft
from data.vocabulary import Outcome
from dialogs.script import Script
from dialogs.stories import KnownCase

#: What was put to the caller: the phase, and the slot or the consent it was about.
Question = tuple[str, str | None]
Reply = ev.WordsHeard | ev.KeysPressed | ev.SilenceHeard | ev.CallerHungUp

_MOST_REPLIES = 80


class NotACall(ValueError):
    """These events do not begin with the answer of a call."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of a call. said: the prompts, in order; unprepared: what the caller had not been asked before."""

    record: RecordDraft
    outcome: Outcome | None
    referred: tuple[str, ...]
    said: tuple[str, ...]
    unprepared: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """The caller of a stored call. Raises NotACall. Nothing of him but what he said then."""

    answered: ev.CallAnswered
    replies: dict[Question, tuple[Reply, ...]]
    cases: dict[str, KnownCase]
    desk: bool
    told: RecordDraft | None = None
    """What an earlier call had told, if he went on with it."""

    @classmethod
    def of(cls, events: Sequence[ev.CallEvent]) -> Recalled:
        state = CallState()
        replies: dict[Question, list[Reply]] = defaultdict(list)
        answered: ev.CallAnswered | None = None
        desk = False
        for event in events:
            match event:
                case ev.CallAnswered():
                    answered = event
                case ev.WordsHeard() | ev.KeysPressed() | ev.SilenceHeard() | ev.CallerHungUp():
                    if state.standing is not None and state.ending is None:
                        replies[question_of(state.standing)].append(event)
                case ev.TransferEnded():
                    desk = desk or event.answered
                case _:
                    pass
            state = evolve(state, event)
        if answered is None:
            raise NotACall("the call was never answered")
        said_to = {asked: tuple(said) for asked, said in replies.items()}
        return cls(answered, said_to, cases_in(events), desk, told_in(events))


def question_of(standing: Standing) -> Question:
    """What the seat waits for, whatever the step is called."""
    return standing.phase, standing.consent or (standing.slot.value if standing.slot else None)


async def rehearse(caller: Recalled, script: Script, understand: Understand) -> Rehearsed:
    """The call with `script`, heard as typed text."""
    keeper = MemoryKeeper(cases=caller.cases, told=caller.told)
    call = TextCall(
        script,
        keeper,
        understand,
        call_id="rehearsal",
        line=caller.answered.line,
        caller_no=caller.answered.caller_no,
        started_at=caller.answered.started_at,
        earlier=caller.answered.earlier,
        desk=caller.desk,
        on_duty=caller.answered.desk_open,
        draw=caller.answered.draw,
    )
    waiting = {asked: deque(replies) for asked, replies in caller.replies.items()}
    unprepared: dict[Question, None] = {}
    await call.start()
    for _ in range(_MOST_REPLIES):
        standing = call.state.standing
        if call.over or standing is None or standing.phase == "pending":
            break
        asked = question_of(standing)
        if asked not in caller.replies:
            unprepared[asked] = None
        await _reply(call, standing, waiting.get(asked))
    if not call.over:
        await call.hang_up()
    events = keeper.events
    return Rehearsed(
        record=draft(events),
        outcome=call.state.closed,
        referred=tuple(e.recipient for e in events if isinstance(e, ev.ReferralQueued)),
        said=tuple(e.prompt for e in events if isinstance(e, ev.PromptSaid)),
        unprepared=tuple(unprepared),
    )


async def _reply(call: TextCall, standing: Standing, stored: deque[Reply] | None) -> list[Say]:
    match _next(stored):
        case ev.WordsHeard(text=text):
            return await call.say(text)
        case ev.KeysPressed(digits=digits):
            return await call.keys(digits)
        case ev.SilenceHeard():
            return await call.silence()
        case ev.CallerHungUp():
            return await call.hang_up()
        case _:
            return await _unprepared(call, standing)


def _next(stored: deque[Reply] | None) -> Reply | None:
    """What he said next to this question; his last words to it from then on."""
    if not stored:
        return None
    return stored.popleft() if len(stored) > 1 else stored[0]


async def _unprepared(call: TextCall, standing: Standing) -> list[Say]:
    match standing.phase:
        case "consent" | "route" | "more":
            return await call.silence()
        case "value":
            return await call.say("不知道")
        case _:
            return await call.say("对")


# --- what differs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """what: "slot.amount", "consent.refer_to_platform", "kind", "outcome" …; before and after: the values."""

    what: str
    before: object
    after: object


def record_differences(before: Rehearsed, after: Rehearsed) -> list[RecordDifference]:
    """Where the records, and what was done with them, differ."""
    pairs: list[tuple[str, object, object]] = [
        ("kind", before.record.kind, after.record.kind),
        ("intent", before.record.intent, after.record.intent),
        ("outcome", before.outcome, after.outcome),
        ("referred", before.referred, after.referred),
    ]
    was, now = _values(before.record), _values(after.record)
    pairs += [(name, was.get(name), now.get(name)) for name in dict.fromkeys([*was, *now])]
    return [RecordDifference(what, old, new) for what, old, new in pairs if old != new]


def first_turning(before: Rehearsed, after: Rehearsed) -> tuple[str | None, str | None] | None:
    """The first prompts that differ; None where both calls went the same way."""
    for index in range(max(len(before.said), len(after.said))):
        old = before.said[index] if index < len(before.said) else None
        new = after.said[index] if index < len(after.said) else None
        if old != new:
            return old, new
    return None


def _values(record: RecordDraft) -> dict[str, object]:
    values: dict[str, object] = {f"slot.{field.slot}": field.value for field in record.fields}
    values |= {f"slot.{declined.slot}": None for declined in record.declined}
    values |= {f"consent.{consent.purpose}": consent.decision for consent in record.consents}
    values |= {f"confirmed.{f.slot}": f.confirmed is not None for f in record.fields}
    return values
