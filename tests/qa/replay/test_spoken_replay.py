"""A spoken call heard again by the real ears: the same twice, and what a worse recogniser does to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import data.events as ev
from agent.kit import Understand
from dialogs.script import Script
from models.open_recogniser import open_recogniser
from models.pool import ModelPool
from models.protocols import LINE_RATE, Hearing, Hint, Pcm, Recogniser
from models.vad import SileroVad
from qa.replay.exchanges import exchanges
from qa.replay.hearing import Listener, hear_again
from qa.replay.judge import judge
from qa.replay.pairing import with_turns
from qa.replay.report import CallResult, call_result
from qa.simulate import caller_voices
from tests.qa.replay.conftest import by_text, paced

pytestmark = [pytest.mark.spoken, pytest.mark.timeout(240)]

HOME = Path(os.environ.get("SMARTSEAT_HOME", "var")).resolve()
CONSULTATION = {"narrative": "你好，我想咨询一下，网上买的衣服，七天无理由退货，运费应该谁出？"}


@pytest.fixture(scope="module")
def pool() -> Iterator[ModelPool]:
    pool = ModelPool(2)
    yield pool
    pool.close()


@pytest.fixture
def ears(pool: ModelPool, understand: Understand) -> Listener:
    return Listener(open_recogniser(HOME, pool, looks=False), SileroVad, understand, tuple)


def spoken(events: Sequence[ev.CallEvent]) -> tuple[tuple[ev.CallEvent, ...], Pcm]:
    """The call's texts in a voice, with the events at the times they take."""
    voice = caller_voices(HOME / "models")["kokoro"]
    texts = {event.text for event in events if isinstance(event, ev.WordsHeard)}
    said = {text: voice.render(text, voice="zm_yunxi", speed=1.0) for text in texts}
    shift, told = 0, []
    for event in events:
        event = event.model_copy(update={"at": event.at + shift})
        if isinstance(event, ev.WordsHeard):
            start = event.start_ms + shift
            length = len(said[event.text]) * 1000 // LINE_RATE
            shift += length - (event.end_ms - event.start_ms)
            event = event.model_copy(
                update={"start_ms": start, "end_ms": start + length, "at": start + length + 1800}
            )
        told.append(event)
    sound = np.zeros((told[-1].at + 1000) * LINE_RATE // 1000, dtype=np.int16)
    for event in told:
        if isinstance(event, ev.WordsHeard):
            at = event.start_ms * LINE_RATE // 1000
            sound[at : at + len(said[event.text])] = said[event.text]
    return tuple(told), sound


def test_a_spoken_call_is_heard_the_same_twice_and_worse_by_a_worse_recogniser(
    script: Script, understand: Understand, ears: Listener
) -> None:
    """The recording is the call as it was meant; what the ears make of it is the difference."""
    events, sound = spoken(paced(by_text(CONSULTATION)))
    then = exchanges(events)

    def heard(listener: Listener) -> CallResult:
        found = asyncio.run(hear_again(sound, then, script, listener))
        judged = judge(events, script, understand=understand, heard=with_turns(then, found))
        assert {room for _, room in judged.blamed} <= {"models", "agent"}
        return call_result("c1", judged, script.file.labels, reveal=True)

    first, again = heard(ears), heard(ears)
    assert first.words is not None and first.words.errors < first.words.characters / 3
    assert again.differences == first.differences and not first.lost_turns and not first.extra_turns
    worse = heard(replace(ears, recogniser=Hoarse(ears.recogniser)))
    assert worse.words is not None and worse.words.errors > first.words.errors
    assert worse.room in ("models", "agent")


class Hoarse:
    """A recogniser with the line's noise in its ears."""

    name = "hoarse"

    def __init__(self, inner: Recogniser) -> None:
        self._inner = inner

    def open(self, hint: Hint) -> Hearing:
        hearing = self._inner.open(hint)
        noise = np.random.default_rng(7)
        feed = hearing.feed

        def hoarse(pcm: Pcm, *, voiced: bool) -> None:
            loud = pcm.astype(np.int32) // 4 + noise.normal(0, 1500, len(pcm)).astype(np.int32)
            feed(np.clip(loud, -32768, 32767).astype(np.int16), voiced=voiced)

        hearing.feed = hoarse  # type: ignore[method-assign]
        return hearing
