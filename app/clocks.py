"""The cases' deadlines, looked at every minute: reminders, escalations, returns from silent companies."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from data.store import Store

log = logging.getLogger(__name__)

_EVERY_S = 60


async def watch_clocks(store: Store, writer: Executor) -> None:
    """As long as the process. writer: the store's one writer thread."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            made = await loop.run_in_executor(writer, store.look_at_clocks)
            if made:
                log.info("%d changes were due in cases' deadlines", len(made))
        except Exception as error:
            log.error("the deadlines wait: %s", type(error).__name__)
        await asyncio.sleep(_EVERY_S)
