"""What flows share: a part called from several places is judged by all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialogs.loader import check

BASE = Path(__file__).parent / "broken" / "base"
CONTACT = "flow: contact\nsteps:\n  - collect: phone\n    ask: phone.ask\n    optional: true\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The base, with a flow for the telephone number that a report calls."""
    folder = tmp_path / "script"
    shutil.copytree(BASE, folder)
    (folder / "contact.yaml").write_text(CONTACT, "utf-8")
    put(folder, "report.yaml", "  - lodge: record", "  - call: contact\n  - lodge: record")
    own = "  - collect: phone\n    ask: phone.ask\n    when: not anonymous\n    listen: digits\n    optional: true\n"
    put(folder, "report.yaml", own, "")
    assert check(folder) == []
    return folder


def put(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def test_a_shared_question_that_one_caller_has_asked_already_is_no_mistake(folder: Path) -> None:
    put(folder, "complaint.yaml", "  - read_back:", "  - call: contact\n  - read_back:")
    assert check(folder) == []


def test_a_shared_question_that_every_caller_has_asked_already_is_one(folder: Path) -> None:
    put(folder, "complaint.yaml", "  - read_back:", "  - call: contact\n  - read_back:")
    put(
        folder,
        "report.yaml",
        "  - call: contact",
        "  - collect: phone\n    ask: phone.ask\n  - call: contact",
    )
    assert [(p.file, p.code) for p in check(folder)] == [("contact.yaml", "asked_again")]
