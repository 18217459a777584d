"""The anchors of the audit log: a line for every entry in a file beside the database, HOME/audit/anchors.

Each line is an entry's number and mac. It is appended after the entry is kept; a crash in between leaves a line
out, which the next one makes up for. The file holds nothing secret and may be copied anywhere.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from data.errors import StoreDown
from data.sealing import fsync_folder

_LINE = re.compile(r"(\d+) ([0-9a-f]{64})")


class Anchors:
    """The anchors of one home."""

    def __init__(self, home: Path) -> None:
        self.path = home / "audit" / "anchors"

    def add(self, seq: int, mac: str) -> None:
        """Durable on return. Raises StoreDown."""
        try:
            self._add(f"{seq} {mac}\n".encode("ascii"))
        except OSError as error:
            raise StoreDown(f"the audit log's anchors cannot be written (errno {error.errno})") from None

    def _add(self, line: bytes) -> None:
        new = not self.path.exists()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            fsync_folder(self.path.parent)

    def read(self) -> dict[int, str]:
        """The macs by the entries' numbers; empty when there is no file. A torn line is left out."""
        try:
            text = self.path.read_text("ascii", "replace")
        except FileNotFoundError:
            return {}
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return {int(match[1]): match[2] for match in found if match is not None}

    def set_aside(self, now: datetime) -> Path | None:
        """A restored database begins new anchors; the former ones stay under another name."""
        if not self.path.exists():
            return None
        aside = self.path.with_name(f"anchors.until-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        self.path.rename(aside)
        return aside
