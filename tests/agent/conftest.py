"""The stories of the real script, played once for all tests that look at them."""

from __future__ import annotations

import pytest

from agent.kit import Understand
from agent.stories import Played, play_all
from dialogs.stories import load_stories
from nlu.understander import Understander
from tests.agent.talk import REAL, real_script


@pytest.fixture(scope="session")
def by_rules() -> Understand:
    """The understander without its encoder."""
    understander = Understander(None, faq=real_script().faq)
    return lambda text, asked, today, readings, confidence: understander.understand(
        text, asked=asked, today=today, alternatives=readings, confidence=confidence
    )


@pytest.fixture(scope="session")
def played_12315(by_rules: Understand) -> list[Played]:
    stories = load_stories(REAL, real_script())
    return play_all(stories, real_script(), lambda s: None if s.story.encoder else by_rules)[0]
