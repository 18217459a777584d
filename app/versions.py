"""Versions of a script: a folder, or a git revision of one."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class NoSuchVersion(ValueError):
    """Neither a folder nor a revision; the message says what was looked for."""


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
        raise NoSuchVersion(f"“{revision}”不是文件夹，也不是 git 的版本")
    try:
        top = _git(folder, "rev-parse", "--show-toplevel").decode().strip()
        inside = _git(folder, "rev-parse", "--show-prefix").decode().strip()
        tar = _git(Path(top), "archive", "--format=tar", f"{revision}:{inside}")
    except FileNotFoundError as error:
        raise NoSuchVersion(f"没有“{revision}”这个文件夹；也没有装 git，不能按版本找") from error
    except subprocess.CalledProcessError as error:
        raise NoSuchVersion(f"“{revision}”不是文件夹，也不是 {folder.name} 在 git 里的版本") from error
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.extractall(into, filter="data")


def _git(folder: Path, *command: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *command], check=True, capture_output=True).stdout
