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
#: A mark that has not come back so long after its audio must have been played will not come. Seconds.
MARK_LATE_S = 1.5
#: The same on a line that never gave a mark: nothing but the estimate is waited for.
NO_MARKS_LATE_S = 0.2
#: A line that has sent nothing for so long suppresses silence: from then on the ear is given silence. Seconds.
GAP_S = 1.0
_LOOK_EVERY_S = 0.1
#: Pipecat gives a transport up for good when a write takes longer; a held prompt is no such case, and the
#: line has a shorter deadline of its own. Seconds.
_WRITE_S = 60.0
_SECONDS_PER_BYTE = 1 / (2 * LINE_RATE)
_KEYS = frozenset(KeypadEntry)


def line_params() -> TransportParams:
    """8 kHz both ways, packets of 20 ms."""
    return TransportParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        audio_in_sample_rate=LINE_RATE,
        audio_out_sample_rate=LINE_RATE,
        audio_out_10ms_chunks=PACKET_MS // 10,
        audio_out_end_silence_secs=0,
        audio_out_write_timeout_secs=_WRITE_S,
    )


class CallInput(BaseInputTransport):
    """What comes in on the line. on_end: the caller, or the network, is gone. on_mark: a mark came back."""

    def __init__(
        self,
        call: Call,
        recorder: CallRecorder,
        clock: Callable[[], int],
        on_end: Callable[[str], None],
        on_mark: Callable[[Mark], None],
    ) -> None:
        super().__init__(line_params())
        self._call = call
        self._recorder = recorder
        self._call_clock = clock
        self._on_end = on_end
        self._on_mark = on_mark
        self._heard_until = 0.0
        """Loop time up to which the ear was given sound."""
        self._silent = False
        """The line sends nothing just now."""
        self._work: list[asyncio.Task[None]] = []

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._heard_until = asyncio.get_running_loop().time()
        self._work = [self.create_task(self._read()), self.create_task(self._fill_gaps())]

    async def _read(self) -> None:
        """Until the line ends, and it ends whatever happens here: a call nobody reads is a dead call."""
        reason = "lost"
        try:
            async for item in self._call.read():
                if isinstance(item, HungUp):
                    reason = item.reason
                    break
                await self._take(item)
        except Exception as error:
            log.error("call %s: reading the line failed: %s", self._call.id, type(error).__name__)
        self._on_end(reason)

    async def _take(self, item: Audio | Key | Mark | Trouble) -> None:
        match item:
            case Audio(pcm=pcm):
                length_ms = len(pcm) * 1000 * _SECONDS_PER_BYTE
                self._recorder.caller(pcm, max(0.0, self._call_clock() - length_ms))
                self._heard_until, self._silent = asyncio.get_running_loop().time(), False
                await self.push_audio_frame(InputAudioRawFrame(pcm, LINE_RATE, 1))
            case Key(digit=digit) if digit in _KEYS:
                await self.push_frame(InputDTMFFrame(button=KeypadEntry(digit)))
            case Key():
                log.warning("call %s: a key there is none of", self._call.id)
            case Mark():
                self._on_mark(item)
            case Trouble(code=code):
                log.warning("call %s: the line broke the protocol: %s", self._call.id, code)

    async def _fill_gaps(self) -> None:
        """Where the line sends nothing through silence, the ear's clock goes on by silence of ours."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            gap = loop.time() - self._heard_until
            if self._silent or gap >= GAP_S:
                self._silent = True
                self._heard_until += gap
                await self.push_audio_frame(
                    InputAudioRawFrame(bytes(2 * round(gap * LINE_RATE)), LINE_RATE, 1)
                )

    async def stop(self, frame: EndFrame) -> None:
        await super().stop(frame)
        await self._stop_work()

    async def cancel(self, frame: CancelFrame) -> None:
        await super().cancel(frame)
        await self._stop_work()

    async def _stop_work(self) -> None:
        work, self._work = self._work, []
        for task in work:
            await self.cancel_task(task)


class CallOutput(BaseOutputTransport):
    """What goes out, at the pace it is played; stops at once when held or cut."""

    def __init__(self, call: Call, speech: Speech, recorder: CallRecorder, clock: Callable[[], int]) -> None:
        super().__init__(line_params())
        self._call = call
        self._speech = speech
        self._recorder = recorder
        self._call_clock = clock
        self._played_until = 0.0
        self._overdue: dict[int, asyncio.TimerHandle] = {}
        self._marks_come: bool | None = None
        """Whether this line echoes marks; None until that is known."""

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
        """What raises here would end Pipecat's audio task, and with it the seat's voice."""
        try:
            if isinstance(frame, SpeechBegins):
                self._speech.begins(frame.utterance)
            elif isinstance(frame, SpeechEnds) and self._speech.sent(frame.utterance, whole=not frame.failed):
                self._expect_mark(frame.utterance)
                await self._call.mark(str(frame.utterance))
        except CallLost:
            pass
        except Exception as error:
            log.error("call %s: a mark could not be asked for: %s", self._call.id, type(error).__name__)

    def _expect_mark(self, utterance: int) -> None:
        loop = asyncio.get_running_loop()
        late = MARK_LATE_S if self._marks_come is not False else NO_MARKS_LATE_S
        at = max(self._played_until, loop.time()) + late
        self._overdue[utterance] = loop.call_at(at, self._no_mark, utterance)

    def _no_mark(self, utterance: int) -> None:
        """The line echoes no marks, as telephony without any does: its audio was played when it should be."""
        self._overdue.pop(utterance, None)
        if self._marks_come is None:
            self._marks_come = False
            log.warning("call %s: the line gives no marks; what was heard is estimated", self._call.id)
        self._speech.heard(utterance, played=True)

    def marked(self, mark: Mark) -> None:
        """A mark of ours came back."""
        self._marks_come = True
        try:
            utterance = int(mark.name)
        except ValueError:
            return
        timer = self._overdue.pop(utterance, None)
        if timer is not None:
            timer.cancel()
        self._speech.heard(utterance, played=mark.played)

    async def cleanup(self) -> None:
        await super().cleanup()  # type: ignore[no-untyped-call]
        for timer in self._overdue.values():
            timer.cancel()
        self._overdue.clear()

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
