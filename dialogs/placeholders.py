"""The `{names}` in a prompt's text, and how long a text takes to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from data.reference import speech_rate

#: What a placeholder is reckoned as when nothing is known of what will stand there (characters).
_PLACEHOLDER_CHARS = 6
_SPOKEN = re.compile(r"[\u4e00-\u9fff]|[0-9]|[A-Za-z]+")
_CLAUSE_END = re.compile(r"[，。？！：；,!?;:]")


class BadPlaceholder(ValueError):
    """The braces of a text are not used as a script may use them."""


def names(text: str) -> tuple[str, ...]:
    """The names in braces, in order. Raises BadPlaceholder."""
    found: list[str] = []
    try:
        for _, name, form, conversion in Formatter().parse(text):
            if name is None:
                continue
            if not name.isidentifier() or form or conversion:
                raise BadPlaceholder(f"“{{{name}}}”里只能写一个名称")
            found.append(name)
    except ValueError as error:
        if isinstance(error, BadPlaceholder):
            raise
        raise BadPlaceholder("花括号 { } 没有配对") from error
    return tuple(found)


def first_clause(text: str) -> str:
    """What is said before the first pause."""
    return _CLAUSE_END.split(text, maxsplit=1)[0]


def characters(text: str, filled: Mapping[str, str] | None = None) -> int:
    """How many characters are spoken: Chinese characters, digits, Latin words; no marks.

    filled: what stands in some of the braces.
    """
    known = filled or {}
    said = re.sub(r"\{(\w+)\}", lambda brace: known.get(brace[1], "字" * _PLACEHOLDER_CHARS), text)
    return len(_SPOKEN.findall(said))


def seconds(text: str, filled: Mapping[str, str] | None = None) -> float:
    """About how long `text` takes to say, at the measured rate of data/reference/speech_rate.yaml."""
    return characters(text, filled) / speech_rate().characters_a_second
