"""The phone of simulated callers and demos: a gateway and a caller in one, at real pace."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from telephony import media_stream as ms
from telephony import mulaw
from telephony.call import PACKET_MS
from telephony.playout import PACKET, PlayOut
from telephony.tones import KEYS

Samples = npt.NDArray[np.int16]


class PhoneClient:
    """Calls a seat: `async with PhoneClient("ws://127.0.0.1:8000/media") as phone: …`.

    Sends a 20 ms packet every 20 ms by the absolute clock, speech from say() or else silence, and plays what
    the seat sends through a play-out buffer. `spoken` and `heard` lie on one timeline: index i is the moment
    i / 8000 s after the call began, as a caller at the phone would live it: a packet leaves when its last
    sample has been spoken. Take gaps from the two with telephony.energy.

    url: the seat's media socket; line and caller_no: the number dialled and the caller's; token: for a
    guarded seat; parameters: more custom parameters; call_id: callSid, random by default;
    speed: above 1 the clock runs faster, both ways (10: a caller ten times too fast);
    prebuffer_ms: of the play-out buffer, adds up to this to the gap; noise_dbfs: comfort noise in silence;
    handshake: False sends nothing by itself, for send_raw() tests.
    """

    def __init__(
        self,
        url: str,
        *,
        line: str = "12315",
        caller_no: str | None = None,
        token: str | None = None,
        parameters: Mapping[str, str] | None = None,
        call_id: str | None = None,
        speed: float = 1.0,
        prebuffer_ms: int = 40,
        noise_dbfs: float | None = None,
        handshake: bool = True,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.call_id = call_id or f"CA{uuid.uuid4().hex}"
        self.stream_id = f"MZ{uuid.uuid4().hex}"
        self.error: ms.ErrorBody | None = None
        """What the seat's last `error` message said."""
        self._url = url
        self._parameters = {"line": line, **({"from": caller_no} if caller_no else {}), **(parameters or {})}
        self._token = token
        self._period = PACKET_MS / 1000 / speed
        self._noise = None if noise_dbfs is None else 32768.0 * 10 ** (noise_dbfs / 20)
        self._random = np.random.default_rng(0)
        self._handshake = handshake
        self._play = PlayOut(prebuffer_ms)
        self._to_say: deque[tuple[Samples, asyncio.Future[bool]]] = deque()
        self._spoken: list[Samples] = []
        self._heard: list[Samples] = []
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    async def start(self) -> None:
        """Dial. Raises OSError or websockets' InvalidStatus if the seat does not take the connection.

        A seat that takes it and then refuses the call closes it: see `error` and `close_code`.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        self._socket = await connect(
            self._url, additional_headers=headers, proxy=None, compression=None, max_queue=None
        )
        self._tasks.append(asyncio.create_task(self._listen(self._socket)))
        if self._handshake:
            body = ms.StartBody(
                call_sid=self.call_id, media_format=ms.MediaFormat(), custom_parameters=self._parameters
            )
            with contextlib.suppress(ConnectionError):
                await self._send(ms.Connected())
                await self._send(ms.Start(stream_sid=self.stream_id, start=body))
            self._tasks.append(asyncio.create_task(self._tick()))

    def say(self, pcm: Samples) -> asyncio.Future[bool]:
        """Queue speech, int16 of shape (samples,) at 8 kHz, after what is queued already.

        The future is done when the last sample has been sent: True, or False if it was cut or the call ended.
        Raises ValueError on another shape or type.
        """
        if pcm.dtype != np.int16 or pcm.ndim != 1:
            raise ValueError(f"speech is int16 of shape (samples,), not {pcm.dtype} {pcm.shape}")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.closed or not len(pcm):
            done.set_result(not self.closed)
        else:
            self._to_say.append((pcm, done))
        return done

    def cut(self) -> None:
        """Fall silent: drop the speech not sent yet."""
        while self._to_say:
            _, done = self._to_say.popleft()
            if not done.done():
                done.set_result(False)

    async def press(self, digits: str) -> None:
        """Press keys: 0-9, * and #. Raises ValueError on others, ConnectionError if the call has ended."""
        if wrong := sorted(set(digits) - KEYS):
            raise ValueError(f"not on a keypad: {' '.join(wrong)}")
        for digit in digits:
            await self._send(ms.Dtmf(stream_sid=self.stream_id, dtmf=ms.KeyBody(digit=digit)))

    async def send_raw(self, message: str | bytes) -> None:
        """Send this frame as it is, broken or not. Raises ConnectionError if the call has ended."""
        if self._socket is None:
            raise ConnectionError("not connected; start() first")
        try:
            await self._socket.send(message)
        except ConnectionClosed as error:
            raise ConnectionError("the call has ended") from error

    async def hang_up(self) -> None:
        """Send stop and close; harmless if the call has ended."""
        if self._socket is None:
            return
        with contextlib.suppress(ConnectionError):
            if self._handshake:
                await self._send(ms.Stop(stream_sid=self.stream_id))
        await self._socket.close()
        # Cancelled before, by another's hanging up, is ended too.
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Until the seat, or hang_up(), has ended the call."""
        if self._socket is not None:
            await self._socket.wait_closed()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop(self) -> None:
        """Lose the network: the connection breaks without a word."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def closed(self) -> bool:
        """Whether the call has not begun or has ended."""
        return self._socket is None or self._socket.close_code is not None

    @property
    def close_code(self) -> int | None:
        """The WebSocket close code, None while the call goes on."""
        return None if self._socket is None else self._socket.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with it."""
        return None if self._socket is None else self._socket.close_reason

    @property
    def position_s(self) -> float:
        """Seconds of the timeline that have passed."""
        return len(self._spoken) * PACKET_MS / 1000

    @property
    def spoken(self) -> Samples:
        """The caller's track so far, int16 of shape (samples,)."""
        return _track(self._spoken, len(self._spoken))

    @property
    def heard(self) -> Samples:
        """The seat's track as played so far; as long as `spoken`."""
        return _track(self._heard, len(self._spoken))

    @property
    def underruns(self) -> int:
        """Holes in the seat's sound because it came late."""
        return self._play.underruns

    async def _tick(self) -> None:
        """At k × 20 ms: what the seat sends plays in packet k, and what was spoken in packet k-1 leaves."""
        began = time.monotonic()
        try:
            await self._hear()
            for packet in range(1, 2**62):
                await asyncio.sleep(began + packet * self._period - time.monotonic())
                samples, finished = self._next_spoken()
                body = ms.MediaBody(
                    chunk=packet, timestamp=packet * PACKET_MS, payload=mulaw.encode(samples.tobytes())
                )
                await self._send(ms.Media(stream_sid=self.stream_id, media=body))
                self._spoken.append(samples)
                for done in finished:
                    if not done.done():
                        done.set_result(True)
                await self._hear()
        except ConnectionError:
            self.cut()

    async def _hear(self) -> None:
        marks, samples = self._play.next_packet()
        self._heard.append(samples)
        await self._echo(marks)

    def _next_spoken(self) -> tuple[Samples, list[asyncio.Future[bool]]]:
        """The caller's next PACKET samples, and the promises to say something they keep."""
        out = np.zeros(PACKET, dtype=np.int16)
        if self._noise is not None:
            out[:] = self._random.normal(0.0, self._noise, PACKET).clip(-32768, 32767)
        filled = 0
        finished: list[asyncio.Future[bool]] = []
        while self._to_say and filled < PACKET:
            speech, done = self._to_say.popleft()
            part = speech[: PACKET - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(speech):
                self._to_say.appendleft((speech[len(part) :], done))
            else:
                finished.append(done)
        return out, finished

    async def _listen(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionError, ConnectionClosed):
            async for text in socket:
                match ms.parse_from_seat(text if isinstance(text, str) else text.decode()):
                    case ms.SeatMedia(media=body):
                        self._play.add(np.frombuffer(mulaw.decode(body.payload), dtype="<i2"))
                    case ms.MarkMessage(mark=mark):
                        self._play.mark(mark.name)
                    case ms.Clear():
                        await self._echo(self._play.clear())
                    case ms.Refusal(error=error):
                        self.error = error
        self.cut()

    async def _echo(self, marks: list[str]) -> None:
        for name in marks:
            await self._send(ms.MarkMessage(stream_sid=self.stream_id, mark=ms.MarkBody(name=name)))

    async def _send(self, message: ms.FromGateway) -> None:
        await self.send_raw(ms.to_text(message))


def _track(packets: list[Samples], count: int) -> Samples:
    return np.concatenate(packets[:count]) if count else np.zeros(0, dtype=np.int16)
