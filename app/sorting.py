"""Lodged records are sorted soon after their call: drafts of where they go, and what they belong with."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from data.store import Store

log = logging.getLogger(__name__)

_EVERY_S = 2.0
_AT_ONCE = 3
"""Calls share the writer thread: so few records at a time that none waits."""


async def watch_sorting(store: Store, writer: Executor) -> None:
    """As long as the process. writer: the store's one writer thread."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            sorted_now = await loop.run_in_executor(writer, store.sort_records, None, _AT_ONCE)
        except Exception as error:
            log.error("sorting waits: %s", type(error).__name__)
            sorted_now = 0
        await asyncio.sleep(_EVERY_S if sorted_now < _AT_ONCE else 0)
