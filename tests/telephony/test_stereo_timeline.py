"""Both sides on one clock: gaps, overlaps, jitter, cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.stereo_timeline import BLOCK_FRAMES, Side, StereoTimeline


def sound(ms: float, value: int = 1) -> bytes:
    return np.full(round(ms * 8), value, dtype="<i2").tobytes()


def whole(timeline: StereoTimeline) -> np.ndarray:
    """Everything placed, as one stereo array."""
    track = np.zeros((timeline.end, 2), dtype=np.int16)
    for at, block in timeline.ready(everything=True):
        assert 0 < len(block) <= BLOCK_FRAMES
        track[at : at + len(block)] = block
    return track


def test_each_side_lies_at_its_time() -> None:
    timeline = StereoTimeline()
    timeline.place("caller", sound(100, 1), 0)
    timeline.place("seat", sound(100, 2), 300)
    timeline.place("caller", sound(50, 3), 500)
    track = whole(timeline)
    assert len(track) == 550 * 8
    assert track[:800, 0].all() and not track[800:4000, 0].any() and (track[4000:, 0] == 3).all()
    assert not track[:2400, 1].any() and (track[2400:3200, 1] == 2).all() and not track[3200:, 1].any()


def test_jitter_leaves_no_seam_and_drift_is_put_right() -> None:
    timeline = StereoTimeline(slack_ms=60)
    for n, jitter in enumerate([0, 15, -10, 40, 0]):
        timeline.place("caller", sound(20), n * 20 + jitter)
    assert whole(timeline)[:, 0].tolist() == [1] * 800
    timeline.place("caller", sound(20), 161)
    track = whole(timeline)
    assert np.flatnonzero(track[:, 0])[0] == 161 * 8


def test_an_overlap_is_clipped() -> None:
    timeline = StereoTimeline()
    timeline.place("seat", sound(200, 1), 0)
    timeline.place("seat", sound(200, 2), 100)
    timeline.place("seat", sound(20, 3), 0)
    track = whole(timeline)
    assert track[:, 1].tolist() == [1] * 1600 + [2] * 800


def test_a_block_is_given_when_settled_and_a_cut_before_that_holds() -> None:
    timeline = StereoTimeline(settle_ms=300)
    timeline.place("seat", sound(2000, 2), 0)
    assert list(timeline.ready()) == []
    for n in range(40):
        timeline.place("caller", sound(20, 1), n * 20)
    given = list(timeline.ready())
    assert [(at, len(block)) for at, block in given] == [(0, 1600), (1600, 1600)]
    timeline.cut("seat", 600)
    timeline.cut("seat", 0)  # what was given stays
    assert timeline.end == 800 * 8
    rest = list(timeline.ready(everything=True))
    assert rest[0][0] == 3200
    assert not any(block[:, 1].any() for _, block in rest)


def test_a_long_silence_costs_nothing() -> None:
    timeline = StereoTimeline()
    timeline.place("caller", sound(20), 0)
    timeline.place("caller", sound(20), 3_500_000)
    assert sum(len(block) for _, block in timeline.ready(everything=True)) < 2 * BLOCK_FRAMES


def test_the_seat_alone_moves_the_clock_after_a_while() -> None:
    timeline = StereoTimeline(ahead_ms=1000)
    for n in range(200):
        timeline.place("seat", sound(20), n * 20)
    assert sum(len(block) for _, block in timeline.ready()) >= 2 * 8000


@pytest.mark.parametrize("at", [-1, float("nan"), float("inf"), 3_600_001])
def test_an_impossible_time_is_refused(at: float) -> None:
    with pytest.raises(ValueError, match="at_ms"):
        StereoTimeline().place("caller", sound(20), at)


Pieces = st.lists(
    st.tuples(st.sampled_from(["caller", "seat"]), st.integers(0, 3000), st.integers(0, 400)), max_size=30
)


@given(Pieces)
def test_blocks_follow_each_other_and_nothing_is_heard_twice(pieces: list[tuple[Side, int, int]]) -> None:
    timeline = StereoTimeline()
    placed = dict.fromkeys(("caller", "seat"), 0)
    blocks: list[tuple[int, np.ndarray]] = []
    for side, at, length in pieces:
        timeline.place(side, sound(length), at)
        placed[side] += length * 8
        blocks += timeline.ready()
    blocks += timeline.ready(everything=True)
    end = 0
    for at, block in blocks:
        assert at >= end
        end = at + len(block)
    assert end <= timeline.end
    for column, side in enumerate(("caller", "seat")):
        assert sum(int(block[:, column].sum()) for _, block in blocks) <= placed[side]
