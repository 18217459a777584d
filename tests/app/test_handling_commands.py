"""`smartseat records dispatch|route|join` and `smartseat handover` on the terminal."""

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


def run(*arguments: str) -> str:
    result = RUN.invoke(app, list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two people's complaints of one gym."""
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    numbers = []
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path) as store:
        for n in (1, 2):
            values = {Slot.PHONE: f"1380000123{n}", Slot.RESPONDENT: "力健健身房", Slot.DISTRICT: "杨浦区"}
            told = RecordDraft(
                kind=Kind.COMPLAINT,
                content="健身房关门了，健身卡退不出来",
                fields=tuple(
                    FieldDraft(slot=slot, value=value, heard="", confidence=1, method="test")
                    for slot, value in values.items()
                ),
            )
            store.begin_call(f"c{n}", "12315", None, NOW, "v1", "boot", 30)
            numbers.append(store.lodge(f"c{n}", told, f"k{n}", now=NOW).case_no)
    return numbers


def test_a_draft_is_shown_and_a_person_decides(cases: list[str]) -> None:
    shown = run("records", "dispatch", cases[0])
    for expected in ("杨浦区", "合同、预付", "系统建议", "等人确认", "办法第13条"):
        assert expected in shown
    run("records", "dispatch", cases[0], "--to", "长宁区", "--by", "张三", "--why", "店在王芳家楼下")
    tracked = run("records", "track", cases[0])
    for expected in ("已分送", "长宁区（张三决定）", "化解方式", "行政调解"):
        assert expected in tracked
    assert "王芳" not in tracked and "王芳" not in run("records", "dispatch", cases[0], "--json")
    assert "王芳" in run("records", "track", cases[0], "--reveal", "--reason", "核对经过")
    assert json.loads(run("records", "dispatch", cases[0], "--json"))["history"][-1]["target"] == "310105"


def test_a_decision_needs_a_known_place(cases: list[str]) -> None:
    for command, to in (("dispatch", "月球"), ("dispatch", "行政调解"), ("route", "杨浦区")):
        failed = RUN.invoke(app, ["records", command, cases[0], "--to", to, "--by", "张三", "--why", "x"])
        assert isinstance(failed.exception, Exception)
        assert "没有做" in (explained(failed.exception) or "")


def test_a_route_is_changed(cases: list[str]) -> None:
    shown = run("records", "route", cases[0], "--to", "人民调解", "--by", "张三", "--why", "双方都愿意")
    assert "人民调解（张三决定）" in shown


def test_complaints_are_joined(cases: list[str]) -> None:
    joined = run("records", "join", *cases, "--by", "张三", "--why", "同一家店", "--rep", cases[1])
    assert joined.splitlines()[1:] == [cases[1], cases[0]]
    assert "共同投诉" in run("records", "track", cases[0])


def test_handed_over_and_back(cases: list[str], tmp_path: Path) -> None:
    out, back = tmp_path / "out.jsonl", tmp_path / "back.jsonl"
    assert RUN.invoke(app, ["handover", "export", cases[0], "--to", str(out)]).exit_code == 2
    run("handover", "export", cases[0], "--to", str(out), "--reason", "转12345办理")
    assert out.stat().st_mode & 0o077 == 0
    item = json.loads(out.read_text("utf-8")) | {"number": "SH123456"}
    new = item | {"number": "SH999999", "case_no": None}
    back.write_text(json.dumps(item) + "\n\n" + json.dumps(new) + '\n{"system": "12345"}\n', "utf-8")
    result = RUN.invoke(app, ["handover", "import", str(back)])
    assert result.exit_code == 1
    assert "补上对方编号" in result.output and "新登记" in result.output and "第 4 行没有收" in result.output
    assert "SH123456" in run("records", "track", cases[0])
    assert "smartseat.handover/1" in run("handover", "schema")
