"""One log, of ours: personal data never reaches it, and Pipecat's chatter neither."""

from __future__ import annotations

import logging
import sys

from loguru import logger as pipecat_log


def set_up(level: str = "INFO") -> None:
    """Loguru's default sink is removed; Pipecat speaks from WARNING up, through the standard log."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for noisy in ("httpx", "websockets", "uvicorn.access", "jieba", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    pipecat_log.remove()
    pipecat_log.add(_forward, level="WARNING", format="{name}: {message}")


def _forward(message: object) -> None:
    logging.getLogger("pipecat").warning("%s", str(message).rstrip()[:300])
