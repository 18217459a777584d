"""The dialog's place in the pipeline: turns come in, utterances go out. Also the call's hands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

import data.events as ev
from agent.acts import Listen, Say
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.filler import Filler
from agent.pipeline.frames import FromLine, InputFrame, SpeakFrame
from agent.speech import Speech

log = logging.getLogger(__name__)

#: The closing words, and what the caller says over them, are waited for at most so long. Seconds.
_LAST_WORDS_S = 60
#: A caller who speaks over the closing words has ended when he was not heard for two looks in a row. Seconds.
_LOOK_EVERY_S = 0.2
#: A television is not listened to for longer than this.
_MOST_LOOKS = 50


class Seat(FrameProcessor):
    """Pipecat's neighbour of the session: InputFrames are queued for it, its speech is pushed on.

    put: queues an input for the session. caller_speaks: he is in the middle of a turn. hang_up_line: closes
    the line at last. `filler` is set before the pipeline starts.
    """

    filler: Filler

    def __init__(
        self,
        speech: Speech,
        *,
        put: Callable[[FromLine], None],
        clear_line: Callable[[], Awaitable[None]],
        hang_up_line: Callable[[], Awaitable[None]],
        stop_recording: Callable[[], None],
        attend: Callable[[Listen], None],
        caller_speaks: Callable[[], bool],
        transfer: Callable[[str, str | None], Awaitable[ev.TransferEnded]],
        ahead: SpokenAhead,
    ) -> None:
        super().__init__()
        self._speech = speech
        self._put = put
        self._clear_line = clear_line
        self._hang_up_line = hang_up_line
        self._stop_recording = stop_recording
        self._attend = attend
        self._caller_speaks = caller_speaks
        self._transfer = transfer
        self._ahead = ahead
        self._closing: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        """The line is being closed as soon as the closing words were heard."""
        return self._closing is not None

    def stop(self) -> None:
        """The call is over."""
        if self._closing is not None:
            self._closing.cancel()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputFrame):
            if frame.event is not None:
                self._put(frame.event)
                self.filler.owe()
            return
        await self.push_frame(frame, direction)

    # --- hands --------------------------------------------------------------------------------------

    async def say(self, say: Say) -> None:
        self.filler.answered()
        self._speech.plan(say)
        await self.push_frame(SpeakFrame(say=say))

    async def supersede(self) -> None:
        self._speech.supersede()

    async def foresee(self, texts: Sequence[str]) -> None:
        self._ahead.want(texts)

    async def hush(self) -> None:
        if self._speech.cut(insist=True):
            await self._clear_line()

    async def listen(self, listen: Listen) -> None:
        self.filler.answered()
        self._attend(listen)

    async def transfer(self, reason: str, to: str | None) -> ev.TransferEnded:
        return await self._transfer(reason, to)

    async def stop_recording(self) -> None:
        self._stop_recording()

    async def hang_up(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close_when_heard())

    async def _close_when_heard(self) -> None:
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._all_said()
        except TimeoutError:
            log.warning("the closing words were not heard to their end in time")
        await self._hang_up_line()

    async def _all_said(self) -> None:
        """The seat's last words were heard, and the caller is not in the middle of his: they may need some."""
        quiet = 0
        for _ in range(_MOST_LOOKS):
            await self._speech.quiet()
            quiet = 0 if self._caller_speaks() else quiet + 1
            if quiet == 2:
                return
            await asyncio.sleep(_LOOK_EVERY_S)
