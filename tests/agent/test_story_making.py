"""A call becomes a story that holds when it is played."""

from __future__ import annotations

from agent.kit import Understand
from agent.stories import Played, play_all
from agent.story_making import story_of
from dialogs.stories import load_stories, read_stories
from dialogs.story_writing import story_yaml
from nlu.understander import Understander
from tests.agent.talk import REAL, real_script


def _understand() -> Understand:
    understander = Understander(None)
    return lambda text, asked, today, readings, confidence: understander.understand(
        text, asked=asked, today=today, alternatives=readings, confidence=confidence
    )


def test_every_call_can_be_kept_as_a_story() -> None:
    """The stories of the real script are played, made stories of anew, written, read, and played again."""
    script, understand = real_script(), _understand()
    given_by_hand = [
        story.name
        for story in load_stories(REAL, script)
        if story.story.encoder or any(line.line.meaning is not None for line in story.talk)
    ]
    stories = [story for story in load_stories(REAL, script) if story.name not in given_by_hand]
    played, _ = play_all(stories, script, lambda _: understand)
    text = "stories:\n" + "\n".join(story_yaml(*story_of(one.story.name, one.events)) for one in played)
    again, problems = read_stories("stories/again.yaml", text.encode(), script)
    assert problems == []
    assert len(again) == len(stories) >= 60
    replayed, _ = play_all(again, script, lambda _: understand)
    wrong = [(one.story.name, *one.differences) for one in replayed if not one.passed]
    assert wrong == []
    for one, before in zip(replayed, played, strict=True):
        assert _conclusions(one) == _conclusions(before)


def _conclusions(one: Played) -> list[str]:
    """All but how far each prompt was heard when the line went dead."""
    return [event.type for event in one.events if event.type not in ("prompt_started", "prompt_ended")]
