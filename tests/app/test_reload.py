"""A real seat, and another version deployed beside it: taken up without a restart; a bad edit is shown, not taken."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

from .conftest import ROOT, RunningSeat, Start

pytestmark = [pytest.mark.spoken, pytest.mark.timeout(300)]

Health = dict[str, object]


def health(seat: RunningSeat, until: Callable[[Health], bool]) -> Health:
    """What the seat says of itself, once it is so; after half a minute as it is."""
    url = seat.url.replace("ws://", "http://") + "/healthz"
    for _ in range(60):
        with urllib.request.urlopen(url) as answer:
            told: Health = json.load(answer)
        if until(told):
            break
        time.sleep(0.5)
    return told


def replace(file: Path, written: str, instead: str) -> None:
    text = file.read_text("utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), "utf-8")


def test_the_script_is_changed_under_a_running_seat(
    start_seat: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(ROOT / "dialogs" / "scripts" / "12315", tmp_path / "script"))
    seat = start_seat(script=str(folder), encoder="false")
    first = health(seat, lambda _: True)["script"]

    replace(folder / "complaint_online.yaml", "collect: platform", "colect: platform")
    told = health(seat, lambda told: told["script_refused"] is not None)
    assert told["script"] == first
    assert "complaint_online.yaml" in str(told["script_refused"])

    replace(folder / "complaint_online.yaml", "colect: platform", "collect: platform")
    replace(folder / "prompts.yaml", "wait: 好的", "wait: 好")
    monkeypatch.setenv("SMARTSEAT_HOME", str(seat.home))
    monkeypatch.setenv("SMARTSEAT_ENCODER", "false")
    assert CliRunner().invoke(app, ["dialogs", "deploy", str(folder), "--by", "王"]).exit_code == 0
    told = health(seat, lambda told: told["script"] != first and told["script_refused"] is None)
    assert told["script"] != first and told["script_refused"] is None
    printed = CliRunner().invoke(app, ["dialogs", "history"]).stdout
    assert "文件夹改得不对，没有用" in printed and "王  上线" in printed
