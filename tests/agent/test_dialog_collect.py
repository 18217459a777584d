"""Asking for what is missing: filled, corrected, declined, confirmed, given up."""

from __future__ import annotations

import pytest

import data.events as ev
from agent.acts import Listen, Transfer
from data.vocabulary import Act, Intent, Outcome, Slot
from data.vocabulary import Listen as Profile
from tests.agent.talk import CALLER, FULL, Talk, complaint, small_script


def test_a_complaint_from_story_to_number() -> None:
    talk = complaint(platform="拼多多")
    assert talk.said == ["amount.ask"], "the platform was told already"
    talk.says("三百九十九", amount=399)
    assert talk.spoken == "好的，399元。有没有订单号？"
    talk.says("没有订单号", Act.DENY)
    talk.says("退款", demand=("退款",))
    talk.says("一三八零零零零一二三四", phone="13800001234")
    assert talk.spoken == "电话是13800001234，对吗？"
    talk.yes()
    assert talk.spoken == "我念一遍。平台，拼多多。金额，399元。要求，退款。电话，13800001234。都对吗？"
    talk.yes().agrees()
    assert talk.spoken == "将转给拼多多。编号后六位。000123。再见。"
    assert talk.state.ending is Outcome.LODGED
    assert talk.folds()
    talk.hangs_up()
    closed = talk.events[-1]
    assert isinstance(closed, ev.CallClosed)
    assert (closed.by, closed.outcome) == ("seat", Outcome.LODGED)


def test_what_the_story_told_is_never_asked() -> None:
    talk = complaint(**FULL)
    asked = [e.slot for e in talk.of(ev.StepEntered) if isinstance(e, ev.StepEntered) and e.phase == "value"]
    assert asked == [Slot.NARRATIVE]
    assert talk.at == ("phone", "confirm"), "an explicit confirmation is due all the same"
    assert talk.value(Slot.NARRATIVE) == "我在网上买的东西是假的"


def test_the_first_of_two_findings_for_a_slot_counts() -> None:
    talk = complaint(platform="拼多多")
    words = talk.says("三百九十九", amount=399).of(ev.WordsHeard)[-1]
    assert isinstance(words, ev.WordsHeard)
    again = complaint(platform="拼多多")
    meant = words.understanding
    second = meant.findings[0].model_copy(update={"value": 50})
    both = words.model_copy(
        update={"understanding": meant.model_copy(update={"findings": (*meant.findings, second)})}
    )
    again.put(both)
    assert again.value(Slot.AMOUNT) == 399
    assert not again.of(ev.SlotCorrected)


# --- an explicit confirmation ------------------------------------------------------------------------


def test_a_value_that_changed_is_not_confirmed_by_the_answer_that_changed_it() -> None:
    talk = complaint(**FULL)
    talk.says("对，是一三九", Act.AFFIRM, phone="13900001234")
    assert talk.at == ("phone", "confirm")
    assert not talk.state.slots[Slot.PHONE].confirmed
    assert "13900001234" in talk.spoken
    talk.yes()
    assert talk.state.slots[Slot.PHONE].confirmed
    confirmed = talk.of(ev.SlotConfirmed)[-1]
    assert isinstance(confirmed, ev.SlotConfirmed)
    assert confirmed.value == "13900001234"


def test_a_bare_no_asks_for_the_value_again() -> None:
    talk = complaint(**FULL).no()
    assert talk.said == ["phone.again"]
    assert talk.at == ("phone", "value")
    talk.says("一三八零零零零五六七八", phone="13800005678")
    assert talk.at == ("phone", "confirm")
    assert talk.yes().value(Slot.PHONE) == "13800005678"


def test_a_denied_value_does_not_stay_in_the_record() -> None:
    talk = complaint(**FULL).no()
    talk.says("记不得了", Act.DONT_KNOW)
    assert talk.value(Slot.PHONE) is None
    assert talk.state.declined(Slot.PHONE)
    assert talk.at == ("read_back", "read_back")
    assert "电话" not in talk.spoken


def test_denying_for_ever_ends() -> None:
    talk = complaint(**FULL)
    for _ in range(4):
        talk.no()
        if talk.at == ("phone", "value"):
            talk.says("一三八零零零零一二三四", phone="13800001234")
    assert talk.state.declined(Slot.PHONE)
    asked = [
        e for e in talk.events if isinstance(e, ev.StepEntered) and (e.slot, e.phase) == (Slot.PHONE, "value")
    ]
    assert len(asked) <= 3


def test_the_same_value_once_more_is_a_yes() -> None:
    talk = complaint(**FULL).says("一三八零零零零一二三四", phone="13800001234")
    assert talk.state.slots[Slot.PHONE].confirmed


MISHEARD, TRUE = "13800011234", "13800001234"


def test_a_number_put_right_once_is_not_believed_a_second_time() -> None:
    talk = complaint(**FULL | {"phone": MISHEARD}).says(
        "不对是幺三九", Act.DENY, Act.CORRECT, phone="13900001234"
    )
    talk.says("不对，是幺三八", Act.DENY, Act.CORRECT, phone=MISHEARD, alternatives=(MISHEARD, TRUE))
    assert (talk.at, talk.value(Slot.PHONE)) == (("phone", "confirm"), TRUE)


def test_a_number_said_again_after_a_bare_no_gives_way_to_what_else_was_heard() -> None:
    talk = complaint(**FULL | {"phone": MISHEARD}).no()
    talk.says("幺三八", phone=MISHEARD, alternatives=(TRUE,))
    assert (talk.at, talk.value(Slot.PHONE)) == (("phone", "confirm"), TRUE)


def test_what_he_denies_is_not_what_he_says_now() -> None:
    talk = complaint(**FULL | {"phone": MISHEARD})
    talk.says("不对，是幺三八", Act.DENY, Act.CORRECT, phone=MISHEARD, alternatives=(TRUE,))
    assert (talk.at, talk.value(Slot.PHONE)) == (("phone", "confirm"), TRUE)


def test_a_caller_who_means_it_is_believed_when_nothing_else_was_heard() -> None:
    talk = complaint(**FULL | {"phone": MISHEARD}).no()
    talk.says("就是幺三八", phone=MISHEARD)
    assert talk.yes().value(Slot.PHONE) == MISHEARD


def test_an_unsure_value_is_confirmed_whatever_the_step_says() -> None:
    talk = complaint(platform="拼多多").says("三百九", confidence=0.3, amount=390)
    assert talk.at == ("amount", "confirm")
    assert talk.yes().state.slots[Slot.AMOUNT].confirmed


# --- an implicit one --------------------------------------------------------------------------------


def test_a_value_said_back_in_passing_can_be_put_right() -> None:
    talk = complaint().says("拼多多", platform="拼多多")
    assert talk.said == ["ack.platform", "amount.ask"]
    talk.says("不是拼多多，是淘宝", Act.DENY, Act.CORRECT, platform="淘宝")
    assert talk.spoken == "改好了，平台，淘宝。多少钱？"
    assert talk.at == ("amount", "value")
    assert talk.value(Slot.PLATFORM) == "淘宝"
    assert not talk.state.slots[Slot.PLATFORM].confirmed
    standing = talk.state.standing
    assert standing is not None
    assert standing.attempt == 0, "a correction costs no attempt"


def test_a_bare_no_after_a_value_said_back_is_about_that_value() -> None:
    talk = complaint().says("拼多多", platform="拼多多").no()
    assert talk.said == ["platform.again"]
    talk.says("淘宝", platform="淘宝")
    assert talk.value(Slot.PLATFORM) == "淘宝"
    assert talk.at == ("amount", "value")


def test_no_without_a_mistake_is_no_correction() -> None:
    """ "没有" beside another value ("没有，还要我出五十") does not overwrite what was told."""
    talk = complaint(platform="拼多多", amount=399)
    talk.says("没有，运费还要五十", Act.DENY, amount=50)
    assert talk.value(Slot.AMOUNT) == 399
    assert talk.state.declined(Slot.ORDER_NO)


# --- the caller's number ----------------------------------------------------------------------------


def offered() -> Talk:
    told = {name: value for name, value in FULL.items() if name != "phone"}
    return complaint(caller_no=CALLER, **told)


def test_the_callers_number_is_offered_and_taken() -> None:
    talk = offered()
    assert talk.spoken == "打尾号7788可以吗？"
    talk.yes()
    held = talk.state.slots[Slot.PHONE]
    assert (held.value, held.confirmed, held.method) == (CALLER, True, "caller_no")
    assert talk.at == ("read_back", "read_back")


def test_another_number_may_be_given_at_once_and_is_confirmed() -> None:
    talk = offered().says("不，打一三八零零零零一二三四", Act.DENY, phone="13800001234")
    assert talk.at == ("phone", "confirm")
    assert talk.yes().value(Slot.PHONE) == "13800001234"


def test_a_no_asks_for_the_number() -> None:
    assert offered().no().said == ["phone.ask"]


def test_an_offer_nobody_answers_becomes_a_question() -> None:
    assert offered().mumbles().at == ("phone", "offer")
    assert offered().mumbles().mumbles().at == ("phone", "value")


def test_a_needed_number_withheld_is_asked_for_once_more_with_the_reason() -> None:
    talk = offered().says("不想留", Act.DECLINE)
    assert talk.said == ["needed", "phone.ask"]
    talk.says("不想留", Act.DECLINE)
    talk.says("不想留", Act.DECLINE)
    assert talk.state.slots[Slot.PHONE].declined == "declined"
    assert talk.value(Slot.PHONE) is None


# --- keys -------------------------------------------------------------------------------------------


def test_keyed_digits_are_sure() -> None:
    talk = complaint(**{**FULL, "order_no": "1"}).no().keys("13800005678#")
    held = talk.state.slots[Slot.PHONE]
    assert (held.value, held.confirmed, held.method) == ("13800005678", True, "keypad")


@pytest.mark.parametrize(("keys", "amount"), [("399", 399), ("3*9", 39), ("0399#", 399)])
def test_an_amount_can_be_keyed(keys: str, amount: int) -> None:
    assert complaint(platform="拼多多").keys(keys).value(Slot.AMOUNT) == amount


def test_too_few_digits_are_no_phone_number() -> None:
    talk = complaint(**FULL).no().keys("138")
    assert talk.at == ("phone", "value")
    assert talk.value(Slot.PHONE) == FULL["phone"]


def test_zero_asks_for_a_person_everywhere() -> None:
    for talk in (complaint(), complaint(**FULL).no()):
        talk.keys("0")
        assert talk.did(Transfer)


def test_keys_where_none_are_asked_for_put_the_question_again() -> None:
    talk = complaint().keys("5")
    assert talk.said == ["platform.ask"]
    assert talk.value(Slot.PLATFORM) is None
    assert complaint().keys("#").said == []


# --- not given --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "reason"), [(Act.DENY, "declined"), (Act.DECLINE, "declined"), (Act.DONT_KNOW, "dont_know")]
)
def test_an_optional_value_may_be_left_out(act: Act, reason: str) -> None:
    talk = complaint(platform="拼多多", amount=399).says("没有", act)
    assert talk.state.slots[Slot.ORDER_NO].declined == reason
    assert talk.said == ["declined", "demand.ask"]


def test_a_sentence_that_says_he_does_not_know_is_no_value() -> None:
    talk = Talk(small_script()).says("举报一家店卖过期食品", intents=(Intent.REPORT_FOOD,)).yes()
    talk.says("哪个店我不晓得", Act.DONT_KNOW, respondent="哪个店我不晓得", method="whole_answer")
    assert talk.value(Slot.RESPONDENT) is None
    talk.says("名字不知道，就是楼下的某某超市", Act.DONT_KNOW, respondent="某某超市", method="gazetteer")
    assert talk.value(Slot.RESPONDENT) == "某某超市"


def test_a_needed_value_is_asked_for_once_more() -> None:
    talk = complaint(platform="拼多多").says("不知道", Act.DONT_KNOW)
    assert talk.said == ["needed", "amount.again"]
    talk.says("不知道", Act.DONT_KNOW)
    assert talk.state.slots[Slot.AMOUNT].declined == "dont_know"
    assert talk.said == ["declined", "order_no.ask"]


def test_a_declined_value_may_still_come() -> None:
    talk = complaint(platform="拼多多", amount=399).says("没有", Act.DENY)
    talk.says("退款，哦订单号是二三零五", demand=("退款",), order_no="2305")
    assert talk.value(Slot.ORDER_NO) == "2305"
    assert not talk.state.declined(Slot.ORDER_NO)


def test_an_answer_to_another_question_is_taken_and_the_question_put_again() -> None:
    talk = complaint().says("退款", demand=("退款",))
    assert talk.value(Slot.DEMAND) == ("退款",)
    assert talk.said == ["platform.again"]
    # The question may not be put again on its own account, but he did tell something: it is not given up.
    for told in ({"product": "鞋"}, {"amount": 3}):
        assert talk.says("另外", **told).at == ("platform", "value")  # type: ignore[arg-type]
    assert talk.mumbles().value(Slot.PLATFORM) is None
    assert talk.at != ("platform", "value"), "a turn that told nothing is one too many"


def test_a_yes_or_no_slot() -> None:
    def report() -> Talk:
        return Talk(small_script()).says("我要举报一家店卖过期食品", intents=(Intent.REPORT_FOOD,))

    assert report().at == ("anonymous", "value")
    assert report().yes().value(Slot.ANONYMOUS) is True
    assert report().says("不用", Act.DENY).value(Slot.ANONYMOUS) is False
    listen = report().did(Listen)[-1]
    assert isinstance(listen, Listen)
    assert listen.asked.listen is Profile.YES_NO
    assert listen.expect == (), "a yes or no is never primed"


def test_the_ear_is_told_what_to_expect() -> None:
    listen = complaint().did(Listen)[-1]
    assert isinstance(listen, Listen)
    assert listen.expect == ("@platforms",)
    assert listen.asked.known[Slot.NARRATIVE]


# --- the open question and the way on -----------------------------------------------------------------


def test_naming_the_matter_is_not_telling_the_story() -> None:
    talk = Talk(small_script()).says("我要投诉", intents=(Intent.COMPLAINT_ONLINE,))
    assert talk.said == ["narrative.again"]
    talk.says("买的羽绒服是假的")
    assert talk.value(Slot.NARRATIVE) == "买的羽绒服是假的"
    assert talk.state.flow == "complaint", "the matter named before still counts"


def test_a_weaker_reading_does_not_choose_the_flow() -> None:
    talk = Talk(small_script())
    talk.says("想问个事情可以吗", intents=(Intent.INVALID, Intent.COMPLAINT_ONLINE))
    assert talk.at == ("route", "route"), "no flow for the best reading: ask"
    talk.says("网购投诉", intents=(Intent.EMOTIONAL, Intent.COMPLAINT_ONLINE))
    assert talk.state.flow == "complaint"


def test_a_matter_nobody_understands_goes_to_a_person() -> None:
    talk = Talk(small_script()).says("今天天气真好啊")
    talk.mumbles().mumbles()
    assert talk.did(Transfer)


def test_a_called_flow_comes_back() -> None:
    talk = Talk(small_script()).says("想问一下保修多久", intents=(Intent.CONSULT,))
    assert talk.state.flow == "who"
    talk.says("王芳", name="王芳")
    assert talk.said == ["topic.ask"]
    assert talk.state.flow == "consult"
    talk.says("保修", topic="保修")
    assert talk.state.ending is Outcome.LODGED
    assert talk.folds()


def test_a_case_is_looked_up() -> None:
    talk = Talk(small_script()).says("查一下进度", intents=(Intent.QUERY_PROGRESS,), case_no="000042")
    assert talk.state.standing is not None
    assert talk.state.standing.phase == "pending"
    talk.put(ev.CaseFound(case_no="000042", status="已登记"))
    assert talk.said == ["lookup.found", "goodbye"]
    assert talk.state.ending is Outcome.ANSWERED
    assert talk.state.shown == "000042"


def test_what_does_not_fit_is_asked_for_anew_but_not_for_ever() -> None:
    talk = Talk(small_script()).says("查一下进度", intents=(Intent.QUERY_PROGRESS,), case_no="000042")
    for _ in range(2):
        talk.put(ev.CaseFound(case_no=None, status=None))
        assert talk.said == ["lookup.missing", "case_no.ask"]
        assert talk.value(Slot.CASE_NO) is None
        talk.says("000043", case_no="000043")
    talk.put(ev.CaseFound(case_no=None, status=None))
    assert talk.said == ["lookup.missing", "goodbye"]
    assert talk.state.shown is None
    assert talk.folds()


def test_the_greeting_depends_on_the_line() -> None:
    assert Talk(small_script(), line="12345").said[0] == "greeting.other"
    assert Talk(small_script(), line="12358").said[0] == "greeting"
