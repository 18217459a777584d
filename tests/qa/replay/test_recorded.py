"""Recordings out of a folder: with and without our events, mono and stereo, at any rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data.events as ev
from agent import recording
from data.errors import SealBroken
from data.records import Recording
from data.store import Store
from data.vocabulary import Outcome
from models.protocols import LINE_RATE
from qa.replay.recorded import BadRecording, channels, from_path, from_store

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

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
    assert call.load is None and call.file is None


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


def test_a_stored_call_opens_its_sealed_sound(tmp_path: Path, complaint: Events) -> None:
    frames = np.stack((np.full(LINE_RATE, 900), np.full(LINE_RATE, -900)), axis=1).astype(np.int16)
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path) as store:
        store.begin_call("c1", "12315", None, NOW, "v", "owner", 60)
        store.append("c1", complaint)
        place = recording.place_of(tmp_path, "20261124", "c1", sealed=True)
        place.parent.mkdir(parents=True)
        writer = recording.open_file(store, "c1", place, sealed=True)
        writer.write(frames)
        writer.close()
        store.close_call(
            "c1", Outcome.LODGED, "seat", NOW, Recording(path=str(place.relative_to(tmp_path)), sha256="0")
        )
        (tmp_path / "golden").mkdir()
        (tmp_path / "golden" / "c1.yaml").write_text("slots: {amount: 399}\n", "utf-8")
        call = from_store(store, "c1", tmp_path)
        assert call.load is not None and call.file is None, "a sealed file is for no player"
        caller, seat = call.load()
        assert seat is not None and (caller == 900).all() and (seat == -900).all()
        assert call.golden is not None and call.golden.slots == {"amount": 399}
        assert call.events == tuple(complaint)
        place.write_bytes(place.read_bytes()[:-40] + bytes(40))
        with pytest.raises((BadRecording, SealBroken)):
            call.load()
        place.unlink()
        assert from_store(store, "c1", tmp_path).load is None
