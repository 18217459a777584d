"""A flow a trainer wrote words beside is gone to by those words, before one that names the intent only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.fold_record import draft
from data.vocabulary import Act, Intent, Kind
from dialogs.loader import load
from dialogs.script import Script
from tests.agent.talk import FULL, SMALL, WIDE, Talk

PETS = """\
flow: pets
kind: 投诉
start_when:
  intent: complaint_online
  said: [宠物, 我家小狗买回来就生病]
steps:
  - collect: amount
    ask: amount.ask
  - to_desk: pets
"""
ANYTHING = """\
flow: parking
start_when: {said: 停车费}
steps:
  - to_desk: parking
"""
ONLINE = (Intent.COMPLAINT_ONLINE,)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    folder = tmp_path_factory.mktemp("said") / "script"
    shutil.copytree(SMALL, folder)
    (folder / "pets.yaml").write_text(PETS, "utf-8")
    (folder / "parking.yaml").write_text(ANYTHING, "utf-8")
    return load(folder)


def entered(talk: Talk) -> str | None:
    return talk.state.flow


def test_the_words_lead_into_the_flow(script: Script) -> None:
    talk = Talk(script).says("网上的宠物店卖的猫有病", intents=ONLINE)
    assert (entered(talk), talk.said, talk.state.intent) == ("pets", ["amount.ask"], "complaint_online")
    assert talk.folds()


def test_an_example_sentence_need_not_be_said_as_it_stands(script: Script) -> None:
    assert entered(Talk(script).says("我家的小狗买回来就生病了", intents=ONLINE)) == "pets"


def test_without_the_words_the_intent_leads(script: Script) -> None:
    assert entered(Talk(script).says("网上买的羽绒服是假的", intents=ONLINE)) == "complaint"


def test_without_the_intent_the_words_alone_do_not(script: Script) -> None:
    talk = Talk(script).says("食堂里养宠物不卫生", intents=(Intent.REPORT_FOOD,))
    assert entered(talk) == "report"


def test_words_said_before_the_intent_was_clear_count(script: Script) -> None:
    talk = Talk(script).says("我的宠物的事情怎么说呢")
    assert talk.at == ("route", "route")
    assert entered(talk.says("在网上买的，投诉", intents=ONLINE)) == "pets"


def test_words_alone_answer_the_question_where_no_intent_is_asked(script: Script) -> None:
    assert entered(Talk(script).says("停车费的事情怎么办", intents=ONLINE)) == "parking"
    talk = Talk(script).says("我有一件事情想问问你们")
    assert entered(talk.says("停车费")) == "parking"


def test_what_led_into_one_flow_does_not_lead_into_the_next(script: Script) -> None:
    talk = Talk(script).says("网上买的宠物有病", intents=ONLINE)
    assert talk.state.told == ()


def test_another_matter_is_gone_to_by_its_words_too(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(WIDE, tmp_path / "script"))
    (folder / "pets.yaml").write_text(PETS, "utf-8")
    talk = Talk(load(folder))
    talk.says("网上买的鞋是坏的", intents=ONLINE, **{**FULL, "product": "鞋"}).yes()
    talk.says("不同意", Act.DENY).says("不同意", Act.DENY)
    assert talk.at == ("more", "more")
    talk.says("还有宠物的事，也是网上买的", Act.INFORM, intents=ONLINE)
    assert (entered(talk), talk.state.told) == ("pets", ())


ASKED = """\
flow: opening_hours
kind: 咨询
start_when: {said: 几点开门}
steps:
  - end: answered
    say: goodbye
"""


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Script:
    folder = tmp_path_factory.mktemp("asked") / "script"
    shutil.copytree(SMALL, folder)
    (folder / "hours.yaml").write_text(ASKED, "utf-8")
    (folder / "parking.yaml").write_text(ANYTHING, "utf-8")
    return load(folder)


def test_the_record_says_what_was_heard_though_words_led_there(asking: Script) -> None:
    talk = Talk(asking).says("几点开门啊，我要投诉", intents=ONLINE)
    assert (entered(talk), talk.state.intent) == ("opening_hours", "complaint_online")
    assert draft(talk.events).intent == "complaint_online"


def test_where_nothing_was_heard_the_flow_s_kind_says_it(asking: Script) -> None:
    talk = Talk(asking).says("请问一下你们几点开门")
    assert (draft(talk.events).kind, draft(talk.events).intent) == (Kind.CONSULTATION, "consult")
    assert talk.folds()


def test_a_flow_of_no_kind_leaves_the_record_what_was_heard(asking: Script) -> None:
    talk = Talk(asking).says("小区门口的停车费乱收钱", intents=(Intent.REPORT_PRICE,))
    assert entered(talk) == "parking"
    assert (draft(talk.events).kind, draft(talk.events).intent) == (None, "report_price")


def test_business_told_on_the_way_to_a_person_is_what_the_call_was(asking: Script) -> None:
    talk = Talk(asking).says("我网上买的鞋坏了，转人工", intents=(Intent.REQUEST_HUMAN,), human=True)
    assert draft(talk.events).intent == "request_human"
    talk = Talk(asking).says("呃", intents=ONLINE).says("转人工", intents=(Intent.REQUEST_HUMAN,), human=True)
    assert draft(talk.events).intent == "complaint_online"
