"""The dialog's place in the pipeline: turns come in, utterances go out. Also the call's hands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

import data.events as ev
from agent.acts import Clause, Listen, Say
from agent.ear import Found
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.frames import InputFrame, SpeakFrame
from agent.speech import Speech
from agent.turns import Seat as SeatVoiceState
from dialogs.script import Script

log = logging.getLogger(__name__)

#: The seat's own filler is spoken when nothing has sounded for so long after a turn. Seconds.
FILL_AFTER_S = 1.3
#: The closing words are waited for at most so long before the line is closed. Seconds.
_LAST_WORDS_S = 60


class Seat(FrameProcessor):
    """Pipecat's neighbour of the session: InputFrames are queued for it, its speech is pushed on.

    put: queues an input for the session. hang_up_line: closes the line at last.
    """

    def __init__(
        self,
        script: Script,
        speech: Speech,
        *,
        put: Callable[[Found], None],
        clear_line: Callable[[], Awaitable[None]],
        hang_up_line: Callable[[], Awaitable[None]],
        stop_recording: Callable[[], None],
        attend: Callable[[Listen], None],
        transfer: Callable[[str], Awaitable[ev.TransferEnded]],
        ahead: SpokenAhead,
    ) -> None:
        super().__init__()
        self._script = script
        self._speech = speech
        self._put = put
        self._clear_line = clear_line
        self._hang_up_line = hang_up_line
        self._stop_recording = stop_recording
        self._attend = attend
        self._transfer = transfer
        self._ahead = ahead
        self._filler: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._fillers = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputFrame):
            if frame.event is not None:
                self._put(frame.event)
                self._watch_silence()
            return
        await self.push_frame(frame, direction)

    # --- hands --------------------------------------------------------------------------------------

    async def say(self, say: Say) -> None:
        self._still_here()
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
        self._attend(listen)

    async def transfer(self, reason: str) -> ev.TransferEnded:
        return await self._transfer(reason)

    async def stop_recording(self) -> None:
        self._stop_recording()

    async def hang_up(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close_when_heard())

    async def _close_when_heard(self) -> None:
        try:
            await asyncio.wait_for(self._speech.quiet(), _LAST_WORDS_S)
        except TimeoutError:
            log.warning("the closing words were not heard to their end in time")
        await self._hang_up_line()

    # --- no dead silence ----------------------------------------------------------------------------

    def _watch_silence(self) -> None:
        """A turn is with the dialog: if no answer comes soon, a fixed filler does, store or no store."""
        self._still_here()
        self._filler = asyncio.create_task(self._fill())

    def _still_here(self) -> None:
        if self._filler is not None:
            self._filler.cancel()
            self._filler = None

    async def _fill(self) -> None:
        await asyncio.sleep(FILL_AFTER_S)
        self._filler = None
        if self._speech.seat is not SeatVoiceState.SILENT:
            return
        self._fillers += 1
        prompt_id = self._script.file.says["one_moment"]
        text = "".join(self._script.prompts[prompt_id].parts)
        say = Say(
            utterance=-self._fillers,
            prompt=prompt_id,
            clauses=(Clause(text=text, fixed=True),),
            bargein=True,
            must_finish=False,
        )
        self._speech.plan(say)
        await self.push_frame(SpeakFrame(say=say))
        self._filler = asyncio.create_task(self._fill_later())

    async def _fill_later(self) -> None:
        await asyncio.sleep(6)
        await self._fill()
