"""One live call: the pipeline built, run, watched and put away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Coroutine
from pathlib import Path

import data.events as ev
from agent import recording
from agent.acts import Clause
from agent.china_time import CHINA
from agent.dialog import Input
from agent.ear import Ear
from agent.hands import NotKept
from agent.keeping import StoreKeeper
from agent.kit import Kit
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.ear import EarProcessor
from agent.pipeline.filler import Filler
from agent.pipeline.running import running_pipeline
from agent.pipeline.seat import Seat
from agent.pipeline.transport import CallInput, CallOutput, CallTransport
from agent.pipeline.voice import SeatVoice
from agent.session import CallSession
from agent.speech import Speech
from agent.turns import TurnTaker
from data.desk_hours import desk_open
from data.records import Recording
from data.vocabulary import Outcome
from telephony.call import Call
from telephony.recorder import CallRecorder

log = logging.getLogger(__name__)


#: What the caller was saying when the line went is waited for so long.
_LAST_TURN_S = 6
#: After the last sentence of a call that cannot be kept, the line is closed by itself within so long.
_UNKEPT_S = 60
#: A line that was hung up says so within so long; else it is taken as gone.
_HANG_UP_S = 3
#: Past the limit of minutes, and its closing words, the line is closed whatever the dialog does.
_OVERTIME_S = 120


async def take_call(call: Call, kit: Kit) -> None:
    """Answer `call` and see it through. Never raises for what a caller, a line or a disk does."""
    kit.going_on.add(call.id)
    try:
        await _LiveCall(call, kit).run()
    except Exception as error:
        # Kind only: an exception's text may quote what a caller said.
        log.error("call %s failed: %s", call.id, type(error).__name__)
    finally:
        kit.going_on.discard(call.id)
        with contextlib.suppress(Exception):
            await call.hang_up()


class _LiveCall:
    """Wires the parts of one call together; lives as long as the call."""

    def __init__(self, call: Call, kit: Kit) -> None:
        self._call = call
        self._kit = kit
        self._script = kit.script()
        self._started = kit.now()
        self._zero = asyncio.get_running_loop().time()
        vad = kit.new_vad()
        self._line_gone = asyncio.Event()
        self._kept = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = StoreKeeper(kit.store, kit.writer, call.id, clock=kit.now)
        self._turns = TurnTaker(self._script.file.profiles, kit.turn_limits)
        self._speech = Speech(self._clock, self._put, self._turns.seat)
        self._recorder = self._open_recorder()
        self._output = CallOutput(call, self._speech, self._recorder, self._clock)
        self._ahead = SpokenAhead(kit.synthesiser, lambda: self._turns.voiced)
        self._voice = SeatVoice(
            kit.synthesiser, self._speech, self._ahead, sorry=self._clause("fault"), mute=self._mute
        )
        self._ear_processor = EarProcessor()
        self._ear = self._ear_processor.ear = Ear(
            vad=vad,
            recogniser=kit.recogniser,
            understand=kit.understand,
            turns=self._turns,
            speech=self._speech,
            cut=self._cut,
            today=self._started.astimezone(CHINA).date(),
            expand=kit.expand,
            put=self._ear_processor.found,
            foretell=self._foretell,
            thinking=lambda: self._filler.owe(),
            clock=self._clock,
        )
        self._seat = Seat(
            self._speech,
            put=self._put,
            clear_line=self._output.clear,
            hang_up_line=self._hang_up,
            stop_recording=self._stop_recording,
            attend=self._ear.attend,
            caller_speaks=lambda: self._ear.busy and not self._line_gone.is_set(),
            transfer=self._transfer,
            ahead=self._ahead,
        )
        self._filler = self._seat.filler = Filler(
            self._script.file.says["one_moment"],
            self._clause("one_moment").text,
            self._speech,
            kit.synthesiser,
            speak=self._voice.put,
            clock=self._clock,
            speaking=lambda: self._turns.listening,
            silent=lambda: self._seat.closing or self._line_gone.is_set(),
        )
        self._session = CallSession(
            self._script, self._keeper, self._seat, clock=self._clock, watch=self._watch
        )

    def _clock(self) -> int:
        return round((asyncio.get_running_loop().time() - self._zero) * 1000)

    def _clause(self, use: str) -> Clause:
        """One of the script's fixed sentences for the engine's own needs."""
        return Clause(text="".join(self._script.prompts[self._script.file.says[use]].parts), fixed=True)

    # --- from answer to hang-up ---------------------------------------------------------------------

    async def run(self) -> None:
        source = CallInput(self._call, self._recorder, self._clock, self._line_ended, self._output.marked)
        transport = CallTransport(source, self._output)
        parts = [transport.input(), self._ear_processor, self._seat, self._voice, transport.output()]
        # Before anything else can come in: the call's first event says whether it may go on with another.
        earlier = await self._dropped_call()
        self._put(
            ev.CallAnswered(
                call_id=self._call.id,
                line=self._call.line,
                caller_no=self._call.caller_no,
                script=self._script.version,
                started_at=self._started.astimezone(CHINA),
                draw=random.random(),
                desk_open=desk_open(self._call.line, self._started.astimezone(CHINA)),
                earlier=earlier,
            )
        )
        try:
            async with running_pipeline(parts):
                await self._talk()
        finally:
            self._stop()
            await self._put_away()

    async def _dropped_call(self) -> ev.EarlierCall | None:
        resume = self._script.file.resume
        if resume is None:
            return None
        return await self._keeper.dropped_call(self._call.caller_no, resume.within_minutes)

    async def _talk(self) -> None:
        self._filler.owe()
        self._spawn(self._filler.run())
        try:
            await self._keeper.begin(
                self._call.line,
                self._call.caller_no,
                self._started,
                self._script.version,
                self._kit.owner,
                self._kit.lease_s,
            )
        except NotKept:
            # The session finds out with its first event, and says so.
            log.error("call %s: it could not be opened in the store", self._call.id)
        self._spawn(self._beat())
        self._spawn(self._time_limit())
        await self._session.run()
        if self._session.state.closed is None:
            # Nothing is kept any more: the last sentence is on its way; wait for the line to close.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._line_gone.wait(), _UNKEPT_S)

    def _stop(self) -> None:
        """Nothing of the call goes on by itself after it."""
        self._ear.close()
        self._ahead.stop()
        self._seat.stop()
        for task in self._tasks:
            task.cancel()

    async def _put_away(self) -> None:
        """Close what the call holds open. Raises nothing: each thing is closed whatever became of the others."""
        kept = None
        try:
            kept = await self._close_recording()
        except Exception as error:
            log.error("call %s: the recording: %s", self._call.id, type(error).__name__)
        if self._session.state.closed is None:
            try:
                # The store may be back by now.
                await self._session.handle(ev.CallerHungUp())
            except Exception as error:
                log.error("call %s: left for recovery: %s", self._call.id, type(error).__name__)
                return
        state = self._session.state
        by = "seat" if state.ending is not None else "caller"
        await self._keeper.close(state.closed or Outcome.INCOMPLETE, by, kept)

    # --- the recording ------------------------------------------------------------------------------

    def _open_recorder(self) -> CallRecorder:
        """Without a folder the recorder says so itself, and the call goes on."""
        kit, call_id, sealed = self._kit, self._call.id, self._kit.seal_recordings
        path = recording.place_of(kit.home, f"{self._started:%Y%m%d}", call_id, sealed=sealed)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
        return CallRecorder(
            path,
            on_fault=self._recording_fault,
            open_file=lambda path: recording.open_file(kit.store, call_id, path, sealed=sealed),
        )

    def _recording_fault(self, code: str) -> None:
        """Also called from the recorder's thread."""
        log.error("call %s: %s; the call goes on", self._call.id, code)

    def _stop_recording(self) -> None:
        """The caller does not want it: nothing more is written, and the file is closed now."""
        self._recorder.pause()
        self._spawn(self._finish_recording())

    async def _finish_recording(self) -> None:
        await self._recorder.stop()

    async def _close_recording(self) -> Recording | None:
        self._recorder.cut_seat(self._clock())
        summary = await self._recorder.stop()
        if summary.sha256 is None:
            return None
        return Recording(path=str(_inside(summary.path, self._kit.home)), sha256=summary.sha256)

    # --- what the parts tell each other -------------------------------------------------------------

    def _put(self, event: Input) -> None:
        self._session.put(event)

    def _cut(self) -> None:
        if self._speech.cut():
            self._spawn(self._output.clear())

    def _line_ended(self, reason: str) -> None:
        if not self._line_gone.is_set():
            self._line_gone.set()
            self._speech.cut(insist=True)
            self._spawn(self._last_turn())

    async def _last_turn(self) -> None:
        """What the caller was saying when the line went is heard out and kept; then the call is over."""
        try:
            async with asyncio.timeout(_LAST_TURN_S):
                await asyncio.sleep(0.05)  # for the sound that is still on its way to the ear
                await self._ear.conclude()
        except Exception as error:
            log.error("call %s: the last turn was lost: %s", self._call.id, type(error).__name__)
        await self._ear_processor.found(ev.CallerHungUp())
        # In case the pipeline does not carry it: a second one finds the call closed.
        await asyncio.sleep(1)
        self._put(ev.CallerHungUp())

    async def _hang_up(self) -> None:
        try:
            await self._call.hang_up()
        except Exception as error:
            log.error("call %s: hanging up failed: %s", self._call.id, type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._line_gone.wait(), _HANG_UP_S)
        self._line_ended("hung_up_here")

    def _mute(self) -> None:
        """Not a word can be spoken: the caller is better off with a closed line and a call-back."""
        self._spawn(self._hang_up())

    def _foretell(self, event: ev.WordsHeard) -> None:
        """Begin to make the sound of the answer while the turn may still go on. Only a head start."""
        try:
            self._ahead.want(self._session.foretell(event))
        except Exception as error:
            log.warning("call %s: nothing was made ahead: %s", self._call.id, type(error).__name__)

    async def _transfer(self, reason: str, to: str | None) -> ev.TransferEnded:
        return self._kit.desk(self._call.id, reason, to)

    def _watch(self, event: ev.CallEvent) -> None:
        self._kept += 1
        if self._kit.watch is not None:
            try:
                self._kit.watch(self._call.id, self._kept, event)
            except Exception as error:
                log.error("call %s: a watcher failed: %s", self._call.id, type(error).__name__)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._kit.lease_s / 3)
            if not await self._keeper.heartbeat(self._kit.owner, self._kit.lease_s):
                log.error("call %s: another process has taken it over", self._call.id)
                # Nothing more of it is kept here: the session finds that out, says so and ends the call.
                self._put(ev.FaultStruck(room="store"))
                return

    async def _time_limit(self) -> None:
        await asyncio.sleep(self._script.file.limit_minutes * 60)
        self._put(ev.TimeUp())
        await asyncio.sleep(_OVERTIME_S)
        log.error("call %s: it did not end in time", self._call.id)
        await self._hang_up()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call %s: %s", self._call.id, type(error).__name__)


def _inside(path: Path, home: Path) -> Path:
    return path.relative_to(home) if path.is_relative_to(home) else path
