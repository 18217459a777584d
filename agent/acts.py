"""What the dialog wants done. Acts go out; nothing here does anything.

An act with an effect outside the call carries a `key`: (call, ordinal), the same however often it is run.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from data.understanding import Asked, Frozen
from data.vocabulary import AlertCause


class Clause(Frozen):
    """A stretch of speech. fixed: holds no caller's value, so its audio may be kept on disk."""

    text: str
    fixed: bool


class Say(Frozen):
    """Speak; interruptible speech still waiting is dropped first unless `keep` is set."""

    do: Literal["say"] = "say"
    utterance: int
    prompt: str
    clauses: tuple[Clause, ...]
    bargein: bool
    must_finish: bool
    speed: float = 1.0

    @property
    def text(self) -> str:
        return "".join(clause.text for clause in self.clauses)


class Hush(Frozen):
    """Stop speaking at once, must-finish prompts included (an emergency, a request for a human)."""

    do: Literal["hush"] = "hush"


class Listen(Frozen):
    """How to hear the next turn. expect: words the recogniser may be primed with, `@table` names included;
    hold_ms: wait so long in silence before it counts as none, in place of the profile's patience."""

    do: Literal["listen"] = "listen"
    asked: Asked
    expect: tuple[str, ...] = ()
    hold_ms: int | None = None


class Lodge(Frozen):
    do: Literal["lodge"] = "lodge"
    key: str


class Refer(Frozen):
    """Queue the referral of the lodged record under a given consent. lodging: the key its lodging had."""

    do: Literal["refer"] = "refer"
    consent: str
    recipient: str
    key: str
    lodging: str = ""


class LookUp(Frozen):
    do: Literal["look_up"] = "look_up"
    case_no: str | None
    phone: str | None


class Transfer(Frozen):
    """Connect the call to a desk, or to a company. to: the company's name, None for a desk."""

    do: Literal["transfer"] = "transfer"
    reason: str
    key: str
    to: str | None = None


class QueueCallback(Frozen):
    do: Literal["queue_callback"] = "queue_callback"
    reason: str
    priority: int
    key: str


class RaiseAlert(Frozen):
    do: Literal["raise_alert"] = "raise_alert"
    cause: AlertCause
    key: str


class StopRecording(Frozen):
    do: Literal["stop_recording"] = "stop_recording"


class HangUp(Frozen):
    """Close the line when everything said has been heard."""

    do: Literal["hang_up"] = "hang_up"


Act = Annotated[
    Say
    | Hush
    | Listen
    | Lodge
    | Refer
    | LookUp
    | Transfer
    | QueueCallback
    | RaiseAlert
    | StopRecording
    | HangUp,
    Field(discriminator="do"),
]

ACT: TypeAdapter[Act] = TypeAdapter(Act)
