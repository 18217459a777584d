"""Reads the word tables that lie beside the code that uses them."""

from __future__ import annotations

import re
from functools import cache
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


class _Patterns(BaseModel):
    """Module → name → a pattern, or the list of its alternatives."""

    model_config = ConfigDict(frozen=True)
    modules: dict[str, dict[str, str | tuple[str, ...]]]


@cache
def _patterns() -> _Patterns:
    return _Patterns(modules=YAML(typ="safe", pure=True).load((FOLDER / "patterns.yaml").read_text("utf-8")))


def pattern(module: str, name: str) -> re.Pattern[str]:
    """The pattern `name` that `module` keeps in nlu/patterns.yaml."""
    written = _patterns().modules[module][name]
    return re.compile(written if isinstance(written, str) else "|".join(written))
