"""What is wrong with a script, said so that a trainer can mend it: where, what, and what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from rapidfuzz import fuzz, process


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. file is the name inside the script's folder; line and column count from 1.

    code: stable, for programs; message: what is wrong; hint: what to write instead.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.message}" + (f"（{self.hint}）" if self.hint else "")

    def as_dict(self) -> dict[str, str | int]:
        """The form `dialogs check --json` prints."""
        return asdict(self)


class ScriptBroken(Exception):
    """The script can't be used. `problems` holds every mistake found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(written: str, known: Iterable[str], at_least: float = 60) -> str | None:
    """The one of `known` that was probably meant. at_least: how like it must be, 0..100."""
    near = process.extractOne(written, sorted(known), scorer=fuzz.ratio, score_cutoff=at_least)
    return near[0] if near is not None else None


def did_you_mean(written: str, known: Iterable[str], else_list: bool = True) -> str:
    """A hint: the nearest of `known`, or (unless there are many) all of them."""
    names = sorted(known)
    if (near := nearest(written, names)) is not None:
        return f"是不是想写“{near}”？"
    if not else_list or not names:
        return ""
    return "可以写：" + "、".join(names)
