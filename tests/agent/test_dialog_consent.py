"""Consent: only a clear yes after the binding part was heard to its end."""

from __future__ import annotations

import pytest

import data.events as ev
from agent.acts import Lodge, Refer
from data.vocabulary import Act, ConsentReply, ConsentStatus, Intent, Kind, Outcome, Slot
from tests.agent.talk import Talk, at_consent, small_script

PURPOSE = "refer_to_platform"


def status(talk: Talk) -> ConsentStatus:
    return talk.state.consents[PURPOSE].status


def reply(talk: Talk, kind: ConsentReply, *acts: Act, **slots: object) -> Talk:
    return talk.says("……", *acts, consent=kind, **slots)


def test_a_yes_after_all_was_heard_is_given() -> None:
    talk = at_consent()
    assert talk.spoken == "把经过、金额、订单号、要求、电话转给拼多多，只用来处理这件事。您同意吗？"
    talk.agrees()
    given = talk.of(ev.ConsentGiven)[0]
    assert isinstance(given, ev.ConsentGiven)
    assert given.fields == (Slot.NARRATIVE, Slot.AMOUNT, Slot.ORDER_NO, Slot.DEMAND, Slot.PHONE)
    assert (given.recipient, given.words) == ("拼多多", "可以")
    assert talk.did(Lodge)
    assert [act.recipient for act in talk.did(Refer) if isinstance(act, Refer)] == ["拼多多"]


def test_a_yes_while_the_binding_part_sounds_is_no_answer() -> None:
    talk = at_consent(hearing=False).agrees()
    assert not talk.of(ev.ConsentGiven)
    assert talk.said == [], "the question is on its way"
    talk.hear()
    talk.agrees()
    assert status(talk) is ConsentStatus.GIVEN


def test_a_yes_that_began_inside_the_binding_part_is_asked_again() -> None:
    talk = at_consent()
    talk.agrees(during=talk.state.consents[PURPOSE].utterance)
    assert not talk.of(ev.ConsentGiven)
    assert talk.said == ["consent.again"], "it was heard: only the question is put again"
    talk.agrees()
    assert status(talk) is ConsentStatus.GIVEN


def test_a_binding_part_that_was_cut_is_said_again_whole() -> None:
    talk = at_consent(hearing=False)
    talk.hear(complete=False)
    talk.hearing = True
    talk.agrees()
    assert not talk.of(ev.ConsentGiven)
    assert talk.said == ["consent.explain", "consent.ask"]
    talk.agrees()
    assert status(talk) is ConsentStatus.GIVEN


def test_a_binding_part_nobody_can_speak_is_no_consent() -> None:
    talk = at_consent(hearing=False)
    for _ in range(2):
        talk.hear(complete=False)
        talk.agrees()
    assert status(talk) is ConsentStatus.REFUSED
    assert not talk.did(Refer)


def test_a_murmur_over_the_binding_part_costs_nothing() -> None:
    talk = at_consent(hearing=False)
    reply(talk, ConsentReply.UNCLEAR)
    assert talk.said == []
    talk.hear()
    talk.hearing = True
    reply(talk, ConsentReply.UNCLEAR)
    assert talk.said == ["nomatch.1", "consent.again"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ConsentReply.UNCLEAR, ["nomatch.1", "consent.again"]),
        (ConsentReply.CONDITIONAL, ["consent.answer", "consent.again"]),
        (ConsentReply.QUESTION, ["consent.answer", "consent.again"]),
    ],
)
def test_anything_else_is_asked_once_more_and_then_not_given(kind: ConsentReply, said: list[str]) -> None:
    talk = reply(at_consent(), kind)
    assert talk.said == said
    reply(talk, kind)
    assert status(talk) is ConsentStatus.REFUSED
    assert talk.said[0] == "closing.not_referred"
    assert talk.did(Lodge)
    assert not talk.did(Refer)


def test_a_yes_to_the_second_asking_is_given() -> None:
    assert status(reply(at_consent(), ConsentReply.QUESTION).agrees()) is ConsentStatus.GIVEN


def test_silence_twice_is_not_given() -> None:
    talk = at_consent().silent()
    assert talk.said == ["noinput.1", "consent.again"]
    talk.silent()
    refused = talk.of(ev.ConsentRefused)[0]
    assert isinstance(refused, ev.ConsentRefused)
    assert refused.reason == "silence"


@pytest.mark.parametrize("kind", [ConsentReply.DECLINE, ConsentReply.WITHDRAW])
def test_a_no_is_taken_at_once(kind: ConsentReply) -> None:
    talk = reply(at_consent(), kind)
    assert status(talk) is ConsentStatus.REFUSED
    assert talk.state.ending is Outcome.LODGED


def test_repetition_says_the_binding_part_and_does_not_count() -> None:
    talk = at_consent()
    first = talk.state.consents[PURPOSE].utterance
    for _ in range(3):
        talk.says("再说一遍", Act.REPEAT, consent=ConsentReply.UNCLEAR)
        assert talk.said == ["consent.explain", "consent.ask"]
    assert talk.state.consents[PURPOSE].utterance > first, "the latest saying is the one to be heard"
    reply(talk, ConsentReply.UNCLEAR)
    assert talk.said == ["nomatch.1", "consent.again"]
    talk.says("再说一遍", Act.REPEAT, consent=ConsentReply.UNCLEAR)
    reply(talk, ConsentReply.UNCLEAR)
    assert status(talk) is ConsentStatus.REFUSED, "the askings before the repetition are not forgotten"


def test_waiting_is_not_an_answer() -> None:
    talk = at_consent().says("等一下", Act.WAIT, consent=ConsentReply.UNCLEAR)
    assert talk.said == ["wait"]
    assert status(talk.agrees()) is ConsentStatus.GIVEN


def test_a_corrected_recipient_is_asked_about_anew() -> None:
    talk = at_consent().says(
        "可以，不过不是拼多多，是淘宝", Act.CORRECT, consent=ConsentReply.AGREE, platform="淘宝"
    )
    assert not talk.of(ev.ConsentGiven)
    assert "改好了，平台，淘宝。" in talk.spoken
    assert "转给淘宝" in talk.spoken
    talk.agrees()
    assert [act.recipient for act in talk.did(Refer) if isinstance(act, Refer)] == ["淘宝"]


def test_a_no_that_names_another_recipient_corrects_nothing() -> None:
    talk = at_consent().says("不同意转给淘宝", Act.DENY, consent=ConsentReply.DECLINE, platform="淘宝")
    assert talk.value(Slot.PLATFORM) == "拼多多"
    assert status(talk) is ConsentStatus.REFUSED


def test_a_mistake_put_right_at_the_question_leaves_it_open() -> None:
    talk = at_consent().says("金额不对，是四百九十九", Act.CORRECT, consent=ConsentReply.UNCLEAR, amount=499)
    assert talk.said == ["corrected", "consent.explain", "consent.ask"]
    reply(talk, ConsentReply.UNCLEAR)
    assert talk.said == ["nomatch.1", "consent.again"]


def test_keys_are_never_a_yes() -> None:
    talk = at_consent().keys("1")
    assert not talk.of(ev.ConsentGiven)
    assert talk.at == (PURPOSE, "consent")


def test_a_consent_may_be_taken_back_over_the_closing_words() -> None:
    talk = at_consent()
    talk.hearing = False
    talk.agrees().says("还是不要转了，收回刚才的同意", Act.WITHDRAW)
    assert status(talk) is ConsentStatus.WITHDRAWN
    assert talk.said == []


def test_a_consent_taken_back_before_lodging_is_not_used() -> None:
    talk = at_consent()
    talk.lodging = False
    talk.agrees()
    # The words come while the record is being lodged.
    talk.says("等等，还是别转了", Act.WITHDRAW)
    assert status(talk) is ConsentStatus.WITHDRAWN
    talk.put(ev.RecordLodged(record="r1", kind=Kind.COMPLAINT, case_no="20261124000123"))
    assert not talk.did(Refer)
    assert talk.said[0] == "closing.not_referred"


def test_a_report_is_never_asked_for_consent() -> None:
    talk = Talk(small_script())
    talk.says("拼多多上有家店卖过期食品", intents=(Intent.REPORT_FOOD,), platform="拼多多", respondent="某店")
    talk.yes().yes()
    assert talk.state.ending is Outcome.LODGED
    assert not talk.of(ev.ConsentAsked)
    assert not talk.did(Refer)
