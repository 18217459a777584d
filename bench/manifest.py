"""The list of recordings a bench hears: JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording and what is said in it."""

    id: str
    text: str
    corpus: str
    audio: Path


class BadManifest(ValueError):
    """A line of a manifest can't be used; the message says which and why."""


def read(path: Path) -> Iterator[Clip]:
    """The clips of a manifest: {"id", "text", "text_spoken"?, "audio"?, "corpus"?} a line.

    "text_spoken" is the reference where present; without "audio" the file is ID.flac or ID.wav beside
    the manifest. Raises BadManifest.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row.get("text_spoken") or row["text"]
            yield Clip(row["id"], text, row.get("corpus", path.parent.name), _audio(path.parent, row))
        except (ValueError, KeyError, AttributeError) as error:
            raise BadManifest(f"{path}, line {number}: {type(error).__name__}: {error}") from error


def _audio(folder: Path, row: dict[str, str]) -> Path:
    names = [row["audio"]] if "audio" in row else [f"{row['id']}.flac", f"{row['id']}.wav"]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise BadManifest(f"no sound file {' or '.join(names)} in {folder}")
