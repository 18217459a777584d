"""The line goes at any moment: the call is closed, what was said is kept, the caller is called back."""

from __future__ import annotations

import asyncio

import pytest

import data.events as ev
from data.vocabulary import Outcome
from tests.agent.edges.conftest import ASK, GREETING, OFFER, STORY, Desk
from tests.agent.edges.fakes import Line


async def _at(desk: Desk, line: Line, moment: str) -> None:
    """Bring the call to `moment`."""
    if moment == "greeting":
        await desk.hears(line, GREETING[0], whole=False)
        return
    await desk.hears(line, ASK)
    line.say(STORY, ms=600)
    if moment == "in_his_story":
        await asyncio.sleep(0.7)
        return
    if moment == "thinking":
        desk.recogniser.takes_s = 1.0
        await asyncio.sleep(1.2)
        return
    await desk.hears(line, OFFER, whole=moment != "question")
    if moment == "read_back":
        line.say("对")
        await desk.hears(line, "我念一遍。", whole=False)


@pytest.mark.parametrize("moment", ["in_his_story", "thinking", "question", "answered", "read_back"])
async def test_what_was_said_is_kept_and_he_is_called_back(desk: Desk, moment: str) -> None:
    line = desk.take(Line())
    await _at(desk, line, moment)
    line.hangs_up()
    await desk.over()
    summary = desk.store.call("c1")
    assert (summary.outcome, summary.closed_by) == (Outcome.INCOMPLETE, "caller")
    assert summary.recording_path is not None
    record = desk.store.record("c1")
    assert record.status == "incomplete" and STORY in record.draft.content
    [callback] = desk.store.pending_callbacks()
    assert (callback.reason, callback.phone) == ("hung_up", "13900007788")
    assert isinstance(desk.events["c1"][-1], ev.CallClosed)
    assert desk.store.verify("c1").whole
    assert desk.store.pending_acts("c1") == []


@pytest.mark.parametrize("moment", ["before", "greeting"])
async def test_nothing_said_is_nobody_to_call_back(desk: Desk, moment: str) -> None:
    line = Line()
    if moment == "before":
        line.hangs_up()
        desk.take(line)
    else:
        desk.take(line)
        await _at(desk, line, moment)
        line.hangs_up()
    await desk.over()
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE
    assert isinstance(desk.events["c1"][0], ev.CallAnswered)
    assert desk.store.pending_callbacks() == []
    assert desk.kit.going_on == set()


async def test_a_yes_said_while_hanging_up_counts(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.reads_back(line)
    await desk.hears(line, "都对吗？")
    line.say("对")
    await desk.hears(line, "您同意吗？")
    line.say("可以", ms=300)
    await asyncio.sleep(0.35)
    line.hangs_up()
    await desk.over()
    assert desk.store.record("c1").status == "lodged"
    assert desk.store.call("c1").outcome is Outcome.LODGED
    assert desk.store.pending_callbacks() == []


async def test_a_line_that_takes_nothing_any_more(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.hears(line, GREETING[0], whole=False)
    line.lost = True
    await asyncio.sleep(1)
    line.hangs_up()
    await desk.over()
    assert desk.store.call("c1").ended_at is not None


async def test_reading_that_fails_ends_the_call(desk: Desk) -> None:
    line = Line()

    async def read() -> object:
        yield (await line._inbox.get())
        raise RuntimeError("broken on purpose")

    line.read = read  # type: ignore[method-assign, assignment]
    desk.take(line)
    await desk.over()
    assert desk.store.call("c1").ended_at is not None


async def test_nothing_of_a_call_goes_on_after_it(desk: Desk) -> None:
    before = asyncio.all_tasks()
    line = desk.take(Line())
    await desk.reads_back(line)
    line.say(STORY, ms=600)
    await asyncio.sleep(0.3)
    line.hangs_up()
    await desk.over()
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() - before == set()
