"""How long a caller waits, and how that splits: reply gaps of spoken calls, and end of speech to final words,
beside faster-whisper's own `transcribe` on the same clips in the same run."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TypedDict

import soundfile

from bench.asr import AsrReport
from bench.asr import run as run_asr
from models.protocols import LINE_RATE
from qa.caller_words import every_text
from qa.persona import Persona, load_folder
from qa.report import SimulationReport
from qa.simulate import Voices, caller_voices, run_folder


class Spread(TypedDict):
    """Milliseconds."""

    p50: int
    p95: int


class Peer(TypedDict):
    final_words_ms: Spread
    cer: float


class LatencyReport(TypedDict):
    """What `smartseat bench latency --json` prints."""

    gap_ms: Spread
    final_words_ms: Spread
    peer: dict[str, Peer]
    cer: float
    cut_in_rate: float
    no_replies: int
    calls: int
    clips: int


def run(
    url: str, home: Path, folder: Path, *, manifest: Path | None, calls: int, limit: int
) -> LatencyReport:
    """Spoken calls by the first `calls` personas of `folder`, then `limit` clips of 3–8 s.

    manifest: recordings with their text; by default the personas' own sentences through our voices, which are
    easier than people's. Raises BadPersona, BadManifest, ModelMissing.
    """
    people = load_folder(folder)[:calls]
    voices = caller_voices(home / "models")
    simulated = asyncio.run(run_folder(url, folder, only=tuple(p.persona for p in people), voices=voices))
    model = home / "models" / "whisper-base"
    if manifest is not None:
        heard = run_asr(manifest, limit=limit, model=model, seconds=(3.0, 8.0))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            spoken = _spoken_manifest(load_folder(folder), voices, Path(scratch), limit)
            heard = run_asr(spoken, limit=limit, model=model)
    return _together(simulated, heard)


def _spoken_manifest(people: list[Persona], voices: Voices, scratch: Path, limit: int) -> Path:
    """The personas' sentences as clips with their text."""
    lines: list[str] = []
    for person in people:
        for text in every_text(person):
            plain = text.replace("…", "")
            if len(lines) >= limit or not 12 <= len(plain) <= 34:
                continue
            name = f"clip{len(lines):03d}"
            pcm = voices["kokoro"].render(plain, voice=person.voice.name, speed=person.voice.speed)
            soundfile.write(scratch / f"{name}.flac", pcm, LINE_RATE)
            lines.append(json.dumps({"id": name, "text": plain, "corpus": "personas"}, ensure_ascii=False))
    path = scratch / "manifest.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _together(simulated: SimulationReport, heard: AsrReport) -> LatencyReport:
    seat, peer = heard["engines"]["seat"], heard["engines"]["faster-whisper"]
    return {
        "gap_ms": {"p50": simulated.gap_ms.p50 or 0, "p95": simulated.gap_ms.p95 or 0},
        "final_words_ms": _spread(seat["seconds_p50"], seat["seconds_p95"]),
        "peer": {
            "faster-whisper": {
                "final_words_ms": _spread(peer["seconds_p50"], peer["seconds_p95"]),
                "cer": peer["cer"],
            }
        },
        "cer": seat["cer"],
        "cut_in_rate": simulated.cut_in_rate,
        "no_replies": simulated.no_replies,
        "calls": len(simulated.runs),
        "clips": heard["n"],
    }


def _spread(p50_s: float, p95_s: float) -> Spread:
    return {"p50": round(p50_s * 1000), "p95": round(p95_s * 1000)}
