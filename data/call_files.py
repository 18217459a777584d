"""Where what belongs to one call lies outside the database, under a home."""

from __future__ import annotations

from pathlib import Path

RECORDINGS = "recordings"
SUFFIXES = (".flac.sealed", ".flac")


def recordings_of(home: Path, call_id: str) -> list[Path]:
    """The call's sound files. A call that a crash ended has its file, but nobody was left to write down where."""
    folder = home / RECORDINGS
    return [path for suffix in SUFFIXES for path in folder.glob(f"*/{_literal(call_id)}{suffix}")]


def golden_of(home: Path, call_id: str) -> Path:
    """The record as somebody of QA put it right, for replays; most calls have none."""
    return home / "golden" / f"{call_id}.yaml"


def call_of(path: Path) -> str | None:
    """The call a sound file belongs to; None for another file."""
    return next((path.name.removesuffix(suffix) for suffix in SUFFIXES if path.name.endswith(suffix)), None)


def _literal(name: str) -> str:
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in name)
