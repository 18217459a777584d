"""The caller's loop against a seat of cardboard: real sockets and real time, tones for speech."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

import data.events as ev
from data.vocabulary import Kind, Outcome, Slot
from qa.caller_words import every_text
from qa.persona import Persona
from qa.report import summarise, table
from qa.simulate import judge
from qa.spoken_call import CallFailed, SpokenCall
from qa.voice_of_caller import PreparedVoice, Said
from telephony import mulaw
from telephony.call import LINE_RATE


def tone(seconds: float) -> Any:
    return (8000 * np.sin(np.arange(round(seconds * LINE_RATE)) * 0.3)).astype(np.int16)


class CardboardSeat:
    """Asks two questions, hears an answer when sound is followed by 0.3 s of silence, and says goodbye."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.keys = ""
        self.call = ""
        self.spoken = 0

    async def tell(self, event: Any) -> None:
        body = ev.EVENT.dump_python(event, mode="json")
        self.frames.append(json.dumps({"seq": len(self.frames), "event": body}))

    async def handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        path = urlsplit(socket.request.path)
        if path.path == "/feed":
            assert parse_qs(path.query)["call"] == [self.call]
            await self.feed(socket)
        else:
            await self.media(socket)

    async def feed(self, socket: ServerConnection) -> None:
        sent = 0
        while socket.close_code is None:
            for frame in self.frames[sent:]:
                await socket.send(frame)
                sent += 1
                if "call_closed" in frame:
                    return
            await asyncio.sleep(0.005)

    async def media(self, socket: ServerConnection) -> None:
        await socket.recv()
        start = json.loads(await socket.recv())
        self.call, stream = start["start"]["callSid"], start["streamSid"]
        for number, slot in enumerate((Slot.NARRATIVE, Slot.AMOUNT), 1):
            await self.ask(socket, stream, number, slot)
            if not await self.listen(socket):
                await self.tell(ev.CallClosed(by="caller", outcome=Outcome.INCOMPLETE))
                return
        await self.tell(ev.FlowEntered(flow="f", kind=Kind.COMPLAINT, intent="complaint_online"))
        await self.tell(
            ev.SlotFilled(slot=Slot.AMOUNT, value=399, turn=2, heard="", span=None, confidence=1, method="t")
        )
        await self.sound(socket, stream, "bye")
        await self.tell(ev.CallClosed(by="seat", outcome=Outcome.LODGED))

    async def ask(self, socket: ServerConnection, stream: str, number: int, slot: Slot) -> None:
        said = {"prompt": "p", "version": "v", "text": "t", "bargein": True, "must_finish": False}
        await self.tell(ev.PromptSaid.model_validate({"utterance": number, "purpose": "ask"} | said))
        await self.tell(ev.StepEntered(flow="f", step=slot, slot=slot, listen="short", attempt=0))
        await self.tell(ev.PromptStarted(utterance=number))
        await self.sound(socket, stream, str(number))
        await self.tell(ev.PromptEnded(utterance=number, heard_ms=300, total_ms=300, complete=True))

    async def sound(self, socket: ServerConnection, stream: str, mark: str) -> None:
        """A tone, until the far end has played it."""
        text = base64.b64encode(mulaw.encode(tone(0.3).tobytes())).decode()
        await socket.send(json.dumps({"event": "media", "streamSid": stream, "media": {"payload": text}}))
        await socket.send(json.dumps({"event": "mark", "streamSid": stream, "mark": {"name": mark}}))
        async for frame in socket:
            message = json.loads(frame)
            if message["event"] == "mark" and message["mark"]["name"] == mark:
                return

    async def listen(self, socket: ServerConnection) -> bool:
        """Whether the caller spoke before he hung up; keys are noted."""
        heard, quiet = False, 0
        async for frame in socket:
            message = json.loads(frame)
            if message["event"] == "stop":
                return False
            if message["event"] == "dtmf":
                self.keys += message["dtmf"]["digit"]
            if message["event"] != "media":
                continue
            pcm = np.frombuffer(mulaw.decode(base64.b64decode(message["media"]["payload"])), dtype="<i2")
            loud = bool(np.abs(pcm.astype(int)).max() > 1000)
            heard, quiet = heard or loud, 0 if loud else quiet + 1
            if heard and quiet > 15:
                self.spoken += 1
                return True
        return False


@asynccontextmanager
async def at_work():  # type: ignore[no-untyped-def]
    seat = CardboardSeat()
    async with serve(seat.handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield seat, f"ws://127.0.0.1:{port}"


def caller(**more: object) -> tuple[Persona, PreparedVoice]:
    plain: dict[str, object] = {
        "persona": "p",
        "opening": "我买的羽绒服是假的。",
        "answers": {"amount": "三百九十九块"},
        "expect": {"kind": "投诉", "slots": {"amount": 399}, "outcome": "lodged"},
    }
    persona = Persona.model_validate(plain | more)
    said = Said(tone(0.4), tone(0.4))
    return persona, PreparedVoice(dict.fromkeys(every_text(persona), said), None)


async def test_a_whole_call_is_driven_scored_and_measured() -> None:
    persona, voice = caller()
    seen: list[str] = []
    async with at_work() as (seat, url):
        call = SpokenCall(url, persona, voice, say=seen.append)
        trace = await call.run()
    assert seen == [persona.opening, "三百九十九块"] and seat.spoken == 2
    assert trace.turns == 2 and len(trace.utterances) == 2 and not trace.timed_out
    result = judge(persona, trace)
    assert result.record_exact and result.mistakes == () and result.outcome == "lodged"
    # 16 packets of silence, the play-out buffer, and the machine's own time.
    assert len(result.gaps_ms) == 2 and all(300 <= gap <= 700 for gap in result.gaps_ms)
    assert result.cut_ins == result.no_replies == 0
    report = summarise([result], seed=0)
    assert report.record_exact == 1.0 and table(report).row_count == 1
    assert {"record_exact", "gap_ms", "cut_in_rate", "no_replies", "runs"} <= set(report.model_dump())


async def test_keys_are_pressed_and_the_hang_up_is_told() -> None:
    persona, voice = caller(events=[{"at": "amount", "dtmf": "399#", "hang_up": True}])
    async with at_work() as (seat, url):
        trace = await SpokenCall(url, persona, voice).run()
    assert seat.keys == "399#" and trace.hung_up
    assert trace.events[-1].type == "call_closed"


async def test_no_seat_is_told_with_the_cure() -> None:
    persona, voice = caller()
    with pytest.raises(CallFailed, match="smartseat serve"):
        await SpokenCall("ws://127.0.0.1:9", persona, voice).run()
