"""Pipecat's pipeline of one call: started, run, and ended whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

from telephony.call import LINE_RATE

log = logging.getLogger(__name__)

#: The pipeline is there within so long, or the call cannot be taken. Seconds.
_READY_WITHIN_S = 20


class PipelineDown(RuntimeError):
    """Pipecat could not take the call."""


@contextlib.asynccontextmanager
async def running_pipeline(parts: list[FrameProcessor]) -> AsyncIterator[None]:
    """Pipecat's pipeline of `parts`, running inside the context. Raises PipelineDown if it does not start."""
    worker = PipelineWorker(
        Pipeline(parts),
        params=PipelineParams(audio_in_sample_rate=LINE_RATE, audio_out_sample_rate=LINE_RATE),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        cancel_on_idle_timeout=False,
    )
    ready = asyncio.Event()

    async def started(_worker: PipelineWorker, _frame: object) -> None:
        ready.set()

    worker.add_event_handler("on_pipeline_started", started)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait((running, waiting), timeout=_READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if not ready.is_set():
            raise PipelineDown("the pipeline did not start")
        yield
    finally:
        waiting.cancel()
        try:
            await worker.cancel()
            await running
        except Exception as error:
            log.error("the pipeline did not end well: %s", type(error).__name__)
