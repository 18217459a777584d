from __future__ import annotations

import pytest

import data.events as ev
from data.audio_times import span_times
from data.understanding import Understanding

from .conftest import words


def plain(text: str, *heard: tuple[str, int, int]) -> ev.WordsHeard:
    return ev.WordsHeard(
        turn=1,
        text=text,
        words=tuple(
            ev.HeardWord(text=word, start_ms=start, end_ms=end, confidence=1) for word, start, end in heard
        ),
        confidence=1,
        start_ms=1000,
        end_ms=3000,
        understanding=Understanding(text=text),
    )


def test_one_word_a_character() -> None:
    heard = words(1, "在拼多多买的", 10_000)  # begins at 8800, 200 ms each
    assert span_times(heard, (1, 4)) == (9000, 9600)
    assert span_times(heard, (0, 6)) == (8800, 10_000)


def test_inside_a_word_it_is_proportional() -> None:
    heard = plain("拼多多，羽绒服", ("拼多多", 1000, 1600), ("羽绒服", 2400, 3000))
    assert span_times(heard, (0, 3)) == (1000, 1600)
    assert span_times(heard, (1, 2)) == (1200, 1400)
    assert span_times(heard, (3, 4)) == (1600, 2400)
    assert span_times(heard, (4, 7)) == (2400, 3000)


def test_normalised_figures_take_the_time_between_their_neighbours() -> None:
    heard = plain("付了399元", ("付了", 1000, 1400), ("三百九十九", 1400, 2600), ("元", 2600, 3000))
    assert span_times(heard, (2, 5)) == (1400, 2600)


def test_without_words_it_is_proportional_in_the_turn() -> None:
    assert span_times(plain("一二三四"), (1, 3)) == (1500, 2500)


@pytest.mark.parametrize("span", [None, (0, 4), (-5, 99)])
def test_the_whole_turn(span: tuple[int, int] | None) -> None:
    assert span_times(plain("一二三四"), span) == (1000, 3000)


def test_nothing_said_and_times_that_run_backwards() -> None:
    assert span_times(plain(""), (0, 3)) == (1000, 3000)
    start, end = span_times(plain("一二", ("一", 2000, 1500), ("二", 1000, 1200)), (0, 2))
    assert start <= end
