"""A script tried before it may take calls: every check, then every story."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.stories import Played, play_all
from app.commands.stories import understanding
from app.settings import Settings
from dialogs.loader import load_files, script_files, version_of
from dialogs.problems import Problem, ScriptBroken
from dialogs.script import Script
from dialogs.stories import StoriesBroken, load_stories


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. script: None where it cannot be read.

    left_out: how many stories could not be played, because they need a model that is not here.
    """

    version: str
    files: dict[str, bytes]
    script: Script | None = None
    problems: tuple[Problem, ...] = ()
    failed: tuple[Played, ...] = ()
    played: int = 0
    left_out: int = 0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it may not take calls, a line each; empty: it may."""
        stories = (f"{one.story.file}:{one.story.number}: 故事“{one.story.name}”不符" for one in self.failed)
        return (*map(str, self.problems), *stories)


def try_out(settings: Settings, folder: Path) -> Trial:
    """The script in `folder`, tried. Raises nothing for what a trainer may write."""
    files, found = script_files(folder)
    version = version_of(files)
    try:
        script = load_files(files, found)
    except ScriptBroken as broken:
        return Trial(version, files, problems=broken.problems)
    try:
        stories = load_stories(folder, script)
    except StoriesBroken as broken:
        return Trial(version, files, script, problems=broken.problems)
    played, left_out = play_all(stories, script, understanding(settings))
    failed = tuple(one for one in played if not one.passed)
    return Trial(version, files, script, (), failed, len(played), len(left_out))
