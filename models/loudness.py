"""Sound levels and silences of synthesised speech: even loudness, and no dead air before the first word."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from models.protocols import Pcm

Samples = NDArray[np.float32]

#: Part of the audio cache's key: raise it when the same engine output comes out differently.
VERSION = 1

#: Loudness of the spoken parts, dBFS RMS: as loud as telephone speech may be without hitting the ceiling.
TARGET_DBFS = -20.0
_CEILING = 10 ** (-1.0 / 20)
_FRAME_S = 0.005
#: A frame this far below the loud parts is silence; low enough to keep the breathy start of 好 and 小.
_SILENCE_DB = -38.0


def _frame_rms(samples: Samples, rate: int) -> tuple[NDArray[np.float32], int]:
    size = max(1, int(rate * _FRAME_S))
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size)
    return np.sqrt(np.mean(frames * frames, axis=1, dtype=np.float32)), size


def trim(samples: Samples, rate: int, *, lead_s: float = 0.02, tail_s: float = 0.08) -> Samples:
    """`samples` with at most `lead_s` of silence before the voice and `tail_s` after it."""
    rms, size = _frame_rms(samples, rate)
    if not len(rms):
        return samples
    voiced = np.flatnonzero(rms > np.percentile(rms, 95) * 10 ** (_SILENCE_DB / 20))
    if not len(voiced):
        return samples[:0]
    start = max(0, voiced[0] * size - int(lead_s * rate))
    end = min(len(samples), (voiced[-1] + 1) * size + int(tail_s * rate))
    return samples[start:end]


def level(samples: Samples, rate: int, *, target_dbfs: float = TARGET_DBFS) -> Samples:
    """`samples` at `target_dbfs` over their spoken parts, or as near as the ceiling of -1 dBFS allows."""
    rms, _ = _frame_rms(samples, rate)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if not len(rms) or peak == 0.0:
        return samples
    spoken = rms[rms > np.max(rms) * 0.1]
    wanted = 10 ** (target_dbfs / 20) / float(np.sqrt(np.mean(spoken * spoken)))
    return samples * np.float32(min(wanted, _CEILING / peak))


def finish(samples: Samples, rate: int, wanted_rate: int) -> Pcm:
    """Raw engine output as it goes on the line: trimmed, resampled, levelled, 16 bit."""
    if rate != wanted_rate and len(samples):
        # One-shot high quality: its low-pass keeps sibilants from folding back into the telephone band.
        shaped: Samples = soxr.resample(trim(samples, rate), rate, wanted_rate, quality="HQ")
    else:
        shaped = trim(samples, rate)
    shaped = level(shaped.astype(np.float32, copy=False), wanted_rate)
    return np.clip(np.round(shaped * 32767.0), -32768, 32767).astype(np.int16)
