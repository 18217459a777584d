"""A call over a real WebSocket on 127.0.0.1: what is read, what is written, and what a broken peer gets."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from telephony import media_stream as ms
from telephony import mulaw
from telephony.call import Audio, Call, CallLost, HungUp, Incoming, Key, Mark, Trouble
from telephony.client import PhoneClient
from telephony.websocket_line import CallRefused, LineLimits, MediaStreamCall, accept

if TYPE_CHECKING:
    from conftest import Exchange

START = {
    "event": "start",
    "streamSid": "MZ1",
    "start": {
        "callSid": "CA1",
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}


def media(ulaw: bytes, stream: str = "MZ1", **more: str) -> str:
    body = ms.MediaBody.model_validate({"payload": ulaw, **more})
    return ms.to_text(ms.Media(stream_sid=stream, media=body))


async def connected(
    exchange: Exchange, limits: LineLimits | None = None
) -> tuple[PhoneClient, MediaStreamCall]:
    """A raw connection after its start, and the call it became."""
    url = await exchange.open(limits=limits or LineLimits())
    phone = PhoneClient(url, handshake=False)
    await phone.start()
    await phone.send_raw('{"event":"connected","protocol":"Call","version":"1.0.0"}')
    await phone.send_raw(json.dumps(START))
    return phone, await exchange.calls.get()


async def read_all(call: Call) -> list[Incoming]:
    return [item async for item in call.read()]


async def read_one(call: Call) -> Incoming:
    return await anext(call.read())


REFUSED = [
    ("hello", "not_json", 1002),
    (media(b"\xff"), "media_before_start", 1002),
    ('{"event":"video"}', "unknown_event", 1002),
    ('{"event":"start","streamSid":"MZ1"}', "missing_field", 1002),
    (json.dumps(START).replace("x-mulaw", "x-alaw"), "wrong_encoding", 1003),
    (json.dumps(START).replace("8000", "16000"), "wrong_encoding", 1003),
    (b"\xff" * 160, "binary_frame", 1003),
    ("x" * 70_000, "too_large", 1009),
]


@pytest.mark.parametrize(("message", "code", "close_code"), REFUSED)
async def test_a_mistake_before_start_is_refused_by_name(
    exchange: Exchange, message: str | bytes, code: str, close_code: int
) -> None:
    phone = PhoneClient(await exchange.open(), handshake=False)
    await phone.start()
    await phone.send_raw(message)
    await phone.wait_closed()
    assert phone.error is not None and phone.error.code == code
    assert phone.close_code == close_code
    assert (phone.close_reason or "").startswith(code)
    assert exchange.calls.empty()


async def test_no_start_in_time(exchange: Exchange) -> None:
    phone = PhoneClient(await exchange.open(limits=LineLimits(start_deadline_s=0.05)), handshake=False)
    await phone.start()
    await phone.wait_closed()
    assert phone.error is not None and phone.error.code == "start_deadline"
    assert phone.close_code == 1008


TROUBLES = [
    ("hello", "not_json"),
    ('{"event":"video"}', "unknown_event"),
    ('{"event":"media","streamSid":"MZ1"}', "missing_field"),
    ('{"event":"media","streamSid":"MZ1","media":{"payload":"*"}}', "bad_base64"),
    ('{"event":"media","streamSid":"MZ1","media":{"payload":""}}', "empty_audio"),
    (media(b"\xff", stream="MZ2"), "wrong_stream"),
    (media(b"\xff", track="outbound"), "outbound_track"),
    (json.dumps(START), "start_again"),
    (b"\xff" * 160, "binary_frame"),
    ("x" * 70_000, "too_large"),
    ('{"event":"mark","streamSid":"MZ1","mark":{"name":"nobody"}}', "unknown_mark"),
]


async def test_mistakes_in_the_call_are_troubles_and_the_call_goes_on(exchange: Exchange) -> None:
    phone, call = await connected(exchange)
    for message, code in TROUBLES:
        await phone.send_raw(message)
        trouble = await read_one(call)
        assert isinstance(trouble, Trouble) and trouble.code == code
    await phone.send_raw(media(b"\xff" * 7))
    assert await read_one(call) == Audio(bytes(14))
    await phone.hang_up()


async def test_too_many_mistakes_end_it(exchange: Exchange) -> None:
    phone, call = await connected(exchange, LineLimits(max_troubles=3))
    for _ in range(4):
        await phone.send_raw("hello")
    items = await read_all(call)
    assert [type(item) for item in items] == [Trouble] * 4 + [HungUp]
    assert items[-1] == HungUp("too_many_troubles")
    await phone.wait_closed()
    assert (phone.close_code, phone.close_reason) == (1002, "too_many_troubles")


async def test_mistakes_far_apart_are_forgiven(exchange: Exchange) -> None:
    phone, call = await connected(exchange, LineLimits(max_troubles=3))
    for _ in range(8):
        await phone.send_raw("hello")
        for _ in range(60):
            await phone.send_raw(media(b"\xff"))
    await phone.send_raw('{"event":"stop","streamSid":"MZ1"}')
    assert (await read_all(call))[-1] == HungUp("stop")


@pytest.mark.parametrize("size", [1, 3, 159, 161, 1000])
async def test_any_size_of_audio(exchange: Exchange, size: int) -> None:
    phone, call = await connected(exchange)
    ulaw = bytes(n % 251 for n in range(size))
    await phone.send_raw(media(ulaw))
    assert await read_one(call) == Audio(mulaw.decode(ulaw))
    await phone.hang_up()


async def test_a_flood_is_held_to_real_time(exchange: Exchange) -> None:
    phone, call = await connected(exchange, LineLimits(backlog_ms=500))
    for _ in range(500):
        await phone.send_raw(media(b"\xff" * 160))
    await phone.send_raw('{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"1"}}')
    audio = 0
    troubles = []
    async for item in call.read():
        audio += isinstance(item, Audio)
        if isinstance(item, Trouble):
            troubles.append(item.code)
        if isinstance(item, Key):
            break
    assert audio < 250
    assert "audio_too_fast" in troubles
    assert len(troubles) <= 2
    assert call.dropped_ms == (500 - audio) * 20
    await phone.hang_up()


async def test_keys(exchange: Exchange) -> None:
    phone, call = await connected(exchange)
    phone.stream_id = "MZ1"
    await phone.press("12*#0")
    assert "".join([item.digit for _ in range(5) if isinstance(item := await read_one(call), Key)]) == "12*#0"
    await phone.hang_up()


async def test_marks_played_and_cleared() -> None:
    said: asyncio.Queue[Message] = asyncio.Queue()
    call = await fake_call([], said=said)

    async def echo(name: str) -> Incoming:
        text = f'{{"event":"mark","streamSid":"MZ1","mark":{{"name":"{name}"}}}}'
        said.put_nowait({"type": "websocket.receive", "text": text})
        return await read_one(call)

    for name in ("a", "b", "c"):
        await call.mark(name)
    assert await echo("a") == Mark("a")
    await call.clear()
    await call.mark("d")
    assert await echo("b") == Mark("b", played=False)
    assert await echo("c") == Mark("c", played=False)
    assert await echo("d") == Mark("d")
    again = await echo("d")
    assert isinstance(again, Trouble) and again.code == "unknown_mark"
    await call.hang_up()


async def test_what_is_written_is_packets_of_20_ms() -> None:
    sent: list[Message] = []
    call = await fake_call(sent)
    pcm = np.arange(400, dtype="<i2").tobytes()
    await call.write(pcm)
    await call.write(b"")
    parsed = [ms.parse_from_seat(message["text"]) for message in sent if message["type"] == "websocket.send"]
    payloads = [message.media.payload for message in parsed if isinstance(message, ms.SeatMedia)]
    assert [len(payload) for payload in payloads] == [160, 160, 80]
    assert b"".join(payloads) == mulaw.encode(pcm)
    with pytest.raises(ValueError, match="even number"):
        await call.write(b"\x00")
    await call.hang_up()


async def test_a_clear_stops_a_write_on_its_way() -> None:
    sent: list[Message] = []
    hold = asyncio.Event()
    call = await fake_call(sent, hold=hold)
    writing = asyncio.create_task(call.write(bytes(320 * 50)))
    await asyncio.sleep(0)
    clearing = asyncio.create_task(call.clear())
    await asyncio.sleep(0)
    hold.set()
    await asyncio.gather(writing, clearing)
    events = [json.loads(message["text"])["event"] for message in sent if message["type"] == "websocket.send"]
    assert events == ["media", "clear"]
    await call.hang_up()


async def test_keys_of_the_seat_are_tones() -> None:
    sent: list[Message] = []
    call = await fake_call(sent)
    await call.send_keys("1")
    assert len(sent) == 1 + 10  # accept, and 200 ms
    with pytest.raises(ValueError, match="keypad"):
        await call.send_keys("x")
    await call.hang_up()


@pytest.mark.parametrize(
    ("parameters", "line", "caller"),
    [
        ({"line": "12315", "from": "13800001234"}, "12315", "13800001234"),
        (
            {"to": "sip:12345@10.0.0.1;user=phone", "from": "sip:+8613800001234@pbx"},
            "12345",
            "+8613800001234",
        ),
        ({"line": "sales", "to": "12365", "from": "anonymous"}, "12365", None),
        ({}, "12315", None),
    ],
)
async def test_who_calls_whom(parameters: dict[str, str], line: str, caller: str | None) -> None:
    call = await fake_call([], parameters=parameters)
    assert (call.id, call.line, call.caller_no) == ("CA1", line, caller)
    assert {name: call.headers[name] for name in parameters} == parameters
    await call.hang_up()


async def test_headers_say_it_where_parameters_do_not() -> None:
    headers = {
        "x-to": "12331",
        "x-from": "021-1",
        "x-smartseat-token": "secret",
        "x-case-id": "7",
        "cookie": "c",
    }
    call = await fake_call([], headers=headers)
    assert (call.line, call.caller_no) == ("12331", None)
    assert call.headers == {"x-to": "12331", "x-from": "021-1", "x-case-id": "7"}
    await call.hang_up()


async def test_hang_up_by_the_seat(exchange: Exchange) -> None:
    phone, call = await connected(exchange)
    await call.hang_up()
    await call.hang_up()
    assert await read_all(call) == [HungUp("hung_up_here")]
    assert await read_all(call) == []
    for lost in (call.write(bytes(320)), call.clear(), call.mark("m"), call.send_keys("1")):
        with pytest.raises(CallLost, match="hung_up_here"):
            await lost
    await phone.wait_closed()
    assert phone.close_code == 1000


async def test_hang_up_by_the_caller(exchange: Exchange) -> None:
    phone, call = await connected(exchange)
    await phone.send_raw(media(b"\xff"))
    await phone.send_raw('{"event":"stop","streamSid":"MZ1"}')
    assert await read_all(call) == [Audio(bytes(2)), HungUp("stop")]
    phone, call = await connected(exchange)
    await phone.hang_up()
    assert await read_all(call) == [HungUp("closed")]


async def test_a_lost_peer(exchange: Exchange) -> None:
    phone, call = await connected(exchange)
    phone.drop()
    assert await read_all(call) == [HungUp("lost")]
    with pytest.raises(CallLost):
        await call.write(bytes(320))


async def test_a_quiet_peer_is_told_of_and_then_given_up(exchange: Exchange) -> None:
    phone, call = await connected(exchange, LineLimits(no_media_trouble_s=0.05, no_media_hangup_s=0.15))
    trouble, end = await read_all(call)
    assert isinstance(trouble, Trouble) and trouble.code == "no_media"
    assert end == HungUp("no_media")
    await phone.wait_closed()
    assert phone.close_reason == "no_media"


async def test_a_peer_that_takes_nothing_is_given_up() -> None:
    call = await fake_call([], hold=asyncio.Event(), limits=LineLimits(write_deadline_s=0.02))
    with pytest.raises(CallLost, match="write_stuck"):
        await call.write(bytes(320))
    assert await read_all(call) == [HungUp("write_stuck")]


async def test_a_peer_gone_before_start() -> None:
    with pytest.raises(CallRefused, match="closed_early"):
        await fake_call([], script=[{"type": "websocket.disconnect", "code": 1001, "reason": ""}])


async def test_a_call_refused_after_its_start() -> None:
    call = await fake_call([])
    await call.refuse("call_id_in_use", "use another")
    await call.refuse("call_id_in_use", "use another")
    assert await read_all(call) == [HungUp("call_id_in_use")]


async def fake_call(
    sent: list[Message],
    *,
    parameters: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    script: list[Message] | None = None,
    said: asyncio.Queue[Message] | None = None,
    hold: asyncio.Event | None = None,
    limits: LineLimits | None = None,
) -> MediaStreamCall:
    """A call without a network: a peer that starts, says what is in `said`, and takes ours after `hold`."""
    start = json.loads(json.dumps(START))
    start["start"]["customParameters"] = parameters or {}
    incoming = script or [{"type": "websocket.receive", "text": json.dumps(start)}]
    incoming = [{"type": "websocket.connect"}, *incoming]
    later = said or asyncio.Queue()

    async def receive() -> Message:
        return incoming.pop(0) if incoming else await later.get()

    async def send(message: Message) -> None:
        if hold is not None and message["type"] == "websocket.send":
            await hold.wait()
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/media",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    return await accept(WebSocket(scope, receive, send), limits or LineLimits())
