"""A seat in a process of its own, on this machine, for calls made by demo, simulate and bench."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from app.settings import Settings

_READY = re.compile(r"(ws://[^/\s]+)/media")
_WARMED = re.compile(r"预录 (\d+)/(\d+)")


class SeatNotUp(RuntimeError):
    """The seat's process ended before it took calls; its own words are on stderr."""


@dataclass(frozen=True)
class RunningSeat:
    """A seat that takes calls. url: "ws://127.0.0.1:PORT"."""

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def seat_process(settings: Settings, console: Console) -> Iterator[str]:
    """Start a seat on a free loopback port with its event feed on; gives "ws://127.0.0.1:PORT"."""
    with running_seat(settings, console) as seat:
        yield seat.url


@contextlib.contextmanager
def running_seat(settings: Settings, console: Console) -> Iterator[RunningSeat]:
    """The same, with the process in hand. Raises SeatNotUp."""
    environment = {
        **os.environ,
        "SMARTSEAT_HOME": str(settings.home.resolve()),
        "SMARTSEAT_HOST": "127.0.0.1",
        "SMARTSEAT_EVENT_FEED": "true",
        # What is tried is what lies in the folder, whatever was deployed here.
        "SMARTSEAT_SCRIPT_FROM": os.environ.get("SMARTSEAT_SCRIPT_FROM", "folder"),
        "SMARTSEAT_LOG_LEVEL": os.environ.get("SMARTSEAT_LOG_LEVEL", "WARNING"),
    }
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--while-stdin-is-open"],
            env=environment,
            cwd=Path(__file__).resolve().parent.parent,
            # Closed by our end, whatever that end is: no seat is left behind.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        try:
            url = _wait(process, console)
            if url is None:
                complaints.seek(0)
                raise SeatNotUp(complaints.read()[-3000:])
            threading.Thread(target=_drain, args=(process,), daemon=True).start()
            yield RunningSeat(url, process)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _drain(process: subprocess.Popen[str]) -> None:
    """Nobody reads on; a full pipe would stop the seat."""
    assert process.stdout is not None
    for _ in process.stdout:
        pass


def _wait(process: subprocess.Popen[str], console: Console) -> str | None:
    """Follow the seat's start on its output; None when it ended."""
    assert process.stdout is not None
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("坐席正在装载模型", total=None)
        for line in process.stdout:
            if found := _READY.search(line):
                return found[1]
            if warmed := _WARMED.search(line):
                done, total = map(int, warmed.groups())
                what = "预录固定话术（只在第一次）"
                progress.update(task, description=what, completed=done, total=total)
    return None
