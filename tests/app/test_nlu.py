from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Without the encoder: the commands, not the model, are tested here."""
    monkeypatch.setenv("SMARTSEAT_ENCODER", "false")
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path))
    return CliRunner()


def lines(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def test_parse_shows_the_words_a_value_came_from_and_how_it_is_said(run: CliRunner) -> None:
    result = run.invoke(
        app, ["nlu", "parse", "在拼多多买的，四百九十九块", "--today", "2026-11-24", "--json"]
    )
    findings = {finding["slot"]: finding for finding in json.loads(result.stdout)["findings"]}
    amount = findings["amount"]
    assert (amount["value"], amount["heard"], amount["spoken"]) == (499, "四百九十九块", "499元")
    assert amount["span"] == [7, 13]
    assert findings["platform"]["method"] == "gazetteer"


def test_parse_takes_what_was_read_back(run: CliRunner) -> None:
    result = run.invoke(app, ["nlu", "parse", "不对，是四百九十九", "--read-back", "amount=399", "--json"])
    meant = json.loads(result.stdout)
    assert "correct" in meant["acts"] and meant["findings"][0]["value"] == 499


@pytest.mark.parametrize("pair", ["amount", "amount=", "amount=abc", "price=3"])
def test_a_bad_read_back_is_bad_use(run: CliRunner, pair: str) -> None:
    assert run.invoke(app, ["nlu", "parse", "对", "--read-back", pair]).exit_code == 2


def test_eval_prints_the_agreed_keys(run: CliRunner, tmp_path: Path) -> None:
    data = lines(
        tmp_path / "set.jsonl",
        {"text": "转人工。", "intent": "request_human", "slots": {}},
        {"text": "在拼多多买的", "intent": "complaint_online", "slots": {"platform": "PDD"}},
    )
    result = run.invoke(app, ["nlu", "eval", "--data", str(data), "--json"])
    report = json.loads(result.stdout)
    assert report["n"] == 2 and 0 <= report["intent_accuracy"] <= 1
    assert report["slots"]["platform"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 1, "found": 1}
    assert set(report["flags"]["emergency"]) >= {"precision", "recall"}
    assert set(report["latency_ms"]) == {"p50", "p95"}


def test_eval_of_consent_replies(run: CliRunner, tmp_path: Path) -> None:
    data = lines(
        tmp_path / "set.jsonl", {"text": "我同意", "gold": "agree"}, {"text": "不同意", "gold": "decline"}
    )
    report = json.loads(run.invoke(app, ["nlu", "eval", "--data", str(data), "--json"]).stdout)
    assert (report["n"], report["accuracy"], report["false_agree"]) == (2, 1.0, 0)


@pytest.mark.parametrize("ending", ["html", "md"])
def test_eval_writes_a_report(run: CliRunner, tmp_path: Path, ending: str) -> None:
    data = lines(tmp_path / "set.jsonl", {"text": "我同意", "gold": "agree"})
    page = tmp_path / f"report.{ending}"
    assert run.invoke(app, ["nlu", "eval", "--data", str(data), "--report", str(page)]).exit_code == 0
    assert "六类准确率" in page.read_text("utf-8")


def test_a_report_of_another_kind_is_bad_use(run: CliRunner, tmp_path: Path) -> None:
    assert run.invoke(app, ["nlu", "eval", "--report", str(tmp_path / "x.pdf")]).exit_code == 2
