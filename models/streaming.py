"""A streaming recogniser out of an engine that decodes whole stretches of audio.

An utterance is decoded where the caller pauses, before anyone knows whether it is over: if nothing
follows, those are the final words and they are there at once. A long utterance is kept in parts, cut
at a pause or, without one, where the voice is weakest, so that the last decode stays short however
long the story was.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.pool import ModelPool
from models.protocols import LINE_RATE, Hint, Partial, Pcm, Words
from models.words import common_start, joined, later, nothing

log = logging.getLogger(__name__)

#: Audio kept on either side of the voice, in seconds.
LEAD = 0.5
TAIL = 0.5
#: A part this long (seconds) is closed at the next pause.
PART = 8.0
#: So is a shorter one when the silence (seconds) after it was this long.
LONG_PAUSE = 1.5
#: A part this long is closed without a pause, within its last `SEARCH` seconds.
LONGEST_PART = 20.0
SEARCH = 6.0
#: Seconds of voice between two looks at the words so far (more as a part grows beyond five seconds).
GLIMPSE_EVERY = 0.5

_TENTH = LINE_RATE // 10


class SpeechEngine(Protocol):
    """What turns stretches of audio into words; shared by all calls."""

    name: str

    async def hear(self, pool: ModelPool, pcm: Pcm, hint: Hint, voiced: float) -> Words:
        """The final words of `pcm`, of which `voiced` seconds hold voice."""

    async def glimpse(self, pool: ModelPool, pcm: Pcm, hint: Hint) -> str:
        """The words so far; cheap, and only run when the pool has room."""


class WhisperRecogniser:
    """The Recogniser of the process: one engine, one pool, any number of hearings."""

    def __init__(self, engine: SpeechEngine, pool: ModelPool, *, looks: bool = True) -> None:
        """looks: False never looks at running words, where audio comes faster than real time."""
        self.name = engine.name
        self._engine = engine
        self._pool = pool
        self._looks = looks

    def open(self, hint: Hint) -> StreamedHearing:
        """A new utterance. Needs a running event loop."""
        return StreamedHearing(self._engine, self._pool, hint, looks=self._looks)


@dataclass(frozen=True, slots=True)
class _Part:
    """Audio from `start` to `end` (samples in the utterance) and the decode of it."""

    start: int
    end: int
    words: asyncio.Task[Words]


class StreamedHearing:
    """One utterance while it is being heard; belongs to one call and one event loop."""

    def __init__(self, engine: SpeechEngine, pool: ModelPool, hint: Hint, *, looks: bool = True) -> None:
        self._engine = engine
        self._pool = pool
        self._hint = hint
        self._looks = looks
        self._audio: list[Pcm] = []
        self._fed = 0
        self._voice: list[tuple[int, int]] = []
        self._parts: list[_Part] = []
        self._latest: _Part | None = None
        self._glimpse: asyncio.Task[None] | None = None
        self._glimpsed = 0
        self._last_glimpse = ""
        self._news: Partial | None = None
        self._awaited = 0
        self._over = False

    def feed(self, pcm: Pcm, *, voiced: bool) -> None:
        """Append audio; where it is voiced, a look at the words so far may start in the background."""
        if self._over or not len(pcm):
            return
        start, self._fed = self._fed, self._fed + len(pcm)
        self._audio.append(pcm)
        if not voiced:
            return
        if self._latest is not None:
            self._keep_or_forget(self._latest, start)
        if self._voice and self._voice[-1][1] == start:
            self._voice[-1] = (self._voice[-1][0], self._fed)
        else:
            self._voice.append((start, self._fed))
        while self._fed - self._begin() > LONGEST_PART * LINE_RATE:
            self._cut_at_weakest()
        length = (self._fed - self._begin()) / LINE_RATE
        if self._voiced(self._glimpsed, self._fed) >= GLIMPSE_EVERY * max(1.0, length / 5.0):
            self._look()

    def pause(self) -> None:
        """Decode what is there, at once."""
        if not self._over and self._voice and not self._covered():
            self._latest = self._decode(self._begin(), self._fed)

    def partial(self) -> Partial | None:
        """The words so far, if a look at them has ended since the last call."""
        news, self._news = self._news, None
        return news

    async def settled(self) -> Words:
        """Words covering all voice fed before this call."""
        self.pause()
        return await self._all()

    async def final(self) -> Words:
        """The final words. Whatever is fed afterwards is ignored."""
        self.pause()
        self._end()
        return await self._all()

    def discard(self) -> None:
        """Drop the utterance. Queued decodes are dropped, one under way finishes unseen."""
        self._end()
        for part in self._all_parts():
            part.words.cancel()

    # ---- decodes ----

    def _end(self) -> None:
        self._over = True
        if self._glimpse is not None:
            self._glimpse.cancel()

    def _covered(self) -> bool:
        """Whether the latest decode (or a kept part) reaches beyond the last voice."""
        reach = self._latest.end if self._latest else self._begin()
        return not self._voice or self._voice[-1][1] <= reach

    def _begin(self) -> int:
        """Where the part being heard begins."""
        return self._parts[-1].end if self._parts else 0

    def _keep_or_forget(self, latest: _Part, voice: int) -> None:
        """Voice goes on at sample `voice`: a long part is kept, a short one heard again as a whole."""
        silence = voice - self._voice[-1][1]
        if latest.end - latest.start >= PART * LINE_RATE or silence >= LONG_PAUSE * LINE_RATE:
            self._close(latest)
        elif not self._awaited:
            latest.words.cancel()
        self._latest = None

    def _close(self, part: _Part) -> None:
        self._parts.append(part)
        self._glimpsed = max(self._glimpsed, part.end)
        self._last_glimpse = ""
        if self._glimpse is not None:
            self._glimpse.cancel()
            self._glimpse = None

    def _cut_at_weakest(self) -> None:
        """Close the part where its last seconds are quietest (a speaker without pauses still breathes)."""
        first = self._begin() + int((LONGEST_PART - SEARCH) * LINE_RATE)
        audio = self._between(first, self._begin() + int(LONGEST_PART * LINE_RATE)).astype(np.float64)
        tenths = np.square(audio[: len(audio) // _TENTH * _TENTH].reshape(-1, _TENTH)).mean(axis=1)
        quiet = int(np.argmin(tenths[:-1] + tenths[1:])) + 1
        self._close(self._decode(self._begin(), first + quiet * _TENTH))

    def _decode(self, start: int, end: int) -> _Part:
        """Begin the decode of audio `start` to `end`, trimmed to its voice."""
        voices = [(max(start, a), min(end, b)) for a, b in self._voice if a < end and b > start]
        voiced = sum(b - a for a, b in voices) / LINE_RATE
        if voices:
            first = max(start, voices[0][0] - int(LEAD * LINE_RATE))
            last = min(end, voices[-1][1] + int(TAIL * LINE_RATE))
        else:
            first, last = start, start
        pcm = self._between(first, last)
        return _Part(start, end, asyncio.create_task(self._heard(pcm, first / LINE_RATE, voiced)))

    async def _heard(self, pcm: Pcm, offset: float, voiced: float) -> Words:
        """The words of `pcm`, times counted from the utterance's start; a failure is tried once more."""
        for attempt in ("first", "second"):
            try:
                words = await self._engine.hear(self._pool, pcm, self._hint, voiced)
            except Exception as error:
                log.warning("the %s decode of an utterance failed: %s", attempt, type(error).__name__)
            else:
                if (
                    not self._over
                    and self._latest is not None
                    and self._latest.words is asyncio.current_task()
                ):
                    self._tell(words.text, self._latest.end)
                return later(words, offset)
        return nothing(len(pcm) / LINE_RATE, "engine_error")

    async def _all(self) -> Words:
        parts = self._all_parts()
        if not parts:
            return nothing(self._fed / LINE_RATE, "no_voice")
        seconds = self._fed / LINE_RATE
        self._awaited += 1
        try:
            await asyncio.wait([part.words for part in parts])
        finally:
            self._awaited -= 1
        heard = [part.words.result() for part in parts if _ready(part.words)]
        return joined(heard, seconds) if heard else nothing(seconds, "discarded")

    def _all_parts(self) -> list[_Part]:
        return [*self._parts, *([self._latest] if self._latest else [])]

    # ---- words so far ----

    def _look(self) -> None:
        if not self._looks or self._pool.busy or (self._glimpse is not None and not self._glimpse.done()):
            return
        self._glimpsed = self._fed
        self._glimpse = asyncio.create_task(self._glance(self._begin(), self._fed))

    async def _glance(self, start: int, end: int) -> None:
        try:
            text = await self._engine.glimpse(self._pool, self._between(start, end), self._hint)
        except Exception as error:
            log.warning("a look at the words so far failed: %s", type(error).__name__)
        else:
            self._tell(text, end)

    def _tell(self, text: str, end: int) -> None:
        """`text` is what the part being heard says up to sample `end`."""
        stable, self._last_glimpse = common_start(text, self._last_glimpse), text
        kept = "".join(part.words.result().text for part in self._parts if _ready(part.words))
        self._news = Partial(kept + text, kept + stable, end / LINE_RATE)

    # ---- audio ----

    def _voiced(self, start: int, end: int) -> float:
        """Seconds of voice between two samples."""
        total = 0
        for a, b in reversed(self._voice):
            if b <= start:
                break
            total += max(0, min(b, end) - max(a, start))
        return total / LINE_RATE

    def _between(self, start: int, end: int) -> Pcm:
        if len(self._audio) > 1:
            self._audio = [np.concatenate(self._audio)]
        return self._audio[0][start:end]


def _ready(words: asyncio.Task[Words]) -> bool:
    return words.done() and not words.cancelled() and words.exception() is None
