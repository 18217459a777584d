"""No dead silence: when a sound is due and none comes, a fixed sentence does, store and engines or not.

A sound is due from the end of the caller's turn until an answer is planned, and from then until it sounds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from agent.acts import Clause, Say
from agent.speech import Speech
from agent.turns import Seat
from models.protocols import Pcm, Synthesiser

log = logging.getLogger(__name__)

#: The filler comes when the dialog has given no answer for so long. Milliseconds.
FILL_AFTER_MS = 1300
#: The same when the answer is there and its sound is still being made, which is soon done mostly.
FILL_WHEN_PLANNED_AFTER_MS = 1700
#: From one filler to the next while there is still nothing.
_AGAIN_AFTER_MS = 2000
#: In a row; whatever keeps the answer is given up by then (ten seconds, see the store's deadline).
_MOST = 6
#: A caller who goes on speaking is not spoken over for so long.
_YIELD_MS = 6000
_LOOK_EVERY_S = 0.1
_MAKE_AGAIN_S = 5.0


class Filler:
    """One a call. `run` it as a task; it ends by being cancelled.

    speak: puts ready sound on the line at once. clock: the call's, in ms. speaking: the caller is in the
    middle of a turn. silent: nothing is to be filled any more (the call is being closed).
    """

    def __init__(
        self,
        prompt: str,
        text: str,
        speech: Speech,
        synthesiser: Synthesiser,
        *,
        speak: Callable[[Say, Sequence[Pcm]], Awaitable[None]],
        clock: Callable[[], int],
        speaking: Callable[[], bool],
        silent: Callable[[], bool],
    ) -> None:
        self._prompt = prompt
        self._text = text
        self._speech = speech
        self._synthesiser = synthesiser
        self._speak = speak
        self._clock = clock
        self._speaking = speaking
        self._silent = silent
        self._owed_since: int | None = None
        self._sound: list[Pcm] = []
        self._count = 0
        self._in_a_row = 0
        self._last_ms = 0

    def owe(self) -> None:
        """The caller's turn is over: an answer is due."""
        if self._owed_since is None:
            self._owed_since = self._clock()
            self._in_a_row = 0

    def answered(self) -> None:
        """An answer is planned, or there is none to give."""
        self._owed_since = None
        self._in_a_row = 0

    async def run(self) -> None:
        """Watch until cancelled. The sentence is made beforehand, so that no engine is waited for."""
        making = asyncio.create_task(self._make())
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_S)
                try:
                    await self.look()
                except Exception as error:
                    log.error("the filler failed: %s", type(error).__name__)
        finally:
            making.cancel()

    async def look(self) -> None:
        """Speak if it is time."""
        now = self._clock()
        since = self._due_since(now)
        if since is None or self._silent() or not self._sound or self._in_a_row >= _MOST:
            return
        if self._speaking() and now - since < _YIELD_MS:
            return
        if self._in_a_row and now - self._last_ms < _AGAIN_AFTER_MS:
            return
        self._in_a_row += 1
        self._count += 1
        self._last_ms = now
        say = Say(
            utterance=-self._count,
            prompt=self._prompt,
            clauses=(Clause(text=self._text, fixed=True),),
            bargein=True,
            must_finish=False,
        )
        self._speech.plan(say)
        await self._speak(say, self._sound)

    def _due_since(self, now: int) -> int | None:
        """Since when the caller has waited for a sound, once that is too long; None before."""
        planned = self._speech.due_since
        if planned is not None:
            return planned if now - planned >= FILL_WHEN_PLANNED_AFTER_MS else None
        if self._owed_since is None or self._speech.seat is Seat.HELD:
            return None
        since = max(self._owed_since, self._speech.last_sound_ms)
        return since if now - since >= FILL_AFTER_MS else None

    async def _make(self) -> None:
        while not self._sound:
            try:
                made = [pcm async for pcm in self._synthesiser.speak(self._text, fixed=True, urgent=False)]
                self._sound = made
            except Exception as error:
                log.warning("the filler could not be made: %s; tried again", type(error).__name__)
            if not self._sound:
                await asyncio.sleep(_MAKE_AGAIN_S)
