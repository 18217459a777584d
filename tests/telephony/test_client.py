"""The simulated phone against the real line: pace, both tracks, marks, and how calls end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from telephony import mulaw
from telephony.call import Audio, HungUp, Key, Mark, Trouble
from telephony.client import PhoneClient
from telephony.energy import active_spans
from telephony.websocket_line import MediaStreamCall

if TYPE_CHECKING:
    from conftest import Exchange

Speech = Callable[[float], npt.NDArray[np.int16]]


def through_the_line(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    return np.frombuffer(mulaw.decode(mulaw.encode(samples.tobytes())), dtype="<i2")


async def test_what_is_said_arrives_at_the_pace_of_speech(exchange: Exchange, speech: Speech) -> None:
    heard = bytearray()

    async def listen(call: MediaStreamCall) -> None:
        async for item in call.read():
            if isinstance(item, Audio):
                heard.extend(item.pcm)

    url = await exchange.open(on_call=listen)
    async with PhoneClient(url) as phone:
        began = time.monotonic()
        assert await phone.say(speech(0.5))
        assert await phone.say(speech(0.3))
        took = time.monotonic() - began
    assert 0.75 <= took <= 1.3
    track = np.frombuffer(bytes(heard), dtype="<i2")
    sent = phone.spoken
    assert len(sent) / 8000 == pytest.approx(phone.position_s)
    # What was on its way when the caller hung up may be missing at the end.
    assert len(sent) - len(track) <= 320
    assert np.array_equal(track, through_the_line(sent)[: len(track)])
    (span,) = active_spans(sent, 8000)
    assert span[1] - span[0] == pytest.approx(0.8, abs=0.021)


async def test_both_tracks_lie_on_one_timeline(exchange: Exchange, speech: Speech) -> None:
    """An echo half a second long, asked for by the end of speech, is heard right after it."""

    async def answer(call: MediaStreamCall) -> None:
        spoke = False
        async for item in call.read():
            if isinstance(item, Audio):
                loud = bool(active_spans(np.frombuffer(item.pcm, dtype="<i2"), 8000))
                if spoke and not loud:
                    await call.write(speech(0.5).tobytes())
                    await call.mark("answered")
                spoke = loud
            if isinstance(item, Mark):
                assert item.played
                return

    url = await exchange.open(on_call=answer)
    async with PhoneClient(url, prebuffer_ms=0) as phone:
        await phone.say(speech(0.4))
        await phone.wait_closed()
    assert len(phone.spoken) == len(phone.heard)
    (spoken,) = active_spans(phone.spoken, 8000)
    (heard,) = active_spans(phone.heard, 8000)
    # One packet of silence had to be spoken before the seat could know.
    assert 0.02 <= heard[0] - spoken[1] <= 0.3
    start = np.flatnonzero(phone.heard)[0]
    expected = through_the_line(speech(0.5))
    expected = expected[np.flatnonzero(expected)[0] :]
    assert np.array_equal(phone.heard[start : start + len(expected)], expected)
    assert phone.underruns == 0


async def test_clear_cuts_what_is_not_played(exchange: Exchange, speech: Speech) -> None:
    marks: list[Mark] = []

    async def interrupted(call: MediaStreamCall) -> None:
        await call.write(speech(0.1).tobytes())
        await call.mark("first")
        await call.write(speech(1.5).tobytes())
        await call.mark("second")
        async for item in call.read():
            if isinstance(item, Key):
                await call.clear()
            if isinstance(item, Mark):
                marks.append(item)
                if len(marks) == 2:
                    return

    url = await exchange.open(on_call=interrupted)
    async with PhoneClient(url) as phone:
        while not phone.heard.any():
            await phone.say(np.zeros(160, dtype=np.int16))
        await phone.say(np.zeros(1600, dtype=np.int16))
        await phone.press("1")
        await phone.wait_closed()
    assert marks == [Mark("first"), Mark("second", played=False)]
    (span,) = active_spans(phone.heard, 8000)
    assert 0.15 <= span[1] - span[0] <= 0.8


async def test_a_caller_falls_silent(exchange: Exchange, speech: Speech) -> None:
    async with PhoneClient(await exchange.open()) as phone:
        first, second = phone.say(speech(0.06)), phone.say(speech(30))
        assert await first
        phone.cut()
        assert not await second
        assert await phone.say(np.zeros(160, dtype=np.int16))
        assert not phone.spoken[-160:].any()


async def test_ten_times_too_fast(exchange: Exchange, speech: Speech) -> None:
    url = await exchange.open()
    async with PhoneClient(url, speed=10) as phone:
        call = await exchange.calls.get()
        began = time.monotonic()
        await phone.say(speech(8))
        took = time.monotonic() - began
        await phone.press("#")
        seconds, troubles = 0.0, []
        async for item in call.read():
            if isinstance(item, Audio):
                seconds += len(item.pcm) / 16_000
            elif isinstance(item, Trouble):
                troubles.append(item.code)
            elif isinstance(item, Key):
                break
    assert took < 3
    assert seconds < 5.5 + took
    assert "audio_too_fast" in troubles and len(troubles) == len(set(troubles))


async def test_comfort_noise_is_no_sound(exchange: Exchange) -> None:
    async with PhoneClient(await exchange.open(), noise_dbfs=-60, speed=4) as phone:
        await phone.say(np.zeros(1, dtype=np.int16))
        await phone.say(np.zeros(1600, dtype=np.int16))
        phone.cut()
        while phone.position_s < 0.3:
            await asyncio.sleep(0.005)
    assert phone.spoken.any()
    assert active_spans(phone.spoken, 8000) == []


async def test_who_is_calling(exchange: Exchange) -> None:
    url = await exchange.open()
    async with PhoneClient(
        url, line="12345", caller_no="13800001234", parameters={"persona": "wang"}
    ) as phone:
        call = await exchange.calls.get()
        assert (call.id, call.line, call.caller_no) == (phone.call_id, "12345", "13800001234")
        assert call.headers["persona"] == "wang"


async def test_hanging_up_from_either_side(exchange: Exchange, speech: Speech) -> None:
    url = await exchange.open()
    phone = PhoneClient(url)
    assert phone.closed
    await phone.hang_up()
    await phone.start()
    call = await exchange.calls.get()
    await phone.hang_up()
    await phone.hang_up()
    assert [item async for item in call.read()][-1] == HungUp("stop")
    assert not await phone.say(speech(0.1))
    with pytest.raises(ConnectionError, match="ended"):
        await phone.press("1")

    async with PhoneClient(url) as phone:
        call = await exchange.calls.get()
        saying = phone.say(speech(30))
        await call.hang_up()
        assert not await saying
        assert phone.closed


async def test_what_cannot_be_done_is_refused(exchange: Exchange) -> None:
    with pytest.raises(ValueError, match="speed"):
        PhoneClient("ws://127.0.0.1:1/media", speed=0)
    with pytest.raises(ConnectionError, match="not connected"):
        await PhoneClient("ws://127.0.0.1:1/media").press("1")
    with pytest.raises(OSError):
        await PhoneClient("ws://127.0.0.1:1/media").start()
    async with PhoneClient(await exchange.open()) as phone:
        with pytest.raises(ValueError, match="keypad"):
            await phone.press("12a")
        with pytest.raises(ValueError, match="int16"):
            phone.say(np.zeros(160, dtype=np.float32))  # type: ignore[arg-type]
