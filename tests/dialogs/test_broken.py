"""Every broken script of broken/ is told at the right line, with its cure, and nothing besides is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from dialogs.loader import check, load
from dialogs.problems import ScriptBroken

BROKEN = Path(__file__).parent / "broken"


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Change(Shape):
    file: str
    old: str
    new: str


class Told(Shape):
    """last: `at` stands on several lines, and the last of them is meant."""

    code: str
    cure: str
    at: str | None = None
    file: str | None = None
    last: bool = False


class Case(Shape):
    name: str
    file: str
    old: str
    new: str
    more: list[Change] = []
    told: list[Told]

    def line(self, told: Told, folder: Path) -> tuple[str, int]:
        file = told.file or self.file
        text = (folder / file).read_text("utf-8")
        needle = told.at or self.new.split("\n")[0].strip()
        assert needle and needle in text, needle
        at = text.rindex(needle) if told.last else text.index(needle)
        return file, text[:at].count("\n") + 1 + len(needle) - len(needle.lstrip("\n"))


def cases() -> list[Case]:
    yaml = YAML(typ="safe", pure=True)
    files = sorted(BROKEN.glob("*.yaml"))
    return [Case.model_validate(case) for file in files for case in yaml.load(file.read_text("utf-8"))]


CASES = cases()


def broken(case: Case, folder: Path) -> Path:
    shutil.copytree(BROKEN / "base", folder)
    for change in (Change(file=case.file, old=case.old, new=case.new), *case.more):
        path = folder / change.file
        text = path.read_text("utf-8") if path.exists() else ""
        assert change.old in text, f"{change.file} has no {change.old!r}"
        path.write_text(text.replace(change.old, change.new, 1), "utf-8")
    return folder


def test_the_base_has_no_mistake() -> None:
    assert [str(problem) for problem in check(BROKEN / "base")] == []


def test_there_are_enough() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(len(case.told) >= 3 for case in CASES) >= 10


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_is_told_with_its_place_and_cure(case: Case, tmp_path: Path) -> None:
    folder = broken(case, tmp_path / "script")
    problems = check(folder)
    expected = sorted((*case.line(told, folder), told.code) for told in case.told)
    assert [
        (p.file, p.line, p.code) for p in sorted(problems, key=lambda p: (p.file, p.line, p.code))
    ] == expected
    for told in case.told:
        place = (*case.line(told, folder), told.code)
        said = next(p for p in problems if (p.file, p.line, p.code) == place)
        assert told.cure in f"{said.message} {said.hint}", str(said)
        assert said.column >= 1
        assert any("\u4e00" <= character <= "\u9fff" for character in said.message)
    with pytest.raises(ScriptBroken):
        load(folder)
