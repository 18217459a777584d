"""YAML 1.2 as plain values (`no`, `12:30` and `2026-11-11` are strings), with the line each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scalarint import ScalarInt

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


class BadYaml(ValueError):
    """The file can't be read as YAML; the message is "file:line: what is wrong"."""


@dataclass(frozen=True, slots=True)
class Located:
    """value: the document as plain values; line(place): where a key or entry of it stands, from 1."""

    value: Plain
    source: object

    def line(self, place: Sequence[object]) -> int:
        """The line of the deepest part of `place` that exists."""
        node, line = self.source, 1
        for part in place:
            if isinstance(node, CommentedMap) and part in node:
                line = int(node.lc.key(part)[0]) + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = int(node.lc.item(part)[0]) + 1
            else:
                break
            node = node[part]
        return line


def read_yaml(path: Path) -> Located:
    """Raises BadYaml when the file is absent, is not UTF-8 YAML, or names a key twice."""
    reader = YAML(typ="rt")
    reader.version = (1, 2)
    try:
        source: object = reader.load(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadYaml(f"{path}:{line}: {error.problem}") from error
    except UnicodeDecodeError as error:
        raise BadYaml(f"{path}:1: not UTF-8") from error
    except OSError as error:
        raise BadYaml(f"{path}:1: can't be read: {error.strerror}") from error
    return Located(_plain(source), source)


def _plain(node: object) -> Plain:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, ScalarInt):
        # 0123 keeps its zero: nobody writes octal here.
        width: int | None = getattr(node, "_width", None)
        return str(int(node)).zfill(width) if width else int(node)
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    if isinstance(node, datetime | date):
        return node.isoformat()[:10]
    return str(node)
