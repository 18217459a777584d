"""A seat on paper: the events a caller would see, in the order the seat appends them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pytest

import data.events as ev
from data.understanding import SlotValue, Understanding
from data.vocabulary import Kind, Listen, Outcome, Slot
from qa.caller import CallerMind, Reply
from qa.persona import Persona

Phase = Literal["value", "offer", "confirm", "route", "read_back", "consent", "pending"]


class PaperSeat:
    """Talks to a mind; what it answers is in `replies`, and begins at once unless `holding`."""

    def __init__(self, mind: CallerMind, caller_no: str | None = None) -> None:
        self.mind = mind
        self.now = 0
        self.utterances = 0
        self.holding = False
        self.replies: list[Reply] = []
        self.events: list[ev.CallEvent] = []
        self.tell(
            ev.CallAnswered(
                call_id="c1",
                line="12315",
                caller_no=caller_no,
                script="s",
                started_at=datetime(2026, 11, 24, tzinfo=UTC),
                draw=0.5,
            )
        )

    def tell(self, event: ev.CallEvent) -> Reply | None:
        stamped = event.model_copy(update={"at": self.now})
        self.events.append(stamped)
        reply = self.mind.on_event(stamped)
        if reply is not None:
            self.replies.append(reply)
            if not self.holding:
                self.mind.began()
        return reply

    def say(self, prompt: str = "ask", purpose: str = "ask") -> int:
        self.utterances += 1
        self.tell(
            ev.PromptSaid(
                utterance=self.utterances,
                prompt=prompt,
                version="v",
                text="…",
                bargein=True,
                must_finish=False,
                purpose=purpose,
            )
        )
        return self.utterances

    def stand(
        self,
        phase: Phase = "value",
        slot: Slot | None = None,
        consent: str | None = None,
        slots: tuple[Slot, ...] = (),
    ) -> None:
        step = slot.value if slot else consent or phase
        self.tell(
            ev.StepEntered(
                flow="f",
                step=step,
                slot=slot,
                consent=consent,
                listen=Listen.SHORT,
                phase=phase,
                slots=slots,
                attempt=0,
            )
        )

    def play(self, *utterances: int, ms: int = 2000, complete: bool = True) -> Reply | None:
        """Sound them one after the other; the last reply given."""
        last: Reply | None = None
        for utterance in utterances:
            last = self.tell(ev.PromptStarted(utterance=utterance)) or last
            self.now += ms
            heard = ms if complete else ms // 2
            ended = ev.PromptEnded(utterance=utterance, heard_ms=heard, total_ms=ms, complete=complete)
            last = self.tell(ended) or last
        return last

    def ask(self, slot: Slot, phase: Phase = "value", prompt: str = "ask") -> Reply | None:
        utterance = self.say(prompt)
        self.stand(phase, slot)
        return self.play(utterance)

    def read_back(self, *slots: Slot) -> Reply | None:
        first, second = self.say("complaint", "read_back"), self.say("right")
        self.stand("read_back", slots=slots)
        return self.play(first, second)

    def consent(self, name: str = "refer_to_platform") -> Reply | None:
        first, second = self.say("explain", "consent"), self.say("agree")
        self.stand("consent", consent=name)
        return self.play(first, second)

    def fill(self, slot: Slot, value: SlotValue) -> None:
        self.tell(
            ev.SlotFilled(slot=slot, value=value, turn=1, heard="", span=None, confidence=1.0, method="t")
        )

    def hears(self, text: str, understanding: Understanding | None = None) -> None:
        meant = understanding or Understanding(text=text)
        self.tell(ev.WordsHeard(turn=1, text=text, confidence=1.0, start_ms=0, end_ms=1, understanding=meant))

    def close(self, outcome: Outcome = Outcome.LODGED) -> None:
        self.tell(ev.CallClosed(by="seat", outcome=outcome))

    def flow(self, kind: Kind | None, intent: str | None) -> None:
        self.tell(ev.FlowEntered(flow="f", kind=kind, intent=intent))


@pytest.fixture
def seat() -> Callable[..., PaperSeat]:
    """seat(persona fields, seed=0, caller_no=None) → a seat talking to that caller."""

    def build(fields: dict[str, object] | None = None, seed: int = 0) -> PaperSeat:
        plain: dict[str, object] = {"persona": "p", "opening": "我在拼多多上买了羽绒服，是假的。"}
        persona = Persona.model_validate(plain | (fields or {}))
        return PaperSeat(CallerMind(persona, seed), persona.caller_no)

    return build
