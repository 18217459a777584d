"""From an utterance to sound: clause by clause, so that the first is heard while the next is made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import numpy as np
from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from agent.acts import Clause, Say
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.frames import SpeakFrame, SpeechBegins, SpeechEnds
from agent.speech import Speech
from models.protocols import LINE_RATE, Pcm, Synthesiser
from telephony.call import PACKET_MS

log = logging.getLogger(__name__)

_PACKET = LINE_RATE * PACKET_MS // 1000
#: After so many utterances in a row without any sound the seat counts as mute.
_MUTE_AFTER = 3


class SeatVoice(FrameProcessor):
    """Speaks SpeakFrames in order; leaves out what was cut meanwhile.

    sorry: a fixed clause in place of an utterance of which nothing could be spoken. mute: called when not even
    that can be spoken any more.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        speech: Speech,
        ahead: SpokenAhead,
        *,
        sorry: Clause,
        mute: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._synthesiser = synthesiser
        self._speech = speech
        self._ahead = ahead
        self._sorry = sorry
        self._mute = mute
        self._silent = 0
        self._lane = asyncio.Lock()
        """Sound and the utterance it is of go out together."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, SpeakFrame) and frame.say is not None:
            await self._speak(frame.say)
        else:
            await self.push_frame(frame, direction)

    async def put(self, say: Say, sound: Sequence[Pcm]) -> None:
        """Ready sound, at once: between two clauses of whatever is being spoken."""
        for pcm in sound:
            await self._out(say, pcm)
        await self.push_frame(SpeechEnds(utterance=say.utterance))

    async def _speak(self, say: Say) -> None:
        if not self._speech.wanted(say.utterance):
            return
        made, whole = 0, True
        for clause in say.clauses:
            if not self._speech.wanted(say.utterance):
                break
            samples, spoken = await self._speak_clause(say, clause)
            made += samples
            whole = whole and spoken
        if not made and not whole:
            made, _ = await self._speak_clause(say, self._sorry)
            self._count_silent(made)
        elif made:
            self._silent = 0
        # Pipecat tracks "the bot speaks" by this frame.
        await self.push_frame(TTSStoppedFrame())
        await self.push_frame(SpeechEnds(utterance=say.utterance, failed=not whole))

    async def _speak_clause(self, say: Say, clause: Clause) -> tuple[int, bool]:
        """Samples put out, and whether that is all of the clause."""
        samples = 0
        try:
            async for pcm in self._sound(clause, say.speed):
                await self._out(say, pcm)
                samples += len(pcm)
        except Exception as error:
            # Whatever broke, the utterance must come to its end, or the call waits for it for ever.
            log.error("a clause of prompt %s could not be spoken: %s", say.prompt, type(error).__name__)
            return samples, False
        return samples, True

    def _count_silent(self, made: int) -> None:
        self._silent = 0 if made else self._silent + 1
        if self._silent >= _MUTE_AFTER:
            log.error("nothing can be spoken at all")
            self._mute()

    async def _out(self, say: Say, pcm: Pcm) -> None:
        async with self._lane:
            await self.push_frame(SpeechBegins(utterance=say.utterance))
            await self.push_frame(TTSAudioRawFrame(_whole_packets(pcm), LINE_RATE, 1))

    async def _sound(self, clause: Clause, speed: float) -> AsyncIterator[Pcm]:
        if not clause.fixed and speed == 1.0:
            made = await self._ahead.take(clause.text)
            if made is not None:
                for pcm in made:
                    yield pcm
                return
        async for pcm in self._synthesiser.speak(clause.text, speed=speed, fixed=clause.fixed):
            yield pcm


def _whole_packets(pcm: Pcm) -> bytes:
    """Padded to whole packets, so that no sample waits for the next clause."""
    missing = -len(pcm) % _PACKET
    return np.pad(pcm, (0, missing)).astype("<i2").tobytes() if missing else pcm.astype("<i2").tobytes()
