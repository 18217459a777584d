"""Simulated callers through the dialog by text: the same mind, the same session, no sound. Milliseconds a call.

It shows what the dialog and the understanding make of what was *meant*; hearing is left out, so its results
are better than a phone's.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import data.events as ev
from agent.china_time import CHINA
from agent.keeping import StoreKeeper
from agent.kit import Understand
from agent.text_call import TextCall
from data.fold_record import draft
from data.store import Store
from dialogs.script import Script
from qa.caller import CallerMind, Reply
from qa.persona import Persona, load_folder
from qa.report import ConsentResult, RunResult, SimulationReport, SlotResult, summarise
from qa.score import score

#: A call that takes more turns than this is stuck.
_MOST_TURNS = 60


async def run_folder_by_text(
    folder: Path,
    script: Script,
    understand: Understand,
    *,
    draws: int = 1,
    seed: int = 0,
    only: tuple[str, ...] = (),
) -> SimulationReport:
    """Every persona of `folder`, by text, into a store that is thrown away. Raises BadPersona."""
    runs: list[RunResult] = []
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(1) as writer:
        home = Path(scratch)
        store = await asyncio.to_thread(Store.open, f"sqlite:///{home / 'seat.db'}", home)
        try:
            for draw in range(draws):
                for persona in load_folder(folder, only):
                    runs.append(
                        await run_persona_by_text(persona, script, understand, store, writer, draw, seed)
                    )
        finally:
            store.close()
    return summarise(runs, seed)


async def run_persona_by_text(
    persona: Persona,
    script: Script,
    understand: Understand,
    store: Store,
    writer: ThreadPoolExecutor,
    draw: int = 0,
    seed: int = 0,
) -> RunResult:
    """One caller's call by text, scored as a spoken one is."""
    call_id = f"text-{secrets.token_hex(6)}"
    started = datetime.now(CHINA)
    keeper = StoreKeeper(store, writer, call_id, clock=lambda: datetime.now(UTC))
    await keeper.begin(persona.line, persona.caller_no, started, script.version, "text", 3600)
    mind = CallerMind(persona, seed * 1000 + draw)
    events: list[ev.CallEvent] = []
    replies: list[Reply | None] = []

    def watch(event: ev.CallEvent) -> None:
        events.append(event)
        replies.append(mind.on_event(event))

    talk = TextCall(
        script,
        keeper,
        understand,
        call_id=call_id,
        line=persona.line,
        caller_no=persona.caller_no,
        started_at=started,
        watch=watch,
    )
    await talk.start()
    turns = 0
    while not talk.over and turns < _MOST_TURNS:
        turns += 1
        reply = next((r for r in reversed(replies) if r is not None), None)
        replies.clear()
        await _act(talk, mind, reply)
    if not talk.over:
        await talk.hang_up()
    result = score(persona, draft(events), events)
    closed = talk.state.closed
    return RunResult(
        persona=persona.persona,
        draw=draw,
        call_id=call_id,
        record_exact=result.record_exact,
        slots={n: SlotResult(expected=s.expected, got=s.got) for n, s in result.slots.items()},
        consents={name: ConsentResult(**both) for name, both in result.consents.items()},
        mistakes=result.mistakes,
        turns=turns,
        corrections=mind.corrections,
        outcome=closed.value if closed else None,
        events_left=tuple(event.at for event in mind.events_left),
    )


async def _act(talk: TextCall, mind: CallerMind, reply: Reply | None) -> None:
    if reply is None:
        await talk.silence()
        return
    mind.began()
    if reply.text is not None:
        await talk.say(reply.text.replace("…", ""))
    if reply.dtmf is not None and not talk.over:
        await talk.keys(reply.dtmf)
    if reply.hang_up and not talk.over:
        await talk.hang_up()
