"""The sound of a simulated caller, made before the call: speech, pauses, and the room he calls from.

Speech is cached on disk by text, voice and speed: a persona is the same person in every run. Pauses and noise
come from the seed of the draw.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qa.persona import Voice
from telephony.call import LINE_RATE

Samples = npt.NDArray[np.int16]

#: Seconds of the pause that "…" stands for.
PAUSE_S = (0.6, 1.2)
_PAUSE = re.compile("…+")
#: Speech is this loud (dBFS RMS over its spoken parts), whatever engine made it.
SPEECH_DBFS = -20.0


class CallerVoice(Protocol):
    """Makes speech; models.kokoro and models.espeak do. Slow, never used while a call is timed."""

    name: str

    def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> Samples:
        """int16 mono at 8 kHz of shape (samples,). Blocking. Raises SpeechFailed, ModelMissing."""


@dataclass(frozen=True, slots=True)
class Said:
    """clear: the speech alone, from which its first and last sound are read; line: with the room's noise."""

    clear: Samples
    line: Samples


class VoiceCache:
    """Speech of callers on disk, beside the models: `folder`/<hash>.npy."""

    def __init__(self, engine: CallerVoice, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    async def speech(self, text: str, voice: Voice) -> Samples:
        """`text`, which holds no pause mark, spoken; from the cache or made now."""
        key = f"{self._engine.name}\0{voice.name}\0{voice.speed}\0{text}"
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.npy"
        if path.is_file():
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.int16)
        made = await asyncio.to_thread(self._engine.render, text, voice=voice.name, speed=voice.speed)
        self._folder.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: another run never reads half a file.
        aside = path.with_suffix(f".{id(made)}.tmp")
        with aside.open("wb") as file:
            np.save(file, made, allow_pickle=False)
        aside.replace(path)
        return made


class PreparedVoice:
    """All a caller may say, ready to be played."""

    def __init__(self, sayings: Mapping[str, Said], noise_dbfs: float | None) -> None:
        self._sayings = dict(sayings)
        self.noise_dbfs = noise_dbfs
        """The level of the room while the caller is silent."""

    def __getitem__(self, text: str) -> Said:
        """Raises KeyError for a text that was not prepared."""
        return self._sayings[text]


async def prepare(
    texts: Iterable[str],
    voice: Voice,
    cache: VoiceCache,
    seed: str,
    progress: Callable[[], None] = lambda: None,
) -> PreparedVoice:
    """Make the sound of every text. progress is called after each."""
    sayings: dict[str, Said] = {}
    for text in dict.fromkeys(texts):
        clear = await _with_pauses(text, voice, cache, Random(f"{seed}:{text}"))
        sayings[text] = Said(clear, in_a_room(clear, voice.noise_db, seed=f"{seed}:{text}"))
        progress()
    noise_dbfs = None if voice.noise_db is None else SPEECH_DBFS - voice.noise_db
    return PreparedVoice(sayings, noise_dbfs)


async def _with_pauses(text: str, voice: Voice, cache: VoiceCache, random: Random) -> Samples:
    parts: list[Samples] = []
    for spoken, pause in split(text):
        if spoken:
            parts.append(await cache.speech(spoken, voice))
        if pause and parts:
            parts.append(silence(random.uniform(*PAUSE_S)))
    return np.concatenate(parts) if parts else silence(0)


def split(text: str) -> list[tuple[str, bool]]:
    """`text` as (words, whether a pause follows); "……" is one pause; marks alone are no words."""
    pieces = _PAUSE.split(text)
    return [
        (piece.strip() if any(char.isalnum() for char in piece) else "", index < len(pieces) - 1)
        for index, piece in enumerate(pieces)
    ]


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * LINE_RATE), dtype=np.int16)


def in_a_room(speech: Samples, noise_db: float | None, *, seed: str) -> Samples:
    """`speech` with a room's noise `noise_db` below its level; None leaves it as it is.

    The noise is made, not recorded: pink, swelling and falling a few times a second like many voices.
    """
    if noise_db is None or not len(speech):
        return speech
    level = 32768.0 * 10 ** ((SPEECH_DBFS - noise_db) / 20)
    mixed = speech.astype(np.float64) + babble(len(speech), seed) * level
    return np.clip(np.round(mixed), -32768, 32767).astype(np.int16)


def babble(samples: int, seed: str) -> npt.NDArray[np.float64]:
    """Noise of RMS 1: pink between 100 and 3400 Hz, its loudness moving at the pace of syllables."""
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    frequencies = np.fft.rfftfreq(samples, 1 / LINE_RATE)
    shape = np.where((frequencies >= 100) & (frequencies <= 3400), 1 / np.sqrt(frequencies + 1), 0.0)
    phases = np.exp(2j * np.pi * random.random(len(frequencies)))
    pink = np.fft.irfft(shape * phases, samples)
    steps = max(2, round(samples / LINE_RATE * 4) + 1)
    swell = np.interp(np.linspace(0, steps - 1, samples), np.arange(steps), random.uniform(0.5, 1.5, steps))
    noise = pink * swell
    rms = float(np.sqrt(np.mean(noise**2)))
    return np.asarray(noise / rms if rms else noise, dtype=np.float64)
