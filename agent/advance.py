"""Walking the script: from a step to the next one that needs the caller. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import data.events as ev
from agent.acts import HangUp, Lodge, QueueCallback, Refer, Transfer
from agent.deciding import Deciding
from agent.facts import sayable
from agent.faq import enter_questions
from agent.known_case import enter_case, look_up
from agent.matters import ask_more, enter_flow, lodge_key, refer_key, wanted_flow
from agent.state import ConsentState, Said
from agent.variants import side
from agent.wording import placeholders, spoken_parts
from data.vocabulary import ConsentStatus, Outcome, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import (
    Branch,
    CallFlow,
    Collect,
    ConsentStep,
    End,
    Leave,
    Lookup,
    More,
    OnCase,
    Questions,
    ReadBack,
    Route,
    Say,
    SetSlot,
    ToDesk,
    TransferCall,
    ack_prompt,
    confirm_prompt,
    offer_prompt,
)
from dialogs.schema import (
    Lodge as LodgeStep,
)
from dialogs.schema import (
    Refer as ReferStep,
)
from dialogs.script import Node
from dialogs.ways import FAILED, GIVEN, NO_ARM, NOTHING, REFUSED, UNLESS, WHEN, arm

#: More steps than any flow has: an endless loop in a script ends here instead of hanging the call.
_MOST_STEPS = 500
_SLOT_NAMES = frozenset(slot.value for slot in Slot)


def advance(d: Deciding, step: str | None) -> None:
    """Walk from `step` until the dialog waits, hands over or ends."""
    for _ in range(_MOST_STEPS):
        if step is None:
            if not d.state.returns:
                _end_of_flow(d)
                return
            back = d.state.returns[-1]
            d.emit(ev.FlowEntered(flow=back.flow, kind=back.kind, intent=back.intent))
            step = d.script.node(back.flow, back.step).next
            continue
        assert d.state.flow is not None
        node = d.script.node(d.state.flow, step)
        if node.when is not None:
            holds = node.when.holds(d.facts())
            d.walk(node.id, WHEN if holds else UNLESS)
            if not holds:
                step = node.next
                continue
        d.walk(node.id)
        waiting, step = _enter(d, node)
        if waiting:
            return
    # A script that walks in circles: a person takes over.
    to_desk(d, "fault")


def _end_of_flow(d: Deciding) -> None:
    """A flow without an `end`: the call is over all the same."""
    if not d.state.any_lodged:
        end(d, Outcome.INCOMPLETE, d.script.file.says["goodbye_incomplete"])
    else:
        end(d, Outcome.LODGED, None)


def _enter(d: Deciding, node: Node) -> tuple[bool, str | None]:
    """Do one step. (True, _): the dialog waits here; (False, next): go on."""
    match node.step:
        case Say(say=prompt):
            if not d.told_already(prompt):
                d.say(prompt)
            return False, node.next
        case Collect():
            return _enter_collect(d, node, node.step)
        case Route():
            flow = wanted_flow(d)
            if flow is not None:
                return False, enter_flow(d, flow)
            ask_route(d, node, node.step, 0)
            return True, None
        case ReadBack():
            read_back(d, node, node.step)
            return True, None
        case ConsentStep():
            return _enter_consent(d, node, node.step)
        case Questions():
            enter_questions(d, node, node.step)
            return True, None
        case LodgeStep():
            if d.state.case_no is not None:
                return False, node.next
            d.stand(node, "pending", listen=ListenProfile.SHORT)
            d.act(Lodge(key=lodge_key(d)))
            return True, None
        case ReferStep(refer=purpose):
            return False, _refer(d, node, purpose)
        case TransferCall() as step:
            return _connect(d, node, step)
        case More() as step:
            if ask_more(d, node, step):
                return True, None
            d.walk(node.id, NOTHING)
            return False, node.next
        case Lookup():
            return look_up(d, node), node.next
        case OnCase():
            return enter_case(d, node, node.step), node.next
        case Branch(shares=tuple() as shares):
            return False, _drawn_arm(d, node, shares)
        case Branch():
            for number, (condition, target) in enumerate(node.arms):
                if condition is None or condition.holds(d.facts()):
                    d.walk(node.id, arm(number))
                    return False, target
            d.walk(node.id, NO_ARM)
            return False, node.next
        case CallFlow(call=name):
            # Where to come back to.
            d.stand(node, "pending", listen=ListenProfile.SHORT)
            return False, enter_flow(d, d.script.flows[name])
        case Leave():
            return False, None
        case SetSlot(set=values):
            for slot, value in values.items():
                d.fill(slot, value, turn=None, method="script")
            return False, node.next
        case ToDesk(to_desk=reason, say=prompt):
            return to_desk(d, reason, prompt, goes_on=node.next is not None), node.next
        case End(end=outcome, say=prompt):
            end(d, outcome, prompt)
            return True, None


def _drawn_arm(d: Deciding, node: Node, shares: tuple[int, ...]) -> str | None:
    """The arm of a trial this caller goes into."""
    trial = f"{d.state.flow}/{node.id}"
    number = side(d.state.draw, trial, shares)
    d.draw(trial, number)
    d.walk(node.id, arm(number))
    return node.arms[number][1]


def _refer(d: Deciding, node: Node, purpose: str) -> str | None:
    """Queue the referral, if the consent stands. Taken back meanwhile, the refused way is gone."""
    consent = d.state.consents.get(purpose)
    if consent is not None and consent.status is ConsentStatus.GIVEN:
        d.emit(ev.ReferralQueued(recipient=consent.recipient))
        key, lodging = refer_key(d, purpose), lodge_key(d)
        d.act(Refer(consent=purpose, recipient=consent.recipient, key=key, lodging=lodging))
        return node.next
    assert d.state.flow is not None
    for other in d.script.flows[d.state.flow].nodes.values():
        if isinstance(other.step, ConsentStep) and other.step.consent == purpose:
            return other.refused
    return node.next


# --- collecting -------------------------------------------------------------------------------------


def collect_node(d: Deciding, slot: Slot) -> tuple[Node, Collect] | None:
    """Where the present flow asks for `slot`."""
    assert d.state.flow is not None
    for node in d.script.flows[d.state.flow].nodes.values():
        if isinstance(node.step, Collect) and node.step.collect is slot:
            return node, node.step
    return None


def _enter_collect(d: Deciding, node: Node, step: Collect) -> tuple[bool, str | None]:
    held = d.state.slots.get(step.collect)
    if held is not None and held.declined is not None:
        return False, node.next
    if held is not None and held.value is not None:
        if not held.confirmed and needs_confirming(d, step, held.confidence):
            ask_confirm(d, node, step, 0)
            return True, None
        return False, node.next
    if step.offer == "caller_no" and d.state.caller_no:
        ask_offer(d, node, step, 0)
        return True, None
    ask_value(d, node, step, 0)
    return True, None


def needs_confirming(d: Deciding, step: Collect, confidence: float) -> bool:
    return step.confirm == "explicit" or confidence < d.script.file.unsure


def ask_value(d: Deciding, node: Node, step: Collect, attempt: int, *, lead: str | None = None) -> None:
    """Ask for a slot: the first wording, then the reprompts in turn. lead: said before it."""
    d.say_unheard()
    if lead is not None:
        d.say(lead)
    wordings = [step.ask, *step.reprompt]
    d.say(wordings[min(attempt, len(wordings) - 1)])
    d.stand(
        node,
        "value",
        listen=step.listen,
        slot=step.collect,
        attempt=attempt,
        expect=tuple(step.expect),
    )


def acknowledge(d: Deciding, step: Collect) -> None:
    """Say the value back in passing."""
    d.say(ack_prompt(step))
    d.confirm(step.collect, "implicit")


def ask_offer(d: Deciding, node: Node, step: Collect, attempt: int) -> None:
    """Offer the caller's number."""
    d.say_unheard()
    d.say(offer_prompt(step))
    d.stand(node, "offer", listen=ListenProfile.YES_NO, slot=step.collect, attempt=attempt)


def ask_confirm(d: Deciding, node: Node, step: Collect, attempt: int) -> None:
    d.say_unheard()
    d.say(confirm_prompt(step))
    d.stand(node, "confirm", listen=ListenProfile.YES_NO, slot=step.collect, attempt=attempt)


def ask_route(d: Deciding, node: Node, step: Route, attempt: int) -> None:
    d.say_unheard()
    wordings = [step.ask, *step.reprompt]
    d.say(wordings[min(attempt, len(wordings) - 1)])
    d.stand(node, "route", listen=ListenProfile.STORY, attempt=attempt)


# --- reading back -----------------------------------------------------------------------------------


def slots_in(part: str) -> list[Slot]:
    """The slots a part of a prompt speaks of."""
    return [Slot(name) for name in placeholders(part) if name in _SLOT_NAMES]


def read_back(d: Deciding, node: Node, step: ReadBack, attempt: int = 0) -> None:
    """Say the record; what was spoken is what a yes confirms."""
    d.say_unheard()
    standing = d.state.standing
    before = standing.slots if standing is not None and standing.step == node.id else ()
    values = {slot.value: "" for slot, held in d.state.slots.items() if held.value is not None}
    spoken = [
        slot for part in spoken_parts(d.script.prompts[step.read_back], values) for slot in slots_in(part)
    ]
    d.say(step.read_back)
    d.say(step.ask)
    slots = tuple(dict.fromkeys((*spoken, *before)))
    d.stand(node, "read_back", listen=ListenProfile.YES_NO, slots=slots, attempt=attempt)


def say_corrected(d: Deciding, changed: Sequence[Slot], prompt: str | None = None) -> None:
    """Each value that was put right is said back."""
    for slot in changed:
        value = sayable(d.state).get(slot.value, "")
        d.say(prompt or d.script.file.says["corrected"], label=d.label(slot), value=value)


def last_said(d: Deciding, prompt: str) -> Said | None:
    """The latest utterance of a prompt."""
    return next((said for said in reversed(tuple(d.state.said.values())) if said.prompt == prompt), None)


# --- consent ----------------------------------------------------------------------------------------


def _enter_consent(d: Deciding, node: Node, step: ConsentStep) -> tuple[bool, str | None]:
    recipient = d.state.value(step.recipient)
    held = d.state.consents.get(step.consent)
    if held is not None and held.status is not ConsentStatus.NOT_ASKED:
        return False, consent_way(d, node, given=held.status is ConsentStatus.GIVEN)
    if not isinstance(recipient, str):
        return False, consent_way(d, node, given=False)
    ask_consent(d, node, step, recipient)
    return True, None


def consent_way(d: Deciding, node: Node, *, given: bool) -> str | None:
    """The first step of the way a consent turned."""
    d.walk(node.id, GIVEN if given else REFUSED)
    return node.given if given else node.refused


def passed_on(d: Deciding, step: ConsentStep) -> tuple[Slot, ...]:
    """The fields that hold a value: what the citizen is asked to let go."""
    return tuple(slot for slot in step.fields if d.state.value(slot) is not None)


def ask_consent(d: Deciding, node: Node, step: ConsentStep, recipient: str, attempt: int = 0) -> None:
    """The whole question: the binding part, then "do you agree?"."""
    d.say_unheard()
    fields = passed_on(d, step)
    named = "、".join(dict.fromkeys(d.label(slot) for slot in fields))
    utterance = d.say(step.explain, recipient=recipient, fields=named)
    stand_consent(d, node, step, ConsentState(recipient, fields, utterance), attempt, step.ask, named)


def stand_consent(
    d: Deciding, node: Node, step: ConsentStep, asked: ConsentState, attempt: int, question: str, named: str
) -> None:
    """Put the question after a binding part that was, or is being, said; attempt: askings before this one."""
    d.emit(
        ev.ConsentAsked(
            consent=step.consent,
            recipient=asked.recipient,
            fields=asked.fields,
            utterance=asked.utterance,
            version=d.state.said[asked.utterance].version,
        )
    )
    d.say(question, recipient=asked.recipient, fields=named)
    d.stand(
        node,
        "consent",
        listen=ListenProfile.YES_NO,
        consent=step.consent,
        recipient=asked.recipient,
        attempt=attempt,
    )


# --- handing over and ending ------------------------------------------------------------------------


def _connect(d: Deciding, node: Node, step: TransferCall) -> tuple[bool, str | None]:
    """Connect him to whom his record was passed on to; taken back meanwhile, nobody is called."""
    to = d.state.value(step.transfer)
    given = {c.recipient for c in d.state.consents.values() if c.status is ConsentStatus.GIVEN}
    if not isinstance(to, str) or to not in given:
        d.walk(node.id, FAILED)
        return False, node.failed
    d.emit(ev.TransferAsked(to=to))
    d.say(step.say, recipient=to)
    d.stand(node, "pending", listen=ListenProfile.SHORT)
    key = f"{d.state.call_id}:transfer:{d.state.transfers}"
    d.act(Transfer(reason="company", key=key, to=to))
    return True, None


def connection_failed(d: Deciding, node: Node) -> None:
    """Nobody answers there. Who is in danger by now goes to a person."""
    d.walk(node.id, FAILED)
    d.emit(ev.StepLeft(flow=d.state.flow or "", step=node.id))
    if d.state.emergency is not None:
        to_desk(d, "emergency")
    else:
        advance(d, node.failed)


def to_desk(
    d: Deciding, reason: str, prompt: str | None = None, turn: int | None = None, *, goes_on: bool = False
) -> bool:
    """Hand the call to a person; the answer comes as TransferEnded.

    When none is on duty it says so and has him called back. goes_on: the call can go on without one: False is
    given then, once; who insists is not kept. A danger is never told that nobody is there.
    """
    if not d.state.desk_open and d.state.emergency is None:
        return _nobody_on_duty(d, reason, turn, goes_on=goes_on)
    d.emit(ev.HumanRequested(turn=turn, reason=reason))
    if prompt is not None:
        d.say(prompt)
    else:
        d.say_use("to_desk")
    assert d.state.flow is not None
    flow = d.script.flows[d.state.flow]
    d.stand(flow.nodes[flow.start], "pending", listen=ListenProfile.SHORT)
    d.act(Transfer(reason=reason, key=f"{d.state.call_id}:transfer:{d.state.transfers}"))
    return True


def _nobody_on_duty(d: Deciding, reason: str, turn: int | None, *, goes_on: bool) -> bool:
    again = bool(d.state.desk_wanted)
    if reason not in d.state.desk_wanted:
        queue_callback(d, reason, 2)
    d.emit(ev.DeskClosed(turn=turn, reason=reason))
    if goes_on and not again:
        d.say_use("desk_closed")
        return False
    end(d, Outcome.NO_DESK, d.script.file.says["desk_closed_goodbye"])
    return True


def queue_callback(d: Deciding, reason: str, priority: int) -> None:
    d.emit(ev.CallbackQueued(reason=reason, priority=priority))
    key = f"{d.state.call_id}:callback:{reason}"
    d.act(QueueCallback(reason=reason, priority=priority, key=key))


def end(d: Deciding, outcome: Outcome, prompt: str | None, **extra: str) -> None:
    """Say the last words and close the line when they have been heard."""
    if prompt is not None:
        d.say(prompt, **extra)
    d.emit(ev.CallEnding(outcome=outcome))
    d.act(HangUp())
