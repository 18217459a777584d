"""Smart-turn v3.2: does this sound like someone who has finished?"""

from __future__ import annotations

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from models.pool import ModelPool, Priority
from models.protocols import LINE_RATE, Pcm
from models.resample import MODEL_RATE, for_model
from models.wheel_data import one_thread_session, wheel_file

#: Seconds the model looks back.
WINDOW = 8


class SmartTurn:
    """Judges the end of a turn from the last eight seconds of sound; shared by all calls."""

    def __init__(self, pool: ModelPool) -> None:
        """Raises ModelMissing when the weights are not installed."""
        self._pool = pool
        self._session = one_thread_session(
            wheel_file("pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx")
        )
        self._mel = FeatureExtractor(chunk_length=WINDOW)

    async def probability(self, pcm: Pcm) -> float:
        """0..1 that the speaker of `pcm` (8 kHz, any length) has finished."""
        return await self._pool.run(Priority.FINAL, self.judge, pcm)

    def judge(self, pcm: Pcm) -> float:
        """As `probability`, on the caller's thread."""
        samples = for_model(pcm[-WINDOW * LINE_RATE :])
        samples = np.pad(samples, (WINDOW * MODEL_RATE - len(samples), 0))
        samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        mel = self._mel(samples.astype(np.float32), padding=0)[None, :, : WINDOW * 100]
        (probability,) = self._session.run(None, {"input_features": mel.astype(np.float32)})
        return float(np.ravel(probability)[0])
