"""From the caller's sound to finished turns: voice verdicts, turn-taking, words and what they meant.

Knows no line and no pipeline: the live call feeds it packets as they come, a bench or a replay as fast as it
likes, waiting for `caught_up` in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

import data.events as ev
from agent.acts import Listen
from agent.completeness import backchannel, complete
from agent.keypad import Keypad
from agent.kit import Understand
from agent.speech import Speech
from agent.turns import Do, Heard, TurnTaker
from data.understanding import Asked, Understanding
from data.vocabulary import Listen as Listening
from models.protocols import LINE_RATE, Hearing, Hint, Pcm, Recogniser, Vad, Words

log = logging.getLogger(__name__)

#: Audio kept before an utterance is noticed, so that its first sound is not lost. Milliseconds.
_PRE_ROLL_MS = 400
#: How often running words are looked at. Milliseconds.
_PARTIAL_EVERY_MS = 256

#: What the ear finds out for the dialog.
Found = ev.WordsHeard | ev.KeysPressed | ev.SilenceHeard | ev.NoiseHeard | ev.FaultStruck


@dataclass(slots=True)
class Utterance:
    """One utterance of the caller while it is heard."""

    hearing: Hearing
    number: int
    start_ms: int
    during: str | None
    settled: Words | None = None
    settled_voice_ms: int = -1
    """The caller's last voice that `settled` covers."""
    meant: Understanding | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


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
    ) -> None:
        """foretell: given the words of a turn that may be over, before it is."""
        self._foretell = foretell
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

    def attend(self, listen: Listen) -> None:
        """A new question: what to expect, and how patient to be."""
        self._asked = listen.asked
        self._hint = Hint(profile=listen.asked.listen.value, expect=self._expand(listen.expect))
        self._turns.expect(listen.asked.listen)
        self._keypad.expect(listen.asked.slot)

    # --- sound --------------------------------------------------------------------------------------

    async def hear(self, pcm: Pcm) -> None:
        """Caller audio, any length; waits for no decode."""
        self._rest = np.concatenate((self._rest, pcm))
        size = self._vad.frame_samples
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            probability = self._vad.probability(frame)
            voiced = probability >= 0.5
            dos = self._turns.frame(probability)
            if self._open is not None:
                self._open.hearing.feed(frame, voiced=voiced)
                if self._turns.now_ms % _PARTIAL_EVERY_MS < 32:
                    dos = [*dos, *self._look_at_partial()]
            self._pre_roll.append((frame, voiced))
            for do in dos:
                await self._do(do)
            if (digits := self._keypad.tick(self._turns.now_ms)) is not None:
                await self._put(ev.KeysPressed(digits=digits))

    def _look_at_partial(self) -> list[Do]:
        assert self._open is not None
        partial = self._open.hearing.partial()
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
                await self._put(ev.NoiseHeard(turn=number))
            case Do.NOINPUT:
                await self._put(ev.SilenceHeard())

    async def caught_up(self) -> None:
        """Wait until every decode asked for so far has had its effect: for audio faster than real time."""
        while self._open is not None and self._open.tasks:
            await asyncio.wait(set(self._open.tasks))
        if self._ending is not None:
            await asyncio.wait([self._ending])

    # --- an utterance -------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._count += 1
        hearing = self._recogniser.open(self._hint)
        for frame, voiced in self._pre_roll:
            hearing.feed(frame, voiced=voiced)
        kept_ms = len(self._pre_roll) * self._vad.frame_samples * 1000 // LINE_RATE
        start = max(0, self._turns.now_ms - kept_ms)
        onset = self._turns.now_ms - 150
        self._open = Utterance(hearing, self._count, start, self._speech.during(onset))
        self._pre_roll.clear()

    def _settle(self) -> None:
        """The caller paused: get the words so far, and what they mean."""
        utterance = self._open
        if utterance is None:
            return
        utterance.hearing.pause()
        task = asyncio.create_task(self._settle_words(utterance, self._turns.last_voice_ms))
        utterance.tasks.add(task)
        task.add_done_callback(utterance.tasks.discard)

    async def _settle_words(self, utterance: Utterance, voice_ms: int) -> None:
        words = await utterance.hearing.settled()
        try:
            meant = await self._mean(words)
        except Exception as error:
            # The end of the turn tries once more, and tells the dialog if that fails too.
            log.error("an utterance was not understood: %s", type(error).__name__)
            return
        utterance.settled, utterance.settled_voice_ms, utterance.meant = words, voice_ms, meant
        if self._open is not utterance:
            return
        heard = Heard(
            complete=complete(self._asked, meant),
            backchannel=backchannel(words.text) and not self._answers_early(),
            empty=not words.text,
            whole=voice_ms == self._turns.last_voice_ms,
        )
        if heard.whole and words.text:
            self._foretell(_words_heard(utterance, words, meant, voice_ms))
        for do in self._turns.words(heard):
            await self._do(do)

    def _answers_early(self) -> bool:
        """A yes while the question itself still sounds, with nothing to come after it, is an answer."""
        return self._asked.listen is Listening.YES_NO and self._speech.last_words

    async def _mean(self, words: Words) -> Understanding:
        readings = tuple(ev.Reading(text=h.text, score=h.score, primed=h.primed) for h in words.hypotheses)
        return await asyncio.to_thread(
            self._understand, words.text, self._asked, self._today, readings, words.confidence
        )

    def _end(self) -> None:
        utterance, self._open = self._open, None
        if utterance is None:
            return
        self._turns.rest()
        before = self._ending
        self._ending = asyncio.create_task(self._finish(utterance, self._turns.last_voice_ms, before))

    async def _finish(self, utterance: Utterance, voice_ms: int, before: asyncio.Task[None] | None) -> None:
        """Final words to the dialog, turns in order."""
        event: Found
        try:
            words, meant = utterance.settled, utterance.meant
            if words is None or meant is None or utterance.settled_voice_ms != voice_ms:
                words = await utterance.hearing.final()
                meant = await self._mean(words)
            else:
                utterance.hearing.discard()
            silent = ev.NoiseHeard(turn=utterance.number)
            event = _words_heard(utterance, words, meant, voice_ms) if words.text else silent
        except Exception as error:
            log.error("a turn was lost: %s; the caller is asked again", type(error).__name__)
            event = ev.FaultStruck(room="ear")
        if before is not None:
            await asyncio.wait([before])
        await self._put(event)

    def forget(self) -> None:
        """Drop the open utterance, if there is one."""
        utterance, self._open = self._open, None
        if utterance is not None:
            utterance.hearing.discard()

    # --- keys ---------------------------------------------------------------------------------------

    async def key(self, digit: str) -> None:
        """A keypad key: it silences the seat and joins the entry."""
        self._cut()
        digits = self._keypad.press(digit, self._turns.now_ms)
        if digits is not None:
            await self._put(ev.KeysPressed(digits=digits))


def _words_heard(utterance: Utterance, words: Words, meant: Understanding, end_ms: int) -> ev.WordsHeard:
    base = utterance.start_ms
    return ev.WordsHeard(
        turn=utterance.number,
        text=words.text,
        words=tuple(
            ev.HeardWord(
                text=word.text,
                start_ms=base + round(word.start * 1000),
                end_ms=base + round(word.end * 1000),
                confidence=min(1.0, max(0.0, word.confidence)),
            )
            for word in words.words
        ),
        readings=tuple(ev.Reading(text=h.text, score=h.score, primed=h.primed) for h in words.hypotheses),
        confidence=min(1.0, max(0.0, words.confidence)),
        start_ms=base,
        end_ms=max(base, end_ms),
        during=utterance.during,
        understanding=meant,
    )
