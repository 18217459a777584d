"""What `serve` says when it cannot start: one sentence with the place and the cure, exit code 1."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT


def _serve(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SMARTSEAT_HOME": str(home),
        **{f"SMARTSEAT_{name.upper()}": value for name, value in settings.items()},
    }
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_missing_model_is_named_with_its_cure(tmp_path: Path) -> None:
    done = _serve(tmp_path / "home")
    assert done.returncode == 1
    assert "smartseat models fetch" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_the_script_is_shown_at_its_line(tmp_path: Path) -> None:
    script = tmp_path / "script"
    shutil.copytree(ROOT / "dialogs" / "scripts" / "12315", script)
    flow = script / "complaint_online.yaml"
    text = flow.read_text(encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "collect: platform" in row)
    flow.write_text(text.replace("collect: platform", "colect: platform", 1), encoding="utf-8")
    done = _serve(tmp_path / "home", script=str(script))
    assert done.returncode == 1
    assert f"complaint_online.yaml:{line}:" in done.stderr
    assert "collect" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"host": "0.0.0.0"}, "SMARTSEAT_TOKEN"),
        ({"host": "0.0.0.0", "token": "a-long-enough-token", "event_feed": "true"}, "event_feed"),
        ({"token": "short"}, "16"),
        ({"max_calls": "0"}, "max_calls"),
    ],
)
def test_an_unsafe_or_impossible_setting_is_refused(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    done = _serve(tmp_path / "home", **settings)
    assert done.returncode == 1
    assert told in done.stderr and "Traceback" not in done.stderr
