"""Calls to replay: out of the store, or any folder of recordings, with or without our events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from pydantic import ValidationError

import data.events as ev
from data.store import Store
from models.protocols import LINE_RATE, Pcm
from qa.persona import Expect
from qa.plain_yaml import BadYaml, read_yaml

SOUNDS = (".flac", ".wav", ".mp3")
#: Beside ID.flac: the record as a person corrected it, in the form of a persona's `expect`.
GOLDEN = ".golden.yaml"
#: Beside ID.flac: our events, one JSON a line.
EVENTS = ".events.jsonl"


class BadRecording(ValueError):
    """A recording, its events or its golden record cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """events: empty for a recording that is not ours. audio: None where nothing was recorded."""

    id: str
    events: tuple[ev.CallEvent, ...] = ()
    audio: Path | None = None
    golden: Expect | None = None


def from_store(store: Store, call_id: str, home: Path) -> RecordedCall:
    """Raises CallUnknown, CallErased, SealBroken, BadRecording (its golden file)."""
    path = store.call(call_id).recording_path
    audio = home / path if path is not None else None
    if audio is not None and not (audio.is_file() and audio.stat().st_size):
        audio = None
    golden = _golden(audio.with_suffix(GOLDEN)) if audio is not None else None
    return RecordedCall(call_id, tuple(store.events(call_id)), audio, golden)


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
    return [
        RecordedCall(
            file.stem,
            _events(file.with_suffix(EVENTS)),
            file if file.stat().st_size else None,
            _golden(file.with_suffix(GOLDEN)),
        )
        for file in files
    ]


def channels(path: Path) -> tuple[Pcm, Pcm | None]:
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
