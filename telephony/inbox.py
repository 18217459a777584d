"""What waits to be read from a line: in order, and never more than a few seconds of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from telephony.call import LINE_RATE, Audio, HungUp, Incoming, Trouble

_BYTES_A_MS = 2 * LINE_RATE / 1000


@dataclass(slots=True)
class RealTime:
    """Keeps audio to the speed of speech: it may come early by `lead_ms`, what comes earlier is not let in.

    A bucket filled by audio and emptied by the clock, so a pause earns no credit for a later flood.
    """

    lead_ms: float
    _level_ms: float = 0.0
    _last_s: float | None = None

    def admit(self, length_ms: float, now_s: float) -> bool:
        """Whether `length_ms` of audio arriving at `now_s` (monotonic seconds) may come in."""
        if self._last_s is not None:
            self._level_ms = max(0.0, self._level_ms - (now_s - self._last_s) * 1000)
        self._last_s = now_s
        if self._level_ms + length_ms > self.lead_ms:
            return False
        self._level_ms += length_ms
        return True


class Inbox:
    """A queue of Incoming between one line and one reader.

    Audio faster than speech by more than `lead_ms` is dropped on arrival: Trouble("audio_too_fast").
    Audio nobody has read for `backlog_ms` is dropped, oldest first: Trouble("reader_slow").
    Past `max_events` unread keys, marks and troubles, more are dropped: Trouble("too_many_events").
    Each of these troubles is told once a call; `dropped_ms` counts the audio. HungUp always gets in.
    """

    def __init__(
        self, *, backlog_ms: float, lead_ms: float, clock: Callable[[], float], max_events: int = 256
    ) -> None:
        self.dropped_ms = 0.0
        self._backlog_ms = backlog_ms
        self._pace = RealTime(lead_ms)
        self._clock = clock
        self._max_events = max_events
        self._items: deque[Incoming] = deque()
        self._waiting_ms = 0.0
        self._events = 0
        self._told: set[str] = set()
        self._closed = False
        self._filled = asyncio.Event()

    @property
    def waiting_ms(self) -> float:
        """Milliseconds of audio not read yet."""
        return self._waiting_ms

    def put_audio(self, pcm: bytes) -> None:
        if self._closed:
            return
        length_ms = len(pcm) / _BYTES_A_MS
        if not self._pace.admit(length_ms, self._clock()):
            self.dropped_ms += length_ms
            self._tell_once(
                "audio_too_fast", "audio comes faster than real time and is dropped; send 20 ms every 20 ms"
            )
            return
        self._append(Audio(pcm))
        self._waiting_ms += length_ms
        while self._waiting_ms > self._backlog_ms:
            self._drop_oldest_audio()

    def put(self, item: Incoming) -> None:
        """Add a key, mark or trouble."""
        if self._closed:
            return
        if self._events >= self._max_events:
            self._tell_once(
                "too_many_events", "keys and marks come faster than they are read and are dropped"
            )
            return
        self._events += 1
        self._append(item)

    def close(self, last: HungUp) -> None:
        """The call is over: `last` is read after what waits. Later calls change nothing."""
        if not self._closed:
            self._closed = True
            self._append(last)

    async def get(self) -> Incoming | None:
        """The next item; None once HungUp was read."""
        while not self._items:
            if self._closed:
                return None
            self._filled.clear()
            await self._filled.wait()
        item = self._items.popleft()
        if isinstance(item, Audio):
            self._waiting_ms -= len(item.pcm) / _BYTES_A_MS
        elif not isinstance(item, HungUp):
            self._events -= 1
        return item

    def _append(self, item: Incoming) -> None:
        self._items.append(item)
        self._filled.set()

    def _drop_oldest_audio(self) -> None:
        for place, item in enumerate(self._items):
            if isinstance(item, Audio):
                del self._items[place]
                length_ms = len(item.pcm) / _BYTES_A_MS
                self._waiting_ms -= length_ms
                self.dropped_ms += length_ms
                break
        self._tell_once("reader_slow", "the seat did not read in time; the oldest caller audio was dropped")

    def _tell_once(self, code: str, detail: str) -> None:
        if code not in self._told:
            self._told.add(code)
            self._events += 1
            self._append(Trouble(code, detail))
