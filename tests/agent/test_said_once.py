"""What a call was told once is not told again, whatever record it belongs to; unless it was cut off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.vocabulary import Act, Intent
from dialogs.loader import load
from dialogs.script import Script
from tests.agent.talk import SMALL, Talk

ADVICE = "keep.receipt: {text: 小票留好。, once: evidence}\nkeep.photo: {text: 照片留好。, once: evidence}\n"


@pytest.fixture
def advising(tmp_path: Path) -> Script:
    """The small script, with two pieces of the same advice around the question for the sum."""
    shutil.copytree(SMALL, tmp_path / "script")
    flow, prompts = tmp_path / "script" / "complaint.yaml", tmp_path / "script" / "prompts.yaml"
    asking = "  - collect: amount\n    ask: amount.ask\n    confirm: implicit\n    reprompt: [amount.again]\n"
    written = flow.read_text("utf-8")
    assert asking in written
    around = f"  - say: keep.receipt\n{asking}  - say: keep.photo\n"
    flow.write_text(written.replace(asking, around), "utf-8")
    prompts.write_text(prompts.read_text("utf-8") + ADVICE, "utf-8")
    return load(tmp_path / "script")


def told(script: Script, *, hearing: bool) -> Talk:
    talk = Talk(script)
    talk.hearing = hearing
    return talk.says("假的", intents=(Intent.COMPLAINT_ONLINE,), platform="拼多多")


def test_the_same_advice_in_other_words_is_skipped(advising: Script) -> None:
    talk = told(advising, hearing=True)
    assert talk.said[-2:] == ["keep.receipt", "amount.ask"]
    assert "keep.photo" not in talk.says("三百", Act.INFORM, amount=300).said


def test_what_was_cut_off_is_told(advising: Script) -> None:
    talk = told(advising, hearing=False)
    talk.hear(complete=False)
    assert "keep.photo" in talk.says("三百", Act.INFORM, amount=300).said
    assert talk.folds()
