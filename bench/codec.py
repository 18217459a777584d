"""What a telephone line does to audio: 8 kHz and µ-law (G.711), there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.protocols import Pcm
from models.resample import for_line

Codec = Literal["pcmu", "none"]

_BIAS = 132
_CLIP = 32635


def mulaw_encode(pcm: Pcm) -> NDArray[np.uint8]:
    """G.711 µ-law bytes of int16 samples."""
    wide = pcm.astype(np.int32)
    sign = np.where(wide < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(wide), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


def mulaw_decode(code: NDArray[np.uint8]) -> Pcm:
    """int16 samples of G.711 µ-law bytes."""
    bits = ~code.astype(np.int32) & 0xFF
    magnitude = ((((bits & 0x0F) << 3) + _BIAS) << ((bits >> 4) & 0x07)) - _BIAS
    return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int16)


def through(codec: Codec, pcm: Pcm) -> Pcm:
    """`pcm` as it arrives at the other end of a line with `codec`."""
    return mulaw_decode(mulaw_encode(pcm)) if codec == "pcmu" else pcm


def load(path: Path, codec: Codec) -> Pcm:
    """The first channel of a sound file as line audio (int16, 8 kHz) that went through `codec`."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return through(codec, for_line(samples[:, 0], rate))
