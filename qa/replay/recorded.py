"""Calls to replay: out of the store, or any folder of recordings, with or without our events.

A stored call's corrected record lies at HOME/golden/ID.yaml; one of a folder beside its recording. Both are in
the form of a persona's `expect`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from pydantic import ValidationError

import data.events as ev
from agent import recording
from data.call_files import golden_of
from data.errors import NoRecording
from data.store import Store
from models.protocols import LINE_RATE, Pcm
from qa.persona import Expect
from qa.plain_yaml import BadYaml, read_yaml

SOUNDS = (".flac", ".wav", ".mp3")
#: Beside ID.flac: the record as a person corrected it.
GOLDEN = ".golden.yaml"
#: Beside ID.flac: our events, one JSON a line.
EVENTS = ".events.jsonl"


class BadRecording(ValueError):
    """A recording, its events or its golden record cannot be used; the message says which and why."""


#: The caller's channel and the seat's, if there is one: int16 at 8 kHz.
Sound = tuple[Pcm, Pcm | None]


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """events: empty for a recording that is not ours. load: gives the sound, None where nothing was recorded;
    may raise BadRecording. file: the recording, where it is a file that anything can play."""

    id: str
    events: tuple[ev.CallEvent, ...] = ()
    load: Callable[[], Sound] | None = None
    file: Path | None = None
    golden: Expect | None = None


def from_store(store: Store, call_id: str, home: Path) -> RecordedCall:
    """The store must stay open until the call was replayed: its sound is opened when it is needed.

    Raises CallUnknown, CallErased, SealBroken, BadRecording (its golden file).
    """
    golden = _golden(golden_of(home, call_id))
    path = store.call(call_id).recording_path
    file = home / path if path is not None else None
    if file is None or not file.is_file() or not file.stat().st_size:
        return RecordedCall(call_id, tuple(store.events(call_id)), golden=golden)

    def load() -> Sound:
        try:
            frames = recording.load(store, home, call_id)
        except (NoRecording, soundfile.LibsndfileError, ValueError) as error:
            raise BadRecording(f"来电 {call_id} 的录音打不开") from error
        return np.ascontiguousarray(frames[:, 0]), np.ascontiguousarray(frames[:, 1])

    plain = file if file.suffix in SOUNDS else None
    return RecordedCall(call_id, tuple(store.events(call_id)), load, plain, golden)


def from_path(path: Path) -> list[RecordedCall]:
    """The recording at `path`, or every one in that folder, by name. Raises BadRecording."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SOUNDS)
        if not files:
            raise BadRecording(f"{path} 里没有录音（{'、'.join(SOUNDS)}）")
    elif path.is_file():
        files = [path]
    else:
        raise BadRecording(f"没有 {path}：既不是录音文件，也不是文件夹")
    return [_from_file(file) for file in files]


def _from_file(file: Path) -> RecordedCall:
    events, golden = _events(file.with_suffix(EVENTS)), _golden(file.with_suffix(GOLDEN))
    if not file.stat().st_size:
        return RecordedCall(file.stem, events, golden=golden)
    return RecordedCall(file.stem, events, lambda: channels(file), file, golden)


def channels(path: Path) -> Sound:
    """The caller's channel (left, or the only one) and the seat's (right, if there is one), int16 at 8 kHz.

    Raises BadRecording.
    """
    try:
        sound, rate = soundfile.read(path, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise BadRecording(f"{path.name} 不是能读的录音，请给 WAV、FLAC 或 MP3") from error
    sides = [_at_line_rate(sound[:, side], rate) for side in range(min(2, sound.shape[1]))]
    return sides[0], sides[1] if len(sides) == 2 else None


def _at_line_rate(sound: Pcm, rate: int) -> Pcm:
    if rate == LINE_RATE:
        return np.ascontiguousarray(sound)
    resampled = soxr.resample(sound.astype(np.float32) / 32768, rate, LINE_RATE)
    clipped: Pcm = (np.clip(resampled, -1, 1) * 32767).astype(np.int16)
    return clipped


def _events(path: Path) -> tuple[ev.CallEvent, ...]:
    if not path.is_file():
        return ()
    events: list[ev.CallEvent] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            events.append(ev.EVENT.validate_json(line))
        except ValidationError as error:
            raise BadRecording(f"{path.name} 第 {number} 行不是一个通话事件") from error
    return tuple(events)


def _golden(path: Path) -> Expect | None:
    if not path.is_file():
        return None
    try:
        return Expect.model_validate(read_yaml(path).value)
    except BadYaml as error:
        raise BadRecording(str(error)) from error
    except ValidationError as error:
        where = "、".join(".".join(map(str, detail["loc"])) for detail in error.errors())
        raise BadRecording(f"{path.name}：{where} 写得不对，写法和来电人的 expect 一样") from error
