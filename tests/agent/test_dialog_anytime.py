"""What may happen at any step: danger, a person wanted, silence, hang-up, faults, asides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import data.events as ev
from agent.acts import HangUp, Hush, Listen, Lodge, QueueCallback, RaiseAlert, Say, StopRecording, Transfer
from agent.dialog import decide
from agent.state import CallState
from data.vocabulary import ELDERLY, Act, ConsentReply, Emergency, Intent, Kind, Outcome, Slot
from tests.agent.talk import (
    CALLER,
    FULL,
    Talk,
    at_consent,
    at_read_back,
    complaint,
    heard,
    meaning,
    says,
    small_script,
)

#: A call at each kind of step.
STEPS: dict[str, Callable[[], Talk]] = {
    "greeting": lambda: Talk(small_script()),
    "value": complaint,
    "offer": lambda: complaint(caller_no=CALLER, **{k: v for k, v in FULL.items() if k != "phone"}),
    "confirm": lambda: complaint(**FULL),
    "route": lambda: Talk(small_script()).says("今天天气真好啊"),
    "read_back": at_read_back,
    "consent": at_consent,
}
everywhere = pytest.mark.parametrize("begin", STEPS.values(), ids=STEPS.keys())


# --- a person ---------------------------------------------------------------------------------------


@everywhere
def test_a_person_is_called_at_once(begin: Callable[[], Talk]) -> None:
    talk = begin().says("转人工", human=True)
    assert [act.do for act in talk.acts][-3:] == ["hush", "say", "transfer"]
    assert talk.said == ["desk.transfer"]
    talk.put(ev.TransferEnded(answered=True))
    assert talk.state.ending is Outcome.TO_DESK


def test_asking_twice_calls_once() -> None:
    talk = complaint().says("转人工", human=True).says("快转人工", human=True)
    assert len(talk.did(Transfer)) == 1
    assert len(talk.did(Hush)) == 1, "a safety sentence would be cut by a second"


def test_what_was_told_on_the_way_is_kept() -> None:
    talk = Talk(small_script())
    talk.says("拼多多买到假货，我要人工", human=True, intents=(Intent.COMPLAINT_ONLINE,), platform="拼多多")
    assert talk.value(Slot.PLATFORM) == "拼多多"
    assert talk.value(Slot.NARRATIVE) == "拼多多买到假货，我要人工"
    bare = Talk(small_script()).says("转人工", human=True, intents=(Intent.REQUEST_HUMAN,))
    assert bare.value(Slot.NARRATIVE) is None


def test_no_desk_is_said_and_called_back_first() -> None:
    talk = complaint().says("转人工", human=True)
    talk.put(ev.TransferEnded(answered=False, reason="no_desk"))
    assert talk.said == ["desk.none"]
    callback = talk.did(QueueCallback)[0]
    assert isinstance(callback, QueueCallback)
    assert callback.priority == 1
    assert talk.state.ending is Outcome.NO_DESK
    assert isinstance(talk.acts[-1], HangUp)


def test_a_record_lodged_meanwhile_does_not_lead_on() -> None:
    talk = at_consent()
    talk.lodging = False
    talk.agrees()
    assert talk.did(Lodge)
    talk.says("转人工", human=True)
    talk.put(ev.RecordLodged(record="r1", kind=Kind.COMPLAINT, case_no="20261124000123"))
    assert talk.said == []
    assert talk.state.handing_over
    assert talk.state.case_no == "20261124000123"


# --- danger -----------------------------------------------------------------------------------------


@everywhere
def test_danger_comes_first(begin: Callable[[], Talk]) -> None:
    talk = begin()
    before = len(talk.acts)
    talk.says("着火了，救命", emergency=Emergency.FIRE, emotion="anxious", human=True)
    assert [act.do for act in talk.acts[before:]] == ["hush", "raise_alert", "say", "say", "transfer"]
    assert talk.said == ["safety.any", "desk.transfer"]
    talk.put(ev.TransferEnded(answered=False, reason="no_desk"))
    assert talk.said == ["desk.none.emergency"]
    callback = talk.did(QueueCallback)[-1]
    assert isinstance(callback, QueueCallback)
    assert (callback.priority, callback.reason) == (1, "emergency")


def test_a_second_danger_is_alerted_too() -> None:
    talk = (
        complaint().says("着火了", emergency=Emergency.FIRE).says("我不想活了", emergency=Emergency.SELF_HARM)
    )
    alerts = [act.cause for act in talk.acts if isinstance(act, RaiseAlert)]
    assert alerts == [Emergency.FIRE, Emergency.SELF_HARM]
    assert len(talk.did(Transfer)) == 1
    assert len(talk.did(Hush)) == 1, "the first safety sentence is not cut"


def test_a_matter_of_many_people_is_alerted_once() -> None:
    talk = Talk(small_script())
    for _ in range(2):
        meant = meaning("跑路了，群里两百多人", intents=(Intent.COMPLAINT_ONLINE,))
        flags = meant.flags.model_copy(update={"mass_incident": True})
        talk.put(heard(talk.state.turns + 1, meant.model_copy(update={"flags": flags})))
    [alert] = [act for act in talk.acts if isinstance(act, RaiseAlert)]
    assert alert.cause == "mass_incident"
    assert not talk.did(Transfer)


def test_hanging_up_in_danger_is_called_back_first() -> None:
    talk = complaint().says("着火了", emergency=Emergency.FIRE).hangs_up()
    callback = talk.did(QueueCallback)[-1]
    assert isinstance(callback, QueueCallback)
    assert callback.priority == 1


def test_danger_over_the_closing_words() -> None:
    talk = at_consent().agrees()
    talk.says("等等，我家着火了", emergency=Emergency.FIRE)
    assert talk.said == ["safety.any"]
    assert talk.did(RaiseAlert)
    assert not talk.did(Transfer)
    callback = talk.did(QueueCallback)[-1]
    assert isinstance(callback, QueueCallback)
    assert callback.priority == 1


# --- nothing ----------------------------------------------------------------------------------------


def test_silence_has_a_ladder_and_an_end() -> None:
    talk = complaint()
    said = [talk.silent().said for _ in range(3)]
    assert said == [
        ["noinput.1", "platform.ask"],
        ["noinput.2", "platform.ask"],
        ["noinput.2", "platform.ask"],
    ]
    talk.silent()
    assert talk.said == ["goodbye.silent"]
    assert talk.state.ending is Outcome.INCOMPLETE
    assert talk.did(QueueCallback)


def test_a_line_without_a_voice_is_not_called_back() -> None:
    talk = Talk(small_script())
    for _ in range(4):
        talk.silent()
    assert talk.state.ending is Outcome.INCOMPLETE
    assert not talk.did(QueueCallback)


def test_words_that_do_not_help_have_a_ladder_and_an_end() -> None:
    talk = complaint()
    assert talk.mumbles().said == ["nomatch.1", "platform.again"]
    assert talk.mumbles().said == ["nomatch.2", "platform.again"]
    talk.mumbles()
    assert talk.state.slots[Slot.PLATFORM].declined == "given_up"
    assert talk.said == ["amount.ask"]
    talk.mumbles()
    assert talk.did(Transfer), "four in a row, over two questions"


def test_an_answer_breaks_the_row() -> None:
    talk = complaint().mumbles().mumbles().says("拼多多", platform="拼多多")
    assert talk.state.lost_turns == 0
    talk.mumbles().mumbles()
    assert not talk.did(Transfer)


def test_an_aside_breaks_the_row() -> None:
    assert complaint().silent().says("你说什么", Act.REPEAT).state.lost_turns == 0


def test_noise_is_asked_about_until_a_person_is_called() -> None:
    talk = complaint()
    for turn in range(4):
        talk.put(ev.NoiseHeard(turn=turn))
    assert talk.did(Transfer)


def test_the_turn_that_was_not_understood_is_named() -> None:
    talk = complaint()
    words = ev.WordsHeard(turn=17, text="呃", confidence=1, start_ms=0, end_ms=1, understanding=meaning("呃"))
    talk.put(words)
    missed = talk.of(ev.NotUnderstood)[0]
    assert isinstance(missed, ev.NotUnderstood)
    assert missed.turn == 17


@everywhere
@pytest.mark.parametrize("what", ["silent", "mumbles"])
def test_nobody_is_asked_for_ever(begin: Callable[[], Talk], what: str) -> None:
    talk = begin()
    for _ in range(60):
        if talk.state.ending is not None or talk.state.handing_over:
            break
        getattr(talk, what)()
    assert talk.state.ending is not None or talk.state.handing_over


def test_a_question_is_not_repeated_for_ever_at_the_callers_wish() -> None:
    talk = complaint()
    for _ in range(12):
        talk.says("再说一遍", Act.REPEAT)
    asked = [e for e in talk.events if isinstance(e, ev.StepEntered) and e.slot is Slot.PLATFORM]
    assert len(asked) <= 3 + 5
    assert talk.state.declined(Slot.PLATFORM)


# --- asides -----------------------------------------------------------------------------------------


def test_repeat_slower_wait() -> None:
    talk = complaint()
    assert talk.says("再说一遍", Act.REPEAT).said == ["platform.ask"]
    assert talk.says("慢一点", Act.SLOWER).said == ["slower", "platform.ask"]
    assert [act.speed for act in talk.acts if isinstance(act, Say)][-1] == 0.8
    assert talk.says("等一下", Act.WAIT).said == ["wait"]
    [waits] = [act for act in talk._acts_now if isinstance(act, Listen)]
    assert waits.hold_ms == talk.script.file.wait_seconds * 1000 == 30_000
    assert talk.at == ("platform", "value")
    assert talk.state.lost_turns == 0


def test_the_wish_for_slow_speech_holds_beside_an_answer() -> None:
    talk = complaint().says("拼多多，你慢一点", Act.SLOWER, platform="拼多多")
    assert talk.at == ("amount", "value")
    assert talk.state.speed == 0.8
    assert "slower" not in talk.said


def test_a_story_about_speed_asks_for_nothing() -> None:
    talk = Talk(small_script()).says("我在拼多多买的车骑起来太快了", Act.SLOWER, platform="拼多多")
    assert talk.state.speed == 1.0


def test_an_old_caller_is_spoken_to_slowly_and_soon_by_a_person() -> None:
    talk = complaint().says("我八十了", crowd=ELDERLY)
    assert talk.state.speed == 0.8
    talk.put(ev.SilenceHeard())
    assert not talk.did(Transfer)
    talk.says("啊呀")
    assert talk.did(Transfer)


def test_a_question_is_put_off_and_the_flow_goes_on() -> None:
    talk = complaint().says("你们几点下班", Act.ASK_QUESTION)
    assert talk.said == ["cannot_answer", "platform.ask"]


def test_a_question_beside_an_answer_waits() -> None:
    talk = complaint().says("不知道，这个一定要吗", Act.DONT_KNOW, Act.ASK_QUESTION)
    assert talk.state.slots[Slot.PLATFORM].declined == "dont_know"


def test_goodbye_in_the_middle() -> None:
    talk = complaint().says("不说了，再见", Act.GOODBYE)
    assert talk.said == ["goodbye.incomplete"]
    assert talk.state.ending is Outcome.INCOMPLETE


def test_a_complaint_withdrawn_is_not_lodged() -> None:
    for talk in (complaint(), at_read_back(), at_consent()):
        talk.says("算了不投诉了", Act.WITHDRAW, consent=ConsentReply.UNCLEAR)
        assert talk.state.ending is Outcome.INCOMPLETE
        assert not talk.did(Lodge)
        assert not talk.did(QueueCallback), "he wants no call"
        assert talk.said[-1] == "withdrawn"


def test_an_answer_with_an_aside_in_it_is_an_answer() -> None:
    talk = complaint().says("什么，哦，拼多多", Act.REPEAT, platform="拼多多")
    assert talk.at == ("amount", "value")


@pytest.mark.parametrize(
    ("text", "act"),
    [("说慢一点", Act.SLOWER), ("再说一遍", Act.REPEAT), ("你是机器人吗", Act.ASK_QUESTION)],
)
@pytest.mark.parametrize("method", ["whole_answer", "bare_name"])
def test_an_aside_is_no_answer_though_all_its_words_could_be_one(text: str, act: Act, method: str) -> None:
    talk = complaint()
    before = talk.at
    talk.says(text, act, Act.INFORM, platform=text, method=method)
    assert talk.value(Slot.PLATFORM) is None
    assert talk.at == before


@pytest.mark.parametrize(("text", "act"), [("再见", Act.GOODBYE), ("算了不投诉了", Act.WITHDRAW)])
def test_leaving_is_no_answer_either(text: str, act: Act) -> None:
    talk = complaint().says(text, act, Act.INFORM, platform=text, method="whole_answer")
    assert talk.value(Slot.PLATFORM) is None
    assert talk.state.ending is Outcome.INCOMPLETE


def test_a_withdrawal_in_a_longer_sentence_is_none() -> None:
    talk = complaint().says("就是那个把我的订单撤销了的平台呀", Act.WITHDRAW)
    assert talk.state.ending is None


def test_a_withdrawal_in_a_story_is_part_of_it() -> None:
    talk = Talk(small_script()).says("商家把我的订单撤销了也不退钱", Act.WITHDRAW)
    assert talk.value(Slot.NARRATIVE)
    assert talk.state.ending is None


def test_recording_refused_stops_it_and_the_call_goes_on() -> None:
    talk = complaint().says("不要录音", Act.REFUSE_RECORDING)
    assert talk.did(StopRecording)
    assert talk.said == ["recording_stopped", "platform.ask"]
    talk = complaint().says("不要录音，是拼多多", Act.REFUSE_RECORDING, platform="拼多多")
    assert talk.value(Slot.PLATFORM) == "拼多多"
    assert talk.at == ("amount", "value")


def test_no_recording_is_no_wish_for_a_person() -> None:
    talk = Talk(small_script())
    talk.says("不要录音", Act.REFUSE_RECORDING, intents=(Intent.REQUEST_HUMAN, Intent.INVALID))
    assert talk.said == ["recording_stopped", "narrative.ask"]
    assert talk.value(Slot.NARRATIVE) is None


def test_comfort_is_given_once_then_a_person_is_offered_once() -> None:
    talk = complaint()
    said = [talk.says("气死我了", emotion="angry").said for _ in range(3)]
    assert [said[0][0], said[1][0]] == ["emotion", "emotion.again"]
    assert not {"emotion", "emotion.again"} & {*said[0][1:], *said[1][1:], *said[2]}
    assert talk.state.flags["emotion"] == "angry"


# --- ends -------------------------------------------------------------------------------------------


@everywhere
def test_hanging_up(begin: Callable[[], Talk]) -> None:
    talk = begin().hangs_up()
    closed = talk.events[-1]
    assert isinstance(closed, ev.CallClosed)
    assert (closed.by, closed.outcome) == ("caller", Outcome.INCOMPLETE)
    told = talk.state.turns > 0
    assert bool(talk.did(QueueCallback)) is told
    count = len(talk.events)
    talk.says("喂").silent()
    assert len(talk.events) == count, "a closed call takes nothing"
    assert talk.folds()


@everywhere
def test_time_is_up(begin: Callable[[], Talk]) -> None:
    talk = begin().put(ev.TimeUp())
    assert talk.said == ["time_up"]
    assert talk.state.ending is Outcome.INCOMPLETE
    assert talk.did(QueueCallback)


def test_lodging_that_waits_is_said_and_called_back() -> None:
    talk = at_consent()
    talk.lodging = False
    talk.agrees().put(ev.EffectDelayed(what="lodge"))
    assert talk.said == ["lodge_later"]
    assert talk.state.ending is Outcome.INCOMPLETE
    assert talk.did(QueueCallback)
    # It came about after all, before the line closed.
    talk.put(ev.RecordLodged(record="r1", kind=Kind.COMPLAINT, case_no="20261124000123")).hangs_up()
    assert talk.state.closed is Outcome.LODGED


@everywhere
def test_nothing_follows_the_closing_words(begin: Callable[[], Talk]) -> None:
    talk = begin().put(ev.TimeUp())
    acts = len(talk.acts)
    talk.says("喂喂", human=True).silent().keys("0").put(ev.TimeUp()).put(ev.FaultStruck(room="ear"))
    talk.put(ev.TransferEnded(answered=False))
    assert len(talk.acts) == acts


@everywhere
def test_a_fault_is_said_and_the_question_put_again(begin: Callable[[], Talk]) -> None:
    talk = begin()
    at = talk.at
    talk.put(ev.FaultStruck(room="agent"))
    assert talk.said[0] == "fault"
    assert talk.at == at


def test_a_fault_while_the_seat_works_does_not_wait_for_ever() -> None:
    lodging = at_consent()
    lodging.lodging = False
    assert lodging.agrees().put(ev.FaultStruck(room="data")).said == ["lodge_later"]
    looking = Talk(small_script()).says("查进度", intents=(Intent.QUERY_PROGRESS,), case_no="000042")
    assert looking.put(ev.FaultStruck(room="data")).said == ["lookup.missing", "goodbye"]
    transfer = complaint().says("转人工", human=True)
    assert transfer.put(ev.FaultStruck(room="telephony")).said == ["desk.none"]


def test_a_cut_notice_is_said_again_but_not_for_ever() -> None:
    talk = Talk(small_script())
    talk.hearing = False
    talk.state = Talk(small_script()).state
    first = next(iter(talk.state.said))
    cut = ev.PromptEnded(utterance=first, heard_ms=0, total_ms=9, complete=False)
    talk.put(cut).silent()
    assert "greeting" in talk.said
    for _ in range(2):
        talk.hear(complete=False)
        talk.silent()
    assert len(says(talk.acts, "greeting")) <= 3
    assert "greeting" not in talk.said


def test_before_the_answer_nothing_happens() -> None:
    for event in (ev.SilenceHeard(), ev.TimeUp(), ev.FaultStruck(room="x"), ev.KeysPressed(digits="0")):
        assert decide(small_script(), CallState(), event).acts == ()
