"""Versions of a script by name: a folder, a version kept in the store, or a git revision of the folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from data.errors import VersionUnknown
from data.store import Store
from dialogs.loader import load, load_files
from dialogs.problems import ScriptBroken
from dialogs.script import Script


class NoSuchVersion(ValueError):
    """Neither a folder, nor a version, nor a revision; the message says what was looked for."""


def script_named(named: str, folder: Path, store: Store | None) -> Script:
    """The script called `named`; as a git revision, `folder` as it was then. Raises NoSuchVersion, ScriptBroken."""
    if not Path(named).is_dir() and store is not None:
        try:
            return load_files(store.script_files(store.script_version(named)))
        except VersionUnknown:
            pass  # git may know it
    with version_folder(named, folder) as found:
        return load(found)


def kept_script(store: Store, version: str) -> Script | None:
    """The script a call was answered with; None where it is not kept, or cannot be read any more."""
    try:
        return load_files(store.script_files(version))
    except (VersionUnknown, ScriptBroken):
        return None


@contextmanager
def version_folder(named: str, folder: Path) -> Iterator[Path]:
    """`named` as a folder; as a git revision, `folder` as it was then. Raises NoSuchVersion."""
    if Path(named).is_dir():
        yield Path(named)
        return
    with TemporaryDirectory() as scratch:
        _unpack(named, folder, Path(scratch))
        yield Path(scratch)


def _unpack(revision: str, folder: Path, into: Path) -> None:
    if revision.startswith("-"):
        raise NoSuchVersion(f"“{revision}”不是文件夹，不是存下的版本，也不是 git 的版本")
    try:
        top = _git(folder, "rev-parse", "--show-toplevel").decode().strip()
        inside = _git(folder, "rev-parse", "--show-prefix").decode().strip()
        tar = _git(Path(top), "archive", "--format=tar", f"{revision}:{inside}")
    except FileNotFoundError as error:
        raise NoSuchVersion(
            f"“{revision}”不是文件夹，也不是存下的版本；没有装 git，不能在 git 里找"
        ) from error
    except subprocess.CalledProcessError as error:
        raise NoSuchVersion(
            f"“{revision}”不是文件夹，不是存下的版本，也不是 {folder.name} 在 git 里的版本"
        ) from error
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.extractall(into, filter="data")


def _git(folder: Path, *command: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *command], check=True, capture_output=True).stdout
