from __future__ import annotations

from pathlib import Path

import pytest

import dialogs
from bench.spoken_nlu import expected_words, speakable, spread, without_repair
from data.understanding import Finding, Understanding
from data.vocabulary import Slot
from dialogs.loader import load
from nlu.evaluation.rows import Utterance


def rows(*texts: str) -> list[Utterance]:
    return [Utterance(line=number, text=text) for number, text in enumerate(texts, 1)]


def test_only_words_are_spoken() -> None:
    assert [row.text for row in speakable(rows("好", "（沉默）", "……", "OK", "嗯。"))] == ["好", "嗯。"]


@pytest.mark.parametrize(
    ("count", "lines"), [(1, [1]), (2, [1, 3]), (5, [1, 2, 3, 4, 5]), (9, [1, 2, 3, 4, 5])]
)
def test_a_part_is_spread_over_all(count: int, lines: list[int]) -> None:
    assert [row.line for row in spread(rows(*"一二三四五"), count)] == lines


def test_without_repair_what_was_read_stays() -> None:
    read, guessed = (
        Finding(slot=slot, value="甲", heard="甲", span=(0, 1), method=method)
        for slot, method in ((Slot.SHOP, "pattern"), (Slot.PLATFORM, "sound_alike"))
    )
    understanding = Understanding(text="甲", findings=(read, guessed))
    assert without_repair(understanding).findings == (read,)


def test_the_steps_of_the_script_say_what_they_expect() -> None:
    words = expected_words(load(Path(dialogs.__path__[0]) / "scripts" / "12315"))
    assert words[Slot.PLATFORM] == ("@platforms",)
    assert Slot.PHONE not in words
