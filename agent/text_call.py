"""A call by keyboard: the same session, with text in place of sound and a virtual clock.

Chat, stories and text rehearsals use it. Everything said is heard at once, to its end, unless the caller is
to cut in; silence and keys are commands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime

import data.events as ev
from agent.acts import Listen, Say
from agent.deciding import asked_of
from agent.dialog import Input
from agent.hands import Keeper
from agent.kit import Understand
from agent.session import CallSession
from agent.state import CallState
from data.desk_hours import desk_open
from data.understanding import Asked, Understanding
from dialogs.script import Script
from dialogs.ways import Way

#: How long a character takes to say, for the virtual clock. Milliseconds; 4.3 characters a second.
CHARACTER_MS = 233


class TextCall:
    """Give it what the caller types; it gives what the seat says.

    at_once: what the seat says is heard before anything else happens; False: it waits for `hear`.
    desk: whether a person takes a call that is handed over. on_duty: whether any sits there at this hour, None:
    by the line's hours. earlier: the dropped call that this one may go on with.
    """

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
        earlier: ev.EarlierCall | None = None,
        at_once: bool = True,
        desk: bool = False,
        on_duty: bool | None = None,
        watch: Callable[[ev.CallEvent], None] | None = None,
        walk: Callable[[Sequence[Way]], None] | None = None,
    ) -> None:
        self._now_ms = 0
        self._at_once = at_once
        self._hands = _TextHands(desk)
        self._over: Say | None = None
        self._today: date = started_at.date()
        self._understand = understand
        self._answer = ev.CallAnswered(
            call_id=call_id,
            line=line,
            caller_no=caller_no,
            script=script.version,
            started_at=started_at,
            draw=draw,
            desk_open=desk_open(line, started_at) if on_duty is None else on_duty,
            earlier=earlier,
        )
        self.session = CallSession(
            script,
            keeper,
            self._hands,
            clock=lambda: self._now_ms,
            watch=watch,
            walk=walk,
            foresee=False,
        )

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
        return await self.put(self._answer)

    async def say(self, text: str, meant: Understanding | None = None) -> list[Say]:
        """The caller says `text`. meant: what it means, if it is not to be understood here."""
        begun = self._now_ms
        during = await self._cut_in()
        self._now_ms += CHARACTER_MS * len(text)
        reading = ev.Reading(text=text, score=0.0, primed=False)
        if meant is None:
            meant = self._understand(text, self.asked, self._today, (reading,), 1.0)
        return await self.put(
            ev.WordsHeard(
                turn=self.state.turns + 1,
                text=text,
                readings=(reading,),
                confidence=1.0,
                start_ms=begun,
                end_ms=self._now_ms,
                during=during,
                understanding=meant,
            )
        )

    async def keys(self, digits: str) -> list[Say]:
        return await self.put(ev.KeysPressed(digits=digits))

    async def silence(self) -> list[Say]:
        return await self.put(ev.SilenceHeard())

    async def hang_up(self) -> list[Say]:
        return await self.put(ev.CallerHungUp())

    async def put(self, event: Input) -> list[Say]:
        """Anything else that may happen; gives what the seat says to it."""
        self._hands.said = []
        kept = await self.session.take(event)
        said = self._hands.said
        if not kept:
            self._hands.waiting.clear()
            return said
        for dropped in self._hands.drops():
            await self._stopped(dropped, heard_ms=0)
        if self._at_once:
            await self.hear()
        return said

    async def hear(self, until: str | None = None) -> bool:
        """Hear what waits to be said, to its end, or only into prompt `until`: the next words begin there.

        False when `until` is not among it.
        """
        waiting = self._hands.waiting
        while waiting and not self.over:
            say = waiting[0]
            if say is not self._over:
                await self.session.handle(ev.PromptStarted(at=self._now_ms, utterance=say.utterance))
            length = CHARACTER_MS * len(say.text)
            if say.prompt == until:
                self._over = say
                self._now_ms += length // 2
                return True
            waiting.popleft()
            self._now_ms += length // 2 if say is self._over else length
            self._over = None
            await self.session.handle(
                ev.PromptEnded(
                    at=self._now_ms,
                    utterance=say.utterance,
                    heard_ms=length,
                    total_ms=length,
                    complete=True,
                )
            )
        if self._hands.closing and not self.over:
            await self.session.handle(ev.CallerHungUp())
        return until is None

    async def _cut_in(self) -> str | None:
        """The utterance the caller speaks over; it stops, unless it must be heard to its end."""
        over = self._over
        if over is None:
            return None
        if over.bargein:
            self._over = None
            self._hands.cut()
            for dropped in self._hands.drops():
                heard_ms = CHARACTER_MS * len(over.text) // 2 if dropped is over else 0
                await self._stopped(dropped, heard_ms=heard_ms)
        return str(over.utterance)

    async def _stopped(self, say: Say, *, heard_ms: int) -> None:
        if say is self._over:
            self._over = None
        total = CHARACTER_MS * len(say.text)
        await self.session.handle(
            ev.PromptEnded(utterance=say.utterance, heard_ms=heard_ms, total_ms=total, complete=False)
        )


class _TextHands:
    """Hands that only write down. waiting: said, not heard yet; said: since the latest input."""

    def __init__(self, desk: bool) -> None:
        self.said: list[Say] = []
        self.waiting: deque[Say] = deque()
        self.closing = False
        self._desk = desk
        self._dropped: list[Say] = []

    def drops(self) -> list[Say]:
        """What will not be heard any more; each is given once."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def cut(self) -> None:
        """Drop what may be interrupted."""
        self._drop([say for say in self.waiting if not say.must_finish])

    def _drop(self, gone: list[Say]) -> None:
        self._dropped += gone
        self.waiting = deque(say for say in self.waiting if say not in gone)

    async def say(self, say: Say) -> None:
        self.said.append(say)
        self.waiting.append(say)

    async def supersede(self) -> None:
        """The first that waits may be sounding; the others did not begin."""
        self._drop([say for say in list(self.waiting)[1:] if not say.must_finish])

    async def foresee(self, texts: Sequence[str]) -> None:
        """No sound is made."""

    async def hush(self) -> None:
        self._drop(list(self.waiting))

    async def listen(self, listen: Listen) -> None:
        """What is asked is read from the state."""

    async def transfer(self, reason: str, to: str | None) -> ev.TransferEnded:
        return ev.TransferEnded(answered=self._desk, reason=None if self._desk else "no_desk")

    async def stop_recording(self) -> None:
        """A chat is not recorded."""

    async def hang_up(self) -> None:
        self.closing = True
