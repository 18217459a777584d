"""smartseat bench kills --spoken: the whole seat, with its models, killed in the middle of spoken calls."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from agent.recovering import recover_calls
from app.assembly import open_store
from app.seat_process import RunningSeat, running_seat
from app.settings import Settings
from data.errors import CallUnknown
from data.events import CallEvent
from qa.persona import Persona
from qa.simulate import Progress, caller_voices, prepare_voices
from qa.spoken_call import CallFailed, SpokenCall
from qa.voice_of_caller import PreparedVoice

#: A call is killed between its first second and this one: greeting, questions, read-back, consent, goodbye.
_LATEST_S = 90.0
_LATER = timedelta(hours=2)


@dataclass
class FoundSpoken:
    """What was seen of the killed calls, and what of it is not in the store."""

    kills: int = 0
    calls: int = 0
    events_seen: int = 0
    callbacks: int = 0
    lost: list[str] = field(default_factory=list)


def kill_spoken(
    settings: Settings,
    personas: list[Persona],
    times: int,
    seed: int,
    console: Console,
    on_kill: Callable[[int], None],
    progress: Progress,
) -> FoundSpoken:
    """Kill `times` seats, each with two callers speaking. Raises SeatNotUp, CallFailed before the kill."""
    os.environ["SMARTSEAT_HOME"] = str(settings.home)  # where callers' voices are kept
    draw = random.Random(seed)
    ready = asyncio.run(prepare_voices(personas, caller_voices(), 1, seed, progress))
    found = FoundSpoken()
    for number in range(times):
        callers = draw.sample(personas, 2)
        after_s = draw.uniform(1.0, _LATEST_S)
        with running_seat(settings, console) as seat:
            voices = [(one, ready[one.persona, 0]) for one in callers]
            seen = asyncio.run(_until_killed(seat, voices, after_s, seed + number))
        found.kills += 1
        _look(settings, seen, found)
        on_kill(number + 1)
    return found


async def _until_killed(
    seat: RunningSeat, callers: list[tuple[Persona, PreparedVoice]], after_s: float, seed: int
) -> dict[str, list[str]]:
    """The types of the events each call's feed had shown when the seat was killed."""
    seen: dict[str, list[str]] = {}
    calls = []
    for persona, voice in callers:
        types: list[str] = []
        call = SpokenCall(seat.url, persona, voice, seed=seed, watch=_note(types))
        seen[call.call_id] = types
        calls.append(asyncio.create_task(call.run()))
    done, _ = await asyncio.wait(calls, timeout=after_s, return_when=asyncio.ALL_COMPLETED)
    for task in done:
        task.result()
    await asyncio.to_thread(seat.kill)
    for task in calls:
        with contextlib.suppress(CallFailed, ConnectionError, asyncio.CancelledError):
            await task
    return seen


def _note(types: list[str]) -> Callable[[CallEvent], None]:
    return lambda event: types.append(event.type)


def _look(settings: Settings, seen: dict[str, list[str]], found: FoundSpoken) -> None:
    store = open_store(settings)
    try:
        recover_calls(store, datetime.now(UTC) + _LATER, "after")
        waiting = {callback.call_id for callback in store.pending_callbacks(limit=100_000)}
        for call_id, types in seen.items():
            found.calls += 1
            found.events_seen += len(types)
            try:
                kept = [event.type for event in store.events(call_id)]
            except CallUnknown:
                if types:
                    found.lost.append(f"call {call_id} is gone")
                continue
            if kept[: len(types)] != types:
                found.lost.append(f"call {call_id}: {len(types)} events were shown, the store has others")
            if not store.verify(call_id).whole:
                found.lost.append(f"call {call_id}: its chain is broken")
            summary = store.call(call_id)
            if summary.ended_at is None:
                found.lost.append(f"call {call_id} is still open")
            found.callbacks += call_id in waiting
            if summary.recording_path and not (Path(settings.home) / summary.recording_path).is_file():
                found.lost.append(f"call {call_id}: its recording is gone")
    finally:
        store.close()
