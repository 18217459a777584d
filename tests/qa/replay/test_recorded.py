"""Recordings out of a folder: with and without our events, mono and stereo, at any rate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data.events as ev
from models.protocols import LINE_RATE
from qa.replay.recorded import BadRecording, channels, from_path

Events = Sequence[ev.CallEvent]


def write(path: Path, sides: int = 2, rate: int = LINE_RATE, seconds: float = 0.5) -> Path:
    sound = np.zeros((int(rate * seconds), sides), dtype=np.int16)
    sound[:, 0] = 1000
    soundfile.write(path, sound, rate)
    return path


def test_a_folder_gives_its_recordings_by_name(tmp_path: Path, complaint: Events) -> None:
    write(tmp_path / "b.flac")
    write(tmp_path / "a.wav")
    (tmp_path / "notes.txt").write_text("no recording")
    (tmp_path / "b.events.jsonl").write_text(
        "\n".join(ev.EVENT.dump_json(each).decode() for each in complaint), "utf-8"
    )
    (tmp_path / "a.golden.yaml").write_text(
        "slots: {amount: 399}\nconsents: {refer_to_platform: given}\n", "utf-8"
    )
    a, b = from_path(tmp_path)
    assert (a.id, b.id) == ("a", "b")
    assert a.events == () and b.events == tuple(complaint)
    assert a.golden is not None and a.golden.slots == {"amount": 399} and b.golden is None


def test_the_callers_channel_is_the_left_one_at_the_lines_rate(tmp_path: Path) -> None:
    caller, seat = channels(write(tmp_path / "a.wav", rate=16_000))
    assert len(caller) == LINE_RATE // 2 and seat is not None
    assert np.abs(caller[500:-500] - 1000).max() <= 20 and not seat.any()
    caller, seat = channels(write(tmp_path / "b.flac", sides=1))
    assert caller.tolist() == [1000] * (LINE_RATE // 2) and seat is None


def test_an_empty_recording_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "a.flac").touch()
    [call] = from_path(tmp_path)
    assert call.audio is None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.golden.yaml", "slots: {amout: 399}\n", "amout"),
        ("a.golden.yaml", "slots: [\n", "a.golden.yaml:"),
        ("a.events.jsonl", '{"type": "nothing"}\n', "第 1 行"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, content: str, told: str) -> None:
    write(tmp_path / "a.flac")
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadRecording, match=told):
        from_path(tmp_path)


def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="没有录音"):
        from_path(tmp_path)
    with pytest.raises(BadRecording, match="没有"):
        from_path(tmp_path / "absent.flac")
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(BadRecording, match=r"a\.wav"):
        channels(tmp_path / "a.wav")
