"""One live call: the pipeline built, run, watched and put away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Coroutine
from pathlib import Path

from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

import data.events as ev
from agent.china_time import CHINA
from agent.ear import Ear, Found
from agent.hands import NotKept
from agent.keeping import StoreKeeper
from agent.kit import Kit
from agent.pipeline.ahead import SpokenAhead
from agent.pipeline.ear import EarProcessor
from agent.pipeline.seat import Seat
from agent.pipeline.transport import CallInput, CallOutput, CallTransport
from agent.pipeline.voice import SeatVoice
from agent.session import CallSession
from agent.speech import Speech
from agent.turns import TurnTaker
from data.records import Recording
from data.vocabulary import Outcome
from telephony.call import LINE_RATE, Call
from telephony.recorder import CallRecorder

log = logging.getLogger(__name__)


async def take_call(call: Call, kit: Kit) -> None:
    """Answer `call` and see it through. Never raises for what a caller, a line or a disk does."""
    kit.going_on.add(call.id)
    try:
        await _LiveCall(call, kit).run()
    except NotKept:
        log.error("call %s: the store takes nothing; the line is closed", call.id)
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
        self._zero = time.monotonic()
        self._keeper = StoreKeeper(kit.store, kit.writer, call.id, clock=kit.now)
        self._recording_path = kit.home / "recordings" / f"{self._started:%Y%m%d}" / f"{call.id}.flac"
        self._recording_path.parent.mkdir(parents=True, exist_ok=True)
        self._recorder = CallRecorder(self._recording_path, on_fault=self._recording_fault)
        self._turns = TurnTaker(self._script.file.profiles, kit.turn_limits)
        self._speech = Speech(self._clock, self._prompt_event, self._turns.seat)
        self._output = CallOutput(call, self._speech, self._recorder, self._clock)
        self._ear_processor = EarProcessor()
        self._ear = self._ear_processor.ear = Ear(
            vad=kit.new_vad(),
            recogniser=kit.recogniser,
            understand=kit.understand,
            turns=self._turns,
            speech=self._speech,
            cut=self._cut,
            today=self._started.astimezone(CHINA).date(),
            expand=kit.expand,
            put=self._ear_processor.found,
            foretell=self._foretell,
        )
        self._ahead = SpokenAhead(kit.synthesiser, lambda: self._turns.voiced)
        self._seat = Seat(
            self._script,
            self._speech,
            put=self._put,
            clear_line=self._output.clear,
            hang_up_line=call.hang_up,
            stop_recording=self._recorder.pause,
            attend=self._ear.attend,
            transfer=self._transfer,
            ahead=self._ahead,
        )
        self._session = CallSession(
            self._script, self._keeper, self._seat, clock=self._clock, watch=self._watch
        )
        self._line_gone = asyncio.Event()
        self._kept = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def _clock(self) -> int:
        return round((time.monotonic() - self._zero) * 1000)

    async def run(self) -> None:
        source = CallInput(self._call, self._speech, self._recorder, self._clock, self._line_ended)
        transport = CallTransport(source, self._output)
        worker = PipelineWorker(
            Pipeline(
                [
                    transport.input(),
                    self._ear_processor,
                    self._seat,
                    SeatVoice(self._kit.synthesiser, self._speech, self._ahead),
                    transport.output(),
                ]
            ),
            params=PipelineParams(audio_in_sample_rate=LINE_RATE, audio_out_sample_rate=LINE_RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_on_idle_timeout=False,
        )
        await self._keeper.begin(
            self._call.line,
            self._call.caller_no,
            self._started,
            self._script.version,
            self._kit.owner,
            self._kit.lease_s,
        )
        ready = asyncio.Event()

        async def started(_worker: PipelineWorker, _frame: object) -> None:
            ready.set()

        worker.add_event_handler("on_pipeline_started", started)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        beating = asyncio.create_task(self._beat())
        timing = asyncio.create_task(self._time_limit())
        try:
            await ready.wait()
            self._session.put(
                ev.CallAnswered(
                    call_id=self._call.id,
                    line=self._call.line,
                    caller_no=self._call.caller_no,
                    script=self._script.version,
                    started_at=self._started.astimezone(CHINA),
                    draw=random.random(),
                )
            )
            await self._session.run()
            if self._session.state.closed is None:
                # The store failed: the last sentence is on its way; wait for the line to close.
                await asyncio.wait_for(self._line_gone.wait(), 30)
        finally:
            for task in (beating, timing):
                task.cancel()
            self._ahead.stop()
            await worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await self._put_away()

    async def _put_away(self) -> None:
        self._recorder.cut_seat(self._clock())
        summary = await self._recorder.stop()
        recording = None
        if summary.sha256 is not None:
            recording = Recording(path=str(_inside(summary.path, self._kit.home)), sha256=summary.sha256)
        state = self._session.state
        outcome = state.closed or state.ending or Outcome.INCOMPLETE
        by = "seat" if state.ending is not None else "caller"
        await self._keeper.close(outcome, by, recording)

    # --- what the parts tell each other -------------------------------------------------------------

    def _put(self, event: Found) -> None:
        self._session.put(event)

    def _prompt_event(self, event: ev.PromptStarted | ev.PromptEnded) -> None:
        self._session.put(event)

    def _cut(self) -> None:
        if self._speech.cut():
            self._spawn(self._output.clear())

    def _line_ended(self, reason: str) -> None:
        self._line_gone.set()
        self._speech.cut(insist=True)
        self._session.put(ev.CallerHungUp())

    def _foretell(self, event: ev.WordsHeard) -> None:
        """Begin to make the sound of the answer while the turn may still go on. Only a head start."""
        try:
            self._ahead.want(self._session.foretell(event))
        except Exception as error:
            log.warning("call %s: nothing was made ahead: %s", self._call.id, type(error).__name__)

    async def _transfer(self, reason: str) -> ev.TransferEnded:
        return self._kit.desk(self._call.id, reason)

    def _watch(self, event: ev.CallEvent) -> None:
        self._kept += 1
        if self._kit.watch is not None:
            self._kit.watch(self._call.id, self._kept, event)

    def _recording_fault(self, code: str) -> None:
        log.error("call %s: %s; the call goes on", self._call.id, code)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._kit.lease_s / 3)
            if not await self._keeper.heartbeat(self._kit.owner, self._kit.lease_s):
                log.error("call %s: another process has taken it over", self._call.id)
                await self._call.hang_up()
                return

    async def _time_limit(self) -> None:
        await asyncio.sleep(self._script.file.limit_minutes * 60)
        self._session.put(ev.TimeUp())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _inside(path: Path, home: Path) -> Path:
    return path.relative_to(home) if path.is_relative_to(home) else path
