"""Sound made ahead for one call: clauses that will be spoken soon, synthesised while nobody waits.

They hold a caller's values: kept in the call's memory only, gone with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from models.protocols import Pcm, Synthesiser

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.1
#: A clause that is just being made is waited for so long; then it is made anew, ahead of all other work.
_WAIT_S = 2.0


class SpokenAhead:
    """busy: true while the caller speaks: his words come first."""

    def __init__(self, synthesiser: Synthesiser, busy: Callable[[], bool]) -> None:
        self._synthesiser = synthesiser
        self._busy = busy
        self._wanted: list[str] = []
        self._made: dict[str, list[Pcm]] = {}
        self._making: tuple[str, asyncio.Task[list[Pcm]]] | None = None
        self._worker: asyncio.Task[None] | None = None

    def want(self, texts: Sequence[str]) -> None:
        """These will be spoken, soonest first; what is not among them any more is not made."""
        making = self._making[0] if self._making is not None else None
        self._wanted = [text for text in texts if text not in self._made and text != making]
        if self._wanted and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work())

    async def take(self, text: str) -> list[Pcm] | None:
        """The sound of `text`, if it is made or just being made."""
        if text in self._made:
            return self._made[text]
        if self._making is not None and self._making[0] == text:
            task = self._making[1]
            await asyncio.wait([task], timeout=_WAIT_S)
            task.cancel()
            return self._made.get(text)
        if text in self._wanted:
            self._wanted.remove(text)
        return None

    def stop(self) -> None:
        """The call is over."""
        self._wanted.clear()
        if self._worker is not None:
            self._worker.cancel()
        if self._making is not None:
            self._making[1].cancel()

    async def _work(self) -> None:
        while self._wanted:
            if self._busy():
                await asyncio.sleep(_LOOK_AGAIN_S)
                continue
            text = self._wanted.pop(0)
            task = asyncio.create_task(self._make(text))
            self._making = (text, task)
            await asyncio.wait([task])
            self._making = None

    async def _make(self, text: str) -> list[Pcm]:
        try:
            self._made[text] = [pcm async for pcm in self._synthesiser.speak(text, urgent=False)]
        except Exception as error:
            # Tried again when it is spoken.
            log.warning("a clause could not be made ahead: %s", type(error).__name__)
            return []
        return self._made[text]
