"""A recording as the caller: its sound goes into the line as it is, at real pace."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

import data.events as ev
from qa.spoken_call import CallFailed, CallTrace
from telephony.call import LINE_RATE
from telephony.client import PhoneClient

#: After the recording's end the seat may still speak; the caller hangs up when it has been quiet so long.
_AFTER_S = 10.0


def caller_channel(path: Path) -> npt.NDArray[np.int16]:
    """The left (or only) channel of a WAV, FLAC or MP3 at 8 kHz. Raises FileNotFoundError, CallFailed."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such recording", str(path))
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise CallFailed(
            f"{path.name} is not a sound file that can be read; give WAV, FLAC or MP3"
        ) from error
    mono = sound[:, 0]
    if rate != LINE_RATE:
        mono = soxr.resample(mono, rate, LINE_RATE)
    samples: npt.NDArray[np.int16] = (np.clip(mono, -1, 1) * 32767).astype(np.int16)
    return samples


class WavCall:
    """Plays one recording into a seat and follows the call's events."""

    def __init__(
        self, url: str, recording: Path, *, watch: Callable[[ev.CallEvent], None] = lambda event: None
    ) -> None:
        self._url = url.rstrip("/")
        self._sound = caller_channel(recording)
        self._watch = watch
        self._phone = PhoneClient(f"{self._url}/media")
        self._events: list[ev.CallEvent] = []

    async def run(self) -> CallTrace:
        """The whole call, in real time. Raises CallFailed."""
        try:
            await self._phone.start()
        except OSError as error:
            raise CallFailed(
                f"no seat takes calls at {self._url}/media; start it: smartseat serve"
            ) from error
        feed = asyncio.create_task(self._follow())
        await self._phone.say(self._sound)
        for _ in range(round(_AFTER_S * 10)):
            if self._phone.closed:
                break
            await asyncio.sleep(0.1)
        hung_up = not self._phone.closed
        await self._phone.hang_up()
        with contextlib.suppress(TimeoutError, WebSocketException, OSError):
            await asyncio.wait_for(feed, 5)
        return CallTrace(
            self._phone.call_id,
            tuple(self._events),
            self._phone.heard,
            self._phone.spoken,
            (),
            sum(isinstance(event, ev.WordsHeard) for event in self._events),
            0,
            (),
            False,
            hung_up,
        )

    async def _follow(self) -> None:
        async with connect(f"{self._url}/feed?call={self._phone.call_id}", proxy=None) as feed:
            async for frame in feed:
                event = ev.EVENT.validate_python(json.loads(frame)["event"], strict=False)
                self._events.append(event)
                self._watch(event)
                if isinstance(event, ev.CallClosed):
                    return
