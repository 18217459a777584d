from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from bench.line_audio import NOISE_DB, Rooms, frames, speak
from qa.voice_of_caller import VoiceCache


class Tone:
    """A voice that hums, at the loudness of callers."""

    name = "tone"

    def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> npt.NDArray[np.int16]:
        time = np.arange(8000) / 8000
        return np.asarray(np.sin(2 * np.pi * 300 * time) * 3277 * 2**0.5, dtype=np.int16)


@pytest.fixture
def cache(tmp_path: Path) -> VoiceCache:
    return VoiceCache(Tone(), tmp_path / "callers")


async def test_the_same_seed_gives_the_same_sound(cache: VoiceCache) -> None:
    first, again, other = [
        await speak("不要转", "zm_yunxi", cache, Rooms(None), seed) for seed in ("1", "1", "2")
    ]
    assert np.array_equal(first.pcm, again.pcm) and first.noise_db == again.noise_db
    assert not np.array_equal(first.pcm, other.pcm)


async def test_the_room_is_as_loud_as_told(cache: VoiceCache, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 3 * 8000).astype(np.float32)
    soundfile.write(tmp_path / "rain.wav", noise, 8000)
    for seed in range(8):
        spoken = await speak("不要转", "zm_yunxi", cache, Rooms(tmp_path), str(seed))
        assert NOISE_DB[0] <= spoken.noise_db <= NOISE_DB[1] and spoken.noise == "rain"
        before = spoken.pcm[:3200].astype(np.float64)
        heard_db = 20 * np.log10(np.sqrt(np.mean(before**2)) / 32768)
        assert heard_db == pytest.approx(-20 - spoken.noise_db, abs=1.5)


def test_noise_of_any_length_fills_the_room(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tick.wav", np.full(100, 0.1, dtype=np.float32), 8000)
    piece, name = Rooms(tmp_path).around(1000, Random(1))
    assert (len(piece), name) == (1000, "tick")
    assert np.sqrt(np.mean(piece**2)) == pytest.approx(1.0)


def test_a_folder_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Rooms(tmp_path)


def test_frames_are_whole() -> None:
    assert [len(frame) for frame in frames(np.zeros(700, dtype=np.int16), 256)] == [256, 256]
