"""A simulated caller in a real call: his mind listens to the seat's events, his voice goes over the line."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

import data.events as ev
from qa.caller import CallerMind, Reply
from qa.gaps import Utterance, utterance
from qa.persona import Persona, PlannedEvent
from qa.voice_of_caller import PreparedVoice
from telephony.call import LINE_RATE
from telephony.client import PhoneClient
from telephony.energy import active_spans

#: No simulated call lasts longer than this many seconds.
LONGEST_S = 600.0
#: So long after the last event, with nothing sounding, the caller takes the seat's prompts for over.
_QUIET_S = 3.0
#: The seat's last words and its goodbye come within this time, else the caller hangs up.
_GOODBYE_S = 30.0
#: Between two keys.
_KEY_S = 0.15
_FEED_S = 5.0

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class CallTrace:
    """All that was seen of a call from the caller's side.

    heard, spoken: the two tracks at 8 kHz on one timeline. turns: times the caller spoke or pressed keys.
    timed_out: the call was cut at LONGEST_S. hung_up: the caller ended it. events_left: planned, never due.
    """

    call_id: str
    events: tuple[ev.CallEvent, ...]
    heard: Samples
    spoken: Samples
    utterances: tuple[Utterance, ...]
    turns: int
    corrections: int
    events_left: tuple[PlannedEvent, ...]
    timed_out: bool
    hung_up: bool

    @property
    def seconds(self) -> float:
        return len(self.spoken) / LINE_RATE


class CallFailed(RuntimeError):
    """The seat could not be called, or its event feed could not be read. The message names the cure."""


class SpokenCall:
    """url: "ws://127.0.0.1:PORT" of a seat on this machine: /media takes the call, /feed tells its events.

    watch is called with each event, say with each text as the caller begins to say it.
    """

    def __init__(
        self,
        url: str,
        persona: Persona,
        voice: PreparedVoice,
        *,
        seed: int = 0,
        watch: Callable[[ev.CallEvent], None] = lambda event: None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._url = url.rstrip("/")
        self._voice = voice
        self._watch = watch
        self._say = say
        self._mind = CallerMind(persona, seed)
        self._phone = PhoneClient(
            f"{self._url}/media",
            line=persona.line,
            caller_no=persona.caller_no,
            noise_dbfs=voice.noise_dbfs,
        )
        self._events: list[ev.CallEvent] = []
        self._utterances: list[Utterance] = []
        self._turns = 0
        self._hung_up = False
        self._timed_out = False
        self._seq = -1
        self._closed = asyncio.Event()
        self._scheduled: asyncio.Task[None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._moved_s = 0.0
        self._fault: BaseException | None = None

    @property
    def call_id(self) -> str:
        return self._phone.call_id

    async def run(self) -> CallTrace:
        """The whole call, in real time. Raises CallFailed."""
        try:
            await self._phone.start()
        except (OSError, InvalidHandshake) as error:
            raise CallFailed(
                f"no seat takes calls at {self._url}/media; start it: smartseat serve"
            ) from error
        feed = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(LONGEST_S):
                await self._until_over(feed)
        except TimeoutError:
            self._timed_out = True
        finally:
            await self._stop(self._scheduled, self._speaking)
            await self._phone.hang_up()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), _FEED_S)
            await self._stop(feed)
        if self._phone.error is not None and not self._events:
            raise CallFailed(f"the seat refused the call: {self._phone.error.code}")
        return CallTrace(
            self.call_id,
            tuple(self._events),
            self._phone.heard,
            self._phone.spoken,
            tuple(self._utterances),
            self._turns,
            self._mind.corrections,
            self._mind.events_left,
            self._timed_out,
            self._hung_up,
        )

    # --- the seat's events --------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Read the event feed to the end of the call; a broken connection is made again."""
        loop = asyncio.get_running_loop()
        lost_s = loop.time()
        while not self._closed.is_set():
            try:
                async with connect(f"{self._url}/feed?call={self.call_id}", proxy=None) as feed:
                    async for frame in feed:
                        self._take(frame)
                        lost_s = loop.time()
            except (OSError, WebSocketException) as error:
                if loop.time() - lost_s > _FEED_S:
                    raise CallFailed(f"the event feed at {self._url}/feed can't be read") from error
            if loop.time() - lost_s > _FEED_S and self._phone.closed:
                return
            await asyncio.sleep(0.05)

    def _take(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["seq"] <= self._seq:
            return
        self._seq = message["seq"]
        event = ev.EVENT.validate_python(message["event"], strict=False)
        self._events.append(event)
        self._moved_s = asyncio.get_running_loop().time()
        self._watch(event)
        if isinstance(event, ev.CallClosed):
            self._closed.set()
        reply = self._mind.on_event(event)
        if reply is not None:
            self._schedule(reply)

    # --- the call -----------------------------------------------------------------------------------

    async def _until_over(self, feed: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        self._moved_s = loop.time()
        while not self._phone.closed:
            await asyncio.sleep(0.1)
            if feed.done() and not feed.cancelled():
                feed.result()
            if self._fault is not None:
                raise self._fault
            still_s = loop.time() - self._moved_s
            if still_s > _QUIET_S and not self._busy and self._seat_is_quiet():
                if self._mind.over and still_s > _GOODBYE_S:
                    return
                self._nudge(still_s)

    @property
    def _busy(self) -> bool:
        return any(task is not None and not task.done() for task in (self._scheduled, self._speaking))

    def _seat_is_quiet(self) -> bool:
        return not active_spans(self._phone.heard[-LINE_RATE:], LINE_RATE)

    def _nudge(self, still_s: float) -> None:
        last = self._events[-1].at if self._events else 0
        reply = self._mind.on_quiet(last + round(still_s * 1000))
        if reply is not None:
            self._schedule(reply)

    def _schedule(self, reply: Reply) -> None:
        """A new intention takes the place of one that has not begun."""
        if self._scheduled is not None and self._scheduled is not self._speaking:
            self._scheduled.cancel()
        self._scheduled = asyncio.create_task(self._perform(reply, self._speaking))
        self._scheduled.add_done_callback(self._note_fault)

    async def _perform(self, reply: Reply, speaking: asyncio.Task[None] | None) -> None:
        if speaking is not None:
            await asyncio.wait([speaking])
        await asyncio.sleep(reply.delay_s)
        if self._phone.closed or (self._mind.listening and not reply.barges_in):
            return
        self._mind.began()
        self._speaking = asyncio.current_task()
        self._turns += 1
        try:
            if reply.text is not None:
                await self._speak(reply.text, reply.barges_in)
            for digit in reply.dtmf or "":
                await self._phone.press(digit)
                await asyncio.sleep(_KEY_S)
            if reply.hang_up:
                self._hung_up = True
                await self._phone.hang_up()
        except ConnectionError:
            return  # the seat ended the call while he spoke

    async def _speak(self, text: str, barges_in: bool) -> None:
        said = self._voice[text]
        self._say(text)
        where = utterance(said.clear, self._phone.position_s, barges_in=barges_in)
        whole = await self._phone.say(said.line)
        self._moved_s = asyncio.get_running_loop().time()
        if whole and where is not None:
            self._utterances.append(where)

    def _note_fault(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._fault = task.exception()

    async def _stop(self, *tasks: asyncio.Task[None] | None) -> None:
        for task in tasks:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, CallFailed):
                    await task
