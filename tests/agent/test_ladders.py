"""A step's own words for silence and for what is no answer, at the steps that are answered yes or no."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.acts import Lodge, Transfer
from data.vocabulary import Act, ConsentReply, ConsentStatus, Intent, Outcome
from dialogs.loader import load
from dialogs.script import Script
from tests.agent.talk import WIDE, Talk

PURPOSE = "refer_to_platform"
OWN = "            noinput: [own.silence]\n            nomatch: [own.unclear]\n"


def changed(folder: Path, file: str, after: str, more: str) -> Script:
    """The wide script with `more` written behind `after`."""
    shutil.copytree(WIDE, folder / "script")
    path = folder / "script" / file
    path.write_text(path.read_text("utf-8").replace(after, after + more), "utf-8")
    prompts = folder / "script" / "prompts.yaml"
    own = "own.silence: 要听到您说才行。\nown.unclear: 请说是，或者不是。\n"
    used = "".join(line for line in own.splitlines(keepends=True) if line.split(":")[0] in more)
    prompts.write_text(prompts.read_text("utf-8") + used, "utf-8")
    return load(folder / "script")


def at_consent(script: Script) -> Talk:
    talk = Talk(script).says(
        "假的",
        intents=(Intent.COMPLAINT_ONLINE,),
        platform="拼多多",
        amount=1,
        demand=("退款",),
        phone="13800001234",
    )
    talk.yes()
    assert talk.at == (PURPOSE, "consent")
    return talk


def at_more(script: Script) -> Talk:
    talk = at_consent(script).says("不同意", Act.DENY, consent=ConsentReply.DECLINE)
    assert talk.at == ("more", "more")
    return talk


@pytest.fixture
def consenting(tmp_path: Path) -> Script:
    return changed(tmp_path, "complaint.yaml", "            answer: consent.answer\n", OWN)


@pytest.fixture
def insisting(tmp_path: Path) -> Script:
    more = "            escalate: to_desk\n"
    return changed(tmp_path, "complaint.yaml", "            answer: consent.answer\n", more)


def test_a_consent_s_own_ladder(consenting: Script) -> None:
    assert at_consent(consenting).silent().said == ["own.silence", "consent.again"]
    unclear = at_consent(consenting).says("呃", consent=ConsentReply.UNCLEAR)
    assert unclear.said == ["own.unclear", "consent.again"]
    assert unclear.agrees().state.consents[PURPOSE].status is ConsentStatus.GIVEN


def test_a_question_at_a_consent_is_answered_and_not_called_unheard(consenting: Script) -> None:
    asked = at_consent(consenting).says("为什么", consent=ConsentReply.QUESTION)
    assert asked.said == ["consent.answer", "consent.again"]


def test_a_consent_never_answered_may_go_to_a_person_and_is_not_given(insisting: Script) -> None:
    talk = at_consent(insisting)
    for _ in range(2):
        talk.says("呃", consent=ConsentReply.UNCLEAR)
    assert talk.did(Transfer)
    assert talk.state.consents[PURPOSE].status is ConsentStatus.REFUSED
    assert talk.folds()


def test_with_nobody_on_duty_the_record_is_lodged_all_the_same(insisting: Script) -> None:
    talk = at_consent(insisting)
    talk.state = talk.state._replace(desk_open=False)
    for _ in range(2):
        talk.says("呃", consent=ConsentReply.UNCLEAR)
    assert talk.did(Lodge) and not talk.did(Transfer)


def test_silence_at_a_consent_calls_no_person(insisting: Script) -> None:
    talk = at_consent(insisting).silent().silent()
    assert talk.did(Lodge) and not talk.did(Transfer)


def test_silence_after_anything_else_is_asked_about_as_often_as_the_step_has_words(tmp_path: Path) -> None:
    own = "    noinput: [own.silence]\n"
    talk = at_more(changed(tmp_path, "closing.yaml", "    tell: more.tell\n", own)).silent()
    assert talk.said == ["own.silence", "more.ask"]
    assert talk.silent().state.ending is Outcome.LODGED


def test_mumbling_at_anything_else_may_end_it(tmp_path: Path) -> None:
    own = "    nomatch: [own.unclear]\n    escalate: go_on\n"
    talk = at_more(changed(tmp_path, "closing.yaml", "    tell: more.tell\n", own)).mumbles()
    assert talk.said == ["own.unclear", "more.ask"]
    assert talk.mumbles().state.ending is Outcome.LODGED
