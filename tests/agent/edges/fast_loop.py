"""An event loop whose clock runs as fast as there is nothing to do: a call of a minute passes in a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any


class FastLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer instead of sleeping, unless a thread works for it.

    stuck: threads are at work that are not waited for: time runs on beside them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0
        self._threads = 0
        self.stuck = False

    def time(self) -> float:
        return super().time() + self._ahead

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> Any:
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _future: object) -> None:
        self._threads -= 1

    def _run_once(self) -> None:
        if not self._ready and self._scheduled and (self.stuck or not self._threads):
            self._ahead += max(0.0, self._scheduled[0]._when - self.time())
        super()._run_once()
