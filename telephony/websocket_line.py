"""A call over a WebSocket that speaks Twilio Media Streams."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected, WebSocketState

from telephony import media_stream as ms
from telephony import mulaw
from telephony.call import LINE_RATE, PACKET_MS, CallLost, HungUp, Incoming, Key, Mark, Trouble
from telephony.inbox import Inbox
from telephony.tones import key_tones

log = logging.getLogger(__name__)

_PACKET_BYTES = 2 * LINE_RATE * PACKET_MS // 1000
_MAX_MARKS = 512
_CLOSE_CODES = {"too_large": 1009, "wrong_encoding": 1003, "binary_frame": 1003, "start_deadline": 1008}
_NUMBER = re.compile(r"^(?:sips?:|tel:)?([0-9+*#]{2,32})(?:[@;].*)?$")


@dataclass(frozen=True, slots=True)
class LineLimits:
    """Seconds and counts a line is held to.

    start_deadline_s: from connection to `start`; no_media_trouble_s / no_media_hangup_s: without a packet,
    None where the gateway suppresses silence; write_deadline_s: for the network to take one message;
    max_troubles: protocol mistakes in a row, about (each good message forgives a fiftieth of one);
    backlog_ms: audio kept unread, and how far audio may run ahead of the clock; default_line: the number
    dialled where the gateway does not say.
    """

    start_deadline_s: float = 5.0
    no_media_trouble_s: float | None = 5.0
    no_media_hangup_s: float | None = 30.0
    write_deadline_s: float = 10.0
    max_troubles: int = 20
    backlog_ms: float = 5000.0
    default_line: str = "12315"


DEFAULT_LIMITS = LineLimits()


class CallRefused(ConnectionError):
    """No call came of this connection; it is closed.

    code: one of ProtocolError's, or start_deadline, closed_early.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


async def refuse(websocket: WebSocket, code: str, detail: str, close_code: int) -> CallRefused:
    """Say why on the wire, close, and give the error to raise. Accepts the WebSocket first if need be."""
    with contextlib.suppress(OSError, WebSocketDisconnect, WebSocketDisconnected):
        if websocket.application_state is WebSocketState.CONNECTING:
            await websocket.accept()
        await websocket.send_text(ms.to_text(ms.Refusal(error=ms.ErrorBody(code=code, message=detail))))
        await websocket.close(close_code, _short(f"{code}: {detail}"))
    return CallRefused(code, detail)


async def accept(
    websocket: WebSocket, limits: LineLimits = DEFAULT_LIMITS, *, clock: Callable[[], float] = time.monotonic
) -> MediaStreamCall:
    """Answer: take the gateway's `connected` and `start`, and give the call.

    The number dialled and the caller's come from the custom parameters `line` (or `to`) and `from`, else from
    the HTTP headers x-line, x-to, x-from. Raises CallRefused, after telling the gateway why in an `error`
    message and the close reason, on any mistake before `start` or if it is late.
    """
    await websocket.accept()
    reader = ms.StreamReader()
    try:
        async with asyncio.timeout(limits.start_deadline_s):
            while reader.start is None:
                reader.feed(_text_of(await _receive(websocket)))
    except TimeoutError:
        detail = f"no start within {limits.start_deadline_s:g} s of connecting"
        raise await refuse(websocket, "start_deadline", detail, 1008) from None
    except ms.ProtocolError as error:
        raise await refuse(websocket, error.code, error.detail, _CLOSE_CODES.get(error.code, 1002)) from None
    except WebSocketDisconnect:
        raise CallRefused("closed_early", "the far end closed the connection before start") from None
    return MediaStreamCall(websocket, reader, limits, clock)


class MediaStreamCall:
    """telephony.call.Call over a WebSocket. Made by `accept`; lives until HungUp was read or hang_up().

    HungUp reasons: stop, closed, lost (the far end); no_media, too_many_troubles, write_stuck (we gave up);
    hung_up_here, or the code given to refuse(). Troubles: ProtocolError's codes, binary_frame, unknown_mark,
    outbound_track, no_media, and the Inbox's.
    """

    def __init__(
        self, websocket: WebSocket, reader: ms.StreamReader, limits: LineLimits, clock: Callable[[], float]
    ) -> None:
        if reader.start is None:
            raise ValueError("a call begins with start; use accept()")
        start = reader.start.start
        own = {k: v for k, v in websocket.headers.items() if k.startswith("x-") and "token" not in k}
        said = {
            **{k[2:]: v for k, v in own.items() if k in ("x-line", "x-to", "x-from")},
            **start.custom_parameters,
        }
        self.id: str = start.call_sid
        self.line: str = _number(said.get("line")) or _number(said.get("to")) or limits.default_line
        self.caller_no: str | None = _number(said.get("from"))
        self.headers: Mapping[str, str] = {**own, **start.custom_parameters}
        self._websocket = websocket
        self._stream_sid = reader.start.stream_sid
        self._limits = limits
        self._clock = clock
        self._inbox = Inbox(backlog_ms=limits.backlog_ms, lead_ms=limits.backlog_ms, clock=clock)
        self._sending = asyncio.Lock()
        self._clears = 0
        self._marks: deque[tuple[str, bool]] = deque(maxlen=_MAX_MARKS)
        self._mistakes = 0.0
        self._told_outbound = False
        self._last_media_s = clock()
        self._ended: str | None = None
        self._tasks = [asyncio.create_task(self._listen(reader)), asyncio.create_task(self._watch())]

    @property
    def dropped_ms(self) -> float:
        """Milliseconds of caller audio dropped for coming too fast or not being read."""
        return self._inbox.dropped_ms

    async def read(self) -> AsyncIterator[Incoming]:
        """What comes in, in order, until HungUp. One reader at a time."""
        while (item := await self._inbox.get()) is not None:
            yield item

    async def write(self, pcm: bytes) -> None:
        """Send int16 PCM at LINE_RATE now, in packets of PACKET_MS; the last may be shorter.

        A clear() meanwhile drops the packets not sent yet. Raises CallLost; ValueError on half a sample.
        """
        ulaw = mulaw.encode(pcm)
        clears, size = self._clears, _PACKET_BYTES // 2
        for at in range(0, len(ulaw), size):
            if clears != self._clears:
                return
            body = ms.SeatMediaBody(payload=ulaw[at : at + size])
            await self._send(ms.SeatMedia(stream_sid=self._stream_sid, media=body))

    async def clear(self) -> None:
        """Drop what the far end has not played; marks still out come back with played=False."""
        self._clears += 1
        self._marks = deque(((name, False) for name, _ in self._marks), maxlen=_MAX_MARKS)
        await self._send(ms.Clear(stream_sid=self._stream_sid))

    async def mark(self, name: str) -> None:
        """Ask for Mark(name) when all written so far was played. ValueError: 1 to 256 characters."""
        message = ms.MarkMessage(stream_sid=self._stream_sid, mark=ms.MarkBody(name=name))
        self._marks.append((name, True))
        await self._send(message)

    async def send_keys(self, digits: str) -> None:
        """Sound 0-9, * and # in the audio: the protocol has no keys from the seat. Raises ValueError."""
        await self.write(key_tones(digits))

    async def hang_up(self) -> None:
        """End the call; harmless if it has ended."""
        await self._end("hung_up_here", 1000)

    async def refuse(self, code: str, detail: str) -> None:
        """Tell the far end why in an `error` message, then end the call; harmless if it has ended."""
        with contextlib.suppress(CallLost):
            await self._send(ms.Refusal(error=ms.ErrorBody(code=code, message=detail)))
        await self._end(code, 1008)

    async def _send(self, message: ms.FromSeat) -> None:
        async with self._sending:
            if self._ended is not None:
                raise CallLost(f"the call has ended: {self._ended}")
            try:
                async with asyncio.timeout(self._limits.write_deadline_s):
                    await self._websocket.send_text(ms.to_text(message))
                return
            except TimeoutError:
                reason = "write_stuck"
            except (OSError, RuntimeError, WebSocketDisconnect):  # closed under our hands
                reason = "lost"
        await self._end(reason, 1011)
        raise CallLost(f"the call has ended: {self._ended}")

    async def _listen(self, reader: ms.StreamReader) -> None:
        while self._ended is None:
            try:
                self._take(reader.feed(_text_of(await _receive(self._websocket))))
                self._mistakes = max(0.0, self._mistakes - 0.02)
            except ms.ProtocolError as error:
                self._inbox.put(Trouble(error.code, error.detail))
                self._mistakes += 1.0
                if self._mistakes > self._limits.max_troubles:
                    await self._end("too_many_troubles", 1002)
            except WebSocketDisconnect as gone:
                await self._end("closed" if gone.code in (1000, 1001) else "lost", None)
            if reader.stopped:
                await self._end("stop", 1000)

    def _take(self, message: ms.FromGateway) -> None:
        match message:
            case ms.Media(media=ms.MediaBody(track="inbound", payload=ulaw)):
                self._last_media_s = self._clock()
                self._inbox.put_audio(mulaw.decode(ulaw))
            case ms.Media():
                if not self._told_outbound:
                    self._told_outbound = True
                    detail = "our own audio comes back and is ignored; send the inbound track only"
                    self._inbox.put(Trouble("outbound_track", detail))
            case ms.Dtmf(dtmf=key):
                self._inbox.put(Key(key.digit))
            case ms.MarkMessage(mark=mark):
                self._inbox.put(self._echoed(mark.name))
            case _:
                pass

    def _echoed(self, name: str) -> Mark:
        for sent in self._marks:
            if sent[0] == name:
                self._marks.remove(sent)
                return Mark(name, played=sent[1])
        raise ms.ProtocolError("unknown_mark", "a mark was echoed that is not out; echo each mark once")

    async def _watch(self) -> None:
        """Tell of a line gone quiet, once each time; give it up after longer."""
        told_for: float | None = None
        first, last = self._limits.no_media_trouble_s, self._limits.no_media_hangup_s
        while self._ended is None and (first is not None or last is not None):
            quiet = self._clock() - self._last_media_s
            if last is not None and quiet >= last:
                await self._end("no_media", 1001)
                return
            if first is not None and quiet >= first and told_for != self._last_media_s:
                told_for = self._last_media_s
                detail = f"no audio for {first:g} s; a gateway sends packets through silence too"
                self._inbox.put(Trouble("no_media", detail))
            waits = [limit - quiet for limit in (first, last) if limit is not None and limit > quiet]
            await asyncio.sleep(min(waits, default=first or 1.0))

    async def _end(self, reason: str, close_code: int | None) -> None:
        """Close once: `reason` reaches the reader as HungUp, the far end as close reason."""
        if self._ended is not None:
            return
        self._ended = reason
        self._inbox.close(HungUp(reason))
        log.info("call ended: %s", reason)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if close_code is not None:
            with contextlib.suppress(OSError, RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(self._limits.write_deadline_s):
                    await self._websocket.close(close_code, reason)


async def _receive(websocket: WebSocket) -> str | bytes:
    """The next frame. Raises WebSocketDisconnect."""
    try:
        message = await websocket.receive()
    except RuntimeError:  # read after the close was seen
        raise WebSocketDisconnect(1006) from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006), message.get("reason"))
    text = message.get("text")
    frame: str | bytes = text if text is not None else message["bytes"]
    return frame


def _text_of(frame: str | bytes) -> str:
    if isinstance(frame, bytes):
        raise ms.ProtocolError(
            "binary_frame", "a binary frame came; send JSON in text frames, audio as base64"
        )
    return frame


def _number(text: str | None) -> str | None:
    """The digits of a number or of a SIP or tel address; None for what is not one, such as `anonymous`."""
    found = _NUMBER.match((text or "").strip())
    return found.group(1) if found else None


def _short(reason: str) -> str:
    """A close reason fits in 123 bytes of UTF-8."""
    return reason.encode("utf-8")[:123].decode("utf-8", "ignore")
