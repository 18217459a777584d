"""The doors of the model room: what the rest of the project may ask of speech and language models.

Audio is mono int16 PCM at 8 kHz everywhere outside an engine; an engine resamples inside.
Times are seconds from the first sample of the utterance.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
Vectors = NDArray[np.float32]

#: The sample rate of a telephone line, in Hz.
LINE_RATE = 8000

ListenProfile = Literal["story", "short", "digits", "yes_no", "address"]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word or character; times in seconds from the utterance's first sample."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the utterance. `score` is the mean log probability per token (0 is certain)."""

    text: str
    score: float
    primed: bool
    """Decoded with the step's expected words as context: a value only found here needs more support."""


@dataclass(frozen=True, slots=True)
class Words:
    """The final words of an utterance, best hypothesis first. Simplified characters.

    `text` is empty when nothing was said (noise, silence, or a guard threw the decode away).
    """

    text: str
    words: tuple[Word, ...]
    confidence: float
    hypotheses: tuple[Hypothesis, ...]
    seconds: float
    """Length of the audio that was decoded."""
    rejected: str | None = None
    """Why a decode was thrown away ("loop", "too_many_characters", "low_score", "no_voice"), if it was."""


@dataclass(frozen=True, slots=True)
class Partial:
    """Words so far. `stable` is the part that successive decodes agreed on."""

    text: str
    stable: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Hint:
    """What the step listens for. `expect` is given to the decoder as context, never on yes_no."""

    profile: ListenProfile = "story"
    expect: tuple[str, ...] = ()


class Hearing(Protocol):
    """One utterance while it is being heard. Belongs to one call; not shared."""

    def feed(self, pcm: Pcm, *, voiced: bool) -> None:
        """Append audio (any length). Cheap: never decodes on the caller's thread."""

    def pause(self) -> None:
        """The caller has paused: begin the decode that becomes the final one if nothing follows."""

    def partial(self) -> Partial | None:
        """The latest words so far, if a decode has finished since the last call."""

    async def settled(self) -> Words:
        """Words covering all voiced audio fed so far; returns at once if such a decode exists."""

    async def final(self) -> Words:
        """The final words; ends the hearing."""

    def discard(self) -> None:
        """Drop the utterance; a decode under way finishes unseen."""


class Recogniser(Protocol):
    """A streaming recogniser, loaded once per process and shared by all calls."""

    name: str

    def open(self, hint: Hint) -> Hearing: ...


class Vad(Protocol):
    """Voice activity of one call (it holds the network's state). Not shared between calls."""

    frame_samples: int
    """Samples per verdict at 8 kHz (256: 32 ms)."""

    def probability(self, frame: Pcm) -> float:
        """0..1 that `frame` (exactly `frame_samples` long) holds a voice."""

    def reset(self) -> None: ...


class Synthesiser(Protocol):
    """Text to speech, loaded once per process and shared by all calls."""

    name: str
    voice: str

    def speak(
        self, text: str, *, speed: float = 1.0, fixed: bool = False, urgent: bool = True
    ) -> AsyncIterator[Pcm]:
        """8 kHz audio, one array a clause, in order.

        fixed: the text holds no caller's value and may enter the persistent cache.
        urgent: false for cache warming. Raises SpeechFailed when no engine can speak it.
        """


class TextEncoder(Protocol):
    """Sentences to unit vectors."""

    dimensions: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, rows of length 1. Blocking; run it off the loop."""


class ModelMissing(RuntimeError):
    """A model file is absent or broken. The message names the file and the cure."""


class SpeechFailed(RuntimeError):
    """No synthesiser could speak a text. The message never holds the text."""
