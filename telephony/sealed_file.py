"""A recording that only the holder of its call's key can hear: sealed piece by piece as the call goes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from telephony.call import LINE_RATE

#: First bytes of the file: what it is, and the version of what follows.
MAGIC = b"SEATREC1"
#: Frames sealed at a time: so much is lost at most when the process is killed.
PIECE = 2 * LINE_RATE
#: Frames kept in memory while there is no key yet (the call is still being opened in the store).
PATIENCE = 30 * LINE_RATE
_LENGTH = 4

Frames = npt.NDArray[np.int16]
#: (plain or sealed bytes, the piece's place) to the other form; the place is bound in, so no piece can be moved.
Seal = Callable[[bytes, str], bytes]


class NoKeyYet(Exception):
    """The call's key does not exist yet; what was to be sealed is kept and tried again."""


class SealedFile:
    """A StereoWriter: each PIECE is a small FLAC file of its own, sealed, with its length before it.

    New at `path`, readable by its owner only. Raises FileExistsError: a recording is never overwritten; OSError if
    it can't be made or written.
    """

    def __init__(self, path: Path, seal: Seal, *, piece: int = PIECE, patience: int = PATIENCE) -> None:
        """seal: raises NoKeyYet while there is no key."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._seal = seal
        self._piece = piece
        self._patience = patience
        self._waiting: list[Frames] = []
        self._held = 0
        self._pieces = 0
        self._written = 0
        self._failed = False
        self._put(MAGIC)

    @property
    def frames(self) -> int:
        """How many frames a reader would find now; after close(), all that were written."""
        return self._written

    def write(self, frames: Frames) -> None:
        """Append int16 of shape (n, 2). Raises OSError when the disk fails or no key comes."""
        self._waiting.append(frames.copy())
        self._held += len(frames)
        if self._held >= self._piece:
            self._seal_waiting(last=False)

    def close(self) -> None:
        """End the file and bring it to disk. After a failed write the pieces before it stay readable."""
        try:
            if self._held and not self._failed:
                self._seal_waiting(last=True)
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def _seal_waiting(self, *, last: bool) -> None:
        frames = np.concatenate(self._waiting)
        try:
            sealed = self._seal(_flac(frames), place(self._pieces))
        except NoKeyYet as error:
            if last or self._held > self._patience:
                self._failed = True
                raise OSError("there is no key for this recording") from error
            return
        self._put(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        os.fdatasync(self._file)
        self._pieces += 1
        self._written += len(frames)
        self._waiting, self._held = [], 0

    def _put(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            self._failed = True
            raise


def place(number: int) -> str:
    """What piece `number` is bound to."""
    return f"audio/{number}"


def is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(path: Path, unseal: Seal) -> Frames:
    """All frames of a sealed recording, int16 of shape (n, 2) at LINE_RATE.

    A last piece cut short by a kill is left out. Raises ValueError if `path` is no sealed recording, and what
    `unseal` raises for a piece that was changed or moved.
    """
    pieces = [_frames(unseal(sealed, place(number))) for number, sealed in enumerate(_sealed(path))]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), dtype=np.int16)


def _sealed(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{path.name} is no sealed recording")
        while len(length := file.read(_LENGTH)) == _LENGTH:
            size = int.from_bytes(length, "big")
            sealed = file.read(size)
            if len(sealed) < size:
                return
            yield sealed


def _flac(frames: Frames) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, frames, LINE_RATE, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def _frames(flac: bytes) -> Frames:
    frames, _ = soundfile.read(io.BytesIO(flac), dtype="int16", always_2d=True)
    return np.asarray(frames, dtype=np.int16)
