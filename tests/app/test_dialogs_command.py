"""`smartseat dialogs check|schema|reference`: what is printed, and the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.commands.dialogs import app
from dialogs.loader import check
from dialogs.reference_page import reference_page

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "script"
    shutil.copytree(REAL, folder)
    file = folder / "complaint_online.yaml"
    text = file.read_text("utf-8").replace("reprompt: [amount.again]", "repromt: [amount.again]", 1)
    start, end = text.index("            fields: ["), text.index("            explain:")
    file.write_text(text[:start] + "            fields: []\n" + text[end:], "utf-8")
    return folder


def test_a_sound_script_exits_0() -> None:
    result = run("check", str(REAL))
    assert result.exit_code == 0 and "✓" in result.output
    assert json.loads(run("check", str(REAL), "--json").output) == {"problems": []}


def test_a_broken_script_exits_1_and_tells_everything(broken: Path) -> None:
    result = run("check", str(broken), "--json")
    assert result.exit_code == 1
    problems = json.loads(result.output)["problems"]
    assert problems == [problem.as_dict() for problem in check(broken)]
    assert {problem["code"] for problem in problems} >= {"unknown_key", "empty"}
    for problem in problems:
        assert set(problem) >= {"file", "line", "column", "code", "message", "hint"}


def test_brackets_in_a_hint_are_printed_as_they_are(broken: Path) -> None:
    result = run("check", str(broken))
    assert result.exit_code == 1
    for problem in check(broken):
        assert f"{problem.file}:{problem.line}:{problem.column}" in result.output
        assert problem.message in result.output and problem.hint in result.output
    assert "fields: [product, phone]" in result.output


@pytest.mark.parametrize("kind", [(), ("flow",), ("script",), ("prompts",)])
def test_the_schema_is_json(kind: tuple[str, ...]) -> None:
    result = run("schema", *kind)
    assert result.exit_code == 0
    assert json.loads(result.output)["$schema"].startswith("http://json-schema.org/draft-07")


def test_an_unknown_kind_of_file_is_bad_use() -> None:
    assert run("schema", "story").exit_code == 2


def test_the_reference_is_the_page() -> None:
    assert run("reference").output == reference_page()
