"""smartseat dialogs test, graph and diff, as a trainer types them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.versions import NoSuchVersion, version_folder

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def copy(home: Path) -> Path:
    return Path(shutil.copytree(REAL, home / "copy"))


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["dialogs", *words])
    return result.exit_code, result.stdout


def replace(file: Path, written: str, instead: str) -> None:
    text = file.read_text("utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), "utf-8")


def test_stories_pass_and_print_what_they_promise(home: Path) -> None:
    code, printed = run("test", "--json")
    report = json.loads(printed)
    assert (code, report["failed"]) == (0, 0)
    assert report["stories"] >= 60
    assert report["step_coverage"] >= 0.95
    assert report["branch_coverage"] >= 0.90


def test_a_difference_is_shown_where_it_is(copy: Path) -> None:
    replace(copy / "prompts.yaml", "amount.again: {text: 请说个数", "amount.again: {text: 请您说个数")
    replace(copy / "complaint_online.yaml", "reprompt: [amount.again]", "reprompt: [date.again]")
    code, printed = run("test", str(copy), "--only", "顺口复述的金额不对")
    assert code == 1
    assert "✗ 坐席" in printed
    assert "应该  amount.again「请您说个数，大概多少元？」" in printed
    assert "实际  date.again" in printed


def test_what_no_story_came_to_is_marked(copy: Path) -> None:
    (copy / "stories" / "withdrawal.yaml").unlink()
    _, printed = run("test", str(copy), "--coverage")
    assert "withdrawal.yaml" in printed
    assert "- say: withdrawal.lead  ← 这一步没有走过" in printed


def test_a_mistake_in_a_story_is_told(copy: Path) -> None:
    replace(copy / "stories" / "known_case.yaml", "seat: case_no.ask", "seat: caseno.ask")
    code, printed = run("test", str(copy))
    assert code == 1
    assert "是不是想写“case_no.ask”" in printed
    code, printed = run("test", str(copy), "--json")
    assert json.loads(printed)["problems"][0]["code"] == "unknown_prompt"


def test_no_stories_are_no_success(copy: Path) -> None:
    shutil.rmtree(copy / "stories")
    assert run("test", str(copy))[0] == 1


def test_graph(home: Path) -> None:
    assert run("graph", "--out", str(home / "g.svg"))[0] == 0
    assert (home / "g.svg").read_text("utf-8").startswith("<svg ")
    code, printed = run("graph", "--flow", "consult")
    assert (code, printed.count("subgraph")) == (0, 1)
    assert run("graph", "--out", str(home / "g.png"))[0] == 2
    assert run("graph", "--flow", "consul")[0] == 2


def test_diff(copy: Path) -> None:
    assert run("diff", str(copy))[0] == 0
    replace(copy / "complaint_online.yaml", "limit: 2", "limit: 1")
    code, printed = run("diff", str(copy), str(REAL))
    assert code == 1
    assert "最多问的次数从1次改为2次" in printed
    assert run("diff", "no-such-thing")[0] == 2


def test_a_version_from_git(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
        subprocess.run(["git", *identity, "-C", str(tmp_path), *words], check=True, capture_output=True)

    folder = tmp_path / "scripts" / "one"
    folder.mkdir(parents=True)
    git("init", "-q")
    for text in ("old", "new"):
        (folder / "a.yaml").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", text)
    with version_folder("HEAD~1", folder) as then:
        assert (then / "a.yaml").read_text() == "old"
    with version_folder(str(folder), folder) as now:
        assert (now / "a.yaml").read_text() == "new"
    for wrong in ("HEAD~9", "--output=x", "nothing"):
        with pytest.raises(NoSuchVersion), version_folder(wrong, folder):
            pass


ENCODED = """\
stories:
  - story: 问规定是咨询，不是投诉
    encoder: true
    talk:
      - caller: 请问预付卡退卡有什么规定？
    expect: {kind: 咨询, standing: questions}
"""


def test_without_the_encoder_its_stories_are_left_out_and_said_to_be(copy: Path) -> None:
    for path in (copy / "stories").glob("*.yaml"):
        path.unlink()
    (copy / "stories" / "encoded.yaml").write_text(ENCODED, "utf-8")
    code, printed = run("test", str(copy))
    assert "有 1 个故事要语义模型，没有装，没演" in printed
    assert code == 1, "nothing was played"


@pytest.mark.models
def test_a_story_may_ask_for_the_encoder(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REAL, tmp_path / "copy"))
    for path in (folder / "stories").glob("*.yaml"):
        path.unlink()
    (folder / "stories" / "encoded.yaml").write_text(ENCODED, "utf-8")
    code, printed = run("test", str(folder), "--json")
    report = json.loads(printed)
    assert (code, report["stories"], report["failed"], report["skipped"]) == (0, 1, 0, 0)
