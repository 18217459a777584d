"""`smartseat analyse` and `smartseat alerts` on the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.alerts import _figures, _post
from app.cli import app
from data.records import FieldDraft, RecordDraft
from data.store import Store
from data.vocabulary import Kind, Slot

RUN = CliRunner()


def run(*arguments: str) -> str:
    result = RUN.invoke(app, list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def closed_gym(home: Path) -> list[str]:
    """Four people's complaints of a gym that closed, an hour ago."""
    at, numbers = datetime.now(UTC) - timedelta(hours=1), []
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        for n in range(4):
            values = {Slot.PHONE: f"1380000123{n}", Slot.RESPONDENT: "力健健身房", Slot.DISTRICT: "杨浦区"}
            told = RecordDraft(
                kind=Kind.COMPLAINT,
                content="健身房跑路了，我叫王小明，退费找不到人",
                fields=tuple(
                    FieldDraft(slot=slot, value=value, heard="", confidence=1, method="test")
                    for slot, value in values.items()
                ),
            )
            store.begin_call(f"c{n}", "12315", None, at, "v1", "boot", 30)
            numbers.append(store.lodge(f"c{n}", told, f"k{n}", now=at).case_no)
    return numbers


def test_empty(home: Path) -> None:
    assert "这段时间没有诉求单" in run("analyse")
    assert "没有要处理的预警" in run("alerts", "list")
    assert json.loads(run("alerts", "list", "--json")) == {"incidents": [], "emergencies": []}


def test_one_screen(home: Path) -> None:
    closed_gym(home)
    shown = run("analyse")
    for expected in (
        "共 4 张单",
        "投诉",
        "杨浦区",
        "合同、预付",
        "预付费",
        "一天里",
        "还没有人处理的预警 1 条",
    ):
        assert expected in shown
    assert "王小明" not in shown and "力健" not in shown
    found = json.loads(run("analyse", "--json"))
    assert found["records"]["n"] == 4
    assert json.loads(run("analyse", "--until", "2020-01-01", "--json"))["records"]["n"] == 0


def test_alerts_are_listed_and_acknowledged(home: Path) -> None:
    numbers = closed_gym(home)
    shown = run("alerts", "list")
    for expected in ("群体事件", "关门跑路", "杨浦区", "商务或教育主管部门", numbers[-1]):
        assert expected in shown
    (incident,) = json.loads(run("alerts", "list", "--json"))["incidents"]
    run("alerts", "ack", incident["id"][:6], "--by", "张三")
    assert "没有要处理的预警" in run("alerts", "list")
    assert "张三处理" in run("alerts", "list", "--all")
    assert RUN.invoke(app, ["alerts", "ack", "ffffffff", "--by", "张三"]).exit_code == 1


def test_the_webhook_hears_figures_only(home: Path) -> None:
    numbers = closed_gym(home)
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        store.sort_records()
        (incident,) = store.pending_incidents()
    told = json.dumps(_figures(incident), ensure_ascii=False)
    assert incident.id in told and '"callers": 4' in told
    assert not any(secret in told for secret in (*numbers, "力健", "王小明", "1380000"))
    assert not _post("http://127.0.0.1:9/", _figures(incident))
