"""The recording of a call, sealed with the call's own key: erasing the key erases the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from data.call_files import RECORDINGS, recordings_of
from data.errors import CallUnknown, NoRecording
from data.store import Store
from telephony.flac_file import FlacFile, StereoWriter
from telephony.sealed_file import Frames, NoKeyYet, SealedFile, is_sealed, read


def place_of(home: Path, day: str, call_id: str, *, sealed: bool) -> Path:
    """Where the recording of a call lies; `day` as 20260131."""
    return home / RECORDINGS / day / f"{call_id}.{'flac.sealed' if sealed else 'flac'}"


def open_file(store: Store, call_id: str, path: Path, *, sealed: bool) -> StereoWriter:
    """A new file to record to. Raises OSError."""
    if not sealed:
        return FlacFile(path)

    def seal(plain: bytes, place: str) -> bytes:
        try:
            return store.sealer(call_id).seal(plain, place)
        except CallUnknown as error:
            raise NoKeyYet from error

    return SealedFile(path, seal)


def load(store: Store, home: Path, call_id: str) -> Frames:
    """The sound of a call: int16 of shape (n, 2) at 8 kHz, left the caller, right the seat.

    Raises CallUnknown, CallErased, SealBroken; NoRecording where nothing was recorded, or the file is gone.
    """
    store.call(call_id)
    path = next(iter(recordings_of(home, call_id)), None)
    if path is None:
        raise NoRecording(f"来电 {call_id} 没有录音：没有录，移走了，或已按期限删除")
    if is_sealed(path):
        return read(path, store.sealer(call_id).open)
    frames, _ = soundfile.read(path, dtype="int16", always_2d=True)
    return np.asarray(frames, dtype=np.int16)
