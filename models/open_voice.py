"""The voice as the settings ask for it, from what is installed and fetched."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from models.espeak import EspeakEngine
from models.kokoro import KokoroEngine
from models.manifest import require
from models.prompt_cache import PromptCache
from models.protocols import ModelMissing, SpeechFailed
from models.voice import Engine, Runner, Voice

_log = logging.getLogger(__name__)

EngineName = Literal["kokoro", "espeak"]


def open_kokoro(home: Path, *, voice: str = "zf_xiaoxiao", threads: int = 2) -> KokoroEngine:
    """Kokoro with the weights under `home`. Raises ModelMissing, which names the cure."""
    onnx = require(home, "kokoro-82m") / "kokoro-v1.0.int8.onnx"
    return KokoroEngine(onnx, require(home, "kokoro-voices-zh"), threads, voice)


def open_voice(
    home: Path,
    runner: Runner,
    *,
    prefer: EngineName = "kokoro",
    voice: str = "zf_xiaoxiao",
    threads: int = 2,
) -> Voice:
    """The preferred engine first, the other as its spare. Raises SpeechFailed when neither can be had.

    Reads model files: call it at start-up, off the event loop.
    """
    engines: list[Engine] = []
    reasons: list[str] = []
    try:
        engines.append(open_kokoro(home, voice=voice, threads=threads))
    except ModelMissing as missing:
        reasons.append(f"kokoro: {missing}")
    if reason := EspeakEngine.unavailable():
        reasons.append(f"espeak: {reason}")
    else:
        engines.append(EspeakEngine())
    if not engines:
        raise SpeechFailed("; ".join(reasons))
    for absent in reasons:
        _log.warning("a voice is not available: %s", absent)
    engines.sort(key=lambda engine: engine.name != prefer)
    return Voice(engines, runner, PromptCache(home / "cache" / "speech"))
