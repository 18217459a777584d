"""Values as a trainer writes them: YAML that reads back as the same value."""

from __future__ import annotations

import json
import re

from pydantic import JsonValue

#: Texts that need no quotes anywhere: they hold no mark of YAML, and read as nothing but text.
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_.\u4e00-\u9fff，。？！、；“”…（）/ '=<>()]*")
_READ_AS_VALUES = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def one_line(value: JsonValue) -> str:
    """On one line: `phone.ask`, `[{lodge: record}]`, `"12315"`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{one_line(key)}: {one_line(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one_line(item) for item in value) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _READ_AS_VALUES and not value.endswith(" ")
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def block(value: JsonValue, indent: int = 0) -> list[str]:
    """One key or item a line; short lists and mappings of plain values stay on their line."""
    pad = " " * indent
    lines: list[str] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if _short(inner):
                lines.append(f"{pad}{one_line(key)}: {one_line(inner)}")
            else:
                lines += [f"{pad}{one_line(key)}:", *block(inner, indent + 2)]
    elif isinstance(value, list):
        for item in value:
            inside = block(item, indent + 2) if item else [one_line(item)]
            lines += [f"{pad}- {inside[0].lstrip()}", *inside[1:]]
    else:
        lines.append(pad + one_line(value))
    return lines


def _short(value: JsonValue) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    if isinstance(value, dict):
        return not value or (
            len(value) <= 3 and not any(isinstance(inner, dict | list) for inner in value.values())
        )
    return True
