"""A real seat in a process of its own, watched for sockets that leave the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = Path(os.environ.get("SMARTSEAT_HOME", ROOT / "var")) / "models"
SPEECH = MODELS.parent / "cache" / "speech"

#: Run by every Python process of the seat before anything else: a socket to elsewhere is refused and noted.
SITE = """
import os, sys

def _watch(event, args):
    if event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        return
    target = args[0] if event == "socket.getaddrinfo" else args[1]
    host = target[0] if isinstance(target, tuple) else target
    if host in (None, "", "localhost") or str(host).startswith(("127.", "::1", "/", "\\x00")):
        return
    with open(os.environ["SMARTSEAT_TEST_OUTWARD"], "a") as notes:
        notes.write(f"{event} {host}\\n")
    raise PermissionError(f"a socket to {host} during a test")

sys.addaudithook(_watch)
"""


@dataclass
class RunningSeat:
    """A seat process: its URL, its home, and what it tried to reach outside."""

    url: str
    home: Path
    process: subprocess.Popen[str]
    outward: Path
    errors: Path = field(default=Path())

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        # The whole group: a seat under strace outlives strace alone.
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


Start = Callable[..., RunningSeat]


@pytest.fixture
def start_seat(tmp_path: Path) -> Iterator[Start]:
    """Start seats on free ports in homes of their own; the fetched models are shared."""
    if not MODELS.is_dir():
        pytest.fail(f"no models at {MODELS}; run: smartseat models fetch")
    seats: list[RunningSeat] = []

    def start(home: Path | None = None, *, under: tuple[str, ...] = (), **settings: str) -> RunningSeat:
        """under: a command the seat runs under (strace …)."""
        home = home or tmp_path / "home"
        (home / "cache").mkdir(parents=True, exist_ok=True)
        for here, there in ((home / "models", MODELS), (home / "cache" / "speech", SPEECH)):
            there.mkdir(parents=True, exist_ok=True)
            if not here.exists():
                here.symlink_to(there, target_is_directory=True)
        site = tmp_path / "site"
        site.mkdir(exist_ok=True)
        (site / "sitecustomize.py").write_text(SITE, encoding="utf-8")
        outward, errors = tmp_path / "outward.txt", tmp_path / f"seat{len(seats)}.log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(site),
            "SMARTSEAT_TEST_OUTWARD": str(outward),
            "SMARTSEAT_HOME": str(home),
            "SMARTSEAT_EVENT_FEED": "true",
            "SMARTSEAT_WARM": "false",
            **{f"SMARTSEAT_{name.upper()}": value for name, value in settings.items()},
        }
        with errors.open("w") as sink:
            process = subprocess.Popen(
                [*under, sys.executable, "-m", "app.cli", "serve", "--port", "0"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
            )
        assert process.stdout is not None
        url = next((_url(line) for line in process.stdout if "ws://" in line), None)
        if url is None:
            process.wait(10)
            pytest.fail("the seat did not start:\n" + errors.read_text()[-2000:])
        seat = RunningSeat(url, home, process, outward, errors)
        seats.append(seat)
        return seat

    yield start
    for seat in seats:
        if seat.process.poll() is None:
            seat.stop()


def _url(line: str) -> str:
    return line.split()[-1].removesuffix("/media")
