"""A story as the YAML a trainer would write: for calls that are kept as stories."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import Enum

from pydantic import BaseModel

from dialogs.stories import Expectation, Line, Story

#: A text that needs no quotes in YAML 1.2: begins with a letter or a Chinese character, holds no mark of YAML's.
_PLAIN = re.compile(r"[A-Za-z_一-鿿][^:#\[\]{},&*!|>'\"%@`\n]*(?<!\s)")
_WORDS = {"true", "false", "null", "silence", "noise", "hang_up", "time_up", "fault"}


def story_yaml(story: Story, talk: Sequence[Line], expect: Expectation) -> str:
    """One entry of a file's `stories:` list, indented as such."""
    rows = _pairs(story, "    ")
    rows += ["    talk:"]
    rows += [f"      - {row}" if row else "" for row in map(_line, talk)]
    expected = _pairs(expect, "      ")
    if expected:
        rows += ["    expect:", *expected]
    rows[0] = "  - " + rows[0].lstrip()
    return "\n".join(rows) + "\n"


def _pairs(model: BaseModel, indent: str) -> list[str]:
    written = model.model_dump(exclude_unset=True, mode="json")
    return [f"{indent}{key}: {_value(value)}" for key, value in written.items()]


def _line(line: Line) -> str:
    if line.happens is not None and line.over is None:
        return line.happens
    written = line.model_dump(exclude_unset=True, exclude_none=True, mode="json")
    for key in ("seat", "text"):
        if isinstance(written.get(key), list) and len(written[key]) == 1:
            written[key] = written[key][0]
    first, *others = (f"{key}: {_value(value)}" for key, value in written.items())
    return "\n        ".join([first, *others])


def _value(value: object) -> str:
    match value:
        case Enum():
            return _value(value.value)
        case str():
            plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
            return value if plain else json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{_value(key)}: {_value(held)}" for key, held in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return json.dumps(value)
