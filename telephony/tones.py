"""Keypad tones as sound, for lines whose protocol carries audio only (ITU-T Q.23)."""

from __future__ import annotations

import numpy as np

from telephony.call import LINE_RATE

_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477)
_KEYS = ("123", "456", "789", "*0#")
_PAIRS = {
    key: (low, high)
    for row, low in zip(_KEYS, _LOW, strict=True)
    for key, high in zip(row, _HIGH, strict=True)
}

KEYS = frozenset(_PAIRS)


def key_tones(digits: str, *, tone_ms: int = 100, gap_ms: int = 100) -> bytes:
    """int16 PCM at LINE_RATE: each key sounds for tone_ms, then gap_ms of silence.

    Raises ValueError if a character is not on a keypad.
    """
    wrong = sorted(set(digits) - KEYS)
    if wrong:
        raise ValueError(f"not on a keypad: {' '.join(wrong)}; keys are 0-9, * and #")
    time = np.arange(LINE_RATE * tone_ms // 1000) / LINE_RATE
    gap = bytes(2 * (LINE_RATE * gap_ms // 1000))
    out = bytearray()
    for digit in digits:
        low, high = _PAIRS[digit]
        wave = 8000.0 * (np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
        out += wave.astype("<i2").tobytes() + gap
    return bytes(out)
