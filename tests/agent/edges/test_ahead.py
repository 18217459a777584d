"""Sound made ahead: taken when it is there, never waited for long, never left going."""

from __future__ import annotations

import asyncio

from agent.pipeline.ahead import SpokenAhead
from tests.agent.edges.fakes import LevelVoice


async def test_what_was_made_is_taken() -> None:
    voice = LevelVoice()
    ahead = SpokenAhead(voice, lambda: False)
    ahead.want(["甲。", "乙。"])
    await asyncio.sleep(0.2)
    made = await ahead.take("乙。")
    assert made is not None and len(made) == 1
    assert await ahead.take("丙。") is None
    assert voice.asked == ["甲。", "乙。"]


async def test_the_caller_s_words_come_first() -> None:
    voice, speaking = LevelVoice(), True
    ahead = SpokenAhead(voice, lambda: speaking)
    ahead.want(["甲。"])
    await asyncio.sleep(1)
    assert voice.asked == []
    speaking = False
    await asyncio.sleep(0.3)
    assert await ahead.take("甲。") is not None


async def test_one_that_hangs_is_waited_for_two_seconds() -> None:
    voice = LevelVoice()
    voice.slow = {"甲。": 60}
    ahead = SpokenAhead(voice, lambda: False)
    ahead.want(["甲。"])
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    assert await ahead.take("甲。") is None
    assert asyncio.get_running_loop().time() - began < 2.2
    ahead.want(["乙。"])
    await asyncio.sleep(0.3)
    assert await ahead.take("乙。") is not None


async def test_a_failure_is_left_for_when_it_is_spoken() -> None:
    voice = LevelVoice()
    voice.broken = {"甲。"}
    ahead = SpokenAhead(voice, lambda: False)
    ahead.want(["甲。", "乙。"])
    await asyncio.sleep(0.2)
    assert await ahead.take("甲。") is None
    assert await ahead.take("乙。") is not None


async def test_nothing_is_made_after_the_call() -> None:
    before, voice = asyncio.all_tasks(), LevelVoice()
    voice.slow = {"甲。": 60}
    ahead = SpokenAhead(voice, lambda: False)
    ahead.want(["甲。", "乙。"])
    await asyncio.sleep(0.1)
    ahead.stop()
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == before
