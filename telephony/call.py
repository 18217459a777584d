"""One narrow call interface. Every kind of line is an adapter behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

#: Samples a second on the line; audio is mono int16 little-endian PCM.
LINE_RATE = 8000
#: Milliseconds of audio in one packet.
PACKET_MS = 20


@dataclass(frozen=True, slots=True)
class Audio:
    """Caller audio, int16 PCM at LINE_RATE."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A keypad key: 0-9, * or #."""

    digit: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The far end has played everything written before `Call.mark(name)`, or dropped it on a clear.

    played: False if a clear came between: some of the audio before the mark may not have been heard.
    """

    name: str
    played: bool = True


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller, or the network, ended the call. The last thing read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The far end broke the protocol; the call goes on. `code` is stable, `detail` says what and the cure."""

    code: str
    detail: str


Incoming = Audio | Key | Mark | HungUp | Trouble


class Call(Protocol):
    """One leg from answer to hang-up."""

    id: str
    line: str
    """The number dialled: 12315, 12345 …"""
    caller_no: str | None
    headers: Mapping[str, str]

    def read(self) -> AsyncIterator[Incoming]:
        """What comes in, in order, until HungUp."""

    async def write(self, pcm: bytes) -> None:
        """Send audio now. Pacing is the caller's; raises CallLost after hang-up."""

    async def clear(self) -> None:
        """Drop what the far end has not played yet."""

    async def mark(self, name: str) -> None:
        """Ask to be told (Mark) when everything written so far has been played."""

    async def send_keys(self, digits: str) -> None: ...

    async def hang_up(self) -> None: ...


class CallLost(ConnectionError):
    """The call is gone; nothing can be written to it."""
