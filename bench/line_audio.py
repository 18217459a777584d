"""What a caller's speech becomes on a bad line: a voice, a room, µ-law."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from bench.codec import load, through
from models.protocols import LINE_RATE, Pcm
from qa.persona import Voice
from qa.voice_of_caller import SPEECH_DBFS, VoiceCache, babble, prepare

#: The room is heard alone for so long before and after the words, in seconds.
_BEFORE_S, _AFTER_S = 0.4, 0.6
#: How many decibels the speech stands above the room.
NOISE_DB = (5.0, 20.0)
_SPEEDS = (0.9, 1.15)
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One saying as it arrives. noise: the recording behind it, None for made noise."""

    pcm: Pcm
    voice: str
    noise_db: float
    noise: str | None


class Rooms:
    """Recorded noise of a folder (FLAC, WAV), read once; without one, noise is made."""

    def __init__(self, folder: Path | None) -> None:
        """Raises FileNotFoundError when the folder holds no sound file."""
        self._noises: dict[str, Pcm] = {}
        if folder is not None:
            paths = sorted(path for path in folder.iterdir() if path.suffix in (".flac", ".wav"))
            if not paths:
                raise FileNotFoundError(2, "no sound files", str(folder))
            self._noises = {path.stem: load(path, "none") for path in paths}

    def around(self, samples: int, random: Random) -> tuple[NDArray[np.float64], str | None]:
        """Noise of RMS 1 and `samples` length, and its name."""
        if not self._noises:
            return babble(samples, str(random.random())), None
        name = random.choice(list(self._noises))
        noise = self._noises[name].astype(np.float64)
        start = random.randrange(len(noise))
        piece = np.resize(np.roll(noise, -start), samples)
        rms = float(np.sqrt(np.mean(piece**2)))
        return (piece / rms if rms else piece), name


async def speak(text: str, voice: str, cache: VoiceCache, rooms: Rooms, seed: str) -> Spoken:
    """`text` by `voice` in a room of `NOISE_DB`, through µ-law. The same seed gives the same sound.

    Raises SpeechFailed where nothing in the text can be spoken.
    """
    random = Random(int.from_bytes(hashlib.sha256(f"{seed}\0{text}".encode()).digest()[:8], "big"))
    speed = round(random.uniform(*_SPEEDS), 2)
    ready = await prepare([text], Voice(name=voice, speed=speed), cache, seed)
    clear = np.concatenate((_silence(_BEFORE_S), ready[text].clear, _silence(_AFTER_S))).astype(np.float64)
    noise_db = random.uniform(*NOISE_DB)
    noise, name = rooms.around(len(clear), random)
    level = _FULL_SCALE * 10 ** ((SPEECH_DBFS - noise_db) / 20)
    mixed = np.clip(np.round(clear + noise * level), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return Spoken(through("pcmu", mixed), voice, round(noise_db, 1), name)


def frames(pcm: Pcm, size: int) -> Iterator[Pcm]:
    """`pcm` in whole frames of `size` samples."""
    for start in range(0, len(pcm) - size + 1, size):
        yield pcm[start : start + size]


def _silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * LINE_RATE), dtype=np.int16)
