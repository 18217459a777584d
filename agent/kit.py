"""What every call of a process shares, loaded once: models, understanding, script, store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import data.events as ev
from agent.turns import Limits
from data.store import Store
from data.understanding import Asked, Understanding
from dialogs.script import Script
from models.protocols import Recogniser, Synthesiser, Vad

Understand = Callable[[str, Asked, date, tuple[ev.Reading, ...], float], Understanding]
#: Sees every durable event of a call: (call id, event's number from 1, event).
Watch = Callable[[str, int, ev.CallEvent], None]
#: Hands a call over: (call id, reason, the company's name or None for a desk) to how that ended.
Desk = Callable[[str, str, str | None], ev.TransferEnded]


def no_desk(call_id: str, reason: str, to: str | None) -> ev.TransferEnded:
    """No desk is connected: said to the citizen, who is called back first."""
    return ev.TransferEnded(answered=False, reason="no_desk")


@dataclass(frozen=True, slots=True)
class Kit:
    """script: a function, so that a reload is seen by the next call and by no running one.

    owner: this process's boot id; lease_s: how long a call is ours without a heartbeat.
    """

    script: Callable[[], Script]
    store: Store
    writer: ThreadPoolExecutor
    recogniser: Recogniser
    synthesiser: Synthesiser
    new_vad: Callable[[], Vad]
    understand: Understand
    now: Callable[[], datetime]
    home: Path
    owner: str
    expand: Callable[[Sequence[str]], tuple[str, ...]]
    lease_s: float = 30.0
    seal_recordings: bool = True
    desk: Desk = no_desk
    watch: Watch | None = None
    turn_limits: Limits = field(default_factory=Limits)
    going_on: set[str] = field(default_factory=set)
    """Ids of the calls in progress."""
