"""The streaming recogniser's bookkeeping, with an engine that answers when the test says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pool import ModelPool
from models.protocols import LINE_RATE, Hint, Hypothesis, Pcm, Word, Words
from models.streaming import LONGEST_PART, StreamedHearing, WhisperRecogniser
from models.words import common_start, joined


def said(text: str, seconds: float = 1.0, *others: str) -> Words:
    """Words as an engine gives them."""
    words = tuple(Word(c, n * 0.1, n * 0.1 + 0.1, 0.9) for n, c in enumerate(text))
    found = tuple(Hypothesis(t, -0.1 * (n + 1), False) for n, t in enumerate((text, *others)))
    return Words(text, words, 0.9, found, seconds)


@dataclass
class FakeEngine:
    """Keeps every request open until the test answers it."""

    name: str = "fake"
    heard: list[tuple[Pcm, float, asyncio.Future[Words]]] = field(default_factory=list)
    glimpsed: list[tuple[Pcm, asyncio.Future[str]]] = field(default_factory=list)

    async def hear(self, pool: ModelPool, pcm: Pcm, hint: Hint, voiced: float) -> Words:
        answer: asyncio.Future[Words] = asyncio.get_running_loop().create_future()
        self.heard.append((pcm, voiced, answer))
        return await answer

    async def glimpse(self, pool: ModelPool, pcm: Pcm, hint: Hint) -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.glimpsed.append((pcm, answer))
        return await answer

    def answer(self, words: Words, request: int = -1) -> None:
        self.heard[request][2].set_result(words)


@dataclass
class Line:
    """A hearing with its engine, fed in seconds."""

    engine: FakeEngine
    hearing: StreamedHearing

    def speak(self, seconds: float) -> None:
        self._feed(seconds, voiced=True)

    def silence(self, seconds: float) -> None:
        self._feed(seconds, voiced=False)

    def _feed(self, seconds: float, *, voiced: bool) -> None:
        for _ in range(round(seconds * 10)):
            loud = np.full(LINE_RATE // 10, 5000 if voiced else 0, dtype=np.int16)
            self.hearing.feed(loud, voiced=voiced)


async def ticks() -> None:
    """Let every task that can go on do so; no time passes."""
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    pool, engine = ModelPool(2), FakeEngine()
    yield Line(engine, WhisperRecogniser(engine, pool).open(Hint()))
    pool.close()


async def test_words_decoded_at_the_pause_are_the_final_ones(line: Line) -> None:
    line.speak(2)
    line.hearing.pause()
    line.silence(0.6)
    await ticks()
    line.engine.answer(said("我要投诉"))
    assert (await line.hearing.settled()).text == "我要投诉"
    assert (await line.hearing.final()).text == "我要投诉"
    assert len(line.engine.heard) == 1


async def test_a_voice_after_the_pause_needs_a_new_decode_of_the_whole(line: Line) -> None:
    line.speak(2)
    line.hearing.pause()
    await ticks()
    line.speak(1)
    final = asyncio.create_task(line.hearing.final())
    await ticks()
    assert len(line.engine.heard[-1][0]) == 3 * LINE_RATE
    assert line.engine.heard[0][2].cancelled()
    line.engine.answer(said("我要投诉商家"))
    assert (await final).text == "我要投诉商家"


async def test_settled_survives_a_caller_who_goes_on(line: Line) -> None:
    line.speak(2)
    settled = asyncio.create_task(line.hearing.settled())
    await ticks()
    line.speak(1)
    line.engine.answer(said("我要"))
    assert (await settled).text == "我要"


async def test_only_the_voice_is_decoded_and_times_count_from_the_start(line: Line) -> None:
    line.silence(3)
    line.speak(1)
    line.silence(4)
    final = asyncio.create_task(line.hearing.final())
    await ticks()
    pcm, voiced, _ = line.engine.heard[0]
    assert len(pcm) == 2 * LINE_RATE
    assert voiced == pytest.approx(1.0)
    line.engine.answer(said("好"))
    words = await final
    assert words.words[0].start == pytest.approx(2.5)
    assert words.seconds == pytest.approx(8.0)


async def test_nothing_voiced_is_nothing_decoded(line: Line) -> None:
    line.silence(5)
    line.hearing.pause()
    words = await line.hearing.final()
    assert (words.text, words.rejected, line.engine.heard) == ("", "no_voice", [])


async def test_successive_looks_agree_on_the_stable_words(line: Line) -> None:
    for text in ("我在拼多", "我在，拼多多上买", "我在拼多多商城"):
        line.speak(0.5)
        await ticks()
        line.engine.glimpsed[-1][1].set_result(text)
        await ticks()
        news = line.hearing.partial()
        assert news is not None
        assert news.text == text
    assert news.stable == "我在拼多多"
    assert line.hearing.partial() is None


async def test_one_look_at_a_time(line: Line) -> None:
    line.speak(3)
    await ticks()
    assert len(line.engine.glimpsed) == 1


async def test_a_story_without_pauses_is_decoded_in_parts_and_loses_nothing(line: Line) -> None:
    for _ in range(7):
        line.speak(10)
        await ticks()
    final = asyncio.create_task(line.hearing.final())
    await ticks()
    requests = line.engine.heard
    assert all(len(pcm) <= LONGEST_PART * LINE_RATE for pcm, _, _ in requests)
    assert sum(len(pcm) for pcm, _, _ in requests) == 70 * LINE_RATE
    for n in range(len(requests)):
        line.engine.answer(said(f"第{n}段"), n)
    assert (await final).text == "，".join(f"第{n}段" for n in range(len(requests)))


async def test_a_part_is_cut_where_the_voice_is_weakest(line: Line) -> None:
    line.speak(16)
    line.hearing.feed(np.full(LINE_RATE // 5, 10, dtype=np.int16), voiced=True)
    line.speak(5)
    await ticks()
    assert len(line.engine.heard[0][0]) == pytest.approx(16.1 * LINE_RATE)


async def test_a_long_part_is_kept_at_a_pause(line: Line) -> None:
    line.speak(9)
    line.hearing.pause()
    await ticks()
    line.engine.answer(said("九秒的话"))
    line.silence(0.3)
    line.speak(2)
    final = asyncio.create_task(line.hearing.final())
    await ticks()
    assert len(line.engine.heard) == 2
    assert len(line.engine.heard[1][0]) <= 2.5 * LINE_RATE
    line.engine.answer(said("两秒"))
    words = await final
    assert words.text == "九秒的话，两秒"
    assert [w.start for w in words.words] == sorted(w.start for w in words.words)


async def test_a_failed_decode_is_tried_once_more_then_owned_up_to(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.speak(1)
    final = asyncio.create_task(line.hearing.final())
    for _ in range(2):
        await ticks()
        line.engine.heard[-1][2].set_exception(RuntimeError("身份证号 310"))
    words = await final
    assert (words.text, words.rejected) == ("", "engine_error")
    assert len(line.engine.heard) == 2
    assert "310" not in caplog.text


async def test_a_failure_the_second_try_mends_is_not_seen(line: Line) -> None:
    line.speak(1)
    final = asyncio.create_task(line.hearing.final())
    await ticks()
    line.engine.heard[-1][2].set_exception(RuntimeError())
    await ticks()
    line.engine.answer(said("你好"))
    assert (await final).text == "你好"


async def test_discard_lets_no_one_wait_for_ever(line: Line) -> None:
    line.speak(1)
    settled = asyncio.create_task(line.hearing.settled())
    await ticks()
    line.hearing.discard()
    assert (await settled).rejected == "discarded"
    line.speak(1)
    assert len(line.engine.heard) == 1


async def test_hearings_share_nothing() -> None:
    pool, engine = ModelPool(2), FakeEngine()
    recogniser = WhisperRecogniser(engine, pool)
    one, other = Line(engine, recogniser.open(Hint())), Line(engine, recogniser.open(Hint()))
    one.speak(1)
    one.hearing.pause()
    await ticks()
    assert (await other.hearing.final()).rejected == "no_voice"
    one.hearing.discard()
    pool.close()


def test_alternatives_of_each_part_reach_the_n_best() -> None:
    words = joined([said("我在平多多", 3, "我在拼多多"), said("三百九", 2, "三百旧")], 5)
    assert [h.text for h in words.hypotheses] == [
        "我在平多多，三百九",
        "我在平多多，三百旧",
        "我在拼多多，三百九",
    ]
    assert words.hypotheses[0].text == words.text


def test_a_part_that_was_noise_does_not_hide_the_others() -> None:
    noise = Words("", (), 0.0, (), 2.0, "loop")
    words = joined([said("我要投诉"), noise], 3)
    assert (words.text, words.rejected) == ("我要投诉", None)
    assert joined([noise, noise], 4).rejected == "loop"


@given(st.text("我要，。投诉"), st.text("我要，。投诉"))
def test_the_common_start_begins_both(text: str, earlier: str) -> None:
    start = common_start(text, earlier)
    bare = "".join(c for c in start if c.isalnum())
    assert text.startswith(start)
    assert "".join(c for c in earlier if c.isalnum()).startswith(bare)
