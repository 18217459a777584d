from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

import data.events as ev
from data.vocabulary import Listen, Slot
from qa.caller import REACTION_S, CallerMind
from qa.caller_words import YES, every_text
from qa.persona import Persona

Seat = Callable[..., "PaperSeat"]  # noqa: F821  (tests/qa/conftest.py)

AMOUNT = {"answers": {"amount": ["三百九十九块", "三九九"]}, "expect": {"slots": {"amount": 399}}}


def test_the_opening_answers_the_open_question_after_its_end(seat: Seat) -> None:
    s = seat()
    notice, ask = s.say("greeting", "notice"), s.say()
    s.stand("value", Slot.NARRATIVE)
    assert s.play(notice) is None
    reply = s.play(ask)
    assert reply and reply.text == s.mind.persona.opening and reply.after == "prompt_end"
    assert REACTION_S[0] <= reply.delay_s <= REACTION_S[1]


def test_the_route_question_is_answered_by_the_opening_too(seat: Seat) -> None:
    s = seat()
    utterance = s.say()
    s.stand("route")
    reply = s.play(utterance)
    assert reply and reply.text == s.mind.persona.opening


def test_the_step_may_be_told_before_or_after_its_prompt(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.stand("value", Slot.AMOUNT)
    assert s.play(s.say()).text == "三百九十九块"


def test_answers_are_used_in_turn_and_the_last_stays(seat: Seat) -> None:
    s = seat(AMOUNT)
    texts = [s.ask(Slot.AMOUNT).text for _ in range(3)]
    assert texts == ["三百九十九块", "三九九", "三九九"]


def test_what_is_not_listed_is_unknown(seat: Seat) -> None:
    assert seat({"unknown": "不晓得"}).ask(Slot.SHOP).text == "不晓得"


def test_a_value_told_in_the_opening_is_told_again(seat: Seat) -> None:
    s = seat({"expect": {"slots": {"platform": "拼多多", "shop": "某店"}}})
    s.ask(Slot.NARRATIVE)
    assert s.ask(Slot.PLATFORM).text == "是拼多多。"
    assert s.ask(Slot.SHOP).text == s.mind.persona.unknown


def test_nothing_is_said_while_the_seat_itself_is_busy(seat: Seat) -> None:
    s = seat()
    utterance = s.say("lodging", "inform")
    s.stand("pending")
    assert s.play(utterance) is None


def test_nothing_is_said_after_the_end(seat: Seat) -> None:
    s = seat()
    s.stand("value", Slot.AMOUNT)
    utterance = s.say("bye", "closing")
    s.tell(ev.CallEnding(outcome="lodged"))
    assert s.play(utterance) is None and s.mind.over


def test_a_left_step_is_not_answered(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.stand("value", Slot.AMOUNT)
    s.tell(ev.StepLeft(flow="f", step="amount"))
    assert s.play(s.say()) is None


def test_a_question_put_again_without_a_new_step_is_answered_again(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.ask(Slot.AMOUNT)
    assert s.play(s.say("nomatch")).text == "三九九"


def test_a_right_value_is_confirmed_and_a_wrong_one_put_right_twice(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.fill(Slot.AMOUNT, 399)
    assert s.ask(Slot.AMOUNT, "confirm").text in YES
    s.fill(Slot.AMOUNT, 299)
    replies = [s.ask(Slot.AMOUNT, "confirm") for _ in range(3)]
    assert [reply.text for reply in replies[:2]] == ["不对，是三九九。"] * 2
    assert replies[2].text in YES and s.mind.corrections == 2


def test_a_value_heard_as_he_said_it_is_confirmed_though_he_means_another(seat: Seat) -> None:
    """He notices his own slip at the read-back, not before."""
    s = seat({"answers": {"amount": "三百九十九块"}, "expect": {"slots": {"amount": 499}}})
    s.fill(Slot.AMOUNT, 399)
    assert s.ask(Slot.AMOUNT, "confirm").text in YES
    assert s.read_back(Slot.AMOUNT).text == "不对，金额是四百九十九元。"


def test_his_own_number_offered_is_confirmed_another_is_not(seat: Seat) -> None:
    expect = {"slots": {"phone": "13900005678"}}
    answers = {"phone": "幺三九，零零零零，五六七八"}
    same = seat({"caller_no": "13900005678", "expect": expect, "answers": answers})
    assert same.ask(Slot.PHONE, "offer").text in YES
    other = seat({"caller_no": "13900000000", "expect": expect, "answers": answers})
    assert other.ask(Slot.PHONE, "offer").text == "不对，是幺三九，零零零零，五六七八。"


def test_a_wrong_acknowledgement_is_put_right_before_the_next_answer(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.fill(Slot.AMOUNT, 299)
    first, second = s.say("ack.amount", "inform"), s.say()
    s.stand("value", Slot.SHOP)
    reply = s.play(first, second)
    assert reply and reply.text == "不对，金额是三九九。" and reply.corrects is Slot.AMOUNT
    assert s.ask(Slot.SHOP).text == s.mind.persona.unknown


def test_a_read_back_is_put_right_one_slot_at_a_time_and_then_agreed(seat: Seat) -> None:
    s = seat({"expect": {"slots": {"amount": 499, "platform": "拼多多", "order_no": "230518764"}}})
    s.fill(Slot.AMOUNT, 399)
    s.fill(Slot.PLATFORM, "PDD")
    said = s.read_back(Slot.AMOUNT, Slot.PLATFORM)
    assert said and said.text == "不对，金额是四百九十九元。"
    s.fill(Slot.AMOUNT, 499)
    # The order number was not read at all: he misses it.
    assert s.read_back(Slot.AMOUNT, Slot.PLATFORM).text == "不对，订单号是二三零五，幺八七六，四。"
    s.fill(Slot.ORDER_NO, "230518764")
    assert s.read_back(Slot.AMOUNT, Slot.PLATFORM, Slot.ORDER_NO).text in YES


def test_a_shop_kept_as_respondent_is_right(seat: Seat) -> None:
    s = seat({"expect": {"slots": {"shop": "好邻居"}}})
    s.fill(Slot.RESPONDENT, "好邻居")
    assert s.read_back(Slot.RESPONDENT).text in YES


def test_consents_are_answered_by_name_in_turn(seat: Seat) -> None:
    s = seat({"consents": {"refer_to_platform": ["登记完再转行不行", "不行就算了"]}})
    assert [s.consent().text for _ in range(3)] == ["登记完再转行不行", "不行就算了", "不行就算了"]
    assert s.consent("publish").text == s.mind.persona.unknown


def test_an_event_takes_the_answers_place_once(seat: Seat) -> None:
    s = seat({"events": [{"at": "read_back", "say": "不对，是四百九十九"}]})
    assert s.read_back().text == "不对，是四百九十九"
    assert s.read_back().text in YES
    assert s.mind.corrections == 0 and s.mind.events_left == ()


def test_the_first_prompt_is_the_greeting(seat: Seat) -> None:
    s = seat({"events": [{"at": "greeting", "barge_in": 2.5, "say": "转人工"}]})
    notice, ask = s.say("greeting", "notice"), s.say()
    s.stand("value", Slot.NARRATIVE)
    reply = s.tell(ev.PromptStarted(utterance=notice))
    assert reply and reply.text == "转人工" and reply.after == ("prompt_start", 2.5) and reply.barges_in
    assert s.play(ask) is None


def test_the_next_question_is_the_one_after_the_opening(seat: Seat) -> None:
    s = seat(AMOUNT | {"events": [{"at": "next_question", "say": "等一下"}]})
    assert s.ask(Slot.NARRATIVE).text == s.mind.persona.opening
    assert s.ask(Slot.AMOUNT).text == "等一下"
    assert s.ask(Slot.AMOUNT).text == "三百九十九块"


def test_a_barge_in_is_counted_from_the_question_not_from_what_precedes_it(seat: Seat) -> None:
    s = seat(AMOUNT | {"events": [{"at": "amount", "barge_in": 0.5, "say": "三百九十九块"}]})
    before, ask = s.say("ack.shop", "inform"), s.say()
    s.stand("value", Slot.AMOUNT)
    assert s.play(before) is None
    assert s.tell(ev.PromptStarted(utterance=ask)).after == ("prompt_start", 0.5)


def test_a_cut_prompt_is_not_answered_twice(seat: Seat) -> None:
    s = seat(AMOUNT | {"events": [{"at": "amount", "barge_in": 0.5, "say": "三百九十九块"}]})
    utterance = s.say()
    s.stand("value", Slot.AMOUNT)
    s.play(utterance, complete=False)
    assert len(s.replies) == 1


def test_a_barge_in_that_came_too_late_is_said_after_the_prompt(seat: Seat) -> None:
    s = seat({"events": [{"at": "amount", "barge_in": 9, "say": "三百九十九块"}]})
    s.holding = True
    reply = s.ask(Slot.AMOUNT)
    assert reply.text == "三百九十九块" and reply.after == "prompt_end"


def test_silence_lasts_over_the_reprompts_and_ends_in_the_answer(seat: Seat) -> None:
    s = seat(AMOUNT | {"events": [{"at": "amount", "silence": 9}]})
    s.holding = True
    assert s.ask(Slot.AMOUNT).delay_s == 9
    s.now += 6000
    again = s.play(s.say("noinput"), ms=1000)
    assert again and again.text == "三百九十九块" and again.delay_s == 2
    assert s.mind.events_left == ()


def test_keys_and_hang_up_come_after_the_words(seat: Seat) -> None:
    s = seat({"events": [{"at": "phone", "say": "算了", "dtmf": "12#", "hang_up": True}]})
    reply = s.ask(Slot.PHONE)
    assert (reply.text, reply.dtmf, reply.hang_up) == ("算了", "12#", True)


def test_an_answer_that_did_not_begin_is_given_at_the_next_occasion(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.holding = True
    s.ask(Slot.AMOUNT)
    utterance = s.say("noinput")
    assert s.mind.listening
    assert s.play(utterance).text == "三百九十九块"


def test_a_lost_prompt_end_does_not_leave_him_mute(seat: Seat) -> None:
    s = seat(AMOUNT)
    s.say()
    s.stand("value", Slot.AMOUNT)
    assert s.mind.on_quiet(5000).text == "三百九十九块"


def test_events_whose_moment_never_came_are_told(seat: Seat) -> None:
    s = seat({"events": [{"at": "read_back", "say": "不对"}]})
    s.ask(Slot.AMOUNT)
    assert [event.at for event in s.mind.events_left] == ["read_back"]


def test_the_same_seed_gives_the_same_caller() -> None:
    def delays(seed: int) -> list[float]:
        mind = CallerMind(Persona(persona="p", opening="喂"), seed)
        found = []
        for number in range(5):
            mind.on_event(ev.StepEntered(flow="f", step="a", slot=Slot.SHOP, listen=Listen.SHORT, attempt=0))
            reply = mind.on_quiet(number)
            assert reply is not None
            mind.began()
            found.append(reply.delay_s)
        return found

    assert delays(1) == delays(1) != delays(2)


SLOTS = st.sampled_from([Slot.AMOUNT, Slot.PHONE, Slot.ORDER_NO, Slot.SHOP, Slot.PLATFORM, Slot.NAME])
VALUES = st.sampled_from([399, 499, "13800001234", "拼多多", "王芳"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "ask",
                "offer",
                "confirm",
                "read",
                "consent",
                "fill",
                "route",
                "more",
                "questions",
                "resume",
                "case",
            ]
        ),
        SLOTS,
        VALUES,
    )
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_the_seat_does_only_prepared_texts_are_said(steps: list[tuple[str, Slot, object]]) -> None:
    persona = Persona.model_validate(
        {
            "persona": "p",
            "opening": "我在拼多多上买了羽绒服。",
            "caller_no": "13900000000",
            "answers": {"amount": ["三百九十九块"], "phone": "幺三八，零零零零，幺二三四", "name": "王芳。"},
            "consents": {"refer_to_platform": "同意"},
            "events": [{"at": "amount", "silence": 3}, {"at": "read_back", "say": "不对"}],
            "expect": {"slots": {"amount": 499, "platform": "拼多多", "order_no": "23051", "name": "王芳"}},
        }
    )
    prepared = every_text(persona)
    mind, utterance = CallerMind(persona), 0
    for what, slot, value in steps:
        if what == "fill":
            filled = ev.SlotFilled.model_validate(
                {"slot": slot, "value": value, "turn": 1, "heard": "", "span": None}
                | {"confidence": 1, "method": "t"}
            )
            mind.on_event(filled)
            continue
        utterance += 1
        mind.on_event(
            ev.PromptSaid(
                utterance=utterance, prompt=f"ack.{slot}", version="v", text="t", bargein=True,
                must_finish=False, purpose="ask",
            )
        )  # fmt: skip
        phase = {"ask": "value", "read": "read_back"}.get(what, what)
        mind.on_event(
            ev.StepEntered.model_validate(
                {"flow": "f", "step": slot, "listen": "short", "attempt": 0, "phase": phase}
                | ({"slot": slot} if what in ("ask", "offer", "confirm") else {})
                | ({"consent": "refer_to_platform"} if what == "consent" else {})
            )
        )
        reply = mind.on_event(ev.PromptEnded(utterance=utterance, heard_ms=1, total_ms=1, complete=True))
        assert reply is not None and reply.text in prepared
        mind.began()
    assert all(count <= 2 for count in mind.memory.corrected.values())
