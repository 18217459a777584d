"""The stories of the real script: all hold, they reach every line, and a broken script turns them red."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import data.events as ev
from agent.kit import Understand
from agent.state import fold
from agent.stories import Played, play_all
from dialogs.loader import check, load_placed
from dialogs.stories import load_stories
from dialogs.ways import coverage
from tests.agent.talk import REAL, real_script


def play_folder(folder: Path, by_rules: Understand) -> list[Played]:
    script, _ = load_placed(folder)
    stories = [story for story in load_stories(folder, script) if not story.story.encoder]
    return play_all(stories, script, lambda _: by_rules)[0]


def test_every_story_holds(played_12315: list[Played]) -> None:
    assert len(played_12315) >= 160
    wrong = [(one.story.name, *one.differences) for one in played_12315 if not one.passed]
    assert wrong == []


def test_every_step_is_walked_and_nearly_every_branch(played_12315: list[Played]) -> None:
    script, places = load_placed(REAL)
    covered = coverage(script, places, (way for one in played_12315 for way in one.walked))
    assert covered.steps >= 0.95, covered.unreached
    assert covered.branches >= 0.90, covered.unreached


def test_every_story_says_what_must_come_of_it(played_12315: list[Played]) -> None:
    assert [one.story.name for one in played_12315 if not one.story.expect.model_fields_set] == []


def test_the_kept_promises_hold_in_every_story(played_12315: list[Played]) -> None:
    for one in played_12315:
        given: set[str] = set()
        for event in one.events:
            match event:
                case ev.ConsentGiven():
                    given.add(event.recipient)
                case ev.ConsentRefused() | ev.ConsentWithdrawn():
                    given.discard(event.recipient)
                case ev.ReferralQueued():
                    assert event.recipient in given, one.story.name
                case _:
                    pass
        assert fold(one.events).closed == next(
            (event.outcome for event in one.events if isinstance(event, ev.CallClosed)), None
        )


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Callable[[str, str, str], Path]]:
    """A copy of the real script with one text replaced."""

    def break_it(file: str, written: str, instead: str) -> Path:
        for path in [*REAL.glob("*.yaml"), *REAL.glob("stories/*.yaml")]:
            copy = tmp_path / path.relative_to(REAL)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
        text = (tmp_path / file).read_text("utf-8")
        assert written in text
        (tmp_path / file).write_text(text.replace(written, instead, 1), "utf-8")
        return tmp_path

    yield break_it


def test_a_broken_prompt_id_is_told_by_the_check(broken: Callable[[str, str, str], Path]) -> None:
    assert check(broken("complaint_online.yaml", "ask: amount.ask", "ask: amount.aks"))


@pytest.mark.parametrize(
    ("file", "written", "instead"),
    [
        ("complaint_online.yaml", "- when: platform\n", "- when: not platform\n"),
        ("complaint_online.yaml", "    when: not respondent\n", ""),
        ("complaint_online.yaml", "confirm: explicit", "confirm: none"),
        (
            "complaint_online.yaml",
            "              - lodge: record\n              - refer: refer_to_platform\n              - say: closing.referred\n",
            "              - lodge: record\n              - say: closing.referred\n",
        ),
        (
            "complaint_online.yaml",
            "ask: consent.platform.ask\n            again: consent.platform.again",
            "ask: consent.platform.again\n            again: consent.platform.ask",
        ),
        ("report_ip.yaml", "when: ip_type == '著作权'", "when: ip_type == '商标'"),
        ("report_other.yaml", "when: issue == '广告' and not platform", "when: issue == '广告'"),
        ("complaint_prepaid.yaml", "when: closed or mass_incident", "when: mass_incident"),
        ("opening.yaml", "- when: guardian\n", "- when: not guardian\n"),
        ("elsewhere.yaml", "when: not insists and not declined('insists')", "when: declined('insists')"),
        ("progress.yaml", "intent == 'urge'", "intent == 'query_progress'"),
        ("script.yaml", "max_turns_lost: 3", "max_turns_lost: 2"),
        (
            "script.yaml",
            "fire: safety.fire\n  threat: safety.threat",
            "fire: safety.threat\n  threat: safety.fire",
        ),
    ],
)
def test_a_broken_flow_is_told_by_the_stories(
    broken: Callable[[str, str, str], Path], by_rules: Understand, file: str, written: str, instead: str
) -> None:
    if written not in (REAL / file).read_text("utf-8"):
        pytest.fail(f"{file} does not hold {written!r} any more")
    folder = broken(file, written, instead)
    assert check(folder) == []
    assert any(not one.passed for one in _one_by_one(folder, by_rules))


def _one_by_one(folder: Path, by_rules: Understand) -> Iterator[Played]:
    """Until somebody has seen enough."""
    script, _ = load_placed(folder)
    for story in load_stories(folder, script):
        yield from play_all([story], script, lambda _: by_rules)[0]


def test_a_story_takes_milliseconds(by_rules: Understand) -> None:
    """Of this thread's own time; the aim is 6 ms (10,000 a minute), the bound leaves room for slow machines."""
    begun = time.thread_time()
    played = play_folder(REAL, by_rules)
    assert (time.thread_time() - begun) / len(played) < 0.030


def test_the_script_is_the_one_that_is_tested() -> None:
    assert real_script().version == load_placed(REAL)[0].version
