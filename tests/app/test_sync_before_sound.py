"""What the kernel saw: the caller's words are on the disk before the first sound of the answer leaves."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from .conftest import Start
from .half_call import half_a_call

pytestmark = [pytest.mark.spoken, pytest.mark.timeout(300)]

_CALLS = "openat,pwrite64,write,fdatasync,fsync,sendto,sendmsg"
_WRITE = re.compile(r"(?:pwrite64|write)\((\d+)<[^>]*seat\.db-wal>")
_SYNC = re.compile(r"(?:fdatasync|fsync)\((\d+)<[^>]*seat\.db-wal>")


def test_words_are_synced_before_the_answer_sounds(start_seat: Start, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed (Debian: apt-get install strace)")
    trace = tmp_path / "trace.txt"
    under = (strace, "-f", "-y", "-s", "220", "-e", f"trace={_CALLS}", "-o", str(trace))
    seat = start_seat(under=under)
    asyncio.run(half_a_call(seat, kill=False))
    seat.stop()
    steps = [step for line in trace.read_text(errors="replace").splitlines() if (step := _step(line))]
    told = steps.index("words")
    before = steps[:told]
    question = len(before) - 1 - before[::-1].index("sound")  # the last sound of the question
    answer = steps.index("sound", question + 1)
    between = steps[question:answer]
    assert "write" in between and "sync" in between, "nothing was stored while the caller spoke"
    last_write = len(between) - 1 - between[::-1].index("write")
    assert "sync" in between[last_write:], "the answer sounded before the caller's words were synced"
    assert "words" in between or told > answer


def _step(line: str) -> str | None:
    """One line of the trace, if it matters: write, sync, sound, words."""
    if _SYNC.search(line):
        return "sync"
    if _WRITE.search(line):
        return "write"
    if "send" in line and "media" in line and "payload" in line:
        return "sound"
    if "send" in line and "words_heard" in line:
        return "words"
    return None
