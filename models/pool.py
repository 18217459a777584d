"""One queue for all model work, so that what a caller waits for goes first.

Measured on two cores (Whisper base int8, ten second window, beam of three, clips of 3-8 s): a decode
takes 0.36 s on one worker with two threads and 0.31 s on one with a single thread, because a decoder's
step is too small to share; two asked for at once are both done after 0.77 s and 0.40 s. So: one worker
a core, and every engine computes on a single thread.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
#: Priority, order of arrival, cancel, run.
_Waiting = tuple["Priority", int, Callable[[], bool], Callable[[], None]]


class Priority(IntEnum):
    """Who goes first when several jobs wait; within one priority, first come first served."""

    FINAL = 0
    """The words the seat waits for before it can answer."""
    FIRST_CLAUSE = 1
    """The first sound of an answer."""
    PARTIAL = 2
    """Words so far, later clauses, second opinions."""
    WARM = 3
    """Filling the prompt cache."""


class PoolClosed(RuntimeError):
    """The pool takes no more work."""


class ModelPool:
    """Worker threads behind one priority queue, shared by every call of the process.

    PARTIAL and WARM jobs never occupy the last worker (where there are two or more): a running
    job can't be interrupted, and a caller's final words must not wait behind a cache being warmed.
    """

    def __init__(self, workers: int | None = None) -> None:
        """workers: threads; by default one for each core this process may use, at least one."""
        self.workers = workers or max(1, _cores())
        self._lock = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._running = 0
        self._background = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"model-{n}", daemon=True) for n in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether a job submitted now might wait or take the last worker: optional work should be skipped."""
        with self._lock:
            return bool(self._waiting) or self._running >= max(1, self.workers - 1)

    def submit(self, priority: Priority, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `fn(*args)`. `cancel()` on the future drops the job if it has not begun.

        Raises PoolClosed after `close`.
        """
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise PoolClosed("the model pool is closed")
            heapq.heappush(self._waiting, (priority, next(self._order), future.cancel, job))
            self._lock.notify_all()
        return future

    async def run(self, priority: Priority, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `fn(*args)`, run on a worker; its exception is raised here.

        A cancelled task takes a queued job out of the queue; a job under way finishes unseen.
        """
        return await asyncio.wrap_future(self.submit(priority, fn, *args, **kwargs))

    def close(self) -> None:
        """Finish the jobs under way, cancel the rest (their futures raise), stop the workers."""
        with self._lock:
            self._closed = True
            dropped, self._waiting = self._waiting, []
            self._lock.notify_all()
        for _, _, cancel, _ in dropped:
            cancel()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._startable():
                    if self._closed:
                        return
                    self._lock.wait()
                priority, _, _, job = heapq.heappop(self._waiting)
                background = priority >= Priority.PARTIAL
                self._running += 1
                self._background += background
            try:
                job()
            finally:
                with self._lock:
                    self._running -= 1
                    self._background -= background
                    self._lock.notify_all()

    def _startable(self) -> bool:
        if not self._waiting:
            return False
        urgent = self._waiting[0][0] < Priority.PARTIAL
        return urgent or self._background < max(1, self.workers - 1)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1
