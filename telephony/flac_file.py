"""A FLAC file that can be read at any moment, whatever becomes of the process that writes it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from telephony.call import LINE_RATE

# STREAMINFO: the largest block in bytes 10-11, the 36-bit count of samples from the low half of byte 21 on.
_BLOCK_AT = 10
_COUNT_AT = 21


class StereoWriter(Protocol):
    """Where a recording goes. Every method may raise OSError; after that only close() is called."""

    @property
    def frames(self) -> int:
        """How many frames a reader would find now; after close(), all that were written."""

    def write(self, frames: npt.NDArray[np.int16]) -> None:
        """Append frames, int16 of shape (n, 2)."""

    def close(self) -> None:
        """End the file. What was written stays readable, also after a failed write."""


class FlacFile:
    """Stereo 16-bit FLAC at LINE_RATE, new at `path`, readable by its owner only.

    FLAC readers believe the sample count in the header, which encoders write on closing: a file cut short by
    a kill cannot be opened by libsndfile. Here it is set whenever a block (4096 samples, 0.5 s) is out.
    So after SIGKILL everything but the last block opens; after a power cut, what is older than that block
    and `sync_s`. Raises FileExistsError: a recording is never overwritten; OSError if it can't be made.
    """

    def __init__(self, path: Path, *, sync_s: float = 5.0) -> None:
        self._header = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self._encoder = soundfile.SoundFile(
                path, "w", samplerate=LINE_RATE, channels=2, format="FLAC", subtype="PCM_16"
            )
        except (RuntimeError, OSError) as error:
            os.close(self._header)
            path.unlink(missing_ok=True)
            raise OSError("the recording can't be begun") from error
        self._sync_s = sync_s
        self._synced_s = time.monotonic()
        self._block = 0
        self._given = 0
        self._counted = 0
        self._failed = False

    @property
    def frames(self) -> int:
        """How many frames a reader would find now; after close(), all that were written."""
        return self._counted

    def write(self, frames: npt.NDArray[np.int16]) -> None:
        """Append int16 of shape (n, 2). Raises OSError when the disk is full or failing."""
        try:
            self._encoder.write(frames)
            if not self._block:  # the header comes with the first write
                self._block = int.from_bytes(os.pread(self._header, 2, _BLOCK_AT), "big")
            self._given += len(frames)
            # The encoder holds a block back until one sample more has come.
            whole = max(0, self._given - 1) // self._block * self._block
            if whole > self._counted:
                self._set_count(whole)
            if time.monotonic() - self._synced_s >= self._sync_s:
                os.fdatasync(self._header)
                self._synced_s = time.monotonic()
        except (
            OSError,
            RuntimeError,
            AssertionError,
        ) as error:  # soundfile reports a short write as any of these
            self._failed = True
            raise OSError("the recording can't be written") from error

    def close(self) -> None:
        """End the file and bring it to disk. After a failed write the part before it stays readable.

        A file nothing was written to is empty: not FLAC, 0 bytes.
        """
        try:
            self._encoder.close()
            if self._block:
                self._set_count(self._counted if self._failed else self._given)
            os.fsync(self._header)
        except RuntimeError as error:
            raise OSError("the recording can't be closed") from error
        finally:
            os.close(self._header)

    def _set_count(self, frames: int) -> None:
        head = os.pread(self._header, 1, _COUNT_AT)[0] & 0xF0
        count = frames.to_bytes(5, "big")
        os.pwrite(self._header, bytes((head | count[0], *count[1:])), _COUNT_AT)
        self._counted = frames
