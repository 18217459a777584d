"""A seat in a process of its own, on this machine, for calls made by demo, simulate and bench."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from app.settings import Settings

_READY = re.compile(r"(ws://[^/\s]+)/media")


class SeatNotUp(RuntimeError):
    """The seat's process ended before it took calls; its own words are on stderr."""


@contextlib.contextmanager
def seat_process(settings: Settings, console: Console) -> Iterator[str]:
    """Start a seat on a free loopback port with its event feed on; gives "ws://127.0.0.1:PORT"."""
    environment = {
        **os.environ,
        "SMARTSEAT_HOME": str(settings.home.resolve()),
        "SMARTSEAT_HOST": "127.0.0.1",
        "SMARTSEAT_EVENT_FEED": "true",
        "SMARTSEAT_LOG_LEVEL": os.environ.get("SMARTSEAT_LOG_LEVEL", "WARNING"),
    }
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            env=environment,
            cwd=Path(__file__).resolve().parent.parent,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        try:
            with console.status("坐席正在装载模型、预录话术（第一次约一分钟）…"):
                url = _wait(process)
            if url is None:
                complaints.seek(0)
                raise SeatNotUp(complaints.read()[-3000:])
            yield url
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[str]) -> str | None:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _READY.search(line):
            return found[1]
    return None
