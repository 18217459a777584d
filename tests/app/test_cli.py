"""The command line imports what is typed, and no more; and it is whole where nothing is."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from app.cli import assembled

HEAVY = ("faster_whisper", "sqlalchemy", "torch", "pypinyin", "pipecat", "agent.dialog", "nlu.understander")


def loaded_by(*typed: str) -> set[str]:
    """What of the heavy modules a command has loaded when it has run."""
    code = (
        "import sys\nfrom app.cli import assembled\n"
        f"try:\n    assembled({list(typed)!r})({list(typed)!r}, standalone_mode=False)\nexcept SystemExit: pass\n"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.rsplit("LOADED", 1)[1].split())


@pytest.mark.parametrize("command", ["check", "reference"])
def test_checking_a_script_loads_no_model_and_no_store(command: str) -> None:
    assert loaded_by("dialogs", command) == set()


@pytest.mark.parametrize(
    "typed", [["dialogs", "test"], ["dialogs", "check"], ["records", "join"], ["chat"], ["serve"]]
)
def test_a_command_is_the_same_alone_as_among_all(typed: list[str]) -> None:
    runner = CliRunner()
    alone = runner.invoke(assembled(typed), [*typed, "--help"])
    among = runner.invoke(assembled(), [*typed, "--help"])
    assert alone.exit_code == 0 and alone.output == among.output


def test_what_is_no_command_is_said_among_all() -> None:
    said = CliRunner().invoke(assembled(["dialog"]), ["dialog"])
    assert said.exit_code == 2 and "dialog" in said.output


def test_all_is_there() -> None:
    whole = get_command(assembled())
    names = set(whole.commands)  # type: ignore[attr-defined]
    assert {"dialogs", "records", "bench", "serve", "chat"} <= names
    assert {"check", "test", "graph", "diff", "deploy", "rollback", "history", "schema", "reference"} <= set(
        whole.commands["dialogs"].commands  # type: ignore[attr-defined]
    )
