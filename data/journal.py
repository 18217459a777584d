"""The spill journal: where a call's events go, sealed and fsynced, while the database cannot take them.

One file per call in HOME/journal, one line per entry: checksum, space, JSON. A torn last line was never
acknowledged and is dropped. Writers and the importer exclude each other by a lock on the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from data.errors import StoreUnavailable
from data.event_log import Batch, Sealed
from data.sealing import fsync_folder


class Begun(Sealed):
    """A call that began while the database was away: its row, the numbers sealed or hashed."""

    call_id: str
    line: str
    started_at: datetime
    script: str
    owner: str
    lease_until: datetime
    caller_no_hash: str | None
    caller_no_sealed: bytes | None
    key_wrapped: bytes


class Entry(Sealed):
    """One line: the call's beginning, or a batch of its events."""

    begun: Begun | None = None
    batch: Batch | None = None

    @property
    def call_id(self) -> str:
        held = self.begun or self.batch
        return "" if held is None else held.call_id


class Journal:
    """The journal files under one home."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "journal"

    def has(self, call_id: str) -> bool:
        return self._path(call_id).exists()

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl")) if self.folder.is_dir() else []

    def add(self, call_id: str, entry: Entry) -> None:
        """Durable on return, or StoreUnavailable and nothing of it in the file."""
        body = entry.model_dump_json(exclude_none=True).encode()
        try:
            self._append(self._path(call_id), _checksum(body) + b" " + body + b"\n")
        except OSError as error:
            raise StoreUnavailable(
                f"neither the database nor the journal can be written (errno {error.errno})"
            ) from None

    def peek(self, call_id: str) -> list[Entry]:
        """The call's entries, left where they are."""
        return self.peek_file(self._path(call_id))

    def peek_file(self, path: Path) -> list[Entry]:
        try:
            return list(_entries(path.read_bytes()))
        except FileNotFoundError:
            return []

    @contextmanager
    def take(self, call_id: str) -> Iterator[list[Entry]]:
        """The call's entries; on leaving without an error they are gone, else they stay."""
        path = self._path(call_id)
        handle = _locked(path, os.O_RDWR)
        if handle is None:
            yield []
            return
        try:
            yield list(_entries(_read(handle)))
            path.unlink(missing_ok=True)
            fsync_folder(self.folder)
        finally:
            os.close(handle)

    def drop(self, call_id: str) -> None:
        """Removes what is kept for a call, unread."""
        self._path(call_id).unlink(missing_ok=True)

    def _path(self, call_id: str) -> Path:
        return self.folder / f"{hashlib.sha256(call_id.encode()).hexdigest()[:32]}.jsonl"

    def _append(self, path: Path, line: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not path.exists()
        handle = _locked(path, os.O_RDWR | os.O_CREAT)
        assert handle is not None  # O_CREAT makes it
        try:
            end = _whole(_read(handle))
            os.ftruncate(handle, end)
            try:
                _write(handle, line, end)
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, end)
                raise
            if new:
                fsync_folder(self.folder)
        finally:
            os.close(handle)


def _locked(path: Path, flags: int) -> int | None:
    """An exclusively locked handle of the file that is at `path` now; None when there is none."""
    while True:
        try:
            handle = os.open(path, flags, 0o600)
        except FileNotFoundError:
            return None
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # it was taken while we waited for the lock


def _read(handle: int) -> bytes:
    return os.pread(handle, os.fstat(handle).st_size, 0)


def _write(handle: int, line: bytes, at: int) -> None:
    while line:
        written = os.pwrite(handle, line, at)
        line, at = line[written:], at + written


def _whole(text: bytes) -> int:
    """Where the last whole line ends."""
    return text.rfind(b"\n") + 1


def _entries(text: bytes) -> Iterator[Entry]:
    for line in text[: _whole(text)].splitlines():
        checksum, _, body = line.partition(b" ")
        if checksum != _checksum(body):
            raise StoreUnavailable("a journal line does not match its checksum")
        yield Entry.model_validate_json(body)


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode()
