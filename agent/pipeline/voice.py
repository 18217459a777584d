"""From an utterance to sound: clause by clause, so that the first is heard while the next is made."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import numpy as np
from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from agent.acts import Clause, Say
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.frames import SpeakFrame, SpeechBegins, SpeechEnds
from agent.speech import Speech
from models.protocols import LINE_RATE, Pcm, SpeechFailed, Synthesiser
from telephony.call import PACKET_MS

log = logging.getLogger(__name__)

_PACKET = LINE_RATE * PACKET_MS // 1000


class SeatVoice(FrameProcessor):
    """Speaks SpeakFrames in order; leaves out what was cut meanwhile."""

    def __init__(self, synthesiser: Synthesiser, speech: Speech, ahead: SpokenAhead) -> None:
        super().__init__()
        self._synthesiser = synthesiser
        self._speech = speech
        self._ahead = ahead

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, SpeakFrame) and frame.say is not None:
            await self._speak(frame.say)
        else:
            await self.push_frame(frame, direction)

    async def _speak(self, say: Say) -> None:
        if not self._speech.wanted(say.utterance):
            return
        await self.push_frame(SpeechBegins(utterance=say.utterance))
        failed = False
        for clause in say.clauses:
            if not self._speech.wanted(say.utterance):
                break
            try:
                async for pcm in self._sound(clause, say.speed):
                    await self.push_frame(TTSAudioRawFrame(_whole_packets(pcm), LINE_RATE, 1))
            except SpeechFailed:
                log.error("no engine could speak a clause of prompt %s", say.prompt)
                failed = True
        # Pipecat tracks "the bot speaks" by this frame.
        await self.push_frame(TTSStoppedFrame())
        await self.push_frame(SpeechEnds(utterance=say.utterance, failed=failed))

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
