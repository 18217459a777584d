"""A recording that holds both sides, stays out of the call's way and survives what may happen to it."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from telephony.flac_file import FlacFile
from telephony.recorder import CallRecorder


def noise(seconds: float, seed: int = 0) -> npt.NDArray[np.int16]:
    return (np.random.default_rng(seed).standard_normal(round(8000 * seconds)) * 3000).astype(np.int16)


def feed(recorder: CallRecorder, caller: npt.NDArray[np.int16], start_ms: float = 0) -> None:
    for at in range(0, len(caller), 160):
        recorder.caller(caller[at : at + 160].tobytes(), start_ms + at / 8)


def read(path: Path) -> npt.NDArray[np.int16]:
    data, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return np.asarray(data)


def failing(after: int) -> type[FlacFile]:
    """A file on a disk that is full after so many writes."""

    class Full(FlacFile):
        writes = 0

        def write(self, frames: npt.NDArray[np.int16]) -> None:
            self.writes += 1
            if self.writes > after:
                self._failed = True
                raise OSError(errno.ENOSPC, "No space left on device")
            super().write(frames)

    return Full


async def test_both_sides_sample_for_sample(tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    recorder = CallRecorder(path)
    caller, seat = noise(3, 1), noise(1, 2)
    recorder.seat(seat.tobytes(), 500)
    feed(recorder, caller)
    summary = await recorder.stop()
    track = read(path)
    assert np.array_equal(track[:, 0], caller)
    assert np.array_equal(track[4000:12000, 1], seat)
    assert not track[:4000, 1].any() and not track[12000:, 1].any()
    assert (summary.path, summary.seconds, summary.complete) == (path, 3.0, True)
    assert summary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.channels) == ("FLAC", "PCM_16", 2)


async def test_gaps_are_silence(tmp_path: Path) -> None:
    recorder = CallRecorder(tmp_path / "call.flac")
    feed(recorder, noise(0.5))
    feed(recorder, noise(0.5), start_ms=20_000)
    summary = await recorder.stop()
    track = read(summary.path)
    assert summary.seconds == 20.5
    assert not track[4000:160_000].any()
    assert np.array_equal(track[160_000:, 0], noise(0.5))


async def test_a_caller_who_refuses(tmp_path: Path) -> None:
    recorder = CallRecorder(tmp_path / "call.flac")
    recorder.seat(noise(5, 2).tobytes(), 0)
    feed(recorder, noise(1))
    recorder.pause()
    recorder.seat(noise(1, 2).tobytes(), 1000)
    feed(recorder, noise(1), start_ms=1000)
    recorder.resume()
    feed(recorder, noise(1), start_ms=2000)
    summary = await recorder.stop()
    recorder.caller(noise(1).tobytes(), 3000)
    track = read(summary.path)
    assert len(track) == 24_000
    assert track[:8000].any(axis=0).all()
    assert not track[8000:16_000].any()
    assert np.array_equal(track[16_000:, 0], noise(1))
    assert recorder.close() == summary


async def test_an_interrupted_prompt_ends_where_it_was_heard(tmp_path: Path) -> None:
    recorder = CallRecorder(tmp_path / "call.flac")
    recorder.seat(noise(3, 2).tobytes(), 0)
    feed(recorder, noise(1))
    recorder.cut_seat(1000)
    feed(recorder, noise(1), start_ms=1000)
    track = read((await recorder.stop()).path)
    assert np.array_equal(track[:8000, 1], noise(3, 2)[:8000])
    assert not track[8000:, 1].any()


async def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    faults: list[str] = []
    recorder = CallRecorder(tmp_path / "call.flac", on_fault=faults.append, open_file=failing(after=10))
    feed(recorder, noise(6))
    recorder._thread.join(5)
    feed(recorder, noise(6), start_ms=6000)
    summary = await recorder.stop()
    assert faults == ["recording_disk"]
    assert not summary.complete
    track = read(summary.path)
    assert 1.4 <= len(track) / 8000 == summary.seconds <= 2.0
    assert np.array_equal(track[:, 0], noise(6)[: len(track)])


DISK_FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from telephony.recorder import CallRecorder
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
recorder = CallRecorder(Path(sys.argv[1]), on_fault=print)
caller = (np.random.default_rng(0).standard_normal(48000) * 3000).astype(np.int16)
for at in range(0, len(caller), 160):
    recorder.caller(caller[at : at + 160].tobytes(), at / 8)
print(recorder.close())
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    done = subprocess.run([sys.executable, "-c", DISK_FULL, path], capture_output=True, text=True, timeout=20)
    assert done.stdout.splitlines()[0] == "recording_disk", done.stderr
    assert "complete=False" in done.stdout
    track = read(path)
    assert len(track) >= 8000
    assert np.array_equal(track[:, 0], noise(6)[: len(track)])


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from telephony.recorder import CallRecorder
recorder = CallRecorder(Path(sys.argv[1]))
caller = (np.random.default_rng(0).standard_normal(80000) * 3000).astype(np.int16)
for at in range(0, len(caller), 160):
    recorder.caller(caller[at : at + 160].tobytes(), at / 8)
for _ in range(5000):
    if recorder._written >= 76800:
        break
    time.sleep(0.001)
print("recorded", flush=True)
time.sleep(60)
"""


def test_what_survives_sigkill_is_all_but_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    child = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout:
        said = child.stdout.readline()
        child.kill()
        child.wait()
    assert said == b"recorded\n"
    track = read(path)
    assert len(track) / 8000 >= 9.0
    assert np.array_equal(track[:, 0], noise(10)[: len(track)])


async def test_a_slow_disk_does_not_hold_the_call(tmp_path: Path) -> None:
    go = threading.Event()

    class Slow(FlacFile):
        def write(self, frames: npt.NDArray[np.int16]) -> None:
            go.wait(5)
            super().write(frames)

    faults: list[str] = []
    recorder = CallRecorder(tmp_path / "call.flac", on_fault=faults.append, open_file=Slow, queue_blocks=5)
    feed(recorder, noise(4))  # returns at once though nothing is written
    assert faults == ["recording_slow"]
    go.set()
    summary = await recorder.stop()
    assert (summary.seconds, summary.complete) == (4.0, False)
    track = read(summary.path)
    assert np.array_equal(track[:8000, 0], noise(4)[:8000])
    assert np.array_equal(track[-1600:, 0], noise(4)[-1600:])


async def test_a_disk_that_never_answers(tmp_path: Path) -> None:
    go = threading.Event()

    class Stuck(FlacFile):
        def write(self, frames: npt.NDArray[np.int16]) -> None:
            go.wait(5)

    recorder = CallRecorder(tmp_path / "call.flac", open_file=Stuck)
    feed(recorder, noise(1))
    summary = await recorder.stop(deadline_s=0.02)
    assert (summary.complete, summary.sha256) == (False, None)
    go.set()


async def test_no_file_no_recording_but_a_call(tmp_path: Path) -> None:
    (tmp_path / "call.flac").write_text("an earlier call")
    for path in (tmp_path / "call.flac", tmp_path / "missing" / "call.flac"):
        faults: list[str] = []
        recorder = CallRecorder(path, on_fault=faults.append)
        feed(recorder, noise(1))
        summary = await recorder.stop()
        assert faults == ["recording_no_file"]
        assert (summary.seconds, summary.sha256, summary.complete) == (0.0, None, False)
    assert (tmp_path / "call.flac").read_text() == "an earlier call"


async def test_bad_times_and_half_samples_are_left_out(tmp_path: Path) -> None:
    def broken(code: str) -> None:
        faults.append(code)
        raise RuntimeError("the owner's mistake")

    faults: list[str] = []
    recorder = CallRecorder(tmp_path / "call.flac", on_fault=broken)
    recorder.caller(b"\x00\x00", float("nan"))
    recorder.seat(b"\x00", 0)
    feed(recorder, noise(1))
    summary = await recorder.stop()
    assert faults == ["recording_bad_time"]
    assert np.array_equal(read(summary.path)[:, 0], noise(1))


async def test_an_empty_call(tmp_path: Path) -> None:
    summary = await CallRecorder(tmp_path / "call.flac").stop()
    assert (summary.seconds, summary.complete) == (0.0, True)


def test_a_file_that_cannot_be_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no encoder")

    monkeypatch.setattr("telephony.flac_file.soundfile.SoundFile", refuse)
    with pytest.raises(OSError, match="begun"):
        FlacFile(tmp_path / "call.flac")
    assert list(tmp_path.iterdir()) == []
