"""The voice: clause by clause, cached where it may be, and with a spare when an engine fails."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import pytest

from models.espeak import EspeakEngine
from models.pool import ModelPool, Priority
from models.prompt_cache import PromptCache
from models.protocols import Pcm, SpeechFailed
from models.voice import Voice

P = ParamSpec("P")
T = TypeVar("T")


class Inline:
    """A pool of no threads: jobs run where they are submitted, and their priorities are noted."""

    def __init__(self) -> None:
        self.priorities: list[Priority] = []

    async def run(self, priority: Priority, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.priorities.append(priority)
        return fn(*args, **kwargs)


class Tone:
    """An engine that answers with a sound of as many samples as the clause has characters."""

    version = "1"
    voice = "tone"
    shares_cores = True

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name = name
        self.fault = fault
        self.asked: list[str] = []

    def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> Pcm:
        self.asked.append(text)
        if self.fault:
            raise self.fault
        return np.full(len(text), 100, dtype=np.int16)


async def said(voice: Voice, text: str, *, fixed: bool = False) -> list[Pcm]:
    return [pcm async for pcm in voice.speak(text, fixed=fixed)]


def stored(folder: Path) -> list[Path]:
    return list(folder.rglob("*.npy"))


LONG = "好的，我跟您核对一下：您在拼多多上购买了一件羽绒服，金额499元，对吗？"
CLAUSES = ["好的，我跟您核对一下：", "您在拼多多上购买了一件羽绒服，", "金额四百九十九元，对吗？"]


async def test_clauses_come_in_order_with_their_pauses_the_first_most_urgent() -> None:
    pool, engine = Inline(), Tone("first")
    sounds = await said(Voice([engine], pool), LONG)
    assert engine.asked == CLAUSES
    assert [len(pcm) for pcm in sounds] == [11 + 1600, 15 + 1440, 12]
    assert pool.priorities == [Priority.FIRST_CLAUSE, Priority.PARTIAL, Priority.PARTIAL]


async def test_the_next_clause_is_made_while_one_is_heard() -> None:
    engine = Tone("first")
    stream = Voice([engine], Inline()).speak(LONG)
    await anext(stream)
    for _ in range(10):
        await asyncio.sleep(0)
    assert engine.asked == CLAUSES[:2]
    await stream.aclose()  # type: ignore[attr-defined]


async def test_only_fixed_texts_are_kept(tmp_path: Path) -> None:
    engine, cache = Tone("first"), PromptCache(tmp_path)
    voice = Voice([engine], Inline(), cache)
    await said(voice, "您的电话是13812345678吗？")
    assert not stored(tmp_path)
    await said(voice, "请问您贵姓？", fixed=True)
    assert len(stored(tmp_path)) == 1
    engine.asked.clear()
    await said(Voice([engine], Inline(), PromptCache(tmp_path)), "请问您贵姓？")
    assert engine.asked == []


async def test_a_fault_is_spoken_by_the_spare_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    first, spare = Tone("first", RuntimeError("could not say 张三的手机号")), Tone("spare")
    sounds = await said(Voice([first, spare], Inline()), LONG)
    assert spare.asked == CLAUSES and len(sounds) == 3
    assert "张三" not in caplog.text and "RuntimeError" in caplog.text


async def test_the_spares_sound_is_never_kept(tmp_path: Path) -> None:
    voice = Voice([Tone("first", RuntimeError()), Tone("spare")], Inline(), PromptCache(tmp_path))
    await said(voice, "您好。", fixed=True)
    assert not stored(tmp_path)


async def test_an_engine_that_keeps_failing_rests_and_is_tried_again() -> None:
    now = [0.0]
    first, spare = Tone("first", RuntimeError()), Tone("spare")
    voice = Voice([first, spare], Inline(), clock=lambda: now[0])
    for _ in range(4):
        await said(voice, "您好。")
    assert len(first.asked) == 2 and len(spare.asked) == 4
    now[0] = 31.0
    first.fault = None
    await said(voice, "您好。")
    assert len(first.asked) == 3 and len(spare.asked) == 4


async def test_an_engine_that_takes_too_long_is_not_waited_for() -> None:
    release = threading.Event()

    class Stuck(Tone):
        def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> Pcm:
            release.wait(10)
            return super().render(text)

    class Apart(Tone):
        shares_cores = False

    pool = ModelPool(workers=1)
    spare = Apart("spare")
    try:
        # One worker, and it is stuck: the spare must not queue behind it.
        sounds = await said(Voice([Stuck("stuck"), spare], pool, patience=-0.7), "您好。")
        assert len(sounds) == 1 and spare.asked == ["您好。"]
    finally:
        release.set()
        pool.close()


async def test_when_all_fail_the_error_does_not_hold_the_text() -> None:
    voice = Voice([Tone("first", RuntimeError("张三")), Tone("spare", ValueError("张三"))], Inline())
    with pytest.raises(SpeechFailed) as failure:
        await said(voice, "张三您好。")
    assert "张三" not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_nothing_to_say_is_silence() -> None:
    assert await said(Voice([Tone("first")], Inline()), "……") == []


def test_no_engine_at_all_names_the_cure() -> None:
    with pytest.raises(SpeechFailed, match="smartseat models fetch kokoro-82m"):
        Voice([], Inline())


async def test_warming_fills_the_cache_once_and_tells_how_far_it_is(tmp_path: Path) -> None:
    pool, engine = Inline(), Tone("first")
    voice = Voice([engine], pool, PromptCache(tmp_path))
    told: list[tuple[int, int]] = []
    texts = ["请问您贵姓？", LONG, "请问您贵姓？"]
    assert await voice.warm(texts, lambda done, total: told.append((done, total))) == 0
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert set(pool.priorities) == {Priority.WARM}
    engine.asked.clear()
    await said(voice, LONG)
    assert engine.asked == []


async def test_warming_goes_on_past_a_clause_that_fails() -> None:
    assert await Voice([Tone("first", RuntimeError())], Inline()).warm(["您好。", "再见。"]) == 2


needs_espeak = pytest.mark.skipif(
    EspeakEngine.unavailable() is not None, reason=str(EspeakEngine.unavailable())
)


@needs_espeak
def test_the_spare_voice_speaks_from_its_packages_library() -> None:
    engine = EspeakEngine()
    try:
        sound = engine.render("您好，请问您要投诉什么？")
        assert len(sound) > 8000 and 3000 < np.abs(sound).max() <= 32767
        known = engine.library()
        assert "espeakng_loader" in str(known["path"]) and "espeakng_loader" in str(known["data"])
        # The kernel's word, not ours: one espeak library is mapped, and it is the package's.
        loaded = known["loaded"]
        assert isinstance(loaded, list) and len(loaded) == 1 and "espeakng_loader" in loaded[0]
        assert engine.pid() not in (None, os.getpid())
    finally:
        engine.close()


@needs_espeak
def test_a_killed_child_is_started_anew() -> None:
    engine = EspeakEngine()
    try:
        engine.render("您好。")
        before = engine.pid()
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert len(engine.render("您好。"))
        assert engine.pid() not in (None, before)
    finally:
        engine.close()


@needs_espeak
def test_a_child_that_takes_too_long_is_ended_without_the_text_in_the_error() -> None:
    engine = EspeakEngine(patience=0.0)
    try:
        with pytest.raises(SpeechFailed) as failure:
            engine.render("张三" * 200)
        assert "张三" not in str(failure.value)
        assert engine.pid() is None
    finally:
        engine.close()


def test_without_the_extra_the_reason_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.espeak.find_spec", lambda name: None)
    with pytest.raises(SpeechFailed, match="spare-voice"):
        EspeakEngine().render("您好。")


@pytest.mark.models
async def test_the_seat_speaks_even_without_its_first_voice(
    tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from models.open_voice import open_voice

    with caplog.at_level(logging.WARNING):
        voice = open_voice(tmp_path, Inline())
    assert voice.name == "espeak"
    assert "smartseat models fetch kokoro-82m" in caplog.text
    assert open_voice(home, Inline()).name == "kokoro"
    assert open_voice(home, Inline(), prefer="espeak").name == "espeak"
