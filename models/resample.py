"""Changing the sample rate of whole buffers."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from models.protocols import LINE_RATE, Pcm

Samples = NDArray[np.float32]

#: What Whisper and smart-turn listen at, in Hz.
MODEL_RATE = 16_000


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """`samples` (mono, any length) at `to_rate`. One buffer at a time: no state, no delay."""
    if from_rate == to_rate or not len(samples):
        return samples
    changed: Samples = soxr.resample(samples, from_rate, to_rate, quality="HQ")
    return changed


def for_model(pcm: Pcm) -> Samples:
    """Line audio (int16, 8 kHz) as float32 in -1..1 at 16 kHz."""
    return resample(pcm.astype(np.float32) / 32768.0, LINE_RATE, MODEL_RATE)


def for_line(samples: Samples, rate: int) -> Pcm:
    """A synthesiser's float32 audio in -1..1 at `rate` as line audio (int16, 8 kHz), clipped."""
    line = resample(samples, rate, LINE_RATE)
    return (np.clip(line, -1.0, 1.0) * 32767.0).astype(np.int16)
