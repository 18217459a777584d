"""Silero VAD at telephone rate: is there a voice in this 32 ms?"""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime

from models.protocols import LINE_RATE, Pcm
from models.wheel_data import one_thread_session, wheel_file

_FRAME = 256
_CONTEXT = 32
#: Silence and noise carried along in the network's state make it deaf to the voice that follows
#: (strongly at 8 kHz), so the state is cleared every so often, but only well away from speech.
_RESET_FRAMES = 2 * LINE_RATE // _FRAME
_QUIET = 0.1
_QUIET_FRAMES = 5


class SileroVad:
    """Voice activity of one call; the network is shared, its state is not."""

    frame_samples = _FRAME

    def __init__(self) -> None:
        """Raises ModelMissing when the weights are not installed."""
        self._session = _session()
        self._rate = np.array(LINE_RATE, dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far (a new call, or the line was held)."""
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context = np.zeros((1, _CONTEXT), dtype=np.float32)
        self._since_reset = 0
        self._quiet = 0

    def probability(self, frame: Pcm) -> float:
        """0..1 that `frame` (256 samples at 8 kHz) holds a voice; about 0.2 ms. Raises ValueError."""
        if frame.shape != (_FRAME,):
            raise ValueError(f"a frame is {_FRAME} samples, not {frame.shape}")
        samples = frame.astype(np.float32)[None] / 32768.0
        heard = np.concatenate((self._context, samples), axis=1)
        probability, self._state = self._session.run(
            None, {"input": heard, "state": self._state, "sr": self._rate}
        )
        self._context = samples[:, -_CONTEXT:]
        verdict = float(probability[0, 0])
        self._forget_noise(verdict)
        return verdict

    def _forget_noise(self, verdict: float) -> None:
        self._since_reset += 1
        self._quiet = self._quiet + 1 if verdict < _QUIET else 0
        if self._since_reset >= _RESET_FRAMES and self._quiet >= _QUIET_FRAMES:
            self.reset()


@cache
def _session() -> onnxruntime.InferenceSession:
    return one_thread_session(wheel_file("pipecat", "audio/vad/data/silero_vad.onnx"))
