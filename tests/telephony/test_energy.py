"""The rule that says what is sound."""

from __future__ import annotations

import numpy as np
import pytest

from telephony.energy import SoundRule, active_spans, frame_dbfs


def level(dbfs: float, seconds: float, rate: int = 8000) -> np.ndarray:
    """A square wave of exactly this RMS."""
    wave = np.ones(round(rate * seconds))
    wave[1::2] = -1
    return (wave * 32768 * 10 ** (dbfs / 20)).round().clip(-32768, 32767).astype(np.int16)


def silence(seconds: float, rate: int = 8000) -> np.ndarray:
    return np.zeros(round(rate * seconds), dtype=np.int16)


def test_a_full_square_wave_is_0_dbfs_and_nothing_is_minus_infinity() -> None:
    levels = frame_dbfs(np.concatenate([level(0, 0.02), silence(0.02)]), 8000)
    assert levels[0] == pytest.approx(0, abs=0.01)
    assert levels[1] == -np.inf


@pytest.mark.parametrize(("dbfs", "sound"), [(-44, True), (-46, False), (-3, True)])
def test_the_threshold(dbfs: float, sound: bool) -> None:
    assert bool(active_spans(level(dbfs, 0.1), 8000)) is sound


@pytest.mark.parametrize("rate", [8000, 16000, 24000])
def test_spans_in_seconds_at_any_rate(rate: int) -> None:
    track = np.concatenate(
        [silence(0.5, rate), level(-20, 0.3, rate), silence(0.4, rate), level(-20, 0.1, rate)]
    )
    assert active_spans(track, rate) == [(0.5, 0.8), (1.2, 1.3)]


@pytest.mark.parametrize(("pause", "spans"), [(0.18, 1), (0.2, 2)])
def test_pauses_under_200_ms_are_part_of_the_sound(pause: float, spans: int) -> None:
    track = np.concatenate([level(-20, 0.1), silence(pause), level(-20, 0.1)])
    assert len(active_spans(track, 8000)) == spans


def test_a_rule_of_ones_own() -> None:
    track = np.concatenate([level(-20, 0.02), silence(0.3), level(-20, 0.1)])
    assert active_spans(track, 8000, SoundRule(min_ms=40)) == [(0.32, 0.42)]
    assert active_spans(track, 8000, SoundRule(threshold_dbfs=-10)) == []
    assert len(active_spans(track, 8000, SoundRule(merge_ms=0))) == 2


def test_short_tracks() -> None:
    assert active_spans(silence(0), 8000) == []
    assert active_spans(level(-20, 0.03), 8000) == [(0.0, 0.03)]


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        active_spans(np.zeros((10, 2), dtype=np.int16), 8000)
    with pytest.raises(ValueError, match="no sample"):
        active_spans(silence(0.1), 10)
    with pytest.raises(ValueError, match="frame_ms"):
        SoundRule(frame_ms=0)
