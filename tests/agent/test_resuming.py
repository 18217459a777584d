"""Going on with a dropped call: asked, never taken for granted; what was told comes along, consents do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

import data.events as ev
from agent.acts import Recall, StopRecording
from data.fold_record import draft
from data.records import EarlierWords
from data.vocabulary import Act, Intent, Slot
from tests.agent.talk import CALLER, DROPPED, EARLIER, Talk, real_script, small_script

QUESTION = "resume.ask.complaint"


def rang_again() -> Talk:
    talk = Talk(small_script(), CALLER, earlier=DROPPED)
    assert talk.said == ["greeting", QUESTION]
    return talk


def told() -> Talk:
    return rang_again().yes().put(ev.EarlierTold(call_id="c0", told=EARLIER))


def test_the_notice_comes_first_and_nothing_personal_is_said() -> None:
    talk = rang_again()
    assert "人工智能" in talk.spoken or talk.said[0] == "greeting"
    for field in EARLIER.fields:
        assert str(field.value) not in talk.spoken
    assert not talk.did(Recall), "not even read before the yes"


def test_yes_goes_on_at_the_first_thing_that_is_missing() -> None:
    talk = rang_again().yes()
    assert talk.did(Recall) == [Recall(call_id="c0")]
    talk.put(ev.EarlierTold(call_id="c0", told=EARLIER))
    assert talk.said == ["resume.go_on", "amount.ask"]
    assert talk.state.flow == "complaint"
    assert talk.value(Slot.PLATFORM) == "拼多多"
    assert talk.state.slots[Slot.PHONE].confirmed
    assert talk.folds()


def test_each_value_names_the_call_it_was_said_in() -> None:
    record = draft(told().events)
    platform = record.field(Slot.PLATFORM)
    assert platform is not None
    assert platform.earlier == EarlierWords(call_id="c0", turn=2, span=(0, 2), start_ms=100, end_ms=900)
    assert (platform.turn, platform.span, platform.start_ms) == (None, None, None)
    assert record.resumes == "c0"
    assert record.mass_incident
    assert record.said[:2] == EARLIER.said
    assert [declined.slot for declined in record.declined] == [Slot.SHOP]


def test_neither_consents_nor_a_shown_case_come_along() -> None:
    talk = told()
    record = draft(talk.events)
    assert not record.consents and not talk.state.consents
    for slot in (Slot.CASE_NO, Slot.PHONE_TAIL):
        assert record.field(slot) is None and talk.value(slot) is None


def test_a_value_from_a_call_before_that_still_names_that_call() -> None:
    """Dropped twice: the words lie in the first call."""
    second = draft(told().events)
    talk = rang_again().yes().put(ev.EarlierTold(call_id="c1", told=second))
    field = draft(talk.events).field(Slot.PLATFORM)
    assert field is not None and field.earlier is not None
    assert field.earlier.call_id == "c0"


@pytest.mark.parametrize("acts", [(Act.DENY,), (Act.DECLINE,), (Act.DENY, Act.AFFIRM)])
def test_no_begins_anew(acts: tuple[Act, ...]) -> None:
    talk = rang_again().says("不用了", *acts)
    assert talk.said == ["resume.fresh", "narrative.ask"]
    assert not talk.did(Recall) and not talk.state.slots
    assert draft(talk.events).resumes is None
    assert talk.folds()


def test_unclear_twice_is_no_yes() -> None:
    talk = rang_again().mumbles()
    assert talk.said[-1] == QUESTION
    assert talk.mumbles().said == ["resume.fresh", "narrative.ask"]


def test_what_is_said_beside_the_yes_holds() -> None:
    talk = rang_again().says("对，是在淘宝买的", Act.AFFIRM, platform="淘宝")
    talk.put(ev.EarlierTold(call_id="c0", told=EARLIER))
    assert talk.value(Slot.PLATFORM) == "淘宝"
    field = draft(talk.events).field(Slot.PLATFORM)
    assert field is not None and field.value == "淘宝" and field.earlier is None


def test_another_matter_is_taken_as_it_is_told() -> None:
    talk = rang_again().says(
        "我要举报一家黑作坊", Act.AFFIRM, intents=(Intent.REPORT_FOOD,), respondent="黑作坊"
    )
    assert talk.said[0] == "resume.fresh"
    assert talk.state.flow == "report"
    assert talk.value(Slot.NARRATIVE) == "我要举报一家黑作坊"
    assert talk.value(Slot.PLATFORM) is None


def test_what_cannot_be_gone_on_with_begins_anew() -> None:
    for event in (ev.EarlierTold(call_id="c0", told=None), ev.FaultStruck(room="data")):
        talk = rang_again().yes().put(event)
        assert talk.said == ["resume.fresh", "narrative.ask"]
        talk.put(ev.EarlierTold(call_id="c0", told=EARLIER))
        assert talk.said == [], "too late"
        assert draft(talk.events).resumes is None
        assert talk.folds()


def test_a_wish_for_a_person_comes_first() -> None:
    talk = rang_again().yes().says("转人工", human=True)
    talk.put(ev.EarlierTold(call_id="c0", told=EARLIER))
    assert talk.said == []
    assert talk.state.handing_over
    assert talk.value(Slot.PLATFORM) == "拼多多", "kept for the person"


def test_an_earlier_call_that_nobody_asked_for_changes_nothing() -> None:
    talk = Talk(small_script()).put(ev.EarlierTold(call_id="c0", told=EARLIER))
    assert talk.said == []
    assert not talk.state.slots and draft(talk.events).resumes is None


def test_who_did_not_want_to_be_recorded_is_not() -> None:
    refused = EARLIER.model_copy(update={"recording_refused": True})
    talk = rang_again().yes().put(ev.EarlierTold(call_id="c0", told=refused))
    assert talk.did(StopRecording) and "recording_stopped" in talk.said
    assert draft(talk.events).recording_refused


def test_a_report_is_not_named() -> None:
    dropped = ev.EarlierCall(call_id="c0", intent=Intent.REPORT_FOOD)
    talk = Talk(real_script(), CALLER, earlier=dropped)
    assert talk.said == ["greeting", "resume.ask"]
    assert "举报" not in talk.spoken.partition("转人工")[2]


def test_a_script_without_the_rule_or_the_matter_asks_nothing() -> None:
    script = small_script()
    silent = script.file.model_copy(update={"resume": None})
    assert Talk(replace(script, file=silent), CALLER, earlier=DROPPED).said == ["greeting", "narrative.ask"]
    unknown = ev.EarlierCall(call_id="c0", intent=Intent.INVALID)
    assert Talk(script, CALLER, earlier=unknown).said == ["greeting", "narrative.ask"]


def test_hanging_up_at_the_question_leaves_the_earlier_call_as_it_is() -> None:
    talk = rang_again().hangs_up()
    assert not talk.of(ev.CallbackQueued)
    assert draft(talk.events).resumes is None
