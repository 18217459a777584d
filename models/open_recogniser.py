"""The recogniser and the encoder as the settings ask for them, from what has been fetched."""

from __future__ import annotations

from pathlib import Path

from models.manifest import require
from models.pool import ModelPool
from models.protocols import ModelMissing
from models.streaming import WhisperRecogniser
from models.whisper import WhisperEngine


def open_recogniser(
    home: Path, pool: ModelPool, *, folder: Path | None = None, looks: bool = True
) -> WhisperRecogniser:
    """Whisper under `home`, or any CTranslate2 Whisper `folder`. Raises ModelMissing, which names the cure.

    looks: whether running words are looked at (models.streaming); a replay does without.
    """
    weights = folder or require(home, "whisper-base")
    if not (weights / "model.bin").is_file():
        raise ModelMissing(f"no model.bin in {weights}; give a CTranslate2 Whisper folder")
    return WhisperRecogniser(WhisperEngine(weights, workers=pool.workers), pool, looks=looks)
