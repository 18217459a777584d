"""One decision in the making: events are folded as they are emitted, acts are collected. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import data.events as ev
from agent.acts import Act, Listen, Say
from agent.facts import facts, label, sayable
from agent.state import CallState, evolve
from agent.variants import letter, wording
from agent.wording import clauses, takes_values
from data.understanding import Asked, SlotValue
from data.vocabulary import Listen as ListenProfile
from data.vocabulary import Slot
from dialogs.conditions import Fact
from dialogs.schema import Asking
from dialogs.script import Node, Script
from dialogs.ways import ENTERED, Way

#: A must-finish prompt that no engine can speak is not tried before every question.
_MOST_SAYINGS = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an input: the events (the input first) and the acts, in order.

    walked: the ways taken through the script's steps, for coverage; nothing in the call depends on it.
    """

    events: tuple[ev.CallEvent, ...]
    acts: tuple[Act, ...]
    state: CallState
    walked: tuple[Way, ...] = ()


@dataclass(slots=True)
class Deciding:
    script: Script
    state: CallState
    at: int
    events: list[ev.CallEvent] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    walked: list[Way] = field(default_factory=list)

    def emit(self, event: ev.CallEvent) -> None:
        stamped = event.stamped(self.at)
        self.state = evolve(self.state, stamped)
        self.events.append(stamped)

    def act(self, act: Act) -> None:
        self.acts.append(act)

    def walk(self, step: str, way: str = ENTERED) -> None:
        """Note a way taken through a step of the present flow."""
        assert self.state.flow is not None
        self.walked.append(Way(self.state.flow, step, way))

    def done(self) -> Decision:
        return Decision(tuple(self.events), tuple(self.acts), self.state, tuple(self.walked))

    # --- speaking -----------------------------------------------------------------------------------

    def say(self, prompt_id: str, *, only: Sequence[str] | None = None, **extra: str) -> int:
        """Speak a prompt, or `only` some of its parts; gives the utterance's number. Extra values fill
        placeholders."""
        written = self.script.prompts[prompt_id]
        chosen = wording(self.state, prompt_id, written)
        if written.shares is not None:
            self.draw(prompt_id, chosen)
        prompt = written.wordings[chosen]
        if only is not None:
            prompt = prompt.model_copy(update={"text": list(only)})
        known = sayable(self.state) if takes_values(prompt) else {}
        parts = clauses(prompt, {**known, **extra})
        number = self.state.utterances + 1
        act = Say(
            utterance=number,
            prompt=prompt_id,
            clauses=parts,
            bargein=prompt.bargein and not prompt.must_finish,
            must_finish=prompt.must_finish,
            speed=self.state.speed,
        )
        self.emit(
            ev.PromptSaid(
                utterance=number,
                prompt=prompt_id,
                version=self.script.prompt_versions[prompt_id][chosen],
                text=act.text,
                bargein=act.bargein,
                must_finish=act.must_finish,
                purpose=prompt.purpose,
            )
        )
        self.act(act)
        return number

    def told_already(self, prompt_id: str) -> bool:
        """What the prompt tells once a call was told, by it or by another of the same `once`, and not cut off."""
        once = self.script.prompts[prompt_id].once
        return once is not None and any(
            said.heard is not False and self.script.prompts[said.prompt].once == once
            for said in self.state.said.values()
            if said.prompt in self.script.prompts
        )

    def draw(self, trial: str, side: int) -> None:
        """Note the side of a trial, the first time it shows."""
        if trial not in self.state.trials:
            self.emit(ev.VariantDrawn(trial=trial, variant=letter(side)))

    def say_use(self, use: str, **extra: str) -> int:
        """Speak the prompt the script names for one of the engine's own needs."""
        return self.say(self.script.file.says[use], **extra)

    def say_not_heard(self, *, silent: bool, time: int = 1) -> None:
        """Say so before asking again: in the present step's own words, else the script's; the last from then on."""
        wordings = self.own_ladder(silent=silent)
        if not wordings:
            ladder = self.script.file.ladder
            wordings = ladder.noinput if silent else ladder.nomatch
        self.say(wordings[min(time, len(wordings)) - 1])

    def own_ladder(self, *, silent: bool) -> list[str]:
        """What the present step itself says when nothing, or nothing usable, was heard; empty for the script's."""
        standing = self.state.standing
        step = self.script.node(standing.flow, standing.step).step if standing is not None else None
        return (step.noinput if silent else step.nomatch) if isinstance(step, Asking) else []

    def say_unheard(self) -> None:
        """Must-finish prompts that were cut are said again before the call goes on; not for ever.

        The binding part of a consent is not among them: it is put again with its own question.
        """
        for prompt_id in self.state.unheard:
            times = sum(said.prompt == prompt_id for said in self.state.said.values())
            if times < _MOST_SAYINGS and self.script.prompts[prompt_id].purpose != "consent":
                self.say(prompt_id)

    # --- standing -----------------------------------------------------------------------------------

    def stand(
        self,
        node: Node,
        phase: ev.Phase,
        *,
        listen: ListenProfile,
        slot: Slot | None = None,
        consent: str | None = None,
        slots: tuple[Slot, ...] = (),
        attempt: int = 0,
        expect: tuple[str, ...] = (),
        recipient: str | None = None,
    ) -> None:
        """Wait at a step for an answer."""
        assert self.state.flow is not None
        self.emit(
            ev.StepEntered(
                flow=self.state.flow,
                step=node.id,
                phase=phase,
                slot=slot,
                consent=consent,
                listen=listen,
                slots=slots,
                attempt=attempt,
            )
        )
        if phase != "pending":
            self.listen(expect, recipient)

    def listen(self, expect: tuple[str, ...] = (), recipient: str | None = None) -> None:
        """Tell the ear what the present question is."""
        asked = asked_of(self.state, recipient)
        primed = expect if asked.listen is not ListenProfile.YES_NO else ()
        self.act(Listen(asked=asked, expect=primed))

    # --- reading ------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Fact]:
        return facts(self.state)

    def label(self, slot: Slot) -> str:
        return label(slot, self.script.file)

    # --- slots --------------------------------------------------------------------------------------

    def fill(
        self,
        slot: Slot,
        value: SlotValue,
        *,
        turn: int | None,
        heard: str = "",
        span: tuple[int, int] | None = None,
        confidence: float = 1.0,
        method: str,
        precision: str | None = None,
    ) -> bool:
        """Fill or correct; says whether the record changed."""
        held = self.state.slots.get(slot)
        if held is not None and held.value == value:
            return False
        if held is None or held.value is None:
            event: ev.CallEvent = ev.SlotFilled(
                slot=slot,
                value=value,
                turn=turn,
                heard=heard,
                span=span,
                confidence=confidence,
                method=method,
                precision=precision,
            )
        else:
            event = ev.SlotCorrected(
                slot=slot,
                old=held.value,
                value=value,
                turn=turn,
                heard=heard,
                span=span,
                confidence=confidence,
                method=method,
                precision=precision,
            )
        self.emit(event)
        return True

    def confirm(self, slot: Slot, how: Literal["explicit", "read_back", "implicit"]) -> None:
        held = self.state.slots.get(slot)
        if held is not None and held.value is not None and not held.confirmed:
            self.emit(ev.SlotConfirmed(slot=slot, value=held.value, how=how))


def asked_of(state: CallState, recipient: str | None = None) -> Asked:
    """What an answer is heard against."""
    standing = state.standing
    known = {slot: held.value for slot, held in state.slots.items() if held.value is not None}
    if standing is None:
        return Asked(known=known)
    read: tuple[Slot, ...] = standing.slots
    if standing.phase in ("confirm", "offer") and standing.slot is not None:
        read = (standing.slot,)
        if standing.phase == "offer" and state.caller_no:
            known[standing.slot] = state.caller_no
    if standing.consent and standing.consent in state.consents:
        recipient = recipient or state.consents[standing.consent].recipient
    return Asked(
        slot=standing.slot,
        listen=standing.listen,
        consent=standing.consent,
        recipient=recipient,
        read_back=read,
        known=known,
    )
