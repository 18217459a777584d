"""Callers who say nothing, only make noise, or never stop. Each takes a minute or more: `make faults`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

import data.events as ev
from data.vocabulary import Outcome
from qa.simulate import caller_voices
from qa.voice_of_caller import babble
from qa.wav_caller import WavCall
from telephony.call import LINE_RATE
from telephony.energy import active_spans

from .conftest import MODELS, Start

pytestmark = [pytest.mark.minutes, pytest.mark.timeout(600)]
Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


def _call(url: str, sound: Samples, tmp_path: Path) -> tuple[list[ev.CallEvent], list[tuple[float, float]]]:
    """Play `sound` into the seat; gives the call's events and when the seat could be heard (seconds)."""
    import soundfile

    path = tmp_path / "caller.flac"
    soundfile.write(path, sound, LINE_RATE)
    trace = asyncio.run(WavCall(url, path).run())
    return list(trace.events), active_spans(trace.heard, LINE_RATE)


def _prompts(events: list[ev.CallEvent]) -> list[str]:
    return [event.prompt for event in events if isinstance(event, ev.PromptSaid)]


def test_a_minute_of_silence(start_seat: Start, tmp_path: Path) -> None:
    seat = start_seat()
    events, _ = _call(seat.url, np.zeros(75 * LINE_RATE, dtype=np.int16), tmp_path)
    said = _prompts(events)
    assert "noinput.1" in said and "noinput.2" in said and said[-1] == "goodbye.silent"
    closed = events[-1]
    assert isinstance(closed, ev.CallClosed) and closed.outcome is Outcome.INCOMPLETE and closed.by == "seat"
    assert not any(isinstance(event, ev.WordsHeard | ev.SlotFilled) for event in events)


def test_a_minute_of_noise(start_seat: Start, tmp_path: Path) -> None:
    """Many voices at once, none to be understood, and hiss: nothing becomes a value."""
    noise = babble(75 * LINE_RATE, "a minute of noise")
    loud = (noise / np.max(np.abs(noise)) * 9000).astype(np.int16)
    seat = start_seat()
    events, heard = _call(seat.url, loud, tmp_path)
    assert not any(isinstance(event, ev.SlotFilled | ev.ConsentGiven) for event in events)
    said = _prompts(events)
    assert len(said) >= 3 and {"noinput.1", "nomatch.1"} & set(said)
    assert heard[-1][1] > 20


def test_a_caller_who_never_stops(start_seat: Start, tmp_path: Path) -> None:
    voice = caller_voices(MODELS)["kokoro"]
    sentence = voice.render(
        "我跟你讲这件事情我真的非常生气我在淘宝上买了一个电饭锅用了两次就坏了客服一直推来推去",
        voice="zm_yunyang",
    )
    whole = np.concatenate([sentence] * (90 * LINE_RATE // len(sentence) + 1))
    seat = start_seat()
    events, heard = _call(seat.url, whole, tmp_path)
    words = [event for event in events if isinstance(event, ev.WordsHeard)]
    assert words and words[0].end_ms - words[0].start_ms <= 62_000
    spoken_over = [span for span in heard if span[0] > 60]
    assert spoken_over, "the seat was silent to a caller who never stopped"
