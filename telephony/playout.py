"""The play-out buffer of a gateway: seat audio in as it comes, 20 ms out each 20 ms, marks at their place."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from telephony.call import LINE_RATE, PACKET_MS

_HOLE_MS = 200
PACKET = LINE_RATE * PACKET_MS // 1000


class PlayOut:
    """Buffers before the first sound of a stretch, so that uneven arrival makes no holes.

    prebuffer_ms: play begins once this much waits, or this long after its first sample, whichever is first.
    `underruns` counts holes: sound that went on after it had run out for less than 200 ms.
    """

    def __init__(self, prebuffer_ms: int = 40) -> None:
        self.underruns = 0
        self._prebuffer_ms = prebuffer_ms
        self._items: deque[npt.NDArray[np.int16] | str] = deque()
        self._waiting = 0
        self._held_ms = 0
        self._playing = False
        self._quiet_ms = _HOLE_MS
        self._due: list[str] = []

    def add(self, samples: npt.NDArray[np.int16]) -> None:
        """Seat audio, in order of arrival."""
        self._items.append(samples)
        self._waiting += len(samples)

    def mark(self, name: str) -> None:
        """Report `name` when all audio added before was played."""
        self._items.append(name)

    def clear(self) -> list[str]:
        """Drop everything; the marks that were waiting."""
        marks = self._due + [item for item in self._items if isinstance(item, str)]
        self._items.clear()
        self._due = []
        self._waiting = 0
        self._playing = False
        self._held_ms = 0
        self._quiet_ms = _HOLE_MS
        return marks

    def next_packet(self) -> tuple[list[str], npt.NDArray[np.int16]]:
        """A packet's time has come: marks reached up to now, and the PACKET samples that play next."""
        out = np.zeros(PACKET, dtype=np.int16)
        if not self._playing and self._waiting:
            ready = (
                self._waiting * 1000 >= self._prebuffer_ms * LINE_RATE or self._held_ms >= self._prebuffer_ms
            )
            self._playing = ready
            self.underruns += ready and self._quiet_ms < _HOLE_MS
            self._held_ms = 0 if ready else self._held_ms + PACKET_MS
        reached, self._due = self._due, []
        filled = 0
        while self._items:
            head = self._items[0]
            if isinstance(head, str):
                # Reached now if nothing plays before it in this packet, else when this packet is over.
                (reached if filled == 0 else self._due).append(head)
                self._items.popleft()
                continue
            if not self._playing or filled == PACKET:
                break
            part = head[: PACKET - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            self._waiting -= len(part)
            if len(part) < len(head):
                self._items[0] = head[len(part) :]
            else:
                self._items.popleft()
        self._playing = self._playing and filled == PACKET
        self._quiet_ms = 0 if filled else self._quiet_ms + PACKET_MS
        return reached, out
