"""What a telephone line does to audio: 8 kHz and µ-law (G.711), there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from models.protocols import Pcm
from models.resample import for_line
from telephony import mulaw

Codec = Literal["pcmu", "none"]


def through(codec: Codec, pcm: Pcm) -> Pcm:
    """`pcm` as it arrives at the other end of a line with `codec`."""
    if codec == "none":
        return pcm
    return np.frombuffer(mulaw.decode(mulaw.encode(pcm.astype("<i2").tobytes())), dtype="<i2").astype(
        np.int16
    )


def load(path: Path, codec: Codec) -> Pcm:
    """The first channel of a sound file as line audio (int16, 8 kHz) that went through `codec`."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return through(codec, for_line(samples[:, 0], rate))
