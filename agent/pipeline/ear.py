"""The ear's place in the Pipecat pipeline: audio and keys in, InputFrames out."""

from __future__ import annotations

import logging

import numpy as np
from pipecat.frames.frames import CancelFrame, EndFrame, Frame, InputAudioRawFrame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from agent.ear import Ear
from agent.pipeline.frames import FromLine, InputFrame

log = logging.getLogger(__name__)


class EarProcessor(FrameProcessor):
    """`ear` is set before the pipeline starts; it is given `found` to put what it hears."""

    ear: Ear

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        try:
            if isinstance(frame, InputAudioRawFrame):
                await self.ear.hear(np.frombuffer(frame.audio, dtype="<i2"))
                return
            if isinstance(frame, InputDTMFFrame):
                await self.ear.key(str(frame.button.value))
                return
        except Exception as error:
            # Pipecat would log the exception's text, which may quote what the caller said.
            log.error("the ear failed: %s", type(error).__name__)
            return
        if isinstance(frame, EndFrame | CancelFrame):
            self.ear.close()
        await self.push_frame(frame, direction)

    async def found(self, event: FromLine) -> None:
        """Pass on what came from the caller, in order."""
        await self.push_frame(InputFrame(event=event))
