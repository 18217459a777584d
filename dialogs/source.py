"""A YAML file with the place of everything in it. YAML 1.2, and stricter: what could be misread is refused.

`no`, `010` and `12:30` are text. A key written twice, an anchor, a second document are problems, not guesses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dialogs.problems import Problem

Data: TypeAlias = "bool | int | float | str | list[Data] | dict[str, Data] | None"
Where: TypeAlias = "tuple[str | int, ...]"
Mark: TypeAlias = "tuple[int, int]"

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(slots=True)
class Source:
    """One file. keys and values: where each key is written, and each value begins."""

    file: str
    data: Data = None
    keys: dict[Where, Mark] = field(default_factory=dict)
    values: dict[Where, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, where: Where) -> Mark:
        """The place of the value at `where`, or of the nearest thing around it."""
        for end in range(len(where), -1, -1):
            if (place := self.values.get(where[:end])) is not None:
                return place
        return (1, 1)

    def key_mark(self, where: Where) -> Mark:
        """The place of the key at `where`."""
        return self.keys.get(where) or self.mark(where)

    def problem(self, where: Where, code: str, message: str, hint: str = "", *, at_key: bool = False) -> None:
        line, column = self.key_mark(where) if at_key else self.mark(where)
        self.problems.append(Problem(self.file, line, column, code, message, hint))


def read(file: str, content: bytes) -> Source:
    """Read one file; never raises: what is wrong stands in `problems`."""
    source = Source(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        source.problems.append(
            Problem(file, line, 1, "encoding", "文件不是 UTF-8 编码", "请用 UTF-8 编码另存一次")
        )
        return source
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        source.problems.append(_syntax(file, error, text.splitlines()))
        return source
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        source.problems.append(Problem(file, 1, 1, "yaml", f"文件读不懂：{reason}", "请检查特殊字符"))
        return source
    if isinstance(node, Node):
        source.data = _build(node, (), source, set())
    return source


def _mark(mark: object) -> Mark:
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    return (int(line) + 1, int(column) + 1)


def _build(node: Node, where: Where, source: Source, seen: set[int]) -> Data:
    """The plain data of `node`, its places noted in `source`."""
    source.values.setdefault(where, _mark(node.start_mark))
    if getattr(node, "anchor", None) is not None:
        if id(node) not in seen:
            line, column = _mark(node.start_mark)
            message, hint = "不能用 & 和 * 引用别处的内容", "请把内容直接写出来"
            source.problems.append(Problem(source.file, line, column, "anchor", message, hint))
        else:
            return None
    seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, where, source, seen)
    if isinstance(node, SequenceNode):
        items: list[Node] = list(node.value)
        return [_build(item, (*where, index), source, seen) for index, item in enumerate(items)]
    return _scalar(node) if isinstance(node, ScalarNode) else None


def _mapping(node: MappingNode, where: Where, source: Source, seen: set[int]) -> dict[str, Data]:
    built: dict[str, Data] = {}
    pairs: list[tuple[Node, Node]] = list(node.value)
    for key_node, value_node in pairs:
        line, column = _mark(key_node.start_mark)
        if not isinstance(key_node, ScalarNode):
            message = "键只能是一个词；以 { 开头的文字要加引号"
            source.problems.append(Problem(source.file, line, column, "bad_key", message, '例如："{amount}"'))
            continue
        key = str(key_node.value)
        if key in built:
            first = source.keys[(*where, key)][0]
            message = f"“{key}”在这里写了两次（第一次在第 {first} 行）"
            source.problems.append(
                Problem(source.file, line, column, "duplicate_key", message, "请只保留一个")
            )
            continue
        source.keys[(*where, key)] = (line, column)
        if isinstance(value_node, ScalarNode) and not value_node.value and value_node.style is None:
            source.values[(*where, key)] = (line, column)  # nothing written: the key is the place to look at
        built[key] = _build(value_node, (*where, key), source, seen)
    return built


def _scalar(node: ScalarNode) -> Data:
    text = str(node.value)
    if node.style is not None:  # quoted, or a block of text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


#: What the parser says, in part, and what that means to a trainer.
_SYNTAX = (
    ("'\\t'", "缩进用了制表符（Tab）", "请改用空格缩进"),
    ("mapping values are not allowed", "这一行多了一个冒号，或者缩进不对", "文字里有冒号时，请给整句加引号"),
    ("undefined alias", "以 * 开头的内容会被当作引用", "请把这段文字放进引号"),
    ("expected a single document", "一个文件里只能有一份内容", "请去掉 --- 这一行"),
    ("cannot start any token", "这个符号不能放在开头", "请把这段文字放进引号"),
    ("quoted scalar", "引号没有配对", "请补上后面的引号"),
    ("flow sequence", "方括号没有配对", "请补上 ]，各项之间用英文逗号"),
    ("flow mapping", "花括号没有配对", "请补上 }；以 { 开头的文字要放进引号"),
    ("stream end", "括号或引号没有配对", "请补上后一半"),
    ("could not find expected ':'", "这一行缺少冒号", "请写成“键: 值”，英文冒号后面空一格"),
    ("'<scalar>'", "这里多出了一段文字", "以 { 或引号开头的文字，请给整句加引号"),
    ("expected <block end>", "缩进和上面的行对不齐", "同一层的内容请用一样多的空格开头"),
)
_FULL_WIDTH_COLON = re.compile(r"\s*(?:- )?[A-Za-z0-9_.]+：")
_QUOTE_OPENS = re.compile(r"\s*(?:- )?(?:[A-Za-z0-9_.]+:\s+)?([\"'])")


def _syntax(file: str, error: MarkedYAMLError, lines: list[str]) -> Problem:
    """The parser's complaint, at the line a trainer has to change."""
    problem, context = str(error.problem or ""), str(error.context or "")
    marks = [_mark(mark) for mark in (error.problem_mark, error.context_mark) if mark is not None]
    line, column = marks[0] if marks else (1, 1)
    for number in (line, *(mark[0] for mark in marks), line - 1):
        if 0 < number <= len(lines) and _FULL_WIDTH_COLON.match(lines[number - 1]):
            column = lines[number - 1].index("：") + 1
            return Problem(file, number, column, "yaml", "键后面用了中文冒号“：”", "请改成英文冒号加空格“: ”")
    unexpected = "<block end>" in problem or "mapping values" in problem
    if unexpected and (opened := _open_quote(lines[:line])):
        return Problem(file, opened, 1, "yaml", "引号没有配对", "请补上后面的引号")
    if "quoted scalar" in context or ("flow" in context and "end>" not in problem):
        line, column = marks[-1]  # where the quote or bracket was opened
    said = f"{problem} {context}"
    for part, message, hint in _SYNTAX:
        if part in said:
            return Problem(file, line, column, "yaml", message, hint)
    return Problem(file, line, column, "yaml", f"这里写得不合规则：{problem}", "请检查缩进、冒号和引号")


def _open_quote(lines: list[str]) -> int | None:
    """The last line that opens a quote which is not closed before the end of `lines`; counted from 1."""
    for number in range(len(lines), 0, -1):
        opens = _QUOTE_OPENS.match(lines[number - 1])
        if opens is not None and lines[number - 1].count(opens[1]) % 2:
            between = lines[number - 1 : max(number, len(lines) - 1)]
            return number if sum(line.count(opens[1]) for line in between) % 2 else None
    return None
