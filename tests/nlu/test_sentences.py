from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.vocabulary import Intent, Slot
from nlu.sentences import BrokenExamples, Marked, Sentence, parse_marks, read_sentences


def _written(folder: Path, text: str, name: str = "one.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_plain_and_marked_sentences(tmp_path: Path) -> None:
    folder = _written(
        tmp_path,
        "intent: complaint_online\n"
        "examples:\n"
        "  - 我要投诉一家网店\n"
        "  - '[拼多多](platform)上买的[羽绒服](product)跑毛'\n"
        "  - say: 气死我了，[手机](product)是坏的\n"
        "    intents: [complaint_other, emotional]\n",
    )
    plain, marked, mixed = read_sentences(folder)
    assert plain == Sentence("我要投诉一家网店", (Intent.COMPLAINT_ONLINE,))
    assert marked.text == "拼多多上买的羽绒服跑毛"
    assert marked.marks == (Marked(Slot.PLATFORM, 0, 3), Marked(Slot.PRODUCT, 6, 9))
    assert marked.known
    assert mixed.intents == (Intent.COMPLAINT_OTHER, Intent.EMOTIONAL)


def test_a_plain_sentence_under_marked_holds_no_soft_value(tmp_path: Path) -> None:
    folder = _written(tmp_path, "intent: urge\nmarked:\n  - 帮我催一下\nexamples:\n  - 再催一下\n")
    assert [sentence.known for sentence in read_sentences(folder)] == [True, False]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("'我买的[手机](phon)坏了'", "phon"),
        ("'我买的[手机坏了'", "不成标记"),
        ("'我买的手机](product)坏了'", "不成标记"),
        ("''", "空"),
        ("[手机](product)坏了", "单引号"),
        ("{say: 坏了, intent: urge}", "intent"),
        ("{say: 坏了, intents: [urgent]}", "urgent"),
        ("{intents: [urge]}", "say"),
    ],
)
def test_a_broken_entry_is_refused_with_file_and_line(tmp_path: Path, entry: str, said: str) -> None:
    folder = _written(tmp_path, f"intent: urge\nexamples:\n  - 好的一句\n  - {entry}\n")
    with pytest.raises(BrokenExamples) as broken:
        read_sentences(folder)
    (problem, *_) = broken.value.problems
    assert (problem.file, problem.line) == ("one.yaml", 4)
    assert said in problem.message


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    _written(tmp_path, "intent: urge\nexamples:\n  - 一句\n  - '[一](x)'\n  - '[二](y)'\n", "a.yaml")
    _written(tmp_path, "intent: nonsense\nexamples:\n  - 另一句\n", "b.yaml")
    _written(tmp_path, "intent: urge\nexample: 1\nexamples:\n  - 一句\n", "c.yaml")
    with pytest.raises(BrokenExamples) as broken:
        read_sentences(tmp_path)
    where = {(problem.file, problem.line) for problem in broken.value.problems}
    assert {("a.yaml", 4), ("a.yaml", 5), ("b.yaml", 1), ("c.yaml", 2), ("c.yaml", 4)} <= where


def test_the_seats_own_examples_are_whole() -> None:
    sentences = read_sentences()
    assert {sentence.intents[0] for sentence in sentences} == set(Intent)
    assert all("[" not in sentence.text for sentence in sentences)


@given(st.text())
def test_any_text_is_read_or_refused_with_words(said: str) -> None:
    try:
        text, marks = parse_marks(said)
    except ValueError as refused:
        assert str(refused)
    else:
        assert all(0 <= mark.start < mark.end <= len(text) for mark in marks)
