"""What the dialog needs done by the world: protocols of the two edges a session drives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import data.events as ev
from agent.acts import Act, Listen, LookUp, MoveCase, QueueCallback, RaiseAlert, Recall, Refer, Say
from agent.state import CallState


class Hands(Protocol):
    """The speaking edge: a phone line, or a keyboard. None of these waits for sound to end."""

    async def say(self, say: Say) -> None: ...

    async def supersede(self) -> None:
        """The caller has answered: drop questions that did not begin to sound."""

    async def foresee(self, texts: Sequence[str]) -> None:
        """These clauses will be spoken soon: their sound may be made ahead."""

    async def hush(self) -> None:
        """Stop all speech now, must-finish prompts included."""

    async def listen(self, listen: Listen) -> None: ...

    async def transfer(self, reason: str, to: str | None) -> ev.TransferEnded:
        """Connect the call: to a desk, or to the company named."""

    async def stop_recording(self) -> None: ...

    async def hang_up(self) -> None:
        """Close the line once everything said has been heard."""


class Keeper(Protocol):
    """The storing edge. What it was given is durable when it returns. Raises NotKept."""

    async def append(self, events: Sequence[ev.CallEvent], acts: Sequence[Act]) -> None:
        """Store events and planned acts in one transaction."""

    async def lodge(self, state: CallState, key: str) -> ev.RecordLodged | ev.EffectDelayed: ...

    async def refer(self, act: Refer) -> None: ...

    async def queue_callback(self, act: QueueCallback, phone: str | None) -> None: ...

    async def raise_alert(self, act: RaiseAlert) -> None: ...

    async def look_up(self, act: LookUp) -> ev.CaseFound: ...

    async def move_case(self, act: MoveCase) -> ev.CaseMoved: ...

    async def recall(self, act: Recall) -> ev.EarlierTold: ...

    async def done(self, key: str) -> None:
        """The effect of an act is out."""


class NotKept(RuntimeError):
    """The store could not take it, by any way. The message holds no personal data."""
