"""A call by keyboard: the same session, with text in place of sound and a virtual clock.

Everything said is heard at once, to its end; silence and keys are commands. Chat and stories use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import data.events as ev
from agent.acts import Listen, Say
from agent.deciding import asked_of
from agent.hands import Keeper
from agent.kit import Understand
from agent.session import CallSession
from agent.state import CallState
from data.understanding import Asked
from dialogs.script import Script

#: How long a character takes to say, for the virtual clock. Milliseconds; 4.3 characters a second.
CHARACTER_MS = 233


class TextCall:
    """Give it what the caller types; it gives what the seat says."""

    def __init__(
        self,
        script: Script,
        keeper: Keeper,
        understand: Understand,
        *,
        call_id: str,
        line: str = "12315",
        caller_no: str | None = None,
        started_at: datetime,
        draw: float = 0.0,
        watch: Callable[[ev.CallEvent], None] | None = None,
    ) -> None:
        self._now_ms = 0
        self._said: list[Say] = []
        self._asked = Asked()
        self._today: date = started_at.date()
        self._understand = understand
        self._hung_up = False
        self._answer = ev.CallAnswered(
            call_id=call_id,
            line=line,
            caller_no=caller_no,
            script=script.version,
            started_at=started_at,
            draw=draw,
        )
        self.session = CallSession(script, keeper, _TextHands(self), clock=lambda: self._now_ms, watch=watch)

    @property
    def state(self) -> CallState:
        return self.session.state

    @property
    def asked(self) -> Asked:
        return asked_of(self.state)

    @property
    def over(self) -> bool:
        return self.state.closed is not None

    async def start(self) -> list[Say]:
        """Answer the call; gives the greeting and the first question."""
        return await self._put(self._answer)

    async def say(self, text: str) -> list[Say]:
        """The caller says `text`."""
        begun = self._now_ms
        self._now_ms += CHARACTER_MS * len(text)
        reading = ev.Reading(text=text, score=0.0, primed=False)
        meant = self._understand(text, self.asked, self._today, (reading,), 1.0)
        return await self._put(
            ev.WordsHeard(
                turn=self.state.turns + 1,
                text=text,
                readings=(reading,),
                confidence=1.0,
                start_ms=begun,
                end_ms=self._now_ms,
                understanding=meant,
            )
        )

    async def keys(self, digits: str) -> list[Say]:
        return await self._put(ev.KeysPressed(digits=digits))

    async def silence(self) -> list[Say]:
        return await self._put(ev.SilenceHeard())

    async def hang_up(self) -> list[Say]:
        return await self._put(ev.CallerHungUp())

    async def _put(
        self, event: ev.WordsHeard | ev.KeysPressed | ev.SilenceHeard | ev.CallAnswered | ev.CallerHungUp
    ) -> list[Say]:
        self._said = []
        kept = await self.session.take(event)
        said = list(self._said)
        if not kept:
            return said
        for say in said:
            length = CHARACTER_MS * len(say.text)
            await self.session.handle(ev.PromptStarted(utterance=say.utterance))
            self._now_ms += length
            await self.session.handle(
                ev.PromptEnded(utterance=say.utterance, heard_ms=length, total_ms=length, complete=True)
            )
        if self._hung_up and not self.over:
            await self.session.handle(ev.CallerHungUp())
        return said

    def speak(self, say: Say) -> None:
        self._said.append(say)

    def close_line(self) -> None:
        self._hung_up = True


class _TextHands:
    """Hands that only write down."""

    def __init__(self, call: TextCall) -> None:
        self._call = call

    async def say(self, say: Say) -> None:
        self._call.speak(say)

    async def supersede(self) -> None:
        """Everything said was heard already."""

    async def foresee(self, texts: Sequence[str]) -> None:
        """No sound is made."""

    async def hush(self) -> None:
        """Nothing sounds."""

    async def listen(self, listen: Listen) -> None:
        """What is asked is read from the state."""

    async def transfer(self, reason: str) -> ev.TransferEnded:
        return ev.TransferEnded(answered=False, reason="no_desk")

    async def stop_recording(self) -> None:
        """A chat is not recorded."""

    async def hang_up(self) -> None:
        self._call.close_line()
