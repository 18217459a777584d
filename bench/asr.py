"""How well and how soon the seat hears, beside faster-whisper's own `transcribe`.

Both engines hear the same clips, one after the other within the same run, through the same codec, with
the same weights (int8). The seat hears through its streaming path: the clip is fed in 32 ms frames with
the VAD's verdicts, its last second at the pace of speech while partial decodes run. Times count from the
clip's last sample to the final words: the seat gets no head start from the silence at a clip's end, which
in a call it uses to decode ahead.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypedDict

import numpy as np
from faster_whisper import WhisperModel

from bench.codec import Codec, load
from bench.manifest import Clip, read
from models.hanzi import cer_of
from models.pool import ModelPool
from models.protocols import LINE_RATE, Hint, Pcm
from models.resample import for_model
from models.streaming import WhisperRecogniser
from models.vad import SileroVad
from models.whisper import WhisperEngine

ENGINES = ("seat", "faster-whisper")
_VOICE = 0.5
_REAL_TIME_TAIL = 1.0


class CorpusScore(TypedDict):
    """The error rate on one corpus."""

    cer: float
    n: int


class EngineScore(TypedDict):
    """What one engine made of all clips; seconds from the last sample to the words."""

    cer: float
    seconds_p50: float
    seconds_p95: float
    by_corpus: dict[str, CorpusScore]


class AsrReport(TypedDict):
    """What `smartseat asr eval --json` prints."""

    engines: dict[str, EngineScore]
    n: int
    codec: str


class _Ear(Protocol):
    async def hear(self, pcm: Pcm) -> tuple[str, float]:
        """What was heard and how long after the last sample it was there, in seconds."""

    def close(self) -> None: ...


class _Seat:
    def __init__(self, folder: Path) -> None:
        self._pool = ModelPool()
        self._recogniser = WhisperRecogniser(WhisperEngine(folder, workers=self._pool.workers), self._pool)

    async def hear(self, pcm: Pcm) -> tuple[str, float]:
        vad, hearing = SileroVad(), self._recogniser.open(Hint())
        size = vad.frame_samples
        live = len(pcm) - int(_REAL_TIME_TAIL * LINE_RATE)
        clock = asyncio.get_running_loop()
        began = clock.time()
        for start in range(0, len(pcm) - size + 1, size):
            frame = pcm[start : start + size]
            hearing.feed(frame, voiced=vad.probability(frame) > _VOICE)
            if start + size > live:
                due = began + (start + size - max(0, live)) / LINE_RATE
                await asyncio.sleep(max(0.0, due - clock.time()))
            else:
                began = clock.time()
        end = time.perf_counter()
        words = await hearing.final()
        return words.text, time.perf_counter() - end

    def close(self) -> None:
        self._pool.close()


class _FasterWhisper:
    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8")

    async def hear(self, pcm: Pcm) -> tuple[str, float]:
        end = time.perf_counter()
        segments, _ = self._model.transcribe(for_model(pcm), language="zh")
        text = "".join(segment.text for segment in segments)
        return text, time.perf_counter() - end

    def close(self) -> None:
        """Nothing to stop."""


_EARS: dict[str, Callable[[Path], _Ear]] = {"seat": _Seat, "faster-whisper": _FasterWhisper}


def default_model() -> Path:
    """The recogniser's folder under SMARTSEAT_HOME (./var where unset)."""
    return Path(os.environ.get("SMARTSEAT_HOME", "var")) / "models" / "whisper-base"


def run(
    manifest_path: Path,
    engines: Sequence[str] = ENGINES,
    codec: Codec = "pcmu",
    limit: int | None = None,
    *,
    model: Path | None = None,
    seconds: tuple[float, float] | None = None,
) -> AsrReport:
    """Hear the clips of a manifest with each engine.

    limit: the first so many clips; model: a CTranslate2 Whisper folder; seconds: only clips this long.
    Raises BadManifest, ModelMissing, and KeyError for an engine not in ENGINES.
    """
    clips = list(_chosen(read(manifest_path), codec, seconds, limit))
    folder = model or default_model()
    ears: dict[str, _Ear] = {name: _EARS[name](folder) for name in engines}
    try:
        heard = asyncio.run(_hear_all(clips, ears))
    finally:
        for ear in ears.values():
            ear.close()
    return {
        "engines": {name: _score([clip for clip, _ in clips], heard[name]) for name in engines},
        "n": len(clips),
        "codec": codec,
    }


def _chosen(
    clips: Iterable[Clip], codec: Codec, seconds: tuple[float, float] | None, limit: int | None
) -> Iterable[tuple[Clip, Pcm]]:
    count = 0
    for clip in clips:
        if limit is not None and count >= limit:
            return
        pcm = load(clip.audio, codec)
        if seconds is None or seconds[0] <= len(pcm) / LINE_RATE <= seconds[1]:
            count += 1
            yield clip, pcm


async def _hear_all(
    clips: Sequence[tuple[Clip, Pcm]], ears: dict[str, _Ear]
) -> dict[str, list[tuple[str, float]]]:
    heard: dict[str, list[tuple[str, float]]] = {name: [] for name in ears}
    for ear in ears.values():  # the first decode of a process is slower than any other
        await ear.hear(np.zeros(LINE_RATE, dtype=np.int16))
    for _, pcm in clips:
        for name, ear in ears.items():
            heard[name].append(await ear.hear(pcm))
    return heard


def _score(clips: Sequence[Clip], heard: Sequence[tuple[str, float]]) -> EngineScore:
    times = [seconds for _, seconds in heard]
    pairs: dict[str, list[tuple[str, str]]] = {}
    for clip, (text, _) in zip(clips, heard, strict=True):
        pairs.setdefault(clip.corpus, []).append((clip.text, text))
    return {
        "cer": round(cer_of(pair for corpus in pairs.values() for pair in corpus), 4),
        "seconds_p50": round(float(np.percentile(times, 50)), 3) if times else 0.0,
        "seconds_p95": round(float(np.percentile(times, 95)), 3) if times else 0.0,
        "by_corpus": {
            name: {"cer": round(cer_of(corpus), 4), "n": len(corpus)} for name, corpus in pairs.items()
        },
    }
