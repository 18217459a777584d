"""Personas × draws through the spoken loop: the same line, the same models, real time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from data.events import CallClosed
from data.fold_record import draft
from models.espeak import EspeakEngine
from models.kokoro import KokoroEngine
from qa.caller_words import every_text
from qa.gaps import measure
from qa.persona import Persona, load_folder
from qa.report import ConsentResult, RunResult, SimulationReport, SlotResult, summarise
from qa.score import score
from qa.spoken_call import CallFailed, CallTrace, SpokenCall
from qa.voice_of_caller import CallerVoice, PreparedVoice, VoiceCache, prepare

#: Told how far a simulation is: what is done now, steps done, steps in all.
Progress = Callable[[str, int, int], None]
Voices = Mapping[Literal["kokoro", "espeak"], CallerVoice]


def home() -> Path:
    """Where runtime state lies."""
    return Path(os.environ.get("SMARTSEAT_HOME", "var"))


def caller_voices(models: Path | None = None) -> Voices:
    """The engines callers speak with, from the model store. Raises ModelMissing with the cure."""
    folder = models or home() / "models"
    onnx = folder / "kokoro-82m" / "kokoro-v1.0.int8.onnx"
    return {"kokoro": KokoroEngine(onnx, folder / "kokoro-voices-zh"), "espeak": EspeakEngine()}


async def run_folder(
    url: str,
    folder: Path,
    *,
    draws: int = 1,
    seed: int = 0,
    only: tuple[str, ...] = (),
    voices: Voices | None = None,
    progress: Progress = lambda what, done, total: None,
) -> SimulationReport:
    """Call the seat at `url` ("ws://127.0.0.1:PORT") with every persona of `folder`, one after the other.

    folder may be one file. only: names of personas. seed decides reaction times, pauses and noise, so that
    a run can be told again; draws differ in them. Raises BadPersona; a call that fails is a result.
    """
    personas = load_folder(folder, only)
    ready = await prepare_voices(personas, voices or caller_voices(), draws, seed, progress)
    runs: list[RunResult] = []
    for draw in range(draws):
        for persona in personas:
            progress(persona.persona, len(runs), draws * len(personas))
            runs.append(await run_persona(url, persona, ready[persona.persona, draw], draw, seed))
    progress("done", len(runs), len(runs))
    return summarise(runs, seed)


async def prepare_voices(
    personas: list[Persona], voices: Voices, draws: int, seed: int, progress: Progress
) -> dict[tuple[str, int], PreparedVoice]:
    """All sound of all callers, before the first call: a call never waits for a caller's synthesis."""
    total = sum(len(every_text(persona)) for persona in personas) * draws
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress("caller voices", done, total)

    ready: dict[tuple[str, int], PreparedVoice] = {}
    for persona in personas:
        engine = voices.get(persona.voice.engine)
        if engine is None:
            raise ValueError(f"{persona.persona}: no voice engine {persona.voice.engine} is at hand")
        cache = VoiceCache(engine, home() / "cache" / "callers")
        for draw in range(draws):
            tag = f"{seed}:{draw}:{persona.persona}"
            ready[persona.persona, draw] = await prepare(every_text(persona), persona.voice, cache, tag, step)
    return ready


async def run_persona(
    url: str, persona: Persona, voice: PreparedVoice, draw: int = 0, seed: int = 0
) -> RunResult:
    """One call and what came of it."""
    call = SpokenCall(url, persona, voice, seed=seed * 1000 + draw)
    try:
        trace = await call.run()
    except CallFailed as failed:
        return RunResult(
            persona=persona.persona, draw=draw, call_id=call.call_id, record_exact=False, fault=str(failed)
        )
    return judge(persona, trace, draw)


def judge(persona: Persona, trace: CallTrace, draw: int = 0) -> RunResult:
    """Score a call's record and measure its turns. Pure."""
    result = score(persona, draft(trace.events), trace.events)
    turns = measure(trace.heard, trace.utterances, caller_hung_up=trace.hung_up)
    closed = next((event for event in reversed(trace.events) if isinstance(event, CallClosed)), None)
    return RunResult(
        persona=persona.persona,
        draw=draw,
        call_id=trace.call_id,
        record_exact=result.record_exact and not trace.timed_out,
        slots={n: SlotResult(expected=s.expected, got=s.got) for n, s in result.slots.items()},
        consents={name: ConsentResult(**both) for name, both in result.consents.items()},
        mistakes=(*result.mistakes, *(("timed_out",) if trace.timed_out else ())),
        misheard=result.misheard,
        turns=trace.turns,
        seconds=round(trace.seconds, 1),
        corrections=trace.corrections,
        gaps_ms=turns.gaps_ms,
        cut_ins=turns.cut_ins,
        utterances=turns.utterances,
        no_replies=turns.no_replies,
        outcome=closed.outcome.value if closed else None,
        events_left=tuple(event.at for event in trace.events_left),
        timed_out=trace.timed_out,
    )
