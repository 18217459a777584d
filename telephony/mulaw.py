"""G.711 µ-law, by table: the sound of the telephone network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: µ-law byte of digital silence.
SILENCE = 0xFF

_BIAS = 33  # of the 14-bit scale G.711 is defined on
_CLIP = 8159
_SEGMENT_ENDS = (0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF)


def _decode_table() -> npt.NDArray[np.int16]:
    """The 256 int16 values of the µ-law bytes."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    segment, step = (code >> 4) & 7, code & 0xF
    size = (((step << 3) + (_BIAS << 2)) << segment) - (_BIAS << 2)
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _encode_table() -> npt.NDArray[np.uint8]:
    """The µ-law byte of every 16-bit sample, indexed by the sample's two's-complement bits."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    mask = np.where(sample < 0, 0x7F, 0xFF)
    size = np.minimum(np.abs(sample), _CLIP) + _BIAS
    segment = np.searchsorted(np.array(_SEGMENT_ENDS), size)
    code = (segment << 4) | ((size >> (segment + 1)) & 0xF)
    code = np.where(segment >= 8, 0x7F, code)
    return (code ^ mask).astype(np.uint8)


_DECODE = _decode_table()
_ENCODE = _encode_table()


def decode(ulaw: bytes) -> bytes:
    """int16 little-endian PCM of µ-law bytes: two bytes out for each byte in. Any length."""
    return _DECODE[np.frombuffer(ulaw, dtype=np.uint8)].astype("<i2").tobytes()


def encode(pcm: bytes) -> bytes:
    """µ-law of int16 little-endian PCM: one byte out for two in.

    Raises ValueError on an odd number of bytes: half a sample was lost on the way.
    """
    if len(pcm) % 2:
        raise ValueError(f"PCM of {len(pcm)} bytes is not whole 16-bit samples; send an even number of bytes")
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int16)
    return _ENCODE[samples.view(np.uint16)].tobytes()
