"""The sentences trainers write: nlu/examples/*.yaml, with what they mean marked in place.

intent: complaint_online
marked: true            # every product and name of a firm in this file is marked
examples:
  - 我想投诉一家网店
  - '[拼多多](platform)上买的[羽绒服](product)跑毛'
  - say: 气死我了，[手机](product)是坏的，不给退
    intents: [complaint_other, emotional]
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from data.vocabulary import Intent, Slot
from nlu.tables import FOLDER

EXAMPLES = FOLDER / "examples"
_MARK = re.compile(r"\[(?P<words>[^\[\]()（）]+)\]\((?P<slot>[a-z_]+)\)")
_STRAY = re.compile(r"[\[\]]|\(\s*[a-z_]+\s*\)")
#: Notes a problem at a node.
_Wrong = Callable[[Node, str], None]
_KEYS = ("intent", "marked", "examples")


@dataclass(frozen=True, slots=True)
class Marked:
    """text[start:end] is a value of `slot`."""

    slot: Slot
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a caller may say. intents: the leading one first; known: whether all its soft slots are marked."""

    text: str
    intents: tuple[Intent, ...]
    marks: tuple[Marked, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in an example file, where (line from 1), and what to write instead."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}：{self.message}"


class BrokenExamples(ValueError):
    """Example files that cannot be read; every problem at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@cache
def read_sentences(folder: Path = EXAMPLES) -> tuple[Sentence, ...]:
    """All sentences of all files, in the order of names and lines. Raises BrokenExamples."""
    problems: list[Problem] = []
    found: list[Sentence] = []
    first_seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        for line, sentence in _file(path, problems):
            here = f"{path.name}:{line}"
            before = first_seen.setdefault(sentence.text, here)
            if before != here:
                problems.append(Problem(path.name, line, f"这句话在 {before} 已经有了，请删掉一处"))
            found.append(sentence)
    if problems:
        raise BrokenExamples(problems)
    return tuple(found)


def digest_of(sentences: Sequence[Sentence]) -> str:
    """sha256 of all that training reads in them: a weights file tells by it which examples it was made of."""
    told = [
        (one.text, list(one.intents), [(mark.slot, mark.start, mark.end) for mark in one.marks], one.known)
        for one in sentences
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def parse_marks(said: str) -> tuple[str, tuple[Marked, ...]]:
    """The plain words of "[拼多多](platform)上买的", and where its marks lie. Raises ValueError, which says why."""
    words: list[str] = []
    marks: list[Marked] = []
    at = length = 0
    for match in _MARK.finditer(said):
        before, inside = said[at : match.start()], match["words"]
        if match["slot"] not in set(Slot):
            raise ValueError(f"没有叫 {match['slot']} 的信息项，可以写：{'、'.join(Slot)}")
        if inside != inside.strip():
            raise ValueError(f"标记“{match[0]}”里词的两头有空格，请去掉")
        start = length + len(before)
        words += [before, inside]
        length = start + len(inside)
        marks.append(Marked(Slot(match["slot"]), start, length))
        at = match.end()
    text = "".join([*words, said[at:]])
    stray = _STRAY.search(text)
    if stray is not None:
        raise ValueError(f"“{stray[0]}”不成标记，应写成 [词](信息项)，例如 [拼多多](platform)")
    return text, tuple(marks)


def _file(path: Path, problems: list[Problem]) -> Iterator[tuple[int, Sentence]]:
    def wrong(node: Node, message: str) -> None:
        problems.append(Problem(path.name, node.start_mark.line + 1, message))

    try:
        root = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        hint = "以 [ 开头的句子要用单引号括起来，冒号请用全角"
        problems.append(Problem(path.name, line, f"YAML 写法不对（{error.problem}）；{hint}"))
        return
    if not isinstance(root, MappingNode):
        problems.append(Problem(path.name, 1, "文件要写成 intent: … 和 examples: 两部分"))
        return
    parts = {str(key.value): value for key, value in root.value}
    for key, _ in root.value:
        if key.value not in _KEYS:
            wrong(key, f"不认识“{key.value}”，可以写：{'、'.join(_KEYS)}")
    own: tuple[Intent, ...] = ()
    if "intent" in parts:
        own = _intents([parts["intent"]], wrong)
    lists = [(name, parts[name]) for name in ("marked", "examples") if name in parts]
    if not lists:
        wrong(root, "少了 examples: 下面的句子")
    for name, entries in lists:
        if not isinstance(entries, SequenceNode):
            wrong(entries, f"{name}: 下面应该是一句一行，每行以“- ”开头")
            continue
        for node in entries.value:
            sentence = _entry(node, own, name == "marked", wrong)
            if sentence is not None:
                yield node.start_mark.line + 1, sentence


def _entry(node: Node, own: tuple[Intent, ...], known: bool, wrong: _Wrong) -> Sentence | None:
    said, intents = node, own
    if isinstance(node, MappingNode):
        parts = {str(key.value): value for key, value in node.value}
        for key, _ in node.value:
            if key.value not in ("say", "intents"):
                wrong(key, f"不认识“{key.value}”，一条里可以写 say 和 intents")
        if "say" not in parts:
            wrong(node, "少了 say: 这句话本身")
            return None
        said = parts["say"]
        if "intents" in parts:
            listed = parts["intents"]
            intents = _intents(listed.value if isinstance(listed, SequenceNode) else [listed], wrong)
    if not isinstance(said, ScalarNode):
        wrong(said, "这里应该是一句话；以 [ 开头的要用单引号括起来")
        return None
    if not intents:
        wrong(node, "没有意图：在文件开头写 intent:，或在这一条里写 intents:")
    try:
        text, marks = parse_marks(said.value)
    except ValueError as error:
        wrong(said, str(error))
        return None
    if not text.strip():
        wrong(said, "句子是空的")
        return None
    return Sentence(text, intents, marks, known or bool(marks))


def _intents(nodes: list[Node], wrong: _Wrong) -> tuple[Intent, ...]:
    found: list[Intent] = []
    for node in nodes:
        if node.value in set(Intent):
            found.append(Intent(node.value))
        else:
            wrong(node, f"没有叫“{node.value}”的意图，可以写：{'、'.join(Intent)}")
    return tuple(found)
