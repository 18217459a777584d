"""A seat in memory: the real pipeline, dialog and store around a fake line, ear and voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loguru import logger as pipecat_log

import data.events as ev
from agent.kit import Kit
from agent.pipeline.live_call import take_call
from agent.turns import Limits
from data.store import Store
from data.vocabulary import Act as Does
from data.vocabulary import ConsentReply, Emergency, Intent
from data.vocabulary import Listen as Listening
from dialogs.schema import Profile
from dialogs.script import Script
from tests.agent.edges.fakes import LevelRecogniser, LevelVad, LevelVoice, Line, understands
from tests.agent.edges.fast_loop import FastLoop
from tests.agent.talk import FULL, meaning, small_script

pipecat_log.remove()

STORY = "拼多多买到假货"
MEANINGS = {
    STORY: meaning(
        STORY,
        Does.INFORM,
        intents=(Intent.COMPLAINT_ONLINE,),
        **{slot: value for slot, value in FULL.items() if slot != "phone"},
    ),
    "对": meaning("对", Does.AFFIRM),
    "不是": meaning("不是", Does.DENY),
    "嗯": meaning("嗯"),
    "可以": meaning("可以", Does.AFFIRM, consent=ConsentReply.AGREE),
    "转人工": meaning("转人工", human=True),
    "着火了": meaning("着火了", emergency=Emergency.FIRE),
    "不要录音": meaning("不要录音", Does.REFUSE_RECORDING),
}
GREETING = ["您好，", "我是人工智能助手，", "用的是合成语音，", "通话会录音。"]
ASK = "请讲。"
OFFER = "打尾号7788可以吗？"
FILLER = "请稍等。"
SORRY = "刚才出了点问题。"
UNKEPT = "存不了，再见。"
READ_BACK = ["我念一遍。", "平台，", "拼多多。"]


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories() -> dict[str, type[FastLoop]]:
    return {"fast": FastLoop}


def brisk_script(**changes: object) -> Script:
    """The small script with less patience."""
    script = small_script()
    profile = Profile(complete_ms=300, incomplete_ms=500, noinput_ms=3000)
    profiles = dict.fromkeys(Listening, profile)
    return replace(script, file=script.file.model_copy(update={"profiles": profiles, **changes}))


@dataclass
class Desk:
    """The seat and what came of its calls."""

    kit: Kit
    store: Store
    recogniser: LevelRecogniser
    voice: LevelVoice
    vads: list[LevelVad]
    events: dict[str, list[ev.CallEvent]] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def take(self, line: Line) -> Line:
        self.events[line.id] = []
        self.tasks.append(asyncio.create_task(take_call(line, self.kit)))
        return line

    async def over(self) -> None:
        """Until all calls are put away."""
        async with asyncio.timeout(90):
            await asyncio.gather(*self.tasks)

    def of(self, kind: type[ev.Event], call_id: str = "c1") -> list[ev.CallEvent]:
        return [event for event in self.events[call_id] if isinstance(event, kind)]

    async def sees(self, kind: type[ev.Event], times: int = 1, call_id: str = "c1") -> ev.CallEvent:
        """Wait for the event's `times`-th coming."""
        await until(lambda: len(self.of(kind, call_id)) >= times)
        return self.of(kind, call_id)[times - 1]

    async def hears(self, line: Line, text: str, *, whole: bool = True) -> float:
        """Wait until `text` sounds (whole: has been heard to its end); gives when it began."""
        await until(lambda: bool(line.sounded(text)))
        if whole:
            await until(lambda: loop_time() - line.sounded(text)[-1] > 0.15)
        return line.sounded(text)[0]

    async def asks_for_story(self, line: Line) -> None:
        await self.hears(line, ASK)

    async def reads_back(self, line: Line) -> float:
        """To the read-back; gives when it began."""
        await self.asks_for_story(line)
        line.say(STORY)
        await self.hears(line, OFFER)
        line.say("对")
        return await self.hears(line, READ_BACK[0], whole=False)


def loop_time() -> float:
    return asyncio.get_running_loop().time()


async def until(done: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.02)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    with ThreadPoolExecutor(1) as writer, Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path) as store:
        vads: list[LevelVad] = []

        def new_vad() -> LevelVad:
            vads.append(LevelVad())
            return vads[-1]

        def watch(call_id: str, number: int, event: ev.CallEvent) -> None:
            made.events[call_id].append(event)

        recogniser, voice = LevelRecogniser(), LevelVoice()
        script = brisk_script()
        kit = Kit(
            script=lambda: script,
            store=store,
            writer=writer,
            recogniser=recogniser,
            synthesiser=voice,
            new_vad=new_vad,
            understand=understands(MEANINGS),
            now=lambda: datetime.now(UTC),
            home=tmp_path,
            owner="boot",
            expand=lambda words: tuple(words),
            turn_limits=Limits(),
            watch=watch,
        )
        made = Desk(kit, store, recogniser, voice, vads)
        yield made
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)
