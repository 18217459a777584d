"""A Pipecat transport around `telephony.Call`: audio in, paced audio out, both sides recorded."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

from agent.pipeline.frames import SpeechBegins, SpeechEnds
from agent.speech import Speech
from telephony.call import LINE_RATE, PACKET_MS, Audio, Call, CallLost, HungUp, Key, Mark, Trouble
from telephony.recorder import CallRecorder

log = logging.getLogger(__name__)

#: How far audio is sent ahead of its playing, in seconds: hides a late event loop, and is what still sounds
#: after a cut where the far end ignores `clear`.
LEAD_S = 0.06
_SECONDS_PER_BYTE = 1 / (2 * LINE_RATE)


def line_params() -> TransportParams:
    """8 kHz both ways, packets of 20 ms."""
    return TransportParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        audio_in_sample_rate=LINE_RATE,
        audio_out_sample_rate=LINE_RATE,
        audio_out_10ms_chunks=PACKET_MS // 10,
        audio_out_end_silence_secs=0,
    )


class CallInput(BaseInputTransport):
    """What comes in on the line. on_end: the caller, or the network, is gone."""

    def __init__(
        self,
        call: Call,
        speech: Speech,
        recorder: CallRecorder,
        clock: Callable[[], int],
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(line_params())
        self._call = call
        self._speech = speech
        self._recorder = recorder
        self._call_clock = clock
        self._on_end = on_end
        self._reader: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._reader = self.create_task(self._read())

    async def _read(self) -> None:
        async for item in self._call.read():
            match item:
                case Audio(pcm=pcm):
                    length_ms = len(pcm) * 1000 * _SECONDS_PER_BYTE
                    self._recorder.caller(pcm, self._call_clock() - length_ms)
                    await self.push_audio_frame(InputAudioRawFrame(pcm, LINE_RATE, 1))
                case Key(digit=digit):
                    await self.push_frame(InputDTMFFrame(button=KeypadEntry(digit)))
                case Mark(name=name, played=played):
                    self._speech.heard(int(name), played=played)
                case Trouble(code=code):
                    log.warning("call %s: the line broke the protocol: %s", self._call.id, code)
                case HungUp(reason=reason):
                    self._on_end(reason)
                    return

    async def stop(self, frame: EndFrame) -> None:
        await super().stop(frame)
        await self._stop_reading()

    async def cancel(self, frame: CancelFrame) -> None:
        await super().cancel(frame)
        await self._stop_reading()

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            reader, self._reader = self._reader, None
            await self.cancel_task(reader)


class CallOutput(BaseOutputTransport):
    """What goes out, at the pace it is played; stops at once when held or cut."""

    def __init__(self, call: Call, speech: Speech, recorder: CallRecorder, clock: Callable[[], int]) -> None:
        super().__init__(line_params())
        self._call = call
        self._speech = speech
        self._recorder = recorder
        self._call_clock = clock
        self._played_until = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if not await self._speech.may_write():
            return True
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._played_until = max(self._played_until, now)
        seconds = len(frame.audio) * _SECONDS_PER_BYTE
        try:
            await self._call.write(frame.audio)
        except CallLost:
            return False
        at_ms = self._call_clock() + (self._played_until - now) * 1000
        self._recorder.seat(frame.audio, at_ms)
        self._played_until += seconds
        self._speech.wrote(round(seconds * 1000))
        await asyncio.sleep(max(0.0, self._played_until - loop.time() - LEAD_S))
        return True

    async def write_transport_frame(self, frame: Frame) -> None:
        if isinstance(frame, SpeechBegins):
            self._speech.begins(frame.utterance)
        elif isinstance(frame, SpeechEnds) and self._speech.sent(frame.utterance):
            with contextlib.suppress(CallLost):
                await self._call.mark(str(frame.utterance))

    async def clear(self) -> None:
        """Drop what the far end has not played yet."""
        self._played_until = 0.0
        self._recorder.cut_seat(self._call_clock())
        with contextlib.suppress(CallLost):
            await self._call.clear()


class CallTransport(BaseTransport):
    def __init__(self, source: CallInput, sink: CallOutput) -> None:
        super().__init__()
        self._source = source
        self._sink = sink

    def input(self) -> CallInput:
        return self._source

    def output(self) -> CallOutput:
        return self._sink
