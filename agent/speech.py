"""What the seat is saying: outstanding utterances, what of each was heard, hold, release and cut.

One object a call, used by the voice (what is still wanted?), the output transport (may I write?), the ear
(may I interrupt?) and the seat (what was heard?). Only the event loop touches it.

Utterances of the dialog have numbers from 1. The edge's own fillers have negative ones: the dialog is told
nothing of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import data.events as ev
from agent.acts import Say
from agent.turns import Seat

#: Nothing is held longer than this, whatever becomes of the interruption: a caller never waits in silence.
_LONGEST_HOLD_S = 5.0


@dataclass(slots=True)
class Outstanding:
    say: Say
    planned_ms: int
    began_ms: int | None = None
    written_ms: int = 0
    sent: bool = False
    """All its sound is on the wire; its mark has not come back."""
    whole: bool = True
    """Every clause of it could be spoken."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """An utterance's place on the call's clock, in ms."""

    utterance: int
    start_ms: int
    end_ms: int | None


class Speech:
    """clock: ms since the call was answered. tell: takes PromptStarted and PromptEnded."""

    def __init__(
        self,
        clock: Callable[[], int],
        tell: Callable[[ev.PromptStarted | ev.PromptEnded], None],
        changed: Callable[[Seat], None],
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._changed = changed
        self._outstanding: dict[int, Outstanding] = {}
        self._sounding: int | None = None
        self._gate = asyncio.Event()
        self._gate.set()
        self._history: deque[Sounded] = deque(maxlen=16)
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_sound_ms = 0
        self._released_ms = 0
        self._seat = Seat.SILENT

    # --- asking -------------------------------------------------------------------------------------

    @property
    def seat(self) -> Seat:
        return self._seat

    @property
    def last_sound_ms(self) -> int:
        """When a sample of ours last went out."""
        return self._last_sound_ms

    @property
    def due_since(self) -> int | None:
        """Since when a sound has been due that did not come; None while nothing is to sound."""
        waiting = next((other for other in self._outstanding.values() if not other.sent), None)
        if waiting is None or not self._gate.is_set():
            return None
        return max(waiting.planned_ms, self._last_sound_ms, self._released_ms)

    @property
    def last_words(self) -> bool:
        """The last of what was said is sounding, or on its way: nothing comes after it."""
        if len(self._outstanding) != 1:
            return False
        [(number, last)] = self._outstanding.items()
        return last.sent or self._sounding == number

    def wanted(self, utterance: int) -> bool:
        """False once it was cut: nothing more of it is synthesised or written."""
        return utterance in self._outstanding

    def during(self, at_ms: int) -> str | None:
        """The dialog's utterance that sounded at `at_ms`."""
        for sounded in reversed(self._history):
            if sounded.start_ms <= at_ms and (sounded.end_ms is None or at_ms < sounded.end_ms):
                return str(sounded.utterance)
        return None

    async def quiet(self) -> None:
        """Wait until everything said has been heard or cut."""
        await self._idle.wait()

    # --- the voice and the wire ---------------------------------------------------------------------

    def plan(self, say: Say) -> None:
        """An utterance will be spoken."""
        self._outstanding[say.utterance] = Outstanding(say, self._clock())
        self._idle.clear()
        self._update()

    def begins(self, utterance: int) -> None:
        """The sound that follows is of this utterance; it is skipped if that was cut meanwhile."""
        self._sounding = utterance if utterance in self._outstanding else None

    async def may_write(self) -> bool:
        """Wait while held; False when what is queued was cut."""
        if not self._gate.is_set():
            try:
                await asyncio.wait_for(self._gate.wait(), _LONGEST_HOLD_S)
            except TimeoutError:
                self.release()
        return self._sounding is not None and self._sounding in self._outstanding

    def wrote(self, milliseconds: int) -> None:
        """A packet of the sounding utterance went out."""
        now = self._clock()
        self._last_sound_ms = now
        current = self._outstanding.get(self._sounding) if self._sounding is not None else None
        if current is None:
            return
        if current.began_ms is None:
            current.began_ms = now
            if current.say.utterance > 0:
                self._history.append(Sounded(current.say.utterance, now, None))
                self._tell(ev.PromptStarted(utterance=current.say.utterance))
            self._update()
        current.written_ms += milliseconds

    def sent(self, utterance: int, *, whole: bool = True) -> bool:
        """Its last packet went out; True if a mark should be asked for.

        whole: False if a clause of it could not be spoken; such an utterance was never heard to its end.
        """
        if self._sounding == utterance:
            self._sounding = None
        current = self._outstanding.get(utterance)
        if current is None:
            return False
        current.sent, current.whole = True, whole
        if current.began_ms is None:
            self._finish(utterance, heard_ms=0, complete=False)
            return False
        return True

    def heard(self, utterance: int, *, played: bool) -> None:
        """Its mark came back."""
        current = self._outstanding.get(utterance)
        if current is not None and current.sent:
            self._finish(utterance, heard_ms=current.written_ms, complete=played and current.whole)

    # --- interruption -------------------------------------------------------------------------------

    def hold(self) -> None:
        self._gate.clear()
        self._set(Seat.HELD)

    def release(self) -> None:
        self._open_gate()
        self._update()

    def supersede(self) -> None:
        """The caller has answered: questions that did not begin to sound are not asked any more."""
        for number, other in list(self._outstanding.items()):
            if other.began_ms is None and not self._insists(other):
                self._drop(number)

    def cut(self, *, insist: bool = False) -> bool:
        """Drop what may be interrupted; with `insist`, all of it. True if the wire is to be cleared."""
        dropped = False
        for number, other in list(self._outstanding.items()):
            if insist or not self._insists(other):
                dropped = dropped or other.began_ms is not None
                self._drop(number)
        self._open_gate()
        self._update()
        return dropped

    def _open_gate(self) -> None:
        if not self._gate.is_set():
            self._released_ms = self._clock()
            self._gate.set()

    def _drop(self, utterance: int) -> None:
        current = self._outstanding[utterance]
        heard = current.written_ms
        if current.began_ms is not None:
            heard = min(heard, self._clock() - current.began_ms)
        self._finish(utterance, heard_ms=heard, complete=False)
        if self._sounding == utterance:
            self._sounding = None

    def _finish(self, utterance: int, *, heard_ms: int, complete: bool) -> None:
        current = self._outstanding.pop(utterance)
        now = self._clock()
        for index, sounded in enumerate(self._history):
            if sounded.utterance == utterance and sounded.end_ms is None:
                self._history[index] = Sounded(utterance, sounded.start_ms, now)
        total = current.written_ms if complete else max(current.written_ms, heard_ms)
        if utterance > 0:
            self._tell(
                ev.PromptEnded(
                    utterance=utterance, heard_ms=max(0, heard_ms), total_ms=total, complete=complete
                )
            )
        if not self._outstanding:
            # Nothing is left to hold: a short answer to it is no backchannel any more.
            self._idle.set()
            self._open_gate()
        self._update()

    @staticmethod
    def _insists(outstanding: Outstanding) -> bool:
        return outstanding.say.must_finish

    def _update(self) -> None:
        if not self._gate.is_set():
            return
        if not self._outstanding:
            self._set(Seat.SILENT)
            return
        first = next(iter(self._outstanding.values()))
        self._set(Seat.SPEAKING if first.say.bargein else Seat.INSISTING)

    def _set(self, seat: Seat) -> None:
        if seat is not self._seat:
            self._seat = seat
            self._changed(seat)
