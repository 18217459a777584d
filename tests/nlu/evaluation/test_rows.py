from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from data.vocabulary import Act, ConsentReply, Intent, Listen, Slot
from nlu.evaluation.rows import BadTestSet, Reply, Utterance, read
from nlu.evaluation.run import OWN_SETS
from nlu.heard import GAP
from nlu.sentences import read_sentences


def write(path: Path, *rows: object) -> Path:
    file = path / "set.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return file


def test_a_row_keeps_what_the_rooms_know_and_passes_over_the_rest(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {
            "text": "四百九十九",
            "intent": None,
            "slots": {
                "amount": 499,
                "demand": ["退款"],
                "evidence": [],
                "problem": "自由文本",
                "emergency": True,
                "underlying_intent": "complaint_other",
            },
            "asked": {"slot": "amount", "listen": "short", "known": {"amount": 399}},
            "acts": ["correct"],
            "today": "2026-11-24",
            "note": "别的键",
        },
    )
    (row,) = read(file)
    assert isinstance(row, Utterance)
    assert row.slots == {Slot.AMOUNT: 499, Slot.DEMAND: ("退款",)}
    assert row.emergency and not row.mass_incident
    assert row.underlying is Intent.COMPLAINT_OTHER
    assert row.asked.known == {Slot.AMOUNT: 399} and row.asked.listen is Listen.SHORT
    assert row.acts == (Act.CORRECT,)


def test_a_reply_knows_the_question_it_answers(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path, {"text": "行", "gold": "agree"}))
    assert isinstance(row, Reply)
    assert row.asked.consent and row.asked.listen is Listen.YES_NO


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, {"text": "一", "intent": "nonsense"}, "{", "[]", {"intent": None})
    with pytest.raises(BadTestSet) as caught:
        read(file)
    lines = [problem.split(":")[1] for problem in caught.value.problems]
    assert lines == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "rows", [[], ["", " "], [{"text": "a", "intent": None}, {"text": "b", "gold": "agree"}]]
)
def test_an_empty_or_mixed_file_is_no_test_set(tmp_path: Path, rows: list[object]) -> None:
    with pytest.raises(BadTestSet):
        read(write(tmp_path, *rows))


def test_halves_are_the_odd_and_the_even_lines(tmp_path: Path) -> None:
    file = write(tmp_path, *({"text": str(number), "intent": None} for number in range(1, 6)))
    assert [row.line for row in read(file, "odd")] == [1, 3, 5]
    assert [row.line for row in read(file, "even")] == [2, 4]


class TestOwnSets:
    def test_they_are_large_and_hold_every_kind(self) -> None:
        utterances, replies = (read(path) for path in OWN_SETS)
        assert len(utterances) >= 600 and len(replies) >= 250
        assert {row.intent for row in utterances if isinstance(row, Utterance)} >= set(Intent)
        assert {row.gold for row in replies if isinstance(row, Reply)} == set(ConsentReply)

    def test_nothing_was_ever_trained_on(self) -> None:
        trained = {bare(sentence.text) for sentence in read_sentences()}
        tested = {bare(row.text) for path in OWN_SETS for row in read(path)}
        assert not trained & tested

    def test_phones_are_invented(self) -> None:
        for row in read(OWN_SETS[0]):
            assert isinstance(row, Utterance)
            phone = row.slots.get(Slot.PHONE)
            assert phone is None or re.fullmatch(r"1\d\d0000\d{4}", str(phone)), row.line


def bare(sentence: str) -> str:
    """A sentence without its marks and its slot names: "[拼多多](platform)" is 拼多多."""
    plain = re.sub(r"\[([^\]]+)\]\([a-z_]+\)", r"\1", sentence)
    return "".join(char for char in plain if char not in GAP)
