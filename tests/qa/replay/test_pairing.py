"""Turns are the same when they were spoken at the same time."""

from __future__ import annotations

from collections.abc import Sequence

import data.events as ev
from data.understanding import Understanding
from qa.replay.exchanges import Exchange, exchanges
from qa.replay.pairing import with_turns

Events = Sequence[ev.CallEvent]


def words(turn: int, start: int, end: int, text: str = "好", at: int | None = None) -> ev.WordsHeard:
    return ev.WordsHeard(
        turn=turn,
        text=text,
        confidence=1.0,
        start_ms=start,
        end_ms=end,
        at=end + 700 if at is None else at,
        understanding=Understanding(text=text),
    )


def inputs(recorded: Sequence[Exchange]) -> list[tuple[str, int | None]]:
    return [
        (each.input.type, each.input.turn if isinstance(each.input, ev.WordsHeard) else None)
        for each in recorded
        if not each.lost
    ]


def test_a_turn_takes_the_number_and_the_moment_of_the_one_it_is() -> None:
    recorded = (Exchange(words(7, 1000, 2000)),)
    again = with_turns(recorded, [words(1, 1050, 2040, "好的", at=9999)])
    [exchange] = again.recorded
    assert isinstance(exchange.input, ev.WordsHeard)
    assert (exchange.input.turn, exchange.input.at, exchange.input.text) == (7, 2700, "好的")
    assert not again.cut_otherwise


def test_of_two_halves_the_longer_is_the_turn_and_the_other_is_extra() -> None:
    recorded = (Exchange(words(1, 1000, 3000)), Exchange(words(2, 9000, 9500)))
    again = with_turns(recorded, [words(1, 1000, 1600), words(2, 1700, 3000), words(3, 9000, 9500)])
    assert again.extra == (3,) and again.moved == (1,) and not again.lost
    assert [turn for _, turn in inputs(again.recorded)] == [3, 1, 2]
    assert again.cut(1) and again.cut(3) and not again.cut(2)


def test_a_turn_that_was_not_heard_stays_as_lost() -> None:
    again = with_turns((Exchange(words(1, 1000, 3000)),), [])
    assert again.lost == (1,) and again.recorded[0].lost


def test_a_silence_is_the_same_silence_a_moment_later() -> None:
    recorded = (Exchange(ev.SilenceHeard(at=8000)),)
    assert not with_turns(recorded, [ev.SilenceHeard(at=8060)]).cut_otherwise
    assert with_turns(recorded, [ev.SilenceHeard(at=12_000)]).quiet == 1
    assert with_turns(recorded, [words(1, 7000, 7900)]).quiet == 1, "a voice is no silence"


def test_words_heard_as_noise_are_the_same_turn_cut_otherwise() -> None:
    again = with_turns((Exchange(words(4, 6500, 7500, at=8000)),), [ev.NoiseHeard(turn=9, at=8000)])
    assert again.moved == (4,) and isinstance(again.recorded[0].input, ev.NoiseHeard)


def test_what_the_caller_did_not_speak_stays(complaint: Events) -> None:
    recorded = exchanges(complaint)
    again = with_turns(recorded, [])
    kept = [each.input for each in again.recorded if not each.lost]
    assert kept == [each.input for each in recorded if not isinstance(each.input, ev.WordsHeard)]
