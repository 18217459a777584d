"""Questions of the caller's: in the middle of something else, at a consent, and as the whole call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import data.events as ev
from agent.acts import Hush, Lodge, Say
from agent.state import fold
from data.fold_record import draft
from data.records import AskedQuestion
from data.vocabulary import Act, ConsentReply, ConsentStatus, Intent, Kind, Outcome, Slot
from tests.agent.talk import CALLER, FULL, Talk, at_consent, at_read_back, complaint, small_script


def asked(talk: Talk) -> list[tuple[str, str | None]]:
    return [(question.words, question.answer) for question in draft(talk.events).questions]


def consulting(answer: str = "", **meant: object) -> Talk:
    """A call that begins with a question."""
    return Talk(small_script()).asks("请问要等多久", answer, intents=(Intent.URGE,), **meant)


# --- in the middle ----------------------------------------------------------------------------------

MIDDLES: dict[str, tuple[Callable[[], Talk], list[str]]] = {
    "value": (complaint, ["platform.ask"]),
    "offer": (
        lambda: complaint(caller_no=CALLER, **{k: v for k, v in FULL.items() if k != "phone"}),
        ["phone.offer"],
    ),
    "confirm": (lambda: complaint(**FULL), ["confirm.phone"]),
    "read_back": (at_read_back, ["read_back.ask"]),
}


@pytest.mark.parametrize(("begin", "again"), MIDDLES.values(), ids=MIDDLES.keys())
def test_it_is_answered_and_the_question_put_again(begin: Callable[[], Talk], again: list[str]) -> None:
    talk = begin()
    at, slots = talk.at, talk.state.slots
    talk.asks("要等多久", "days")
    assert talk.said == ["faq.days", *again]
    assert "七个工作日" in talk.spoken
    assert talk.at == at and talk.state.slots == slots
    assert asked(talk) == [("要等多久", "days")]
    assert talk.folds()


def test_what_was_not_read_through_says_that_a_person_counts() -> None:
    talk = complaint().asks("定金能退吗", "deposit")
    assert talk.said == ["faq.deposit", "answer_unverified", "platform.ask"]


@pytest.mark.parametrize(
    ("answer", "reason"), [("", "not_found"), ("hours", "not_signed_off"), ("gone", "not_found")]
)
def test_what_may_not_be_said_is_left_to_a_person(answer: str, reason: str) -> None:
    talk = complaint().asks("几点上班", answer)
    assert talk.said == ["cannot_answer", "platform.ask"]
    [left] = talk.of(ev.QuestionLeft)
    assert isinstance(left, ev.QuestionLeft) and left.reason == reason
    assert asked(talk) == [("几点上班", None)]


def test_a_row_of_questions_comes_to_an_end() -> None:
    talk = complaint().asks("要等多久", "days").asks("定金能退吗", "deposit")
    talk.asks("那要等多久", "days")
    assert talk.said == ["questions_later", "platform.ask"]
    assert [e.reason for e in talk.of(ev.QuestionLeft) if isinstance(e, ev.QuestionLeft)] == ["too_many"]
    talk.says("拼多多", Act.INFORM, platform="拼多多").asks("要等多久", "days")
    assert talk.said[0] == "faq.days", "a new step, a new row"


def test_a_question_beside_an_answer_loses_neither() -> None:
    talk = complaint(platform="拼多多")
    assert talk.at == ("amount", "value")
    talk.says("三百九，多久办好", Act.INFORM, Act.ASK_QUESTION, asks="days", amount=390)
    assert talk.said == ["faq.days", "ack.amount", "order_no.ask"]
    assert talk.value(Slot.AMOUNT) == 390


def test_the_words_of_a_question_are_no_values() -> None:
    talk = complaint().asks("退款要等多久", "days", demand=("退款",))
    assert talk.said == ["faq.days", "platform.ask"]
    assert talk.value(Slot.DEMAND) is None


@pytest.mark.parametrize("word", [Act.DENY, Act.AFFIRM, Act.CORRECT])
def test_a_correction_is_not_taken_for_a_question(word: Act) -> None:
    talk = at_read_back().says("不对吧，怎么是三九九", Act.ASK_QUESTION, word, asks="days")
    assert not talk.of(ev.QuestionAnswered)


def test_a_question_about_taking_it_back_takes_nothing_back() -> None:
    talk = complaint().says("以后还能撤回吗", Act.ASK_QUESTION, Act.WITHDRAW, asks="days")
    assert talk.said == ["faq.days", "platform.ask"]
    assert talk.state.ending is None
    withdrawn = complaint().says("撤回投诉", Act.WITHDRAW)
    assert withdrawn.state.ending is Outcome.INCOMPLETE


def test_a_prompt_that_must_be_heard_out_is_not_cut_by_an_answer() -> None:
    talk = Talk(small_script())
    talk.hearing = False
    talk.put(ev.PromptStarted(utterance=1))
    before = len(talk.acts)
    talk.asks("你们多久能办好", "days", during=1, intents=(Intent.URGE,))
    assert not [act for act in talk.acts[before:] if isinstance(act, Hush)]
    said = [act for act in talk.acts if isinstance(act, Say)]
    assert said[0].must_finish and said[0].utterance == 1
    assert "faq.days" in [act.prompt for act in said[1:]]
    assert not next(act for act in said if act.prompt == "faq.days").must_finish


# --- at a consent -----------------------------------------------------------------------------------


def test_at_a_consent_it_is_answered_and_asked_once_more() -> None:
    talk = at_consent().asks("转过去要等多久", "days", consent=ConsentReply.QUESTION)
    assert talk.said == ["faq.days", "consent.again"]
    assert not talk.of(ev.ConsentGiven) and not talk.of(ev.ConsentRefused)
    talk.agrees()
    assert talk.state.consents["refer_to_platform"].status is ConsentStatus.GIVEN


def test_a_second_question_at_a_consent_is_no_agreement() -> None:
    talk = at_consent().asks("要等多久", "days", consent=ConsentReply.QUESTION)
    talk.asks("定金能退吗", "deposit", consent=ConsentReply.QUESTION)
    assert talk.state.consents["refer_to_platform"].status is ConsentStatus.REFUSED
    assert not talk.of(ev.ConsentGiven)


@pytest.mark.parametrize("reply", [ConsentReply.QUESTION, ConsentReply.CONDITIONAL])
def test_what_has_no_answer_is_told_of_the_consent(reply: ConsentReply) -> None:
    talk = at_consent().asks("他们靠谱吗", "", consent=reply)
    assert talk.said == ["consent.answer", "consent.again"]
    assert not talk.of(ev.QuestionLeft)


def test_a_term_is_answered_with_what_the_consent_binds_to() -> None:
    talk = at_consent().asks("先说多久办好我再同意", "days", consent=ConsentReply.CONDITIONAL)
    assert talk.said == ["consent.answer", "consent.again"]


# --- as the whole call ------------------------------------------------------------------------------


def test_a_call_of_questions_is_answered_and_kept() -> None:
    talk = consulting("days")
    assert talk.said == ["faq.days", "question.more"]
    assert talk.at == ("questions", "questions")
    talk.asks("定金呢", "deposit")
    assert talk.said == ["faq.deposit", "answer_unverified", "question.more"]
    talk.says("没有了", Act.DENY)
    assert talk.did(Lodge)
    assert talk.state.ending is Outcome.ANSWERED
    record = draft(talk.events)
    assert record.kind is Kind.CONSULTATION
    assert record.text(Slot.TOPIC) == "期限"
    assert record.questions == (
        AskedQuestion(turn=1, words="请问要等多久", answer="days"),
        AskedQuestion(turn=2, words="定金呢", answer="deposit"),
    )
    assert Slot.PHONE not in talk.state.asked, "nobody has to call back"
    assert talk.folds()


def test_what_has_no_answer_is_noted_with_a_phone() -> None:
    talk = consulting()
    assert talk.said == ["question.noted", "question.more"]
    talk.says("没有了", Act.DENY)
    assert talk.said == ["phone.ask"]
    assert talk.value(Slot.TOPIC) == "请问要等多久"


def test_who_announced_a_question_is_asked_for_it() -> None:
    talk = Talk(small_script()).says("我想问个事情", intents=(Intent.URGE,))
    assert talk.said == ["question.ask"]
    talk.asks("要等多久", "days")
    assert talk.said == ["faq.days", "question.more"]
    talk.yes()
    assert talk.said == ["question.ask"]


@pytest.mark.parametrize("act", [Act.DENY, Act.GOODBYE, Act.DECLINE])
def test_no_more_questions(act: Act) -> None:
    talk = consulting("days").says("没有别的了", act)
    assert talk.state.ending is Outcome.ANSWERED


def test_silence_after_an_answer_is_no_more_questions() -> None:
    talk = consulting("days").silent()
    assert talk.state.ending is Outcome.ANSWERED


def test_silence_before_any_question_is_silence() -> None:
    talk = Talk(small_script()).says("我想问个事情", intents=(Intent.URGE,)).silent()
    assert talk.said == ["noinput.1", "question.ask"]


def test_mumbling_is_asked_about_and_then_let_go() -> None:
    talk = consulting("days").mumbles()
    assert talk.said == ["nomatch.1", "question.more"]
    talk.mumbles().mumbles()
    assert talk.state.ending is Outcome.ANSWERED


def test_so_many_questions_and_no_more() -> None:
    talk = consulting("days").asks("定金呢", "deposit").asks("要多久", "days")
    assert talk.said == ["faq.days", "question.more"]
    talk.asks("还有一个", "deposit")
    assert talk.said[0] == "question.noted"
    assert talk.at == ("phone", "value")


def test_a_complaint_that_comes_out_of_it_is_taken() -> None:
    talk = consulting("days")
    story = "那我要投诉，拼多多上买的鞋开胶了"
    talk.says(story, Act.INFORM, intents=(Intent.COMPLAINT_ONLINE,), platform="拼多多")
    assert talk.state.kind is Kind.COMPLAINT and talk.at == ("amount", "value")
    assert talk.value(Slot.NARRATIVE) == story
    assert talk.value(Slot.PLATFORM) == "拼多多"
    assert asked(talk) == [("请问要等多久", "days")]
    assert fold(talk.events) == talk.state


def test_a_question_is_no_complaint() -> None:
    talk = consulting("days").asks("鞋开胶了能投诉吗", "", intents=(Intent.COMPLAINT_ONLINE,))
    assert talk.said == ["question.noted", "question.more"]
    assert talk.state.kind is Kind.CONSULTATION


def test_a_question_beside_a_refusal_loses_neither() -> None:
    talk = complaint(platform="拼多多", amount=1)
    assert talk.at == ("order_no", "value")
    talk.says("没有，多久办好", Act.DONT_KNOW, Act.ASK_QUESTION, asks="days")
    assert talk.said[:2] == ["faq.days", "declined"]
    assert talk.at == ("demand", "value")
    assert talk.folds()
