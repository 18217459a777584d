"""The questions citizens ask and what the seat answers: faq.yaml, as it is written and as it is spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import Field

from data.reference import EmergencyNumber, Law, Line, emergency_numbers, laws, lines
from dialogs.schema import Prompt, Shape

#: What an answer's prompt is called, before its id.
PREFIX = "faq."
_BRACE = re.compile(r"\{(\w+)\.(\w+)\}")


class FaqLaw(Shape):
    """What an answer rests on; none of it is spoken. law: an id of data/reference/laws.yaml."""

    law: str
    articles: list[int] = Field(default_factory=list)


class FaqEntry(Shape):
    """One answer and the ways it is asked for.

    verified: its source was read; what is not, is spoken with "a person's answer is the one that counts".
    signed_off: the seat may speak it; a question for one it may not is noted for a person.
    """

    topic: str
    questions: list[str] = Field(min_length=1)
    words: list[str] = Field(default_factory=list)
    """Words that hardly occur in other questions."""
    answer: str
    """`{line.tax}`, `{emergency.police}`, `{law.food_safety}` stand for a number or a name of the tables."""
    laws: list[FaqLaw] = Field(default_factory=list)
    source: str
    date: str
    verified: bool
    signed_off: bool


def answer_prompt(entry: str) -> str:
    """The id of the prompt that speaks an answer."""
    return PREFIX + entry


def answer_prompts(entries: Mapping[str, FaqEntry]) -> dict[str, Prompt]:
    """Each answer that may be spoken, as a prompt."""
    return {
        answer_prompt(name): Prompt(text=spoken_answer(entry.answer))
        for name, entry in entries.items()
        if entry.signed_off
    }


def references(text: str) -> Iterator[tuple[str, str, Line | EmergencyNumber | Law | None]]:
    """What stands in each brace: its table, its id, and the row, if there is one."""
    for table, row_id in _BRACE.findall(text):
        yield table, row_id, tables().get(table, {}).get(row_id)


def spoken_answer(text: str) -> str:
    """The text with each brace filled from its table. Raises KeyError for one that names no row."""
    return _BRACE.sub(lambda brace: _said(tables()[brace[1]][brace[2]]), text)


def without_references(text: str) -> str:
    """The text as far as it was typed."""
    return _BRACE.sub("", text)


@cache
def tables() -> Mapping[str, Mapping[str, Line | EmergencyNumber | Law]]:
    """The tables an answer may name, by what stands before the dot; their rows by id."""
    return {
        "line": {row.id: row for row in lines().lines},
        "emergency": {row.id: row for row in emergency_numbers().numbers},
        "law": {row.id: row for row in laws().laws},
    }


def _said(row: Line | EmergencyNumber | Law) -> str:
    return row.name if isinstance(row, Law) else row.number
