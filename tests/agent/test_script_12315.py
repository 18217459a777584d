"""The real script, by hand-made understandings: each kind of matter comes to its end."""

from __future__ import annotations

import pytest

import data.events as ev
from agent.acts import Lodge, LookUp, Refer, Transfer
from data.understanding import SlotValue
from data.vocabulary import Act, Intent, Kind, Outcome, Slot
from tests.agent.talk import CALLER, Talk, real_script

ANSWERS: dict[Slot, SlotValue] = {
    Slot.PRODUCT: "羽绒服",
    Slot.PLATFORM: "拼多多",
    Slot.SHOP: "某某旗舰店",
    Slot.AMOUNT: 399,
    Slot.DATE: "2026-11-11",
    Slot.ORDER_NO: "230518764",
    Slot.DEMAND: ("退还货款和服务费用",),
    Slot.NAME: "王芳",
    Slot.PHONE: "13800001234",
    Slot.ADDRESS: "浦东新区某路一号",
    Slot.RESPONDENT: "某某店",
    Slot.RESPONDENT_ADDRESS: "静安区南京西路一号",
    Slot.DISTRICT: "静安区",
    Slot.CARD_TYPE: "健身卡",
    Slot.INJURY: "拉肚子",
    Slot.PEOPLE_COUNT: 2,
    Slot.DEVICE: "电梯",
    Slot.IP_TYPE: "商标",
    Slot.TOPIC: "保修多久",
    Slot.CASE_NO: "000042",
    Slot.LOT_NO: "20240315",
    Slot.EVENT_PLACE: "地铁站",
}


def told(talk: Talk, **instead: SlotValue | None) -> Talk:
    """Answer whatever is asked, to the end; None for a slot: "不知道"."""
    for _ in range(40):
        standing = talk.state.standing
        if standing is None or standing.phase == "pending":
            return talk
        slot = standing.slot
        value = instead.get(slot, ANSWERS.get(slot)) if slot is not None else None
        if standing.phase == "consent":
            talk.agrees()
        elif standing.phase == "more":
            talk.says("没有了", Act.DENY)
        elif standing.phase != "value" or slot is Slot.ANONYMOUS:
            talk.yes()
        elif value is None:
            talk.says("不知道", Act.DONT_KNOW)
        else:
            assert slot is not None
            talk.says("……", Act.INFORM, **{slot.value: value})
    raise AssertionError(f"stuck at {talk.at}")


def began(intent: Intent, caller_no: str | None = None, **slots: SlotValue) -> Talk:
    return Talk(real_script(), caller_no).says("我把事情从头说一遍给你听", intents=(intent,), **slots)


def test_an_online_complaint_is_lodged_and_passed_on() -> None:
    talk = told(began(Intent.COMPLAINT_ONLINE))
    assert talk.state.ending is Outcome.LODGED
    assert talk.state.kind is Kind.COMPLAINT
    assert talk.did(Refer)
    asked = [e.slot for e in talk.events if isinstance(e, ev.StepEntered) and e.phase == "value"]
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    assert "人工智能合成语音" in talk.spoken
    assert "000123" in "".join(e.text for e in talk.events if isinstance(e, ev.PromptSaid))
    assert talk.folds()


def test_without_a_platform_nobody_is_asked_to_agree() -> None:
    talk = told(began(Intent.COMPLAINT_ONLINE), platform=None)
    assert talk.state.ending is Outcome.LODGED
    assert not talk.of(ev.ConsentAsked)


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        (Intent.COMPLAINT_OTHER, Kind.COMPLAINT),
        (Intent.COMPLAINT_PREPAID, Kind.COMPLAINT),
        (Intent.REPORT_FOOD, Kind.REPORT),
        (Intent.REPORT_PRICE, Kind.REPORT),
        (Intent.REPORT_SPECIAL_EQUIPMENT, Kind.REPORT),
        (Intent.REPORT_IP, Kind.REPORT),
        (Intent.REPORT_OTHER, Kind.REPORT),
        (Intent.CONSULT, Kind.CONSULTATION),
    ],
)
@pytest.mark.parametrize("caller_no", [None, CALLER])
def test_everything_else_is_lodged_and_passed_to_nobody(
    intent: Intent, kind: Kind, caller_no: str | None
) -> None:
    for platform in ({}, {"platform": "拼多多"}):
        talk = told(began(intent, caller_no, **platform))
        # A question is kept as a record too, and the call ends as answered.
        asked = kind is Kind.CONSULTATION
        assert talk.state.ending is (Outcome.ANSWERED if asked else Outcome.LODGED)
        assert talk.state.kind is kind
        assert talk.did(Lodge)
        assert not talk.of(ev.ConsentAsked)
        assert not talk.did(Refer)


def test_an_anonymous_report_asks_for_no_name() -> None:
    talk = told(began(Intent.REPORT_FOOD))
    assert talk.value(Slot.ANONYMOUS) is True
    asked = {e.slot for e in talk.events if isinstance(e, ev.StepEntered)}
    assert not asked & {Slot.NAME, Slot.PHONE}


def test_a_caller_who_knows_nothing_is_still_heard() -> None:
    talk = told(began(Intent.COMPLAINT_ONLINE), **dict.fromkeys((slot.value for slot in Slot), None))
    assert talk.state.ending is Outcome.LODGED
    assert talk.value(Slot.NARRATIVE)


@pytest.mark.parametrize(("intent", "person"), [(Intent.QUERY_PROGRESS, False), (Intent.URGE, True)])
def test_a_case_is_looked_up(intent: Intent, person: bool) -> None:
    talk = told(began(intent))
    [look_up] = talk.did(LookUp)
    assert isinstance(look_up, LookUp)
    assert look_up.case_no == "000042"
    talk.put(ev.CaseFound(case_no="000042", status="已登记"))
    assert "已登记" in talk.spoken
    assert bool(talk.did(Transfer)) is person


def test_a_wrong_number_is_let_go_politely() -> None:
    assert began(Intent.INVALID).state.ending is Outcome.ANSWERED


def test_every_danger_has_its_sentence() -> None:
    for emergency, prompt in real_script().file.emergencies.items():
        talk = Talk(real_script()).says("救命", emergency=emergency)
        assert talk.said[0] == prompt
