"""Every part fails in the middle of a call: the caller hears something within two seconds, and nothing is lost."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import pytest

import agent.session
import data.events as ev
from agent.recovering import recover_calls
from data.errors import StoreFull
from data.vocabulary import Outcome
from tests.agent.edges.conftest import ASK, FILLER, GREETING, OFFER, SORRY, STORY, UNKEPT, Desk, loop_time
from tests.agent.edges.fakes import Line, packets
from tests.agent.edges.fast_loop import FastLoop

P = ParamSpec("P")
T = TypeVar("T")

SECRET = "13800001234"
#: From his last sound to the end of his turn, in seconds: patience, and the frame it ends in.
TURN_OVER = 0.35


async def _story(desk: Desk, line: Line) -> float:
    """Tell the story; gives when its last sound went out."""
    await desk.asks_for_story(line)
    return line.say(STORY) + 0.4


async def _answered_within(line: Line, since: float, seconds: float) -> str:
    """The first thing to sound after `since`; fails when it comes too late."""
    async with asyncio.timeout(seconds + 5):
        while True:
            for at, text in line.packets:
                if text and at > since:
                    assert at - since <= seconds, f"{at - since:.2f} s of silence"
                    return text
            await asyncio.sleep(0.02)


# --- the voice --------------------------------------------------------------------------------------


async def test_values_that_cannot_be_spoken(desk: Desk) -> None:
    desk.voice.broken = {""}
    line = desk.take(Line())
    await _story(desk, line)
    await desk.hears(line, SORRY)  # the offer is all value: the apology is in the cache
    ended = {e.utterance: e for e in desk.of(ev.PromptEnded)}
    assert ended[3].complete is False and ended[3].heard_ms > 0
    line.say("对")
    await desk.hears(line, "都对吗？")
    assert "平台，" in line.spoken and "拼多多。" not in line.spoken
    ended = {e.utterance: e for e in desk.of(ev.PromptEnded)}
    assert ended[4].complete is False  # a read-back with holes was not heard to its end


async def test_one_prompt_that_cannot_be_spoken(desk: Desk) -> None:
    desk.voice.broken = {ASK}
    line = desk.take(Line())
    await desk.hears(line, SORRY)
    line.say(STORY)
    await desk.hears(line, OFFER)


async def test_a_seat_that_has_lost_its_voice_closes_the_line(desk: Desk) -> None:
    desk.voice.broken = {"*"}
    line = desk.take(Line())
    await desk.over()
    assert line.spoken == []
    assert desk.store.call("c1").ended_at is not None
    assert len(desk.of(ev.PromptEnded)) >= 2


async def test_a_bug_in_the_voice_ends_the_utterance(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = desk.take(Line())
    await _story(desk, line)

    def broken(*_args: object, **_more: object) -> object:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(desk.voice, "speak", broken)
    await desk.sees(ev.PromptEnded, 3)
    await desk.sees(ev.SilenceHeard)


async def test_a_slow_answer_is_bridged_once(desk: Desk) -> None:
    desk.voice.slow = {OFFER: 4.0}
    line = desk.take(Line())
    said = await _story(desk, line)
    over = said + TURN_OVER
    assert await _answered_within(line, over, 2.0) == FILLER
    await desk.hears(line, OFFER)
    assert line.spoken.count(FILLER) == 1
    assert line.spoken[-1] == OFFER
    assert all(e.utterance > 0 for e in [*desk.of(ev.PromptStarted), *desk.of(ev.PromptEnded)])


async def test_no_filler_where_the_answer_comes_in_time(desk: Desk) -> None:
    desk.voice.slow = {OFFER: 0.6}
    line = desk.take(Line())
    await _story(desk, line)
    await desk.hears(line, OFFER)
    await asyncio.sleep(3)
    assert FILLER not in line.spoken


# --- the ear ----------------------------------------------------------------------------------------


async def test_a_recogniser_that_fails_is_apologised_for_then_given_up(desk: Desk) -> None:
    line = desk.take(Line())
    desk.recogniser.fails = True
    said = await _story(desk, line)
    assert await _answered_within(line, said, 2.5) == SORRY
    await desk.hears(line, ASK)
    for _ in range(4):
        await asyncio.sleep(1)
        line.say(STORY)
        await asyncio.sleep(4)
    assert 2 <= len(desk.of(ev.FaultStruck)) <= 3
    assert desk.of(ev.NoiseHeard)


async def test_a_recogniser_that_does_not_open(desk: Desk) -> None:
    line = desk.take(Line())
    desk.recogniser.closed = True
    said = await _story(desk, line)
    assert await _answered_within(line, said, 2.5) == SORRY
    desk.recogniser.closed = False
    await asyncio.sleep(1)
    line.say(STORY)
    await desk.hears(line, OFFER)


async def test_a_slow_recogniser_is_bridged(desk: Desk) -> None:
    desk.recogniser.takes_s = 4.0
    line = desk.take(Line())
    said = await _story(desk, line)
    # It is not known whether he has finished before his words are: the turn ends by patience.
    assert await _answered_within(line, said + 0.5 + 1.2, 2.0) == FILLER
    await desk.hears(line, OFFER)


async def test_words_nobody_understands_are_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.say("!")
    words = await desk.sees(ev.WordsHeard)
    assert words.text == "!"
    await desk.hears(line, "没听清。")
    assert "broken on purpose" not in caplog.text


async def test_a_voice_detector_that_fails(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    desk.vads[0].fails = True
    line.say(STORY)
    await desk.hears(line, OFFER)


# --- the dialog and the store -----------------------------------------------------------------------


async def test_a_decision_that_fails_becomes_a_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decide: Callable[..., Any] = agent.session.decide

    def broken(script: object, state: object, event: ev.CallEvent) -> object:
        if isinstance(event, ev.WordsHeard) and event.text == STORY:
            raise RuntimeError(SECRET)
        return decide(script, state, event)

    monkeypatch.setattr(agent.session, "decide", broken)
    line = desk.take(Line())
    said = await _story(desk, line)
    assert await _answered_within(line, said + TURN_OVER, 2.0) == SORRY
    await desk.hears(line, ASK)
    assert SECRET not in caplog.text


async def test_a_store_that_takes_three_seconds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = desk.take(Line())
    _block(desk, monkeypatch, 3.0)
    said = await _story(desk, line)
    assert await _answered_within(line, said + TURN_OVER, 2.0) == FILLER
    await desk.hears(line, OFFER)
    assert line.spoken.count(FILLER) == 1
    assert STORY in [e.text for e in desk.store.events("c1") if isinstance(e, ev.WordsHeard)]


async def test_a_store_that_hangs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = desk.take(Line())
    _block(desk, monkeypatch, 14.0)
    said = await _story(desk, line)
    assert await _answered_within(line, said + TURN_OVER, 2.0) == FILLER
    await desk.over()
    assert line.spoken[-1] == UNKEPT
    assert len(line.sounded(FILLER)) == 5 * packets(FILLER)
    assert line.gaps(said + TURN_OVER, line.packets[-1][0]) <= 2.0


async def test_a_full_disk_is_said_and_left_to_recovery(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = desk.take(Line())
    await _story(desk, line)

    def full(*_args: object, **_more: object) -> None:
        raise StoreFull("full")

    monkeypatch.setattr(desk.store, "append", full)
    await desk.over()
    assert line.spoken[-1] == UNKEPT
    assert desk.store.call("c1").ended_at is None
    monkeypatch.undo()
    recover_calls(desk.store, datetime.now(UTC) + timedelta(minutes=5), "next boot")
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE
    assert len(desk.store.pending_callbacks()) == 1


async def test_a_store_that_is_back_closes_the_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = desk.take(Line())
    await _story(desk, line)
    append, fails = desk.store.append, True

    def away(*args: Any, **more: Any) -> list[int]:
        if fails:
            raise StoreFull("full")
        return append(*args, **more)

    monkeypatch.setattr(desk.store, "append", away)
    await desk.hears(line, UNKEPT)
    fails = False
    await desk.over()
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE
    assert isinstance(desk.store.events("c1")[-1], ev.CallClosed)


async def test_a_call_that_cannot_be_opened(desk: Desk) -> None:
    desk.store.begin_call("c1", "12315", None, datetime.now(UTC), "v", "another", 30)
    line = desk.take(Line())
    await desk.over()
    assert line.spoken == [UNKEPT]
    assert desk.of(ev.CallAnswered) == []


async def test_a_call_taken_over_ends_with_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.kit = replace(desk.kit, lease_s=0.6)
    line = desk.take(Line())
    await desk.hears(line, ASK)
    desk.store.takeover(datetime(2100, 1, 1, tzinfo=UTC), "another")
    desk.store._live["c1"].owner = "boot"
    await desk.over()
    assert line.spoken[-1] == UNKEPT
    assert desk.store.call("c1").ended_at is None


async def test_a_recorder_without_a_disk(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    (desk.kit.home / "recordings").write_text("a file where a folder should be")
    line = desk.take(Line())
    await _story(desk, line)
    await desk.hears(line, OFFER)
    line.hangs_up()
    await desk.over()
    summary = desk.store.call("c1")
    assert summary.outcome is Outcome.INCOMPLETE and summary.recording_path is None
    assert "recording_no_file" in caplog.text


async def test_a_watcher_that_fails(desk: Desk) -> None:
    def broken(call_id: str, number: int, event: ev.CallEvent) -> None:
        raise RuntimeError(SECRET)

    desk.kit = replace(desk.kit, watch=broken)
    line = desk.take(Line())
    await _story(desk, line)
    await desk.hears(line, OFFER)
    assert SORRY not in line.spoken


async def test_nobody_s_words_are_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line = desk.take(Line())
    await desk.reads_back(line)
    await desk.hears(line, "都对吗？")
    line.hangs_up()
    await desk.over()
    assert STORY not in caplog.text and "13900007788" not in caplog.text


def _block(desk: Desk, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The store's thread is held up for `seconds` by the caller's story."""
    append = desk.store.append
    held_up = _held_up(append, seconds)

    def slow(call_id: str, events: Any, acts: Any = ()) -> list[int]:
        story = any(isinstance(event, ev.WordsHeard) for event in events)
        return (held_up if story else append)(call_id, events, acts)

    monkeypatch.setattr(desk.store, "append", slow)


def _held_up(work: Callable[P, T], seconds: float) -> Callable[P, T]:
    """`work` that takes so long on the loop's clock, the first time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, FastLoop)
    free = threading.Event()

    def hold() -> None:
        loop.stuck = True
        loop.call_later(seconds, let_go)

    def let_go() -> None:
        loop.stuck = False
        free.set()

    def slow(*args: P.args, **more: P.kwargs) -> T:
        if not free.is_set():
            loop.call_soon_threadsafe(hold)
            free.wait(20)
        return work(*args, **more)

    return slow


async def test_a_store_that_is_slow_to_open_the_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(desk.store, "begin_call", _held_up(desk.store.begin_call, 3.0))
    began = loop_time()
    desk.take(line)
    assert await _answered_within(line, began, 2.0) == FILLER
    await desk.hears(line, ASK)
    assert line.spoken[:2] == [FILLER, GREETING[0]]
