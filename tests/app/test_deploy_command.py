"""deploy, rollback and history, as a trainer types them; diff and replay by the name of a version."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.mistakes import explained
from data.errors import VersionUnknown
from tests.agent.talk import SMALL

STORY = """\
stories:
  - story: 问要办什么
    talk:
      - seat: [greeting, narrative.ask]
      - caller: 我有一件很长的事情要说
        meaning: {}
      - seat: route.ask
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script a trainer works on."""
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path / "home"))
    folder = Path(shutil.copytree(SMALL, tmp_path / "script"))
    monkeypatch.setenv("SMARTSEAT_SCRIPT", str(folder))
    monkeypatch.setenv("SMARTSEAT_ENCODER", "false")
    (folder / "stories").mkdir()
    (folder / "stories" / "all.yaml").write_text(STORY, "utf-8")
    return folder


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["dialogs", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def history() -> list[dict[str, object]]:
    return list(json.loads(run("history", "--changes", "--json")[1])["history"])


def replace(file: Path, written: str, instead: str) -> None:
    text = file.read_text("utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), "utf-8")


def test_a_version_is_deployed_and_the_change_is_told(folder: Path) -> None:
    assert "还没有上线过" in run("history")[1]
    code, printed = run("deploy", "--by", "王老师", "--note", "第一版")
    assert code == 0 and "✓ 上线了" in printed
    assert "不用再上线" in run("deploy")[1]
    replace(folder / "prompts.yaml", "请讲。", "您请讲。")
    code, printed = run("deploy", "--by", "李老师")
    assert code == 0 and "话术 narrative.ask 从「请讲。」改为「您请讲。」" in printed
    second, first = history()
    assert (first["who"], first["note"], first["live"], first["previous"]) == (
        "王老师",
        "第一版",
        False,
        None,
    )
    assert (second["live"], second["previous"]) == (True, first["version"])
    assert second["changes"] == [
        {"where": "narrative.ask", "what": "话术 narrative.ask 从「请讲。」改为「您请讲。」"}
    ]
    told = run("history", "--changes")[1]
    assert "王老师  上线  第一版" in told and "从「请讲。」改为「您请讲。」" in told


def test_a_mistake_is_refused_with_its_place_and_stands_in_the_history(folder: Path) -> None:
    run("deploy")
    replace(folder / "complaint.yaml", "collect: amount", "colect: amount")
    code, printed = run("deploy", "--by", "李老师")
    assert code == 1
    assert "complaint.yaml:11:" in printed and "✗ 没有上线" in printed
    refused, live = history()
    assert (refused["who"], refused["live"], live["live"]) == ("李老师", False, True)
    assert "complaint.yaml:11:" in str(refused["refused"])
    assert "没有上线" in run("history")[1]


def test_a_story_that_does_not_hold_is_refused(folder: Path) -> None:
    run("deploy")
    replace(folder / "stories" / "all.yaml", "seat: route.ask", "seat: topic.ask")
    replace(folder / "prompts.yaml", "请讲。", "您请讲。")
    code, printed = run("deploy")
    assert code == 1 and "应该  topic.ask" in printed
    assert "故事“问要办什么”不符" in str(history()[0]["refused"])
    replace(folder / "stories" / "all.yaml", "seat: topic.ask", "seat: topicask")
    code, printed = run("deploy")
    assert code == 1 and "stories/all.yaml:" in printed


def test_there_is_no_way_around_the_check(folder: Path) -> None:
    replace(folder / "complaint.yaml", "collect: amount", "colect: amount")
    assert CliRunner().invoke(app, ["dialogs", "deploy", "--force"]).exit_code == 2


def test_back_and_further_back(folder: Path) -> None:
    assert run("rollback")[0] == 1
    texts = ["请讲。", "您请讲。", "您请慢慢讲。"]
    run("deploy")
    versions = [str(history()[0]["version"])]
    for old, new in pairwise(texts):
        replace(folder / "prompts.yaml", f"narrative.ask: {{text: {old}", f"narrative.ask: {{text: {new}")
        run("deploy")
        versions.append(str(history()[0]["version"]))
    assert len(set(versions)) == 3
    code, printed = run("rollback", "--by", "王老师", "--note", "太啰嗦")
    assert code == 0 and f"退回了：{versions[1]}" in printed
    assert f"退回了：{versions[0]}" in run("rollback")[1]
    code, printed = run("rollback")
    assert code == 1 and "前面没有别的版本" in printed
    assert f"退回了：{versions[2]}" in run("rollback", versions[2][:6])[1]
    assert "不用退回" in run("rollback", versions[2])[1]
    assert [entry["how"] for entry in history()][:3] == ["rollback"] * 3


def test_an_unknown_version_is_said_to_be_unknown(folder: Path) -> None:
    run("deploy")
    result = CliRunner().invoke(app, ["dialogs", "rollback", "ffffff"])
    assert isinstance(result.exception, VersionUnknown)
    assert "没有“ffffff”这一版" in (explained(result.exception) or "")


def test_diff_by_version(folder: Path) -> None:
    assert run("diff")[0] == 2, "with nothing deployed there is nothing to compare with"
    run("deploy")
    assert run("diff") == (0, "✓ 两版话术一样\n")
    first = str(history()[0]["version"])
    replace(folder / "prompts.yaml", "请讲。", "您请讲。")
    code, printed = run("diff")
    assert code == 1 and "从「请讲。」改为「您请讲。」" in printed
    run("deploy")
    code, printed = run("diff", first, str(history()[0]["version"])[:6])
    assert code == 1 and "从「请讲。」改为「您请讲。」" in printed
    assert run("diff", first, "nothing")[0] == 2
