"""What each key of a script is for, as trainers read it: keys.zh.yaml, typed and read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue
from ruamel.yaml import YAML

_FILE = Path(__file__).parent / "keys.zh.yaml"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyText(_Row):
    """about: one line; example: a value that is valid at this key."""

    about: str
    example: JsonValue


class ShapeText(_Row):
    """What a mapping is for: a file, a step, or a part of one. file: where it stands, for files."""

    title: str
    about: str
    file: str = ""


class Words(_Row):
    """A closed list of words, each with its meaning."""

    title: str
    of: dict[str, str]


class KeyTexts(_Row):
    """files, steps and parts: by the name of the model in `schema`; keys: by model and key."""

    files: dict[str, ShapeText]
    steps: dict[str, ShapeText]
    parts: dict[str, ShapeText]
    keys: dict[str, dict[str, KeyText]]
    words: dict[str, Words]

    def shape(self, model: type[BaseModel]) -> ShapeText:
        """The text about a model. Raises KeyError when the table has none."""
        return {**self.files, **self.steps, **self.parts}[model.__name__]

    def key(self, model: type[BaseModel], key: str) -> KeyText:
        """The text about a key, the model's own or one it has from a model above it.

        Raises KeyError when the table has none.
        """
        for above in model.__mro__:
            if (found := self.keys.get(above.__name__, {}).get(key)) is not None:
                return found
        raise KeyError(f"{model.__name__}.{key}")


@cache
def key_texts() -> KeyTexts:
    yaml = YAML(typ="safe", pure=True)
    return KeyTexts.model_validate(yaml.load(_FILE.read_text(encoding="utf-8")))
