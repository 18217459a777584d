"""Getting models: each from the first source that gives the right bytes."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn

from models.manifest import ModelEntry, ModelFile, check, entries, entry, sha256_of
from models.sources import SourceFailed, take_from, take_from_folder

#: Names a folder with <model-id>/<file>, asked before any other source.
FOLDER_SETTING = "SMARTSEAT_MODELS_FROM"

_Take = Callable[[list[ModelFile], Path], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One source asked for one model: what it gave, and why not the rest."""

    source: str
    files: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        if not self.refused:
            return f"{self.source}: ok"
        return f"{self.source}: " + "; ".join(f"{name}: {why}" if name else why for name, why in self.refused)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model. `missing` is empty when it is whole now."""

    model_id: str
    folder: Path
    fetched: tuple[str, ...]
    missing: tuple[str, ...]
    attempts: tuple[Attempt, ...]

    @property
    def ok(self) -> bool:
        return not self.missing

    def __str__(self) -> str:
        if self.ok:
            return f"{self.model_id}: " + ("fetched" if self.fetched else "already here")
        tried = "\n".join(f"  - {attempt}" for attempt in self.attempts)
        return (
            f"{self.model_id}: no source gave {', '.join(self.missing)}\n{tried}\n"
            f"  Or put the files into a folder as {self.model_id}/<file> and name it in {FOLDER_SETTING}."
        )


def fetch(
    home: Path, ids: list[str] | None = None, progress: bool = True, folder: Path | None = None
) -> list[Outcome]:
    """Make `ids` (all by default) whole under `home`; one outcome each, failed ones too.

    folder: the user's own folder of models; by default what SMARTSEAT_MODELS_FROM names. Files that are
    here and right are left alone. Raises ValueError for an unknown id. Two processes at once: the second
    waits.
    """
    chosen = entries() if ids is None else tuple(entry(model_id) for model_id in ids)
    named = os.environ.get(FOLDER_SETTING)
    mine = folder or (Path(named) if named else None)
    base = home / "models"
    base.mkdir(parents=True, exist_ok=True)
    with FileLock(base / ".fetch.lock"), _bar(progress) as bar:
        return [_fetch(model, home, mine, bar) for model in chosen]


def _fetch(model: ModelEntry, home: Path, mine: Path | None, bar: Progress) -> Outcome:
    target = model.folder(home)
    task = bar.add_task(f"{model.id}: checking", total=model.size())
    wanted = [file for file in model.files if check(model, file, target / file.name)]
    fetched: list[str] = []
    attempts: list[Attempt] = []
    places: list[tuple[str, _Take]] = [(s.label(), partial(take_from, s)) for s in model.sources]
    if mine is not None:
        places.insert(0, (f"folder {mine}", partial(take_from_folder, mine / model.id)))
    for label, take in places:
        if not wanted:
            break
        total = sum(file.size for file in wanted)
        bar.update(task, description=f"{model.id}: {label[:48]}", completed=0, total=total)
        attempt = _try(label, take, wanted, home / "models" / ".fetch" / model.id, target, (bar, task))
        attempts.append(attempt)
        fetched += attempt.files
        wanted = [file for file in wanted if file.name not in attempt.files]
    state = "[red]not found" if wanted else "[green]done" if fetched else "already here"
    done = 0 if wanted else model.size()
    bar.update(task, description=f"{model.id}: {state}", total=model.size(), completed=done)
    return Outcome(model.id, target, tuple(fetched), tuple(file.name for file in wanted), tuple(attempts))


def _try(
    label: str,
    take: _Take,
    wanted: list[ModelFile],
    draft: Path,
    target: Path,
    shown: tuple[Progress, TaskID],
) -> Attempt:
    """Ask one source. `draft` is beside the target, so that taking a file over is a rename."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with _watched(draft, *shown):
            refused = take(wanted, draft)
    except SourceFailed as problem:
        refused = {"": str(problem)}
    try:
        kept, wrong = _keep_right(wanted, draft, target)
    finally:
        # Bad bytes must not lie about to be resumed.
        shutil.rmtree(draft, ignore_errors=True)
    return Attempt(label, kept, tuple((refused | wrong).items()))


def _keep_right(wanted: list[ModelFile], draft: Path, target: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """Move the files that are right to `target`; gives their names, and what is wrong with the rest."""
    kept: list[str] = []
    wrong: dict[str, str] = {}
    for file in wanted:
        path = draft / file.name
        if not path.is_file():
            continue
        if (sha256 := sha256_of(path)) != file.sha256:
            wrong[file.name] = f"its sha256 is {sha256}, not {file.sha256}: refused"
            continue
        target.mkdir(parents=True, exist_ok=True)
        path.chmod(0o644)
        path.replace(target / file.name)
        kept.append(file.name)
    return tuple(kept), wrong


@contextmanager
def _bar(shown: bool) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, disable=not shown) as bar:
        yield bar


@contextmanager
def _watched(draft: Path, bar: Progress, task: TaskID) -> Iterator[None]:
    """Show how many bytes have arrived, by looking: sources work through clients of their own."""
    if bar.disable:
        yield
        return
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.3):
            total = bar.tasks[task].total or 0
            bar.update(task, completed=min(_arrived(draft), total))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _arrived(draft: Path) -> int:
    total = 0
    for path in draft.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # renamed under our eyes
            continue
    return total
