"""A person: at any hour where one is on duty, and in any language."""

from __future__ import annotations

from dataclasses import replace

import pytest

import data.events as ev
from agent.acts import QueueCallback, Transfer
from agent.state import CallState
from data.vocabulary import Act, Emergency, Intent, Outcome
from dialogs.script import Script
from tests.agent.talk import Talk, answered, real_script, small_script


def at_night(script: Script | None = None, line: str = "12315") -> Talk:
    talk = Talk.__new__(Talk)
    talk.script, talk.state, talk.events, talk.acts = script or small_script(), CallState(), [], []
    talk.hearing = talk.lodging = True
    talk._turn = 0
    return talk.put(answered(talk.script, None, line).model_copy(update={"desk_open": False}))


def test_nobody_is_offered_and_the_record_is_taken() -> None:
    talk = at_night()
    talk.says("转人工", human=True)
    assert talk.said == ["desk.closed", "narrative.ask"]
    assert talk.did(Transfer) == []
    [callback] = talk.did(QueueCallback)
    assert isinstance(callback, QueueCallback)
    assert callback.reason == "requested"
    talk.says("我在网上买的东西是假的", intents=(Intent.COMPLAINT_ONLINE,))
    assert talk.at == ("platform", "value"), "the call goes on"


def test_who_insists_is_called_back_and_not_kept() -> None:
    talk = at_night()
    talk.says("转人工", human=True).says("转人工", human=True)
    assert talk.said == ["desk.closed.goodbye"]
    assert talk.state.ending is Outcome.NO_DESK
    assert len(talk.did(QueueCallback)) == 1, "once"


def test_a_key_is_as_good_as_a_word() -> None:
    assert at_night().keys("0").said == ["desk.closed", "narrative.ask"]


def test_a_danger_is_never_told_that_nobody_is_there() -> None:
    talk = at_night()
    talk.says("着火了", emergency=Emergency.FIRE)
    assert len(talk.did(Transfer)) == 1
    assert talk.of(ev.DeskClosed) == []


def test_who_is_not_understood_is_called_back() -> None:
    talk = at_night()
    for _ in range(4):
        talk.mumbles()
    assert talk.state.ending is Outcome.NO_DESK
    assert talk.said == ["desk.closed.goodbye"]
    assert talk.folds()


@pytest.mark.parametrize("line", ["12315", "12345", "12365", "12331", "12358", "12330"])
def test_each_line_opens_its_own_way_day_and_night(line: str) -> None:
    day = Talk(real_script(), line=line)
    night = at_night(real_script(), line)
    assert "转人工" in day.spoken
    assert "转人工" not in night.spoken
    assert "人工不在班" in night.spoken
    assert line in day.spoken
    assert line in night.spoken


def test_the_hours_are_said_where_they_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = at_night(real_script()).says("转人工", human=True)
    assert "点" not in talk.spoken
    monkeypatch.setattr("agent.facts.spoken_hours", lambda line: "每天8点到20点")
    assert "每天8点到20点" in at_night(real_script()).says("转人工", human=True).spoken


def test_another_language_is_answered_in_it_and_handed_over() -> None:
    talk = Talk(real_script()).says("Can you speak English please", language="en")
    assert talk.said == ["language.en"]
    assert talk.spoken.startswith("Please hold.")
    [transfer] = talk.did(Transfer)
    assert isinstance(transfer, Transfer)
    assert transfer.reason == "language_en"
    assert [event.language for event in talk.of(ev.LanguageWanted)] == ["en"]  # type: ignore[attr-defined]
    talk = Talk(real_script()).says("日本語", language="ja")
    assert talk.said == ["language.other"], "in plain Chinese where the script has no sentence"


def test_what_was_told_on_the_way_is_kept() -> None:
    talk = Talk(small_script())
    talk.says(
        "我买的东西是假的，讲上海话好伐",
        language="wuu",
        intents=(Intent.COMPLAINT_ONLINE,),
        platform="拼多多",
    )
    assert talk.state.handing_over
    assert talk.state.slots


def test_a_step_to_a_desk_goes_on_when_nobody_is_there() -> None:
    script = small_script()
    flow = script.flows["progress"]
    from dialogs.schema import ToDesk
    from dialogs.script import Node

    desk = Node("desk", ToDesk(to_desk="urge"), flow.start)
    flows = {**script.flows, "progress": replace(flow, start="desk", nodes={**flow.nodes, "desk": desk})}
    talk = at_night(replace(script, flows=flows)).says("催一下我的投诉", intents=(Intent.QUERY_PROGRESS,))
    assert talk.said[0] == "desk.closed"
    assert talk.at == ("case_no", "value")
    talk.says("不知道", Act.DONT_KNOW)
    assert talk.state.ending is None or talk.state.ending is not Outcome.TO_DESK
