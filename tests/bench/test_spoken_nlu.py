from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import dialogs
from bench.spoken_nlu import expected_words, speakable, spread, without_repair
from data.understanding import Asked
from data.vocabulary import Listen, Slot
from dialogs.loader import load
from models.protocols import Hypothesis, Words
from nlu.evaluation.rows import Utterance
from nlu.understander import Understander

TODAY = date(2026, 11, 24)


def rows(*texts: str) -> list[Utterance]:
    return [Utterance(line=number, text=text) for number, text in enumerate(texts, 1)]


def test_only_words_are_spoken() -> None:
    assert [row.text for row in speakable(rows("好", "（沉默）", "……", "OK", "嗯。"))] == ["好", "嗯。"]


@pytest.mark.parametrize(
    ("count", "lines"), [(1, [1]), (2, [1, 3]), (5, [1, 2, 3, 4, 5]), (9, [1, 2, 3, 4, 5])]
)
def test_a_part_is_spread_over_all(count: int, lines: list[int]) -> None:
    assert [row.line for row in spread(rows(*"一二三四五"), count)] == lines


def test_without_repair_words_are_taken_as_they_stand() -> None:
    """A platform by its sound is found, and is left out where repair is off; one by its name stays."""
    reader, asked = Understander(), Asked(slot=Slot.PLATFORM, listen=Listen.SHORT)
    for text, repaired, plain in (("平多多", True, False), ("拼多多", True, True)):
        row = Utterance(line=1, text="拼多多", asked=asked)
        words = Words(text, (), 0.5, (Hypothesis(text, -0.9, False),), 1.0)
        meant = reader.understand(text, asked=asked, today=TODAY, confidence=0.5)
        unrepaired = without_repair(row, words, reader, TODAY).understanding
        assert (meant.find(Slot.PLATFORM) is not None, unrepaired.find(Slot.PLATFORM) is not None) == (
            repaired,
            plain,
        )


def test_the_steps_of_the_script_say_what_they_expect() -> None:
    words = expected_words(load(Path(dialogs.__path__[0]) / "scripts" / "12315"))
    assert words[Slot.PLATFORM] == ("@platforms",)
    assert Slot.PHONE not in words
