"""A caller who will not be recorded, and one whose time is up."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np

import data.events as ev
from agent import recording
from data.vocabulary import Outcome
from telephony.call import LINE_RATE
from tests.agent.edges.conftest import STORY, Desk, brisk_script
from tests.agent.edges.fakes import Line


async def test_refused_recording_stops_and_the_call_goes_on(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.say("不要录音")
    await desk.hears(line, "录音停了。")
    refused = await desk.sees(ev.RecordingRefused)
    [path] = (desk.kit.home / "recordings").rglob("*.sealed")
    await asyncio.sleep(0.5)
    size = path.stat().st_size
    line.say(STORY)
    await desk.hears(line, "打尾号7788可以吗？")
    line.hangs_up()
    await desk.over()
    assert path.stat().st_size == size
    sound = recording.load(desk.store, desk.kit.home, "c1")
    assert len(sound) <= (refused.at + 200) * LINE_RATE / 1000
    assert np.abs(sound[: refused.at * LINE_RATE // 1000, 0]).max() > 1000
    summary = desk.store.call("c1")
    assert summary.recording_path is not None and summary.recording_sha256 is not None
    assert desk.store.record("c1").status == "incomplete"


async def test_a_call_past_its_limit_is_closed_and_called_back(desk: Desk) -> None:
    short = brisk_script(limit_minutes=0.1)
    desk.kit = replace(desk.kit, script=lambda: short)
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.say(STORY)
    await desk.over()
    assert line.spoken[-2:] == ["时间到了，", "再见。"]
    assert [c.reason for c in desk.store.pending_callbacks()] == ["time_up"]
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE
    assert desk.store.record("c1").status == "incomplete"


async def test_what_is_said_over_the_goodbye_is_heard_out(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.say("转人工")
    await desk.hears(line, "再见。", whole=False)
    await asyncio.sleep(0.1)
    line.say("着火了", ms=900)
    await desk.over()
    assert "请马上打120。" in line.spoken
    assert [alert.call_id for alert in desk.store.pending_alerts()] == ["c1"]
