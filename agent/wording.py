"""From a prompt to the clauses of an utterance: placeholders filled, fixed stretches kept apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter

from agent.acts import Clause
from dialogs.schema import Prompt

_CLAUSE_END = re.compile(r"(?<=[，。！？；：,!?;])")


@cache
def placeholders(template: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


@cache
def _pieces(part: str) -> tuple[tuple[Clause, frozenset[str]], ...]:
    """A part cut where people breathe, each stretch with the names in its braces."""
    named = [(piece, placeholders(piece)) for piece in _CLAUSE_END.split(part) if piece]
    return tuple((Clause(text=piece, fixed=not names), names) for piece, names in named)


def takes_values(prompt: Prompt) -> bool:
    """Whether any of it is filled in when it is said."""
    return any(placeholders(part) for part in prompt.parts)


def spoken_parts(prompt: Prompt, values: Mapping[str, str]) -> list[str]:
    """The parts that can be said: a part of a list whose placeholder holds no value is left out."""
    if isinstance(prompt.text, str):
        return [prompt.text]
    return [part for part in prompt.parts if placeholders(part) <= values.keys()]


def clauses(prompt: Prompt, values: Mapping[str, str]) -> tuple[Clause, ...]:
    """The utterance, cut where people breathe; clauses without a value are fixed.

    In a prompt of one text a clause whose value is missing (a script error, caught by the linter) is left out:
    the citizen hears the rest.
    """
    pieces: list[Clause] = []
    for part in spoken_parts(prompt, values):
        for piece, names in _pieces(part):
            if piece.fixed:
                pieces.append(piece)
                continue
            if not names <= values.keys():
                continue
            text = piece.text.format_map(values)
            if pieces and not pieces[-1].fixed:
                pieces[-1] = Clause(text=pieces[-1].text + text, fixed=False)
            else:
                pieces.append(Clause(text=text, fixed=False))
    return tuple(pieces)


def fixed_clauses(prompt: Prompt) -> list[str]:
    """The stretches of a prompt that are the same in every call, of all its wordings: what the audio cache is
    warmed with."""
    found: list[str] = []
    for part in (part for wording in prompt.wordings for part in wording.parts):
        found += [p for p in _CLAUSE_END.split(part) if p and not placeholders(p)]
    return found
