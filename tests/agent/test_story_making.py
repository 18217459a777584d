"""A call becomes a story that holds when it is played."""

from __future__ import annotations

from agent.kit import Understand
from agent.stories import Played, play_all
from agent.story_making import story_of
from dialogs.stories import read_stories
from dialogs.story_writing import story_yaml
from tests.agent.talk import real_script


def test_every_call_can_be_kept_as_a_story(played_12315: list[Played], by_rules: Understand) -> None:
    """Each call of the real script's stories is made a story of anew, written, read, and played again."""
    script = real_script()
    played = [one for one in played_12315 if not any(line.line.meaning for line in one.story.talk)]
    text = "stories:\n" + "\n".join(story_yaml(*story_of(one.story.name, one.events)) for one in played)
    again, problems = read_stories("stories/again.yaml", text.encode(), script)
    assert problems == []
    assert len(again) == len(played) >= 60
    replayed, _ = play_all(again, script, lambda _: by_rules)
    wrong = [(one.story.name, *one.differences) for one in replayed if not one.passed]
    assert wrong == []
    for one, before in zip(replayed, played, strict=True):
        assert _conclusions(one) == _conclusions(before)


def _conclusions(one: Played) -> list[str]:
    """All but how far each prompt was heard when the line went dead."""
    return [event.type for event in one.events if event.type not in ("prompt_started", "prompt_ended")]
