"""What a step of the dialog costs, and a story: on the stories of a script, with nothing but this process.

A story is a whole call as it is tested: the same session and engine as a live call, every utterance understood anew
by the rules (no encoder, no sound, no store), every event folded, and the outcome compared with what is expected.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import get_args

import data.events as ev
from agent.dialog import Input, decide
from agent.kit import Understand
from agent.session import FROM_CALLER
from agent.state import CallState
from agent.stories import play, play_all
from dialogs.script import Script
from dialogs.stories import WrittenStory

_INPUTS = get_args(Input)


@dataclass(frozen=True, slots=True)
class DialogCost:
    """Times are of this thread alone, in milliseconds. story_ms: the whole of it, understanding included.

    steps: how many were timed. story_steps, story_turns, story_prompts: what a story holds on average, of inputs
    decided on (the prompts heard among them), of turns of the caller and of prompts of the seat.
    """

    steps: int
    step_p50_ms: float
    step_p99_ms: float
    step_most_ms: float
    stories: int
    story_ms: float
    story_steps: float
    story_turns: float
    story_prompts: float

    @property
    def stories_per_minute(self) -> int:
        return round(60_000 / self.story_ms) if self.story_ms else 0

    def as_dict(self) -> dict[str, object]:
        return {
            "steps": self.steps,
            "step_ms": {
                "p50": round(self.step_p50_ms, 4),
                "p99": round(self.step_p99_ms, 4),
                "max": round(self.step_most_ms, 4),
            },
            "stories": self.stories,
            "story": {
                "steps": round(self.story_steps, 1),
                "turns": round(self.story_turns, 1),
                "prompts": round(self.story_prompts, 1),
            },
            "story_ms": round(self.story_ms, 3),
            "stories_per_minute": self.stories_per_minute,
        }


def dialog_cost(
    script: Script, stories: Sequence[WrittenStory], understand: Understand, rounds: int = 5
) -> DialogCost:
    """Play the stories once, and time each decision of theirs `rounds` times; then time as many rounds of stories."""
    calls = [one.events for one in play_all(stories, script, lambda _: understand)[0]]
    steps = [took for _ in range(rounds) for call in calls for took in _steps(script, call)]
    turns, prompts = _count(calls, FROM_CALLER), _count(calls, (ev.PromptSaid,))
    del calls
    begun = time.thread_time()
    for _ in range(rounds):
        asyncio.run(_play(script, stories, understand))
    story_ms = (time.thread_time() - begun) * 1000 / (rounds * len(stories))
    return DialogCost(
        steps=len(steps),
        step_p50_ms=median(steps),
        step_p99_ms=quantiles(steps, n=100)[98],
        step_most_ms=max(steps),
        stories=len(stories),
        story_ms=story_ms,
        story_steps=len(steps) / (rounds * len(stories)),
        story_turns=turns / len(stories),
        story_prompts=prompts / len(stories),
    )


async def _play(script: Script, stories: Sequence[WrittenStory], understand: Understand) -> None:
    """Each is let go when it ends, as a call is."""
    for story in stories:
        await play(story, script, understand)


def _count(calls: Sequence[Sequence[ev.CallEvent]], kinds: tuple[type[ev.Event], ...]) -> int:
    return sum(isinstance(event, kinds) for call in calls for event in call)


def _steps(script: Script, events: Sequence[ev.CallEvent]) -> list[float]:
    """Decide on each input of a call again; how long each took, in milliseconds."""
    state, took = CallState(), []
    for event in events:
        if not isinstance(event, _INPUTS):
            continue
        begun = time.thread_time()
        decision = decide(script, state, event)
        took.append((time.thread_time() - begun) * 1000)
        state = decision.state
    return took
