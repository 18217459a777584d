"""A stored call once more: the same with the same script, and telling with another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import data.events as ev
from agent.kit import Understand
from agent.rehearsal import NotACall, Recalled, first_turning, record_differences, rehearse
from agent.stories import Played
from data.understanding import Asked
from data.vocabulary import Outcome
from dialogs.loader import load
from dialogs.script import Script
from tests.agent.talk import REAL, STARTED, answered, real_script


@pytest.fixture(scope="session")
def calls(played_12315: list[Played]) -> dict[str, tuple[ev.CallEvent, ...]]:
    return {one.story.name: one.events for one in played_12315}


LODGED = "网购投诉，一路说清，同意转平台"


def test_the_same_script_gives_the_same_record(
    calls: dict[str, tuple[ev.CallEvent, ...]], by_rules: Understand
) -> None:
    again = asyncio.run(rehearse(Recalled.of(calls[LODGED]), real_script(), by_rules))
    assert (again.outcome, again.referred, again.unprepared) == (Outcome.LODGED, ("拼多多",), ())
    assert again.said == tuple(event.prompt for event in calls[LODGED] if isinstance(event, ev.PromptSaid))


def test_every_story_can_be_rehearsed(
    calls: dict[str, tuple[ev.CallEvent, ...]], by_rules: Understand
) -> None:
    for name, events in calls.items():
        again = asyncio.run(rehearse(Recalled.of(events), real_script(), by_rules))
        assert again.outcome is not None, name


def other(folder: Path, file: str, written: str, instead: str) -> Script:
    for path in REAL.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / file).read_text("utf-8")
    assert written in text
    (folder / file).write_text(text.replace(written, instead, 1), "utf-8")
    return load(folder)


def test_another_order_finds_the_same_answers(
    calls: dict[str, tuple[ev.CallEvent, ...]], by_rules: Understand, tmp_path: Path
) -> None:
    demand = "  - collect: demand\n    ask: demand.ask\n    expect: [退款, 退货, 换货, 赔偿, 维修]\n    reprompt: [demand.again]\n    limit: 2\n"
    name = "  - collect: name\n    ask: name.ask\n    reprompt: [name.again]\n    limit: 2\n"
    script = other(tmp_path, "complaint_online.yaml", demand + name, name + demand)
    caller = Recalled.of(calls[LODGED])
    was = asyncio.run(rehearse(caller, real_script(), by_rules))
    now = asyncio.run(rehearse(caller, script, by_rules))
    assert first_turning(was, now) == ("confirm.demand", "name.ask")
    assert record_differences(was, now) == []


def test_what_changes_is_named(
    calls: dict[str, tuple[ev.CallEvent, ...]], by_rules: Understand, tmp_path: Path
) -> None:
    script = other(
        tmp_path, "complaint_online.yaml", "- when: platform\n", "- when: platform and amount > 1000\n"
    )
    caller = Recalled.of(calls[LODGED])
    was = asyncio.run(rehearse(caller, real_script(), by_rules))
    now = asyncio.run(rehearse(caller, script, by_rules))
    assert {d.what for d in record_differences(was, now)} == {"referred", "consent.refer_to_platform"}


def test_what_was_never_asked_is_not_known_and_not_agreed(by_rules: Understand) -> None:
    words = by_rules("我在拼多多买到假货，花了三百块", Asked(), STARTED.date(), (), 1.0)
    told = ev.WordsHeard(turn=1, text=words.text, confidence=1, start_ms=0, end_ms=1, understanding=words)
    caller = Recalled(answered(real_script()), {("value", "narrative"): (told,)}, {}, desk=False)
    done = asyncio.run(rehearse(caller, real_script(), by_rules))
    assert ("consent", "refer_to_platform") in done.unprepared
    assert done.referred == ()
    assert done.outcome is Outcome.LODGED


def test_no_call() -> None:
    with pytest.raises(NotACall):
        Recalled.of([ev.CallerHungUp()])
