"""The bench of the dialog plays whole stories, counts what they hold, and keeps nothing of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bench.dialog import DialogCost, dialog_cost
from data.events import Reading
from data.understanding import Asked, Understanding
from dialogs.loader import load
from dialogs.stories import load_stories

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def test_it_understands_every_utterance_of_every_round_and_counts_turns_prompts_and_steps() -> None:
    script = load(REAL)
    stories = [one for one in load_stories(REAL, script) if not one.story.encoder][:3]
    heard: list[str] = []

    def understand(
        text: str, asked: Asked, today: date, readings: tuple[Reading, ...], confidence: float
    ) -> Understanding:
        heard.append(text)
        return Understanding(text=text)

    cost = dialog_cost(script, stories, understand, rounds=2)

    assert cost.stories == 3 and cost.steps == 2 * round(3 * cost.story_steps)
    # One round that does not count, and two that do; nothing is remembered from one to the next.
    assert len(heard) % 3 == 0 and heard[: len(heard) // 3] * 3 == heard
    assert 0 < cost.story_turns < cost.story_prompts < cost.story_steps
    assert cost.as_dict()["story"] == {
        "steps": round(cost.story_steps, 1),
        "turns": round(cost.story_turns, 1),
        "prompts": round(cost.story_prompts, 1),
    }


@pytest.mark.parametrize(("story_ms", "a_minute"), [(5.0, 12_000), (0.0, 0)])
def test_stories_a_minute(story_ms: float, a_minute: int) -> None:
    cost = DialogCost(1, 0.1, 0.1, 0.1, 1, story_ms, 1.0, 1.0, 1.0)
    assert cost.stories_per_minute == a_minute
