"""What a step of the dialog costs, and a story: on the stories of a script, with nothing but this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import get_args

import data.events as ev
from agent.dialog import Input, decide
from agent.kit import Understand
from agent.state import CallState
from agent.stories import play_all
from dialogs.script import Script
from dialogs.stories import WrittenStory

_INPUTS = get_args(Input)


@dataclass(frozen=True, slots=True)
class DialogCost:
    """Times are of this thread alone, in milliseconds. story_ms: the whole of it, understanding included."""

    steps: int
    step_p50_ms: float
    step_p99_ms: float
    step_most_ms: float
    stories: int
    story_ms: float

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
            "story_ms": round(self.story_ms, 3),
            "stories_per_minute": self.stories_per_minute,
        }


def dialog_cost(
    script: Script, stories: Sequence[WrittenStory], understand: Understand, rounds: int = 5
) -> DialogCost:
    """Play the stories `rounds` times after one that does not count; then time each decision of theirs."""
    first, _ = play_all(stories, script, lambda _: understand)
    begun = time.thread_time()
    for _ in range(rounds):
        play_all(stories, script, lambda _: understand)
    story_ms = (time.thread_time() - begun) * 1000 / max(1, rounds * len(stories))
    steps = [took for _ in range(rounds) for one in first for took in _steps(script, one.events)]
    return DialogCost(
        steps=len(steps),
        step_p50_ms=median(steps),
        step_p99_ms=quantiles(steps, n=100)[98],
        step_most_ms=max(steps),
        stories=len(stories),
        story_ms=story_ms,
    )


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
