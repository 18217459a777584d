"""The play-out buffer: what sounds when, and when a mark is reached."""

from __future__ import annotations

import numpy as np

from telephony.playout import PACKET, PlayOut


def sound(packets: float, value: int = 1) -> np.ndarray:
    return np.full(round(PACKET * packets), value, dtype=np.int16)


def play(buffer: PlayOut, packets: int) -> tuple[list[tuple[int, str]], np.ndarray]:
    marks: list[tuple[int, str]] = []
    track = []
    for n in range(packets):
        reached, samples = buffer.next_packet()
        marks += [(n, name) for name in reached]
        track.append(samples)
    return marks, np.concatenate(track)


def test_sound_keeps_its_samples_and_marks_come_when_it_has_played() -> None:
    buffer = PlayOut(prebuffer_ms=0)
    buffer.mark("first")
    buffer.add(sound(1.5, 1))
    buffer.mark("middle")
    buffer.add(sound(1.5, 2))
    buffer.mark("end")
    marks, track = play(buffer, 5)
    assert marks == [(0, "first"), (2, "middle"), (3, "end")]
    assert track.tolist() == [*sound(1.5, 1), *sound(1.5, 2), *sound(2, 0)]


def test_a_prebuffer_waits_for_enough_but_not_for_ever() -> None:
    buffer = PlayOut(prebuffer_ms=40)
    buffer.add(sound(1))
    _, track = play(buffer, 4)
    assert np.flatnonzero(track)[0] == 2 * PACKET
    buffer.add(sound(2))
    _, track = play(buffer, 2)
    assert np.flatnonzero(track)[0] == 0


def test_clear_drops_sound_and_gives_its_marks_back() -> None:
    buffer = PlayOut(prebuffer_ms=0)
    buffer.add(sound(3))
    buffer.mark("a")
    buffer.mark("b")
    play(buffer, 1)
    assert buffer.clear() == ["a", "b"]
    marks, track = play(buffer, 2)
    assert marks == []
    assert not track.any()


def test_holes_are_counted_and_pauses_are_not() -> None:
    buffer = PlayOut(prebuffer_ms=0)
    for pause in (2, 30):
        buffer.add(sound(2))
        play(buffer, 2 + pause)
    buffer.add(sound(2))
    play(buffer, 2)
    assert buffer.underruns == 1
