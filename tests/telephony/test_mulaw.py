"""µ-law against the standard library's codec, value by value."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import mulaw

ALL_SAMPLES = np.arange(-32768, 32768).astype("<i2").tobytes()
ALL_CODES = bytes(range(256))


def test_is_the_standard_librarys_codec_for_every_value() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop", reason="gone from Python 3.13 on")
    assert mulaw.encode(ALL_SAMPLES) == audioop.lin2ulaw(ALL_SAMPLES, 2)
    assert mulaw.decode(ALL_CODES) == audioop.ulaw2lin(ALL_CODES, 2)


@pytest.mark.parametrize(
    ("sample", "code"), [(0, 0xFF), (-1, 0x7E), (32767, 0x80), (-32768, 0x00), (1000, 0xCE), (-1000, 0x4E)]
)
def test_known_codes(sample: int, code: int) -> None:
    assert mulaw.encode(sample.to_bytes(2, "little", signed=True)) == bytes([code])


def test_known_samples() -> None:
    decoded = np.frombuffer(mulaw.decode(bytes([0x00, 0x80, 0xFF, 0x7F])), dtype="<i2")
    assert decoded.tolist() == [-32124, 32124, 0, 0]


@given(st.binary(max_size=400))
def test_a_code_survives_the_way_there_and_back(codes: bytes) -> None:
    # 0x7F is a second zero; it comes back as the first.
    assert mulaw.encode(mulaw.decode(codes)) == codes.replace(b"\x7f", b"\xff")


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_the_error_is_small_beside_the_sample(samples: list[int]) -> None:
    pcm = np.array(samples, dtype="<i2")
    back = np.frombuffer(mulaw.decode(mulaw.encode(pcm.tobytes())), dtype="<i2").astype(int)
    # Half a step of its segment, and the two bits G.711's 14-bit scale has not.
    assert np.all(np.abs(back - pcm.astype(int)) <= (np.abs(pcm.astype(int)) + 132) / 32 + 4)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="even number"):
        mulaw.encode(b"\x00\x01\x02")


def test_nothing_gives_nothing() -> None:
    assert mulaw.encode(b"") == mulaw.decode(b"") == b""
