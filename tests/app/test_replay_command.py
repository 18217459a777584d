"""`smartseat replay` and `score` at the command line: what they print, and what they answer to bad use."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import data.events as ev
from app.cli import app
from data.store import Store
from data.vocabulary import Outcome
from dialogs.loader import script_files, version_of
from tests.qa.replay.conftest import REAL, by_text
from tests.qa.replay.test_dialog import swap_amount_and_date

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one call in its store."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SMARTSEAT_HOME", str(home))
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        store.begin_call("c1", "12315", None, NOW, "v", "owner", 60)
        store.append("c1", by_text())
        store.close_call("c1", Outcome.LODGED, "seat", NOW)
    return home


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout


def test_a_stored_call_is_replayed_by_its_id(home: Path) -> None:
    code, printed = run("replay", "c1", "--level", "words", "--rules-only", "--json")
    report = json.loads(printed)
    assert (code, report["identical"]) == (0, 1.0)
    assert report["calls"][0]["id"] == "c1" and report["calls"][0]["differences"] == []


def test_a_folder_of_recordings_is_replayed(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "a.flac").touch()
    lines = [ev.EVENT.dump_json(event).decode() for event in by_text()]
    (folder / "a.events.jsonl").write_text("\n".join(lines), "utf-8")
    code, printed = run("replay", str(folder), "--level", "understanding", "--json")
    assert code == 0 and json.loads(printed)["calls"][0]["verdict"] == "same"


def test_another_script_changes_the_exit_code(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script"
    shutil.copytree(REAL, script)
    flow = script / "complaint_online.yaml"
    flow.write_text(swap_amount_and_date(flow.read_text("utf-8")), "utf-8")
    code, printed = run(
        "replay", "--last", "5", "--level", "words", "--rules-only", "--script", str(script), "--json"
    )
    [call] = json.loads(printed)["calls"]
    assert (code, call["verdict"], call["room"]) == (1, "different", "dialogs")


def test_a_call_is_replayed_with_the_script_it_was_answered_with(home: Path, tmp_path: Path) -> None:
    changed = tmp_path / "script"
    shutil.copytree(REAL, changed)
    flow = changed / "complaint_online.yaml"
    flow.write_text(swap_amount_and_date(flow.read_text("utf-8")), "utf-8")
    then = ("replay", "c1", "--level", "understanding", "--as-then", "--json")
    code, printed = run(*then)
    [call] = json.loads(printed)["calls"]
    assert (code, call["verdict"]) == (1, "not_scorable") and "没有存下" in call["fault"]
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        files, _ = script_files(REAL)
        store.keep_script(version_of(files), files)
        store.keep_script("changed", script_files(changed)[0])
    code, printed = run(*then)
    assert (code, json.loads(printed)["calls"][0]["verdict"]) == (0, "same")
    code, printed = run("replay", "c1", "--level", "understanding", "--script", "changed", "--json")
    assert (code, json.loads(printed)["calls"][0]["verdict"]) == (1, "different")
    assert run("replay", "c1", "--as-then", "--script", "changed")[0] == 2
    assert run("replay", "c1", "--script", "absent")[0] == 2


def test_a_report_page_is_written(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    code, printed = run(
        "replay",
        "c1",
        "--level",
        "understanding",
        "--report",
        str(page),
        "--score",
        "--reason",
        "核对这次改动",
    )
    assert code == 0 and "1/1 通" in printed
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("arguments", [("replay",), ("replay", "absent"), ("score",), ("score", "absent")])
def test_bad_use_is_told_apart_from_found_wanting(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_a_stored_call_is_scored(home: Path) -> None:
    code, printed = run("score", "c1", "--json")
    report = json.loads(printed)
    assert code == 0 and report["calls"][0]["card"]["passed"]
    assert report["by_script"]["v"]["calls"] == 1
    assert "评分卡" in run("score", "c1")[1] and "评分卡" not in run("score", "--last", "9", "--json")[1]
