"""Ears, voice and line without a model or a socket.

Sound carries its text as its loudness: what is written on the line can be read back as words, and the caller's
sound is recognised without error. Times are the loop's, in seconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from data.understanding import Asked, Understanding
from models.protocols import Hint, Hypothesis, Partial, Pcm, SpeechFailed, Word, Words
from telephony.call import LINE_RATE, Audio, CallLost, HungUp, Incoming, Key, Mark

PACKET = LINE_RATE // 50
#: How long the fake voice takes for a character, in samples.
CHARACTER = 4 * PACKET

_texts: list[str] = []


def loudness(text: str) -> int:
    """The level that stands for `text`."""
    if text not in _texts:
        _texts.append(text)
    return 2000 + 40 * _texts.index(text)


def text_of(pcm: Pcm) -> str | None:
    """The text whose sound this is; None for silence."""
    level = int(np.abs(pcm).max(initial=0))
    return _texts[round((level - 2000) / 40)] if level >= 1000 else None


def packets(text: str) -> int:
    """How many the fake voice needs for `text`."""
    return CHARACTER * len(text) // PACKET


def tone(text: str, samples: int) -> Pcm:
    return np.full(samples, loudness(text), dtype=np.int16)


class LevelVad:
    """Loud is voice."""

    frame_samples = 256

    def __init__(self) -> None:
        self.fails = False

    def probability(self, frame: Pcm) -> float:
        if self.fails:
            raise RuntimeError("broken on purpose")
        return float(int(np.abs(frame).max()) >= 1000)

    def reset(self) -> None:
        pass


class Hears:
    """A hearing: reads the text off the level. Backchannels and words alike; no text for "咳"."""

    def __init__(self, recogniser: LevelRecogniser) -> None:
        self._recogniser = recogniser
        self._texts: list[str] = []
        self._voiced = 0

    def feed(self, pcm: Pcm, *, voiced: bool) -> None:
        text = text_of(pcm) if voiced else None
        if text is not None:
            self._voiced += len(pcm)
            if text not in self._texts[-1:]:
                self._texts.append(text)

    def pause(self) -> None:
        pass

    def partial(self) -> Partial | None:
        return None

    async def settled(self) -> Words:
        return await self._words()

    async def final(self) -> Words:
        return await self._words()

    def discard(self) -> None:
        pass

    async def _words(self) -> Words:
        await asyncio.sleep(self._recogniser.takes_s)
        if self._recogniser.fails:
            raise RuntimeError("broken on purpose")
        text = "".join(self._texts).replace("咳", "")
        seconds = self._voiced / LINE_RATE
        said = (Word(text, 0.0, seconds, 1.0),) if text else ()
        return Words(text, said, 1.0, (Hypothesis(text, 0.0, False),), seconds)


class LevelRecogniser:
    """takes_s: how long a decode takes; fails: it raises; closed: an utterance cannot be opened."""

    name = "levels"

    def __init__(self) -> None:
        self.takes_s = 0.05
        self.fails = False
        self.closed = False

    def open(self, hint: Hint) -> Hears:
        if self.closed:
            raise RuntimeError("broken on purpose")
        return Hears(self)


class LevelVoice:
    """A synthesiser. broken: texts it cannot speak ("" for all but fixed ones, "*" for all); slow: seconds
    until a text is made.
    """

    name = voice = "levels"

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.slow: dict[str, float] = {}
        self.asked: list[str] = []

    async def speak(
        self, text: str, *, speed: float = 1.0, fixed: bool = False, urgent: bool = True
    ) -> AsyncIterator[Pcm]:
        self.asked.append(text)
        await asyncio.sleep(self.slow.get(text, 0.02))
        if text in self.broken or "*" in self.broken or ("" in self.broken and not fixed):
            raise SpeechFailed("broken on purpose")
        yield tone(text, CHARACTER * len(text))


@dataclass
class Line:
    """telephony.call.Call in memory, and the caller at its far end.

    marks: whether the gateway echoes them; lost: writes fail; packets: what was written, with when.
    """

    id: str = "c1"
    line: str = "12315"
    caller_no: str | None = "13900007788"
    headers: Mapping[str, str] = field(default_factory=dict)
    marks: bool = True
    lost: bool = False
    answers_hang_up: bool = True
    packets: list[tuple[float, str]] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    over: bool = False

    def __post_init__(self) -> None:
        self._inbox: asyncio.Queue[Incoming] = asyncio.Queue()
        self._plays_until = 0.0
        self._out: list[str] = []
        self._says: deque[Pcm] = deque()
        self._sends = True
        self._caller = asyncio.create_task(self._talk())

    # --- the seat's side ----------------------------------------------------------------------------

    async def read(self) -> AsyncIterator[Incoming]:
        while True:
            item = await self._inbox.get()
            yield item
            if isinstance(item, HungUp):
                return

    async def write(self, pcm: bytes) -> None:
        if self.over or self.lost:
            raise CallLost("gone")
        now = _now()
        self._plays_until = max(self._plays_until, now) + len(pcm) / 2 / LINE_RATE
        self.packets.append((now, text_of(np.frombuffer(pcm, dtype="<i2")) or ""))

    async def clear(self) -> None:
        self.clears.append(_now())
        self._plays_until = _now()
        self._echo(played=False)

    async def mark(self, name: str) -> None:
        if self.over:
            raise CallLost("gone")
        if self.marks:
            self._out.append(name)
            asyncio.get_running_loop().call_at(self._plays_until, self._reach, name)

    async def send_keys(self, digits: str) -> None:
        pass

    async def hang_up(self) -> None:
        if self.answers_hang_up:
            self._end("hung_up_here")

    # --- the caller's side --------------------------------------------------------------------------

    def say(self, *texts: str, ms: int = 400) -> float:
        """Say texts, each `ms` long, one right after the other; gives when the first sound goes out."""
        begins = _now() + len(self._says) * 0.02
        for text in texts:
            self._says += [tone(text, PACKET)] * (ms // 20)
        return begins

    def key(self, digits: str) -> None:
        for digit in digits:
            self._inbox.put_nowait(Key(digit))

    def hush(self) -> None:
        """The gateway sends nothing while he is silent."""
        self._sends = False

    def hangs_up(self) -> None:
        self._end("closed")

    @property
    def spoken(self) -> list[str]:
        """The texts that sounded, in order."""
        heard = [text for _, text in self.packets if text]
        return [text for i, text in enumerate(heard) if i == 0 or heard[i - 1] != text]

    def sounded(self, text: str) -> list[float]:
        """When packets of `text` were written."""
        return [at for at, said in self.packets if said == text]

    def gaps(self, since: float, until: float) -> float:
        """The longest time without sound."""
        times = [since, *(at for at, text in self.packets if text and since <= at <= until), until]
        return max(after - before for before, after in pairwise(times))

    async def _talk(self) -> None:
        at = _now()
        while not self.over:
            if self._says or self._sends:
                pcm = self._says.popleft() if self._says else np.zeros(PACKET, dtype=np.int16)
                self._inbox.put_nowait(Audio(pcm.tobytes()))
            at += 0.02
            await asyncio.sleep(max(0.0, at - _now()))

    def _end(self, reason: str) -> None:
        if not self.over:
            self.over = True
            self._inbox.put_nowait(HungUp(reason))

    def _reach(self, name: str) -> None:
        if name in self._out:
            self._out.remove(name)
            self._inbox.put_nowait(Mark(name))

    def _echo(self, *, played: bool) -> None:
        names, self._out = self._out, []
        for name in names:
            self._inbox.put_nowait(Mark(name, played=played))


def understands(meanings: Mapping[str, Understanding]) -> Callable[..., Understanding]:
    """Known texts mean what is given; others nothing. "!" raises."""

    def understand(
        text: str, asked: Asked, today: object, readings: object, confidence: float
    ) -> Understanding:
        if text == "!":
            raise RuntimeError("broken on purpose")
        return meanings.get(text, Understanding(text=text))

    return understand


def _now() -> float:
    return asyncio.get_running_loop().time()
