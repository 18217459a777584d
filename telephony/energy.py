"""What counts as sound on a track: one published rule, used wherever a gap or an overlap is measured.

A 20 ms frame is sound when its RMS is above -45 dBFS, 0 dBFS being the RMS of a full-scale square wave
(32768; a full-scale sine is -3 dBFS). Pauses under 200 ms between sounds are part of the sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class SoundRule:
    """frame_ms: length of a frame; threshold_dbfs: frames above it are sound;
    merge_ms: a pause shorter than this joins its neighbours; min_ms: shorter spans are dropped as clicks."""

    frame_ms: float = 20.0
    threshold_dbfs: float = -45.0
    merge_ms: float = 200.0
    min_ms: float = 0.0

    def __post_init__(self) -> None:
        if self.frame_ms <= 0 or self.merge_ms < 0 or self.min_ms < 0:
            raise ValueError("frame_ms must be above 0, merge_ms and min_ms not below 0")


RULE = SoundRule()


def frame_dbfs(pcm: npt.NDArray[np.int16], rate: int, rule: SoundRule = RULE) -> npt.NDArray[np.float64]:
    """Level of each frame in dBFS, -inf for digital silence. The last frame may be short, unpadded."""
    size = round(rate * rule.frame_ms / 1000)
    if size < 1:
        raise ValueError(f"a frame of {rule.frame_ms} ms holds no sample at {rate} Hz")
    if pcm.ndim != 1:
        raise ValueError(f"one track at a time: expected shape (samples,), got {pcm.shape}")
    if not len(pcm):
        return np.zeros(0)
    starts = np.arange(0, len(pcm), size)
    counts = np.diff(starts, append=len(pcm))
    power = np.add.reduceat(np.square(pcm.astype(np.float64) / 32768.0), starts) / counts
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(power), dtype=np.float64)


def active_spans(pcm: npt.NDArray[np.int16], rate: int, rule: SoundRule = RULE) -> list[tuple[float, float]]:
    """Where `pcm`, one track of shape (samples,) at `rate` Hz, holds sound: [(start_s, end_s)], in order.

    Times are multiples of the frame, so a start may be early and an end late by less than one frame.
    Raises ValueError on another shape, or where a frame holds no sample.
    """
    loud = np.flatnonzero(frame_dbfs(pcm, rate, rule) > rule.threshold_dbfs)
    size = round(rate * rule.frame_ms / 1000)
    spans: list[list[int]] = []
    for frame in loud.tolist():
        start, end = frame * size, min((frame + 1) * size, len(pcm))
        if spans and (start == spans[-1][1] or (start - spans[-1][1]) * 1000 < rule.merge_ms * rate):
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return [(a / rate, b / rate) for a, b in spans if (b - a) * 1000 >= rule.min_ms * rate]
