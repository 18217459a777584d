"""A recorded call cut into exchanges: what came in, what the dialog made of it, and which question it answered.

Pure. The replay follows these one after another, and looks answers up in them when it goes another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import data.events as ev
from agent.dialog import Input
from agent.state import CallState, evolve

#: The event types that are inputs; everything else was concluded from one.
_INPUTS: tuple[type, ...] = get_args(Input)
#: What the caller did, or did not do, when the seat waited for him.
FromCaller = ev.WordsHeard | ev.KeysPressed | ev.SilenceHeard | ev.NoiseHeard | ev.CallerHungUp


@dataclass(frozen=True, slots=True)
class Question:
    """What the seat waits for. Two askings of one thing are the same question, wherever the script asks it.

    phase: as in StepEntered; "closing" once the closing words are on their way; "any" for an answer of which
    nobody knows what it answered (a recording without events). about: the slot or the consent, else empty.
    """

    phase: str
    about: str = ""


#: The question of an answer from a recording without events.
ANY = Question("any")
CLOSING = Question("closing")
NOTHING = Question("nothing")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One input of the recording. followed: the events the dialog concluded from it then, in order.

    question: what stood when it came. lost: the recording has this input, but it was not heard this time.
    """

    input: Input
    followed: tuple[ev.CallEvent, ...] = ()
    question: Question = NOTHING
    lost: bool = False


def question_of(state: CallState) -> Question:
    """What the dialog waits for in `state`."""
    if state.ending is not None:
        return CLOSING
    standing = state.standing
    if standing is None or standing.phase == "pending":
        return NOTHING
    return Question(standing.phase, standing.slot or standing.consent or "")


def exchanges(events: Iterable[ev.CallEvent]) -> tuple[Exchange, ...]:
    """The exchanges of a call's events. Raises ValueError when the first event is no input."""
    cut: list[Exchange] = []
    state = CallState()
    for event in events:
        if isinstance(event, _INPUTS):
            cut.append(Exchange(_as_input(event), (), question_of(state)))
        elif not cut:
            raise ValueError(f"the call does not begin with an input but with {event.type}")
        else:
            cut[-1] = replace(cut[-1], followed=(*cut[-1].followed, event))
        state = evolve(state, event)
    return tuple(cut)


def of_sound(answered: ev.CallAnswered, turns: Sequence[FromCaller]) -> tuple[Exchange, ...]:
    """The exchanges of a recording without events: its turns answer whatever is asked, in order, and then
    the caller is gone."""
    answers = [Exchange(turn, (), ANY) for turn in turns]
    return (Exchange(answered), *answers, Exchange(ev.CallerHungUp(), (), ANY))


def _as_input(event: ev.CallEvent) -> Input:
    assert isinstance(event, _INPUTS)
    return event  # type: ignore[return-value]
