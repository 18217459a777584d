"""The seat's voice: texts to clauses, cache first, then the chosen engine, then the spare one."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import ParamSpec, Protocol, TypeVar

import numpy as np

from models import loudness, speakable
from models.clauses import Clause, split
from models.g2p import PRONUNCIATION_FILE
from models.pool import Priority
from models.prompt_cache import PromptCache, SpeechKey
from models.protocols import LINE_RATE, Pcm, SpeechFailed

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")

#: After this many faults in a row an engine rests, so that a call does not wait for it clause after clause.
_FAULTS_BEFORE_REST = 2
_REST_S = 30.0


class Engine(Protocol):
    """Something that speaks one clause, blocking. KokoroEngine and EspeakEngine are such."""

    name: str
    version: str
    voice: str
    shares_cores: bool
    """Its work competes with the recogniser in this process, so it goes through the pool."""

    def render(self, text: str, *, voice: str | None = None, speed: float = 1.0) -> Pcm:
        """`text` at LINE_RATE. Any exception means it could not."""


class Runner(Protocol):
    """Where blocking work runs: models.pool.ModelPool."""

    async def run(
        self, priority: Priority, fn: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T: ...


class Voice:
    """A Synthesiser over one or more engines, the first being the one chosen. Shared by all calls.

    cache: fixed texts are kept there; patience: seconds a clause may take before the next engine is asked
    (a quarter of a second a character is added); clock: seconds, for the rest of an engine that keeps
    failing.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        runner: Runner,
        cache: PromptCache | None = None,
        *,
        patience: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not engines:
            raise SpeechFailed("no synthesiser is set up; run: smartseat models fetch kokoro-82m")
        self.name = engines[0].name
        self.voice = engines[0].voice
        self._engines = [_Watched(engine, clock) for engine in engines]
        self._runner = runner
        self._cache = cache
        self._patience = patience
        self._reading = reading_version()

    async def speak(
        self, text: str, *, speed: float = 1.0, fixed: bool = False, urgent: bool = True
    ) -> AsyncIterator[Pcm]:
        """8 kHz audio, one array a clause, its pause included. While one is heard the next is made.

        Nothing speakable in `text`: nothing is yielded. Raises SpeechFailed when no engine can speak a
        clause.
        """
        clauses = split(speakable.speakable(text))
        following: asyncio.Task[Pcm] | None = None
        try:
            for i, clause in enumerate(clauses):
                first = Priority.FIRST_CLAUSE if urgent else Priority.WARM
                task = following or asyncio.create_task(self._clause(clause, speed, fixed, first))
                following = task
                pcm = await task
                following = None
                if i + 1 < len(clauses):
                    later = Priority.PARTIAL if urgent else Priority.WARM
                    following = asyncio.create_task(self._clause(clauses[i + 1], speed, fixed, later))
                yield _with_pause(pcm, clause)
        finally:
            if following is not None:
                following.cancel()

    async def warm(
        self,
        texts: Iterable[str],
        on_progress: Callable[[int, int], None] | None = None,
        *,
        speed: float = 1.0,
    ) -> int:
        """Put fixed `texts` into the cache, behind all other work; gives how many clauses could not be made.

        on_progress: told (clauses done, clauses in all) after each.
        """
        clauses = list(dict.fromkeys(clause.text for t in texts for clause in split(speakable.speakable(t))))
        failed = 0
        for done, clause in enumerate(clauses, start=1):
            try:
                await self._clause(Clause(clause, 0.0), speed, True, Priority.WARM)
            except SpeechFailed:
                failed += 1
            if on_progress:
                on_progress(done, len(clauses))
        return failed

    async def _clause(self, clause: Clause, speed: float, fixed: bool, priority: Priority) -> Pcm:
        if self._cache and (known := self._cache.get(self._key(clause, speed))) is not None:
            return known
        rested = [watched for watched in self._engines if watched.ready()]
        for watched in rested or self._engines:
            # The spare's sound is never kept: it would outlive the fault.
            keep = fixed and watched is self._engines[0]
            try:
                pcm = await self._ask(watched.engine, clause, speed, keep, priority)
            except Exception as fault:
                # The kind only: an engine's message may quote what it was given to say.
                _log.warning("synthesiser %s failed: %s", watched.engine.name, type(fault).__name__)
                watched.failed()
            else:
                watched.worked()
                return pcm
        raise SpeechFailed(f"no synthesiser could speak a clause of {len(clause.text)} characters")

    async def _ask(self, engine: Engine, clause: Clause, speed: float, keep: bool, priority: Priority) -> Pcm:
        def make() -> Pcm:
            pcm = engine.render(clause.text, speed=speed)
            if keep and self._cache:
                self._cache.put(self._key(clause, speed), pcm)
            return pcm

        # A spare in a process of its own must not queue behind the very work that is stuck.
        work: Awaitable[Pcm] = (
            self._runner.run(priority, make) if engine.shares_cores else asyncio.to_thread(make)
        )
        if priority is Priority.WARM:
            return await work
        return await asyncio.wait_for(work, self._patience + 0.25 * len(clause.text))

    def _key(self, clause: Clause, speed: float) -> SpeechKey:
        engine = self._engines[0].engine
        return SpeechKey(clause.text, engine.name, engine.version, engine.voice, speed, self._reading)


class _Watched:
    """An engine and its luck so far."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self.engine = engine
        self._clock = clock
        self._faults = 0
        self._rests_until = float("-inf")

    def ready(self) -> bool:
        return self._clock() >= self._rests_until

    def worked(self) -> None:
        self._faults = 0

    def failed(self) -> None:
        self._faults += 1
        if self._faults >= _FAULTS_BEFORE_REST:
            self._rests_until = self._clock() + _REST_S


def reading_version() -> str:
    """Changes when the same text would be read or levelled differently, so that old audio is not found."""
    lexicon = hashlib.sha256(PRONUNCIATION_FILE.read_bytes()).hexdigest()[:12]
    return f"{speakable.VERSION}.{loudness.VERSION}.{lexicon}"


def _with_pause(pcm: Pcm, clause: Clause) -> Pcm:
    silence = np.zeros(int(clause.pause * LINE_RATE), dtype=np.int16)
    return np.concatenate([pcm, silence]) if len(silence) else pcm
