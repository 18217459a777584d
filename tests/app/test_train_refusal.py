from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from app.cli import app


def test_broken_examples_are_refused_with_file_and_line_before_any_model_is_read(tmp_path: Path) -> None:
    (tmp_path / "urge.yaml").write_text(
        "intent: urge\nexamples:\n  - 帮我催一下\n  - '[手机](phon)的单子快点'\n  - say: 快点\n    intents: [hurry]\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["nlu", "train", "--examples", str(tmp_path)])
    assert result.exit_code == 1
    assert "urge.yaml:4" in result.output
    assert "urge.yaml:6" in result.output
