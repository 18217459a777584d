"""Reads the word tables that lie beside the code that uses them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML


class Table(BaseModel):
    """A row or a whole file: closed and immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=BaseModel)
FOLDER = Path(__file__).parent


def load(name: str, model: type[T]) -> T:
    """`nlu/<name>.yaml`, read as YAML 1.2."""
    yaml = YAML(typ="safe", pure=True)
    return model.model_validate(yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))
