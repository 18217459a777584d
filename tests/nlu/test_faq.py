"""Questions find their answers: in other wordings than the script's, without training, and no others."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Act, Intent, Listen, Slot
from dialogs.faq import FaqEntry
from dialogs.loader import load
from nlu.evaluation.questions import AS_CALL, AS_DIGRESSION, OWN_SET, read_questions, score
from nlu.faq import Faq, Nearest, asked_in
from nlu.understander import Understander

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def reader() -> Understander:
    return Understander(faq=load(REAL).faq)


def entry(*questions: str, words: tuple[str, ...] = ()) -> FaqEntry:
    return FaqEntry(
        topic="题",
        questions=list(questions),
        words=list(words),
        answer="答。",
        source="试",
        date="2026-11-24",
        verified=True,
        signed_off=True,
    )


# --- the set ----------------------------------------------------------------------------------------


def test_the_set_is_large_and_shares_no_sentence_with_the_script() -> None:
    questions, faq = read_questions(OWN_SET), load(REAL).faq
    inside = [text for texts in questions.asked.values() for text in texts]
    assert len(inside) >= 150 and len(questions.not_in_faq) >= 60
    assert set(questions.asked) == set(faq)
    written = {question for one in faq.values() for question in one.questions}
    assert not written & {*inside, *questions.not_in_faq}


@pytest.mark.parametrize("asked", [AS_CALL, AS_DIGRESSION], ids=["call", "digression"])
def test_by_characters_alone_most_are_found_and_few_are_wrong(reader: Understander, asked: Asked) -> None:
    report = score(read_questions(OWN_SET), reader, asked, TODAY)
    assert report.right >= 0.6
    assert report.answered_outside <= 0.05


@pytest.mark.models
def test_with_the_encoder_they_are_found() -> None:
    from models.encoder import open_encoder

    home = Path(os.environ.get("SMARTSEAT_HOME", "var")).resolve()
    reader = Understander(open_encoder(home), faq=load(REAL).faq)
    for asked in (AS_CALL, AS_DIGRESSION):
        report = score(read_questions(OWN_SET), reader, asked, TODAY)
        assert report.right >= 0.85
        assert report.answered_outside <= 0.05


# --- one question -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("你好我想咨询一下运费谁出", "运费谁出"),
        ("请问一下运费谁出", "运费谁出"),
        ("我就是想了解一下运费谁出", "运费谁出"),
        ("我想咨询一下", ""),
        ("我有个问题想问", ""),
        ("问你个事", "问你个事"),
        ("运费谁出", "运费谁出"),
    ],
)
def test_what_leads_up_to_a_question_is_left_out(said: str, left: str) -> None:
    assert asked_in(said) == left


def test_an_entry_counts_as_soon_as_it_is_read(reader: Understander) -> None:
    own = Understander(faq={"weather": entry("明天会下雨吗", "今天天气怎么样", "要不要带伞")})
    found = own.understand("天气怎么样啊今天", asked=AS_DIGRESSION, today=TODAY).question
    assert found is None or found.entry in (None, "weather")
    asked = own.understand("今天天气怎么样呢？", asked=AS_DIGRESSION, today=TODAY)
    assert asked.question is not None and asked.question.entry == "weather"
    own.read_faq({"opening": entry("几点开门呀", "什么时候开门", "开门时间")})
    again = own.understand("今天天气怎么样呢？", asked=AS_DIGRESSION, today=TODAY)
    assert again.question is not None and again.question.entry is None
    assert reader.understand("今天天气怎么样呢？", asked=AS_DIGRESSION, today=TODAY).question is not None


def test_a_word_of_its_own_speaks_for_an_entry() -> None:
    plain = Faq(
        {"a": entry("运费谁出", "邮费谁付", "快递费谁的"), "b": entry("多久到货", "几天能到", "何时发货")}
    )
    told = Faq(
        {
            "a": entry("运费谁出", "邮费谁付", "快递费谁的", words=("冷链",)),
            "b": entry("多久到货", "几天能到", "何时发货"),
        }
    )
    assert told.match("冷链的怎么算").score > plain.match("冷链的怎么算").score


def test_two_that_are_alike_are_not_guessed_between() -> None:
    faq = Faq(
        {
            "a": entry("甲店几点开门", "甲店开门", "甲店何时开"),
            "b": entry("乙店几点开门", "乙店开门", "乙店何时开"),
        }
    )
    found = faq.match("店几点开门")
    assert not found.sure and {found.nearest, found.second} == {"a", "b"}


def test_without_entries_nothing_is_found() -> None:
    assert Faq({}).match("运费谁出").entry is None
    assert Faq({"a": entry("运费谁出", "邮费谁付", "快递费")}).match("").entry is None


@given(st.text(max_size=200))
def test_any_text_is_matched(text: str) -> None:
    found = _SMALL.match(text)
    assert 0 <= found.second_score <= 1 and found.score <= 1


_SMALL = Faq({"a": entry("运费谁出", "邮费谁付", "快递费"), "b": entry("多久到货", "几天能到", "何时发货")})


# --- where it is asked ------------------------------------------------------------------------------


def test_a_question_is_seen_only_where_something_is_asked(reader: Understander) -> None:
    said = reader.understand("三百二十块", asked=AS_DIGRESSION, today=TODAY)
    assert said.question is None
    assert reader.understand("我想咨询一下", asked=AS_CALL, today=TODAY).question is None


def test_a_question_the_seat_can_answer_is_what_the_call_is_for(reader: Understander) -> None:
    meant = reader.understand("退一赔三是什么意思", asked=AS_CALL, today=TODAY)
    assert meant.intent is Intent.CONSULT
    told = reader.understand(
        "我在淘宝买的鞋三百二，穿两天就开胶了，商家不退，能退一赔三吗", asked=AS_CALL, today=TODAY
    )
    assert told.intent is Intent.COMPLAINT_ONLINE


@pytest.mark.parametrize("said", ["没有了", "没有别的了谢谢", "不用了"])
def test_no_more_questions_is_no_question(reader: Understander, said: str) -> None:
    asked = Asked(slot=Slot.TOPIC, listen=Listen.STORY)
    meant = reader.understand(said, asked=asked, today=TODAY)
    assert meant.question is None and meant.acts & {Act.DENY, Act.GOODBYE}


def test_where_a_question_is_waited_for_it_needs_no_mark(reader: Understander) -> None:
    asked = Asked(slot=Slot.TOPIC, listen=Listen.STORY)
    meant = reader.understand("退货的运费", asked=asked, today=TODAY)
    assert meant.question is not None and meant.question.nearest == "return_shipping"


# --- kept vectors -----------------------------------------------------------------------------------


class Counting:
    """An encoder that counts the sentences it was given."""

    dimensions = 4

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.seen += texts
        rows = np.array([[len(t), *map(ord, (t + "   ")[:3])] for t in texts], dtype=np.float32).reshape(
            -1, 4
        )
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def test_only_new_wordings_are_encoded(tmp_path: Path) -> None:
    cache, entries = tmp_path / "faq.npz", {"a": entry("运费谁出", "邮费谁付", "快递费谁的")}
    Faq(entries, Counting(), cache=cache)
    again = Counting()
    Faq({**entries, "b": entry("多久到货", "几天能到", "何时发货")}, again, cache=cache)
    assert sorted(set(again.seen) - {"12315"}) == sorted(["多久到货", "几天能到", "何时发货"])
    last = Counting()
    Faq({"b": entry("多久到货", "几天能到", "何时发货")}, last, cache=cache)
    assert set(last.seen) == {"12315"}


# --- nearness ---------------------------------------------------------------------------------------


@given(
    st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=6),
        min_size=1,
        max_size=8,
    )
)
def test_an_entry_is_as_near_as_its_three_nearest_wordings_are(groups: list[list[float]]) -> None:
    sizes = [len(group) for group in groups]
    alike = np.array([one for group in groups for one in group], dtype=np.float32)
    means = [np.mean(sorted(group)[-3:]) for group in groups]
    assert np.allclose(Nearest.among(sizes).of(alike), means, atol=1e-6)
