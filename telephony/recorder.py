"""The recording of a call: both sides in one stereo file, written as the call goes, never in its way."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telephony.call import LINE_RATE
from telephony.flac_file import FlacFile, StereoWriter
from telephony.stereo_timeline import BLOCK_FRAMES, Side, StereoTimeline

log = logging.getLogger(__name__)

_Block = tuple[int, npt.NDArray[np.int16]]


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """A closed recording.

    seconds: what was written; sha256: of the file, hex, None if it could not be read back;
    complete: False if anything was lost: see the fault codes of CallRecorder.
    """

    path: Path
    seconds: float
    sha256: str | None
    complete: bool


def _ignore(code: str) -> None:
    pass


class CallRecorder:
    """Records one call to `path`: FLAC, 8 kHz, 16 bit, left the caller, right the seat.

    Times are milliseconds since the call was answered, for both sides on one clock; see StereoTimeline for
    gaps and overlaps. No method raises for the disk's sake or waits for it: a thread writes, from a queue of
    `queue_blocks` × 200 ms. `on_fault(code)` is called once per code, from that thread or the caller's:

    - recording_no_file: the file can't be made (or exists); nothing is recorded
    - recording_disk: a write failed, the disk is full; recorded until here, what is there stays readable
    - recording_failed: the same for a fault of our own
    - recording_slow: the disk lags by more than the queue; what did not fit is silence
    - recording_bad_time: audio with an impossible time or half a sample was left out
    - recording_stuck: the disk did not finish within the deadline of stop()

    A caller who refuses: pause(), or stop() for good. What was recorded before is its owner's to remove.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_fault: Callable[[str], None] = _ignore,
        open_file: Callable[[Path], StereoWriter] = FlacFile,
        queue_blocks: int = 64,
        timeline: StereoTimeline | None = None,
    ) -> None:
        self._path = path
        self._on_fault = on_fault
        self._open_file = open_file
        self._timeline = timeline or StereoTimeline()
        self._queue: queue.Queue[_Block | None] = queue.Queue(queue_blocks)
        self._tail: list[_Block] = []
        self._faults: set[str] = set()
        self._paused = False
        self._closed = False
        self._dead = False
        self._last_frame = 0
        self._closing = threading.Event()
        self._written = 0
        self._readable = 0
        self._sha256: str | None = None
        self._thread = threading.Thread(target=self._run, name="call-recorder", daemon=True)
        self._thread.start()

    def caller(self, pcm: bytes, at_ms: float) -> None:
        """The caller's sound, int16 PCM at LINE_RATE, its first sample heard at `at_ms`."""
        self._place("caller", pcm, at_ms)

    def seat(self, pcm: bytes, at_ms: float) -> None:
        """The seat's sound, int16 PCM at LINE_RATE, its first sample played at `at_ms`; may lie ahead."""
        self._place("seat", pcm, at_ms)

    def cut_seat(self, at_ms: float) -> None:
        """The seat was interrupted: what was to be played from `at_ms` on was not."""
        self._timeline.cut("seat", at_ms)

    def pause(self, at_ms: float | None = None) -> None:
        """Record silence on both sides from `at_ms`, default now; seat audio still to be played included."""
        self._paused = True
        if at_ms is None:
            at_ms = self._timeline.now_ms
        self._timeline.cut("caller", at_ms)
        self._timeline.cut("seat", at_ms)

    def resume(self) -> None:
        """Record again."""
        self._paused = False

    async def stop(self, deadline_s: float = 10.0) -> RecordingSummary:
        """Close the file, without blocking the event loop; what comes after is not recorded.

        Seat audio placed ahead is kept: cut_seat() first if the call ended while a prompt was playing.
        """
        self._finish()
        return await asyncio.to_thread(self.close, deadline_s)

    def close(self, deadline_s: float = 10.0) -> RecordingSummary:
        """As stop(), for callers without an event loop. May be called again: same answer."""
        self._finish()
        self._thread.join(deadline_s)
        if self._thread.is_alive():
            self._fault("recording_stuck")
        return RecordingSummary(
            path=self._path,
            seconds=self._readable / LINE_RATE,
            sha256=self._sha256,
            complete=self._sha256 is not None and not self._faults,
        )

    def _place(self, side: Side, pcm: bytes, at_ms: float) -> None:
        if self._closed or self._dead:
            return
        try:
            if self._paused:
                self._timeline.tick(at_ms if side == "caller" else 0.0)
            else:
                self._timeline.place(side, pcm, at_ms)
        except ValueError:
            self._fault("recording_bad_time")
            return
        for block in self._timeline.ready():
            try:
                self._queue.put_nowait(block)
            except queue.Full:
                self._fault("recording_slow")

    def _finish(self) -> None:
        if not self._closed:
            self._closed = True
            self._tail = list(self._timeline.ready(everything=True))
            self._last_frame = self._timeline.end
            self._closing.set()
            with contextlib.suppress(queue.Full):  # a full queue needs no wake-up call
                self._queue.put_nowait(None)

    def _fault(self, code: str) -> None:
        if code in self._faults:
            return
        self._faults.add(code)
        log.error("recording fault: %s", code)
        try:
            self._on_fault(code)
        except Exception as error:
            log.error("on_fault failed: %s", type(error).__name__)

    # What follows runs in the thread.

    def _run(self) -> None:
        try:
            writer = self._open_file(self._path)
        except OSError:
            self._dead = True
            self._fault("recording_no_file")
            return
        try:
            self._write_all(writer)
        except OSError:
            self._dead = True
            self._fault("recording_disk")
        except Exception as error:
            self._dead = True
            log.error("recorder failed: %s", type(error).__name__)
            self._fault("recording_failed")
        try:
            writer.close()
            self._readable = writer.frames
            with self._path.open("rb") as file:
                self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            self._fault("recording_disk")

    def _write_all(self, writer: StereoWriter) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            block = self._queue.get()
            if block is not None:
                self._write(writer, *block)
        for block in self._tail:
            self._write(writer, *block)
        self._silence_until(writer, self._last_frame)

    def _write(self, writer: StereoWriter, at: int, frames: npt.NDArray[np.int16]) -> None:
        self._silence_until(writer, at)
        writer.write(frames)
        self._written += len(frames)

    def _silence_until(self, writer: StereoWriter, frame: int) -> None:
        while self._written < frame:
            size = min(BLOCK_FRAMES, frame - self._written)
            writer.write(np.zeros((size, 2), dtype=np.int16))
            self._written += size
