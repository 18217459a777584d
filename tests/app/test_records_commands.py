"""`smartseat records track`: the way of a case on the terminal, personal data hidden."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.mistakes import explained
from data.records import FieldDraft, RecordDraft
from data.store import Store
from data.vocabulary import Kind, Slot

RUN = CliRunner()
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def case_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path))
    told = RecordDraft(
        kind=Kind.COMPLAINT,
        fields=(FieldDraft(slot=Slot.PHONE, value="13900005678", heard="", confidence=1, method="test"),),
    )
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path) as store:
        store.begin_call("c1", "12315", None, NOW, "v1", "boot", 30)
        return store.lodge("c1", told, "k", now=NOW).case_no


def test_a_case_is_moved_and_tracked(case_no: str) -> None:
    moved = RUN.invoke(
        app, ["records", "move", case_no, "dispatch", "--by", "张三", "--why", "问过13900005678的王小明"]
    )
    assert moved.exit_code == 0 and "已分送" in moved.output
    shown = RUN.invoke(app, ["records", "track", case_no])
    for expected in ("已分送", "张三", "2026-12-03", "办法第15条", "来电登记"):
        assert expected in shown.output
    assert "王小明" not in shown.output and "13900005678" not in shown.output
    revealed = RUN.invoke(app, ["records", "track", case_no, "--reveal", "--reason", "核对经过", "--json"])
    assert "王小明" in revealed.output
    plain = json.loads(RUN.invoke(app, ["records", "track", case_no, "--json"]).output)
    assert (plain["stage"], plain["clocks"][0]["due"]) == ("dispatched", "2026-12-03")
    assert plain["changes"][1]["who"] == "张三" and "王小明" not in json.dumps(plain, ensure_ascii=False)


def test_a_wrong_step_is_explained(case_no: str) -> None:
    for step in ("accept", "nonsense"):
        failed = RUN.invoke(app, ["records", "move", case_no, step, "--by", "张三", "--why", "x"])
        assert isinstance(failed.exception, Exception)
        sentence = explained(failed.exception)
        assert sentence is not None and "这一步没有做" in sentence


def test_looking_at_the_clocks(case_no: str) -> None:
    made = json.loads(RUN.invoke(app, ["records", "clocks", "--json"]).output)
    assert all(change["case_no"] == case_no for change in made)
