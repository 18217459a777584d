"""For all rooms: no test changes the process for the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _the_log_as_it_was() -> Iterator[None]:
    """A command run in the process sets up its own log (app.logs)."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
