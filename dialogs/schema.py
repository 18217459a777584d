"""What a script may say: the shape of every YAML file a trainer edits (DESIGN: "Scripts").

A step is known by its first key (collect, say, read_back …). Ids are given or derived, unique in a flow.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from data.vocabulary import Emergency, Intent, Kind, Listen, Outcome, Slot

#: The step's distinguishing keys, in the order they are looked for (`say` last: others may carry one).
STEP_KEYS = (
    "collect",
    "route",
    "read_back",
    "consent",
    "lodge",
    "refer",
    "to_desk",
    "lookup",
    "branch",
    "call",
    "set",
    "end",
    "say",
)


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Prompt(Shape):
    """What the seat says. A text given as a list is spoken part by part: a part with a `{slot}` that holds
    no value is left out."""

    text: str | list[str]
    bargein: bool = True
    must_finish: bool = False
    """Heard to the end, whoever speaks; only an emergency or a request for a human cuts in."""
    purpose: Literal["notice", "ask", "consent", "read_back", "inform", "safety", "closing"] = "inform"

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else tuple(self.text)


class StepBase(Shape):
    id: str | None = None
    when: str | None = None
    """A condition over slots and facts; the step is skipped when it does not hold."""


class Collect(StepBase):
    """Ask for a slot, unless it is filled or declined already."""

    collect: Slot
    ask: str
    listen: Listen = Listen.SHORT
    optional: bool = False
    """The caller may decline, or not know; stored as declined, not as empty."""
    confirm: Literal["explicit", "implicit", "none"] = "none"
    confirm_ask: str | None = None
    """The prompt of an explicit confirmation; default `confirm.<slot>`."""
    ack: str | None = None
    """The prompt of an implicit confirmation, said before the next question; default `ack.<slot>`."""
    reprompt: list[str] = []
    """What to say on each further asking; the last one from then on."""
    offer: Literal["caller_no"] | None = None
    """Offer the caller's number for confirmation first (`offer_ask`)."""
    offer_ask: str | None = None
    expect: list[str] = []
    """Words the recogniser is told to expect; `@platforms` and `@districts` stand for a table's names."""
    limit: int = Field(default=3, ge=1, le=5)
    """How often it is asked before it is given up (optional) or a human is offered."""


class Say(StepBase):
    say: str


class Route(StepBase):
    """Go to the flow whose `start_when` fits what was said; ask when none does."""

    route: Literal["intent"]
    ask: str
    reprompt: list[str] = []
    limit: int = Field(default=2, ge=1, le=5)


class ReadBack(StepBase):
    """Read the record back and take corrections until the caller agrees. `read_back` is a prompt id."""

    read_back: str
    ask: str
    """The closing question ("以上对吗？")."""
    changed: str | None = None
    """Said after a correction, with only what changed; default `read_back.changed`."""
    limit: int = Field(default=3, ge=1, le=6)


class ConsentStep(StepBase):
    """One purpose, one recipient. `explain` is the binding part, heard to its end before an answer counts."""

    consent: str
    recipient: Slot
    fields: list[Slot]
    explain: str
    ask: str
    again: str
    """Asked once more after a condition, a question or an unclear answer."""
    answer: str
    """The answer to a question or a condition ("不会影响您向我们投诉…")."""
    given: list[Step]
    refused: list[Step]


class Lodge(StepBase):
    lodge: Literal["record"]


class Refer(StepBase):
    """Queue the referral of the lodged record; only reachable under `given` of its consent."""

    refer: str
    """The consent's purpose."""


class ToDesk(StepBase):
    """Hand the call to a person."""

    to_desk: str
    """Why ("emergency", "requested", "not_understood", …)."""
    say: str | None = None


class Lookup(StepBase):
    """Look a case up by number or by phone; the store's answer is spoken by prompt `found`/`missing`."""

    lookup: Literal["case"]
    found: str
    missing: str


class Arm(Shape):
    when: str | None = None
    """None: else."""
    steps: list[Step]


class Branch(StepBase):
    branch: list[Arm]


class CallFlow(StepBase):
    call: str


class SetSlot(StepBase):
    """Fill slots with fixed values ("anonymous": true). Recorded as set by the script."""

    set: dict[Slot, str | bool | int | float]


class End(StepBase):
    end: Outcome
    say: str | None = None


def _step_kind(value: object) -> str:
    keys: set[str] = set(value) if isinstance(value, dict) else set(vars(value))
    return next((key for key in STEP_KEYS if key in keys), "unknown_step")


Step = Annotated[
    Annotated[Collect, Tag("collect")]
    | Annotated[Say, Tag("say")]
    | Annotated[Route, Tag("route")]
    | Annotated[ReadBack, Tag("read_back")]
    | Annotated[ConsentStep, Tag("consent")]
    | Annotated[Lodge, Tag("lodge")]
    | Annotated[Refer, Tag("refer")]
    | Annotated[ToDesk, Tag("to_desk")]
    | Annotated[Lookup, Tag("lookup")]
    | Annotated[Branch, Tag("branch")]
    | Annotated[CallFlow, Tag("call")]
    | Annotated[SetSlot, Tag("set")]
    | Annotated[End, Tag("end")],
    Discriminator(_step_kind),
]


class StartWhen(Shape):
    intent: list[Intent]


class Flow(Shape):
    flow: str
    kind: Kind | None = None
    """What record the flow fills; None for flows that fill none."""
    start_when: StartWhen | None = None
    steps: list[Step] = Field(min_length=1)


class Profile(Shape):
    """How patient a listening profile is. Milliseconds."""

    complete_ms: int
    """Silence that ends a turn whose words answer the question."""
    incomplete_ms: int
    """Silence that ends a turn whose words do not (yet)."""
    noinput_ms: int
    """Silence after the question before it is asked again."""


class Ladder(Shape):
    """What is said when nothing, or nothing usable, was heard: one prompt an attempt."""

    noinput: list[str]
    nomatch: list[str]


class ScriptFile(Shape):
    """script.yaml: what holds for the whole script."""

    script: str
    title: str
    opening: str
    """The flow a call begins with."""
    openings: dict[str, str] = {}
    """By dialled number, the greeting prompt that replaces `greeting`."""
    greeting: str
    profiles: dict[Listen, Profile]
    ladder: Ladder
    limit_minutes: int = Field(default=15, ge=1, le=60)
    max_turns_lost: int = Field(default=3, ge=1, le=6)
    """So many noinputs or nomatches in a row end in a human or a goodbye."""
    unsure: float = Field(default=0.6, ge=0, le=1)
    """A value below this confidence is confirmed explicitly, whatever the step says."""
    emergencies: dict[Emergency, str]
    """The safety sentence of each danger."""
    says: dict[str, str]
    """Prompts the engine itself needs, by use (see `ENGINE_PROMPTS`)."""
    labels: dict[Slot, str]
    """What each slot is called aloud, for consents and corrections."""


#: The uses a script must give a prompt for in `says`.
ENGINE_PROMPTS = {
    "to_desk": "before a hand-over",
    "no_desk": "no person can be reached: a call-back is queued",
    "no_desk_emergency": "the same, in an emergency",
    "desk_answered": "a desk took the call",
    "wait": "the caller asks for a moment",
    "slower": "the caller asks to speak slower",
    "recording_stopped": "the caller refused the recording",
    "goodbye_incomplete": "the caller ends before the record is complete",
    "time_up": "the call reached its limit",
    "fault": "something broke and the answer has to be said again",
    "silent_goodbye": "nothing was heard for too long",
    "cannot_answer": "a question the script cannot answer, before it asks on",
    "what_is_wrong": "a read-back was denied without saying what",
    "corrected": "a value was corrected, said with {label} and {value}",
    "declined": "the caller declines a slot that may be declined",
    "needed": "the caller declines a slot that is needed",
    "emotion": "one sentence of comfort",
}

for _model in (ConsentStep, Arm, Branch, Flow):
    _model.model_rebuild()
