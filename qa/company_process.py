"""The stand-in company as a process of its own, which may be ended and started again on the same port."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_SECRET_ENV = "SMARTSEAT_STAND_IN_SECRET"
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class CompanyBook:
    """What the company says of itself: taken, every effect by message id; tries, how often each message came;
    told, what the office replied to its answers (HTTP); owed: answers on their way."""

    taken: dict[str, dict[str, object]]
    tries: dict[str, int]
    told: list[int]
    owed: int


class CompanyProcess:
    """office: where it posts its answers; secret: shared with the office."""

    def __init__(self, office: str, secret: bytes) -> None:
        self._office = office
        self._secret = secret
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Raises RuntimeError when it does not come up."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "qa.company", "--port", str(self._port)),
                *("--office", self._office, "--secret-env", _SECRET_ENV),
            ],
            cwd=_ROOT,
            env=os.environ | {_SECRET_ENV: "whsec_" + base64.b64encode(self._secret).decode()},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if "http" not in line:
            raise RuntimeError("the stand-in company did not start: python -m qa.company --help")
        self._port = int(line.rstrip("/").rsplit(":", 1)[1])

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self._port}/{behaviour}"

    def book(self) -> CompanyBook:
        """Raises OSError while it is dead."""
        with urllib.request.urlopen(self.url("taken"), timeout=10) as answer:
            return CompanyBook(**json.load(answer))
