"""From the caller's sound to finished turns: voice verdicts, turn-taking, words and what they meant.

Knows no line and no pipeline: the live call feeds it packets as they come, a bench or a replay as fast as it
likes, waiting for `caught_up` in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date

import numpy as np

import data.events as ev
from agent.acts import Listen
from agent.completeness import backchannel, complete, more_figures
from agent.keypad import Keypad
from agent.kit import Understand
from agent.speech import Speech
from agent.turns import Do, Heard, TurnTaker
from agent.utterance import Utterance, readings, words_heard
from data.understanding import Asked, Understanding
from data.vocabulary import Listen as Listening
from models.protocols import LINE_RATE, Hint, Pcm, Recogniser, Vad, Words

log = logging.getLogger(__name__)

#: Audio kept before an utterance is noticed, so that its first sound is not lost. Milliseconds.
_PRE_ROLL_MS = 400
#: A voice is noticed so long after it began. Milliseconds.
_ONSET_MS = 150
#: How often running words are looked at. Milliseconds.
_PARTIAL_EVERY_MS = 256
#: The words of a finished turn come within so long, or the turn is lost. Seconds.
_WORDS_WITHIN_S = 15.0
#: So many turns lost in a row are told as faults of ours; from then on as words not understood, which ends.
_MOST_FAULTS = 2
#: Frames over which the ear's clock is set against the call's: some five seconds.
_CLOCK_FRAMES = 150
#: Samples louder than this (root mean square) count as voice where the voice detector fails.
_LOUD = 400.0

#: What the ear finds out for the dialog.
Found = ev.WordsHeard | ev.KeysPressed | ev.SilenceHeard | ev.NoiseHeard | ev.FaultStruck


class Ear:
    """Owns a call's TurnTaker. Decodes and understands off the event loop; `put` gets what it found."""

    def __init__(
        self,
        *,
        vad: Vad,
        recogniser: Recogniser,
        understand: Understand,
        turns: TurnTaker,
        speech: Speech,
        cut: Callable[[], None],
        today: date,
        expand: Callable[[tuple[str, ...]], tuple[str, ...]],
        put: Callable[[Found], Awaitable[None]],
        foretell: Callable[[ev.WordsHeard], None] = lambda words: None,
        thinking: Callable[[], None] = lambda: None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """foretell: given the words of a turn that may be over, before it is. thinking: told when a turn is
        over and its words are still to come. clock: the call's clock in ms, default the audio's own.
        """
        self._foretell = foretell
        self._thinking = thinking
        self._clock = clock or (lambda: turns.now_ms)
        self._lags: deque[int] = deque(maxlen=_CLOCK_FRAMES)
        self._put = put
        self._vad = vad
        self._recogniser = recogniser
        self._understand = understand
        self._turns = turns
        self._speech = speech
        self._cut = cut
        self._today = today
        self._expand = expand
        self._asked = Asked()
        self._hint = Hint()
        self._rest = np.zeros(0, dtype=np.int16)
        self._pre_roll: deque[tuple[Pcm, bool]] = deque(
            maxlen=_PRE_ROLL_MS * LINE_RATE // 1000 // vad.frame_samples
        )
        self._open: Utterance | None = None
        self._count = 0
        self._keypad = Keypad()
        self._ending: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaf = False
        """The recogniser could not be opened for what the caller says now."""
        self._faults = 0
        self._closing = False
        self._vad_failed = False

    @property
    def busy(self) -> bool:
        """The caller is in the middle of a turn, or its words are being found."""
        return self._turns.listening or self._ending is not None

    def attend(self, listen: Listen) -> None:
        """A new question: what to expect, and how patient to be."""
        self._asked = listen.asked
        self._hint = Hint(profile=listen.asked.listen.value, expect=self._expand(listen.expect))
        self._turns.expect(listen.asked.listen, listen.hold_ms)
        self._keypad.expect(listen.asked.slot)

    # --- sound --------------------------------------------------------------------------------------

    async def hear(self, pcm: Pcm) -> None:
        """Caller audio, any length; waits for no decode, and no fault of a model gets out."""
        if self._closing:
            return
        self._rest = np.concatenate((self._rest, pcm))
        size = self._vad.frame_samples
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            await self._frame(frame)

    async def _frame(self, frame: Pcm) -> None:
        probability = self._voice_in(frame)
        voiced = probability >= 0.5
        dos = self._turns.frame(probability)
        now = self._turns.now_ms
        self._lags.append(self._clock() - now)
        if self._open is not None:
            try:
                self._open.hearing.feed(frame, voiced=voiced)
                if now % _PARTIAL_EVERY_MS < 32:
                    dos = [*dos, *self._look_at_partial(self._open)]
            except Exception as error:
                _log_fault("hearing", error)
        self._pre_roll.append((frame, voiced))
        for do in dos:
            await self._do(do)
        if (digits := self._keypad.tick(now)) is not None:
            await self._put_keys(digits)

    def _voice_in(self, frame: Pcm) -> float:
        """The voice detector's verdict; where it fails, what is loud is voice."""
        try:
            return self._vad.probability(frame)
        except Exception as error:
            if not self._vad_failed:
                self._vad_failed = True
                _log_fault("the voice detector", error)
            return float(np.sqrt(np.mean(np.square(frame.astype(np.float64)))) > _LOUD)

    def _look_at_partial(self, utterance: Utterance) -> list[Do]:
        partial = utterance.hearing.partial()
        if partial is None:
            return []
        text = partial.text
        return self._turns.words(
            Heard(complete=False, backchannel=backchannel(text), empty=not text, whole=False)
        )

    async def _do(self, do: Do) -> None:
        match do:
            case Do.OPEN:
                self._begin()
            case Do.DECODE:
                self._settle()
            case Do.HOLD:
                self._speech.hold()
            case Do.RELEASE:
                self._speech.release()
            case Do.CUT:
                self._cut()
            case Do.END:
                self._end()
            case Do.DROP:
                self.forget()
            case Do.NOISE:
                number = self._open.number if self._open else self._count
                self.forget()
                self._turns.rest()
                await self._put(ev.NoiseHeard(turn=number))
            case Do.NOINPUT if not self._keypad.pending:
                self._turns.rest()
                await self._put(ev.SilenceHeard())
            case Do.NOINPUT:
                # Somebody who is keying in a number is not silent.
                pass

    async def caught_up(self) -> None:
        """Wait until every decode asked for so far has had its effect: for audio faster than real time."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def conclude(self) -> None:
        """The line is gone: what was being said becomes a last turn, if there were words in it."""
        self._closing = True
        self._end()
        await self.caught_up()

    def close(self) -> None:
        """The call is over: nothing more is heard, decoded or told."""
        self._closing = True
        self.forget()
        for task in self._tasks:
            task.cancel()

    # --- an utterance -------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._count += 1
        kept, now = list(self._pre_roll), self._turns.now_ms
        self._pre_roll.clear()
        self._deaf = False
        try:
            hearing = self._recogniser.open(self._hint)
            for frame, voiced in kept:
                hearing.feed(frame, voiced=voiced)
        except Exception as error:
            _log_fault("the recogniser", error)
            self._deaf = True
            return
        start = max(0, now - len(kept) * self._vad.frame_samples * 1000 // LINE_RATE)
        self._open = Utterance(
            hearing, self._count, start, self._speech.during(self._on_call(now - _ONSET_MS))
        )

    def _on_call(self, audio_ms: int) -> int:
        """A time of the caller's audio on the call's clock, which the recording runs by."""
        return max(0, audio_ms + min(self._lags, default=0))

    def _settle(self) -> None:
        """The caller paused: get the words so far, and what they mean."""
        utterance = self._open
        if utterance is None:
            return
        try:
            utterance.hearing.pause()
        except Exception as error:
            _log_fault("a pause", error)
        self._run(self._settle_words(utterance, self._turns.last_voice_ms))

    def _run(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ran)
        return task

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log_fault("the ear", error)

    async def _settle_words(self, utterance: Utterance, voice_ms: int) -> None:
        try:
            words = await utterance.hearing.settled()
            meant = await self._mean(words)
        except Exception as error:
            # The end of the turn tries once more, and tells the dialog if that fails too.
            _log_fault("settling an utterance", error)
            return
        utterance.settled, utterance.settled_voice_ms, utterance.meant = words, voice_ms, meant
        if self._open is not utterance:
            return
        heard = Heard(
            complete=complete(self._asked, meant),
            backchannel=backchannel(words.text) and not self._answers_early(),
            empty=not words.text,
            whole=voice_ms == self._turns.last_voice_ms,
            figures=more_figures(meant),
        )
        if heard.whole and words.text:
            self._foretell(words_heard(utterance, words, meant, voice_ms, self._on_call))
        for do in self._turns.words(heard):
            await self._do(do)

    def _answers_early(self) -> bool:
        """A yes while the question itself still sounds, with nothing to come after it, is an answer."""
        return self._asked.listen is Listening.YES_NO and self._speech.last_words

    async def _mean(self, words: Words) -> Understanding:
        return await asyncio.to_thread(
            self._understand, words.text, self._asked, self._today, readings(words), words.confidence
        )

    def _end(self) -> None:
        utterance, self._open = self._open, None
        if utterance is None and not self._deaf:
            return
        self._deaf = False
        self._turns.rest()
        self._thinking()
        before = self._ending
        self._ending = self._run(self._finish(utterance, self._turns.last_voice_ms, before))

    async def _finish(
        self, utterance: Utterance | None, voice_ms: int, before: asyncio.Task[None] | None
    ) -> None:
        """Final words to the dialog, turns in order."""
        event: Found | None = None
        try:
            if utterance is not None:
                words, meant = await asyncio.wait_for(self._final(utterance, voice_ms), _WORDS_WITHIN_S)
                event = ev.NoiseHeard(turn=utterance.number)
                if words.text:
                    event = words_heard(utterance, words, meant, voice_ms, self._on_call)
        except Exception as error:
            _log_fault("finding the words of a turn", error)
        self._faults = self._faults + 1 if event is None else 0
        if event is None and self._faults <= _MOST_FAULTS:
            event = ev.FaultStruck(room="ear")
        if before is not None:
            await asyncio.wait([before])
        # A line that is gone has nobody to ask again.
        if not self._closing or isinstance(event, ev.WordsHeard):
            await self._put(event or ev.NoiseHeard(turn=self._count))
        if self._ending is asyncio.current_task():
            self._ending = None

    async def _final(self, utterance: Utterance, voice_ms: int) -> tuple[Words, Understanding]:
        words, meant = utterance.settled, utterance.meant
        if words is not None and meant is not None and utterance.settled_voice_ms == voice_ms:
            utterance.hearing.discard()
            return words, meant
        words = await utterance.hearing.final()
        try:
            return words, await self._mean(words)
        except Exception as error:
            # His words are kept, whatever they meant.
            _log_fault("the understanding", error)
            return words, Understanding(text=words.text)

    def forget(self) -> None:
        """Drop the open utterance, if there is one."""
        utterance, self._open = self._open, None
        if utterance is not None:
            with contextlib.suppress(Exception):
                utterance.hearing.discard()

    # --- keys ---------------------------------------------------------------------------------------

    async def key(self, digit: str) -> None:
        """A keypad key: it silences the seat and joins the entry."""
        self._cut()
        digits = self._keypad.press(digit, self._turns.now_ms)
        if digits is not None:
            await self._put_keys(digits)

    async def _put_keys(self, digits: str) -> None:
        self._turns.rest()
        self._thinking()
        await self._put(ev.KeysPressed(digits=digits))


def _log_fault(what: str, error: BaseException) -> None:
    """Kind only: an exception's text may quote what a caller said."""
    log.error("%s failed: %s", what, type(error).__name__)
