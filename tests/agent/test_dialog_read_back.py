"""Reading the record back: agreement, corrections, and a plain "that is wrong"."""

from __future__ import annotations

import data.events as ev
from data.vocabulary import Act, Slot
from tests.agent.talk import Talk, at_read_back


def test_only_what_changed_is_read_again_and_then_agreed() -> None:
    talk = at_read_back()
    talk.says("不对，是四百九十九", Act.DENY, Act.CORRECT, amount=499)
    assert talk.spoken == "改好了，金额，499元。都对吗？"
    talk.yes()
    assert talk.at == ("refer_to_platform", "consent")
    confirmed = {e.slot: e.value for e in talk.events if isinstance(e, ev.SlotConfirmed)}
    assert confirmed[Slot.AMOUNT] == 499
    assert confirmed[Slot.PLATFORM] == "拼多多"


def test_yes_and_a_correction_in_one_breath_is_a_correction() -> None:
    talk = at_read_back().says("对，不过金额不对，是四百九十九", Act.AFFIRM, Act.CORRECT, amount=499)
    assert talk.value(Slot.AMOUNT) == 499
    assert talk.at == ("read_back", "read_back")
    assert not talk.state.slots[Slot.AMOUNT].confirmed


def test_a_new_value_without_a_no_is_a_correction() -> None:
    talk = at_read_back().says("四百九十九", amount=499)
    assert talk.spoken == "改好了，金额，499元。都对吗？"


def test_a_yes_with_another_figure_confirms_neither() -> None:
    talk = at_read_back().says("对，四百九十九", Act.AFFIRM, amount=499)
    assert talk.at == ("read_back", "read_back")
    assert "499元" in talk.spoken


def test_a_yes_with_words_beside_it_changes_nothing() -> None:
    talk = at_read_back().says("对的，尽快处理赔偿", Act.AFFIRM, demand=("赔偿",))
    assert talk.value(Slot.DEMAND) == ("退款",)
    assert talk.at == ("refer_to_platform", "consent")


def test_a_question_changes_nothing() -> None:
    talk = at_read_back().says("那什么时候能赔偿我", Act.ASK_QUESTION, demand=("赔偿",))
    assert talk.value(Slot.DEMAND) == ("退款",)


def test_something_new_beside_a_yes_is_noted() -> None:
    talk = at_read_back().says("对的，我叫王芳", Act.AFFIRM, name="王芳")
    assert talk.value(Slot.NAME) == "王芳"
    assert talk.at == ("refer_to_platform", "consent")


def test_a_bare_no_is_asked_about() -> None:
    talk = at_read_back().no()
    assert talk.said == ["what_is_wrong"]
    talk.says("四百九十九", amount=499)
    assert talk.spoken == "改好了，金额，499元。都对吗？"


def test_a_slot_called_by_its_name_is_asked_for() -> None:
    talk = at_read_back().says("电话不对", Act.DENY)
    assert talk.said == ["phone.ask"]
    standing = talk.state.standing
    assert standing is not None
    assert (standing.phase, standing.slot) == ("read_back", Slot.PHONE)
    talk.says("一三八零零零零五六七八", phone="13800005678")
    assert talk.spoken == "改好了，电话，13800005678。都对吗？"


def test_the_slot_called_by_its_name_can_be_keyed() -> None:
    talk = at_read_back().says("电话不对", Act.DENY).keys("13800005678#")
    assert talk.value(Slot.PHONE) == "13800005678"
    assert talk.at == ("read_back", "read_back")


def test_no_for_ever_goes_on_unconfirmed() -> None:
    talk = at_read_back()
    for _ in range(3):
        talk.no()
    assert talk.at == ("refer_to_platform", "consent")
    assert not talk.state.slots[Slot.AMOUNT].confirmed


def test_corrections_for_ever_end() -> None:
    talk = at_read_back()
    for amount in range(500, 520):
        if talk.at != ("read_back", "read_back"):
            break
        talk.says("不对", Act.DENY, Act.CORRECT, amount=amount)
    assert talk.at == ("refer_to_platform", "consent")


def cut_in(*, complete: bool = False) -> Talk:
    """At the read-back, whose first utterance was cut short by the caller."""
    talk = at_read_back()
    talk.hearing = False
    talk.says("再念一遍", Act.REPEAT)
    number = next(
        n for n, said in talk.state.said.items() if said.prompt == "read_back.online" and said.heard is None
    )
    talk.put(ev.PromptEnded(utterance=number, heard_ms=5, total_ms=20, complete=complete))
    talk.hearing = True
    return talk


def test_after_cutting_in_with_a_correction_the_rest_is_read() -> None:
    talk = cut_in().says("不对，是四百九十九", Act.DENY, Act.CORRECT, amount=499)
    assert talk.spoken == "改好了，金额，499元。订单号，230518764。要求，退款。电话，13800001234。都对吗？"
    talk.yes()
    assert talk.state.slots[Slot.DEMAND].confirmed


def test_a_yes_that_cuts_in_goes_on_but_confirms_nothing() -> None:
    talk = cut_in().yes()
    assert talk.at == ("refer_to_platform", "consent")
    assert not talk.state.slots[Slot.AMOUNT].confirmed


def test_silence_is_asked_about_not_read_again() -> None:
    talk = at_read_back().silent()
    assert talk.said == ["noinput.1", "read_back.ask"]
    assert talk.yes().state.slots[Slot.AMOUNT].confirmed


def test_repeat_reads_all_of_it_and_costs_nothing() -> None:
    talk = at_read_back().no()
    talk.says("再念一遍", Act.REPEAT)
    assert talk.said == ["read_back.online", "read_back.ask"]
    assert talk.state.standing is not None
    assert talk.state.standing.attempt == 1, "what was lost before stays lost"


def test_a_yes_that_speaks_of_a_mistake_is_asked_about() -> None:
    talk = at_read_back().says("对，不过有个地方要改", Act.AFFIRM, Act.CORRECT)
    assert talk.said == ["what_is_wrong"]
