"""The seat beside a demo: waited for until it takes calls, ended with it, its own words shown if it fails."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import app.seat_process
from app.seat_process import SeatNotUp, seat_process
from app.settings import Settings

STARTED: list[subprocess.Popen[str]] = []
GOES_UP = """
import os, time
print("预录 1/2", flush=True)
print("预录 2/2", flush=True)
print("接听 ws://127.0.0.1:4711/media", flush=True)
assert os.environ["SMARTSEAT_EVENT_FEED"] == "true" and os.environ["SMARTSEAT_HOST"] == "127.0.0.1"
time.sleep(60)
"""
FAILS = "import sys; sys.stderr.write('缺少模型'); sys.exit(1)"


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What runs in the seat's place: a small program, to be set by the test."""
    program: list[str] = []
    real = subprocess.Popen

    def start(_command: object, **more: Any) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = real([sys.executable, "-c", program[0]], **more)
        STARTED.append(process)
        return process

    monkeypatch.setattr(app.seat_process.subprocess, "Popen", start)
    yield program
    for process in STARTED:
        assert process.poll() is not None
    STARTED.clear()


def _console() -> Console:
    return Console(file=StringIO())


def test_it_is_there_while_it_is_needed(seat: list[str], tmp_path: Path) -> None:
    seat.append(GOES_UP)
    with seat_process(Settings(home=tmp_path), _console()) as url:
        assert url == "ws://127.0.0.1:4711"
        assert STARTED[0].poll() is None
    assert STARTED[0].poll() is not None


def test_it_ends_with_a_mistake_beside_it(seat: list[str], tmp_path: Path) -> None:
    seat.append(GOES_UP)
    with pytest.raises(KeyError), seat_process(Settings(home=tmp_path), _console()):
        raise KeyError
    assert STARTED[0].poll() is not None


def test_a_seat_that_does_not_come_up_says_why(seat: list[str], tmp_path: Path) -> None:
    seat.append(FAILS)
    with pytest.raises(SeatNotUp, match="缺少模型"), seat_process(Settings(home=tmp_path), _console()):
        pass


def test_a_seat_ends_when_whoever_started_it_is_gone() -> None:
    program = "import time\nfrom app.commands.serve import end_with_stdin\nend_with_stdin()\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(50) == -signal.SIGTERM
