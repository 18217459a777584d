from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from qa.persona import Voice
from qa.voice_of_caller import SPEECH_DBFS, VoiceCache, babble, in_a_room, prepare, split
from telephony.call import LINE_RATE
from telephony.energy import active_spans


class Tone:
    """Half a second of tone a text."""

    name = "tone"

    def __init__(self) -> None:
        self.made: list[str] = []

    def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> npt.NDArray[np.int16]:
        self.made.append(text)
        return (4600 * np.sin(np.arange(LINE_RATE // 2) * 0.4)).astype(np.int16)


def test_pauses_are_cut_out_of_the_text() -> None:
    assert split("二三零五，……一八七六。") == [("二三零五，", True), ("一八七六。", False)]
    assert split("好…") == [("好", True), ("", False)]
    assert split("…。") == [("", True), ("", False)]


async def test_a_pause_lasts_as_long_as_people_think(tmp_path: Path) -> None:
    voice = await prepare(["一二……三四"], Voice(), VoiceCache(Tone(), tmp_path), "seed")
    (first, second) = active_spans(voice["一二……三四"].clear, LINE_RATE)
    assert 0.55 <= second[0] - first[1] <= 1.25
    again = await prepare(["一二……三四"], Voice(), VoiceCache(Tone(), tmp_path), "seed")
    assert np.array_equal(again["一二……三四"].line, voice["一二……三四"].line)


async def test_speech_is_made_once_for_a_voice(tmp_path: Path) -> None:
    tone = Tone()
    cache = VoiceCache(tone, tmp_path)
    for speed in (1.0, 1.0, 0.85):
        await prepare(["好", "不对", "好"], Voice(speed=speed), cache, "seed")
    assert tone.made == ["好", "不对"] * 2
    assert all(len(path.stem) == 64 for path in tmp_path.glob("*"))  # noqa: ASYNC240


async def test_only_prepared_texts_can_be_said(tmp_path: Path) -> None:
    voice = await prepare(["好"], Voice(), VoiceCache(Tone(), tmp_path), "seed")
    with pytest.raises(KeyError):
        voice["不对"]


async def test_the_room_lies_so_far_below_the_speech(tmp_path: Path) -> None:
    voice = await prepare(["好"], Voice(noise_db=15), VoiceCache(Tone(), tmp_path), "seed")
    said = voice["好"]
    noise = said.line.astype(float) - said.clear
    level = 20 * np.log10(np.sqrt(np.mean(noise**2)) / 32768)
    assert abs(level - (SPEECH_DBFS - 15)) < 0.2 and voice.noise_dbfs == SPEECH_DBFS - 15


def test_the_noise_is_told_by_its_seed() -> None:
    assert np.array_equal(babble(800, "a"), babble(800, "a"))
    assert not np.array_equal(babble(800, "a"), babble(800, "b"))
    assert np.array_equal(in_a_room(np.zeros(0, dtype=np.int16), 15, seed="a"), np.zeros(0))
