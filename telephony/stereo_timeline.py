"""Two tracks of one call on one clock, turned into stereo blocks as they settle."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from telephony.call import LINE_RATE

Side = Literal["caller", "seat"]
#: Frames in a block at most: 200 ms.
BLOCK_FRAMES = LINE_RATE // 5
_AT_A_MS = LINE_RATE // 1000
_LONGEST_JUMP = 3600 * LINE_RATE


class _Track:
    """Pieces of one side not written yet, in order and without overlap. Positions are samples of the call."""

    def __init__(self) -> None:
        self.pieces: deque[tuple[int, npt.NDArray[np.int16]]] = deque()
        self.end = 0

    def place(self, at: int, samples: npt.NDArray[np.int16], floor: int, slack: int) -> None:
        """Put samples at `at`, or at the end if within `slack` of it; clip what lies before the end."""
        start = self.end if abs(at - self.end) <= slack else at
        floor = max(floor, self.end)
        if start < floor:
            samples, start = samples[floor - start :], floor
        if len(samples):
            self.pieces.append((start, samples))
            self.end = start + len(samples)

    def cut(self, at: int) -> None:
        """Forget everything from `at` on."""
        while self.pieces and self.pieces[-1][0] >= at:
            self.pieces.pop()
        if self.pieces:
            start, samples = self.pieces.pop()
            self.pieces.append((start, samples[: at - start]))
        self.end = min(self.end, at)

    def take(self, start: int, out: npt.NDArray[np.int16]) -> None:
        """Move the samples of [start, start + len(out)) into `out`, which holds silence."""
        stop = start + len(out)
        while self.pieces and self.pieces[0][0] < stop:
            at, samples = self.pieces.popleft()
            part = samples[: stop - at]
            out[at - start : at - start + len(part)] = part
            if len(part) < len(samples):
                self.pieces.appendleft((stop, samples[len(part) :]))


class StereoTimeline:
    """Places audio of both sides by time since the call was answered, and gives it back as stereo blocks.

    A block is given once the caller's clock is `settle_ms` past it: until then late audio fits in and seat
    audio that was never played can be cut. Audio within `slack_ms` of where its track ends follows on without
    a seam (network jitter); further off it is moved to its time: a gap is silence, an overlap is clipped.
    The seat may run ahead of the caller by `ahead_ms`; past that the clock follows the seat.
    """

    def __init__(self, *, settle_ms: float = 300, slack_ms: float = 60, ahead_ms: float = 60_000) -> None:
        self._settle = round(settle_ms * _AT_A_MS)
        self._slack = round(slack_ms * _AT_A_MS)
        self._ahead = round(ahead_ms * _AT_A_MS)
        self._tracks: dict[Side, _Track] = {"caller": _Track(), "seat": _Track()}
        self._now = 0
        self._given = 0

    @property
    def end(self) -> int:
        """Samples from the start of the call to the end of what was placed."""
        return max(self._now, *(track.end for track in self._tracks.values()))

    @property
    def now_ms(self) -> float:
        """The latest time known to have come."""
        return self._now / _AT_A_MS

    def place(self, side: Side, pcm: bytes, at_ms: float) -> None:
        """Add int16 PCM whose first sample is heard `at_ms` after the answer.

        Raises ValueError on half a sample, or a time below 0, not finite, or over an hour past all others.
        """
        if len(pcm) % 2:
            raise ValueError("PCM must be whole 16-bit samples")
        if not math.isfinite(at_ms) or at_ms < 0 or at_ms * _AT_A_MS > self.end + _LONGEST_JUMP:
            raise ValueError("at_ms must be milliseconds since the answer, at most an hour past the last")
        at = round(at_ms * _AT_A_MS)
        track = self._tracks[side]
        track.place(at, np.frombuffer(pcm, dtype="<i2").astype(np.int16), self._given, self._slack)
        self._now = max(self._now, track.end if side == "caller" else at - self._ahead)

    def tick(self, at_ms: float) -> None:
        """Time has come to `at_ms` though nothing was placed. Raises ValueError as `place` does."""
        self.place("caller", b"", at_ms)
        self._now = max(self._now, round(at_ms * _AT_A_MS))

    def cut(self, side: Side, at_ms: float) -> None:
        """Drop what was placed for `side` from `at_ms` on, as far as it was not given yet."""
        self._tracks[side].cut(max(self._given, round(at_ms * _AT_A_MS)))

    def ready(self, *, everything: bool = False) -> Iterator[tuple[int, npt.NDArray[np.int16]]]:
        """Blocks now settled: (first sample, int16 of shape (frames ≤ BLOCK_FRAMES, 2), left the caller).

        Whole blocks only, unless `everything` is asked for at the end. Stretches without audio are skipped:
        positions jump, and what lies between is silence.
        """
        limit = self.end if everything else self._now - self._settle
        while self._given < limit and (everything or limit - self._given >= BLOCK_FRAMES):
            sound = min((t.pieces[0][0] for t in self._tracks.values() if t.pieces), default=limit)
            if sound > self._given:
                self._given = min(sound, limit)
                continue
            block = np.zeros((min(BLOCK_FRAMES, limit - self._given), 2), dtype=np.int16)
            self._tracks["caller"].take(self._given, block[:, 0])
            self._tracks["seat"].take(self._given, block[:, 1])
            at = self._given
            self._given += len(block)
            yield at, block
