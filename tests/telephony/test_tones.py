"""Keypad tones hold the two frequencies of their key."""

from __future__ import annotations

import numpy as np
import pytest

from telephony.tones import KEYS, key_tones

PAIRS = {
    "1": (697, 1209),
    "5": (770, 1336),
    "9": (852, 1477),
    "0": (941, 1336),
    "*": (941, 1209),
    "#": (941, 1477),
}


@pytest.mark.parametrize(("key", "pair"), PAIRS.items())
def test_two_tones(key: str, pair: tuple[int, int]) -> None:
    tone = np.frombuffer(key_tones(key, tone_ms=1000, gap_ms=0), dtype="<i2")
    strongest = np.argsort(np.abs(np.fft.rfft(tone)))[-2:]
    assert sorted(strongest.tolist()) == list(pair)


def test_length_and_gap() -> None:
    sound = np.frombuffer(key_tones("12#"), dtype="<i2")
    assert len(sound) == 3 * 1600
    assert not sound[800:1600].any()


def test_only_keys() -> None:
    assert len(KEYS) == 12
    assert key_tones("") == b""
    with pytest.raises(ValueError, match="not on a keypad: A"):
        key_tones("1A")
