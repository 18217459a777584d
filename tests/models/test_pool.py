"""Who goes first in the model pool, and what happens to jobs nobody waits for any more."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from models.pool import ModelPool, PoolClosed, Priority


class Gate:
    """A job that holds its worker until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.go.wait(10)
        return "done"


@pytest.fixture
def single() -> Iterator[ModelPool]:
    pool = ModelPool(1)
    yield pool
    pool.close()


@pytest.fixture
def double() -> Iterator[ModelPool]:
    pool = ModelPool(2)
    yield pool
    pool.close()


async def test_gives_the_result_and_raises_the_exception(single: ModelPool) -> None:
    assert await single.run(Priority.FINAL, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await single.run(Priority.FINAL, divmod, 7, 0)
    assert await single.run(Priority.WARM, len, "the worker lives on") == 19


def test_final_goes_first_and_equals_keep_their_order(single: ModelPool) -> None:
    gate, order = Gate(), []
    held = single.submit(Priority.WARM, gate)
    assert gate.begun.wait(10)
    later = [
        single.submit(priority, order.append, (priority, n))
        for n, priority in enumerate(
            [Priority.WARM, Priority.PARTIAL, Priority.FINAL, Priority.FIRST_CLAUSE, Priority.FINAL]
        )
    ]
    gate.go.set()
    for job in [held, *later]:
        job.result(10)
    assert order == [
        (Priority.FINAL, 2),
        (Priority.FINAL, 4),
        (Priority.FIRST_CLAUSE, 3),
        (Priority.PARTIAL, 1),
        (Priority.WARM, 0),
    ]


async def test_a_cancelled_job_in_the_queue_never_runs(single: ModelPool) -> None:
    gate, ran = Gate(), []
    held = single.submit(Priority.FINAL, gate)
    assert gate.begun.wait(10)
    waiting = asyncio.create_task(single.run(Priority.FINAL, ran.append, "never"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.go.set()
    held.result(10)
    await single.run(Priority.WARM, ran.append, "after")
    assert ran == ["after"]


async def test_a_job_under_way_finishes_unseen(single: ModelPool) -> None:
    gate = Gate()
    running = asyncio.create_task(single.run(Priority.FINAL, gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    gate.go.set()
    assert await single.run(Priority.FINAL, len, "abc") == 3


def test_background_work_leaves_a_worker_free(double: ModelPool) -> None:
    first, second = Gate(), Gate()
    warming = double.submit(Priority.WARM, first)
    assert first.begun.wait(10)
    queued = double.submit(Priority.PARTIAL, second)
    assert double.submit(Priority.FINAL, len, "ab").result(10) == 2
    assert not second.begun.is_set()
    first.go.set()
    second.go.set()
    assert (warming.result(10), queued.result(10)) == ("done", "done")


def test_busy_when_optional_work_would_wait(double: ModelPool) -> None:
    assert not double.busy
    gate = Gate()
    held = double.submit(Priority.FINAL, gate)
    assert gate.begun.wait(10)
    assert double.busy
    gate.go.set()
    held.result(10)


def test_close_finishes_what_runs_and_drops_the_rest() -> None:
    pool, gate = ModelPool(1), Gate()
    held = pool.submit(Priority.FINAL, gate)
    assert gate.begun.wait(10)
    waiting = pool.submit(Priority.FINAL, len, "")
    threading.Timer(0.05, gate.go.set).start()
    pool.close()
    assert held.result(0) == "done"
    assert waiting.cancelled()
    with pytest.raises(PoolClosed):
        pool.submit(Priority.FINAL, len, "")
    pool.close()
