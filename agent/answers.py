"""What an answer does at the step it answers. Pure."""

from __future__ import annotations

from typing import Literal

import data.events as ev
from agent.absorb import absorb, answer_yes_no
from agent.advance import (
    advance,
    ask_confirm,
    ask_route,
    ask_value,
    enter_flow,
    needs_confirming,
    reread_changed,
    to_desk,
)
from agent.consenting import advance_from, leave, on_consent_reply
from agent.deciding import Deciding
from agent.ladder import ask_again, give_up, on_nothing
from data.understanding import Understanding
from data.vocabulary import Act, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import Collect, ConsentStep, ReadBack, Route
from dialogs.script import Node

#: Slots whose digits can be keyed.
DIGIT_SLOTS = frozenset({Slot.PHONE, Slot.ORDER_NO, Slot.CASE_NO, Slot.AMOUNT, Slot.PEOPLE_COUNT})
#: A heard value is confirmed at most so often before it goes on to the read-back.
_MOST_CONFIRMS = 3


def on_answer(d: Deciding, words: ev.WordsHeard) -> None:
    """The caller spoke while the dialog waited at a step."""
    standing = d.state.standing
    assert standing is not None
    node = d.script.node(standing.flow, standing.step)
    match node.step:
        case Collect() if standing.phase == "offer":
            _offered(d, node, node.step, words)
        case Collect() if standing.phase == "confirm":
            _confirming(d, node, node.step, words)
        case Collect():
            _collecting(d, node, node.step, words)
        case Route():
            _routing(d, node, node.step, words)
        case ReadBack():
            _reading_back(d, node, node.step, words)
        case ConsentStep():
            absorb(d, words)
            on_consent_reply(d, node, node.step, words)
        case _:
            pass


# --- collecting -------------------------------------------------------------------------------------


def keep_narrative(d: Deciding, words: ev.WordsHeard) -> list[Slot]:
    """Take the whole utterance as (part of) the story, and every value it holds."""
    changed = absorb(d, words)
    if d.state.value(Slot.NARRATIVE) is None and words.text:
        d.fill(
            Slot.NARRATIVE,
            words.text,
            turn=words.turn,
            heard=words.text,
            span=(0, len(words.text)),
            confidence=words.confidence,
            method="story",
        )
        changed.append(Slot.NARRATIVE)
    return changed


def _collecting(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    meant = words.understanding
    if step.collect is Slot.NARRATIVE:
        if _says_something(meant, words.text):
            keep_narrative(d, words)
            advance_from(d, node.next)
        else:
            _not_understood(d)
        return
    before = d.state.value(step.collect)
    changed = absorb(d, words)
    answered = step.collect in changed or (
        before is not None and any(f.slot == step.collect for f in meant.findings)
    )
    if answered or answer_yes_no(d, words, step.collect):
        _filled(d, node, step)
    elif meant.acts & {Act.DECLINE, Act.DONT_KNOW} or (step.optional and Act.DENY in meant.acts):
        _declined(d, node, step, words)
    elif changed:
        # An answer to another question than asked: taken, and the question put once more.
        if d.state.standing is not None and d.state.standing.attempt + 1 >= step.limit:
            give_up(d, turn=words.turn)
        else:
            ask_again(d, raise_attempt=True)
    else:
        _not_understood(d)


def _filled(d: Deciding, node: Node, step: Collect) -> None:
    held = d.state.slots[step.collect]
    if needs_confirming(d, step, held.confidence) and not held.confirmed:
        ask_confirm(d, node, step, _confirms(d, step.collect))
        return
    leave(d)
    if step.confirm == "implicit":
        d.say(step.ack or f"ack.{step.collect}")
        d.confirm(step.collect, "implicit")
    advance(d, node.next)


def _declined(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    standing = d.state.standing
    assert standing is not None
    reason: Literal["declined", "dont_know"] = (
        "declined" if Act.DECLINE in words.understanding.acts else "dont_know"
    )
    if step.optional or standing.attempt > 0:
        d.say_use("declined")
        give_up(d, reason, words.turn)
    else:
        ask_value(d, node, step, standing.attempt + 1, lead=d.script.file.says["needed"])


def _offered(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    acts = words.understanding.acts
    if any(f.slot == step.collect for f in words.understanding.findings):
        absorb(d, words)
        _filled(d, node, step)
    elif Act.AFFIRM in acts and Act.DENY not in acts and d.state.caller_no:
        d.fill(step.collect, d.state.caller_no, turn=words.turn, heard=words.text, method="caller_no")
        d.confirm(step.collect, "explicit")
        advance_from(d, node.next)
    elif acts & {Act.DENY, Act.DECLINE}:
        ask_value(d, node, step, 0)
    else:
        _not_understood(d)


def _confirming(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    standing = d.state.standing
    assert standing is not None
    acts = words.understanding.acts
    changed = absorb(d, words)
    if step.collect in changed:
        # A value that changed since the question is never confirmed by it: ask about the new one.
        if standing.attempt + 1 < _MOST_CONFIRMS:
            ask_confirm(d, node, step, standing.attempt + 1)
        else:
            advance_from(d, node.next)
    elif Act.AFFIRM in acts and Act.DENY not in acts:
        d.confirm(step.collect, "explicit")
        advance_from(d, node.next)
    elif Act.DENY in acts:
        if standing.attempt + 1 < _MOST_CONFIRMS:
            ask_value(d, node, step, standing.attempt + 1)
        else:
            advance_from(d, node.next)
    elif any(f.slot == step.collect for f in words.understanding.findings):
        d.confirm(step.collect, "explicit")
        advance_from(d, node.next)
    else:
        _not_understood(d)


def _confirms(d: Deciding, slot: Slot) -> int:
    """Carry the count from asking to confirming, so that the two together stay bounded."""
    standing = d.state.standing
    return standing.attempt if standing is not None and standing.slot == slot else 0


# --- routing ----------------------------------------------------------------------------------------


def _routing(d: Deciding, node: Node, step: Route, words: ev.WordsHeard) -> None:
    absorb(d, words)
    flow = next(filter(None, map(d.script.flow_for, d.state.heard_intents)), None)
    if flow is not None and words.understanding.intents:
        leave(d)
        advance(d, enter_flow(d, flow))
        return
    standing = d.state.standing
    attempt = (standing.attempt if standing else 0) + 1
    if attempt >= step.limit:
        to_desk(d, "not_understood", turn=words.turn)
    else:
        ask_route(d, node, step, attempt)


# --- reading back -----------------------------------------------------------------------------------


def _reading_back(d: Deciding, node: Node, step: ReadBack, words: ev.WordsHeard) -> None:
    standing = d.state.standing
    assert standing is not None
    acts = words.understanding.acts
    changed = [slot for slot in absorb(d, words) if d.state.value(slot) is not None]
    spoken = [slot for slot in changed if slot in standing.slots or Act.AFFIRM not in acts]
    if spoken:
        if standing.attempt + 1 < step.limit * 2:
            reread_changed(d, node, step, spoken, standing.attempt + 1)
        else:
            advance_from(d, node.next)
    elif Act.AFFIRM in acts and Act.DENY not in acts:
        for slot in standing.slots:
            d.confirm(slot, "read_back")
        advance_from(d, node.next)
    elif standing.attempt + 1 >= step.limit:
        # Not agreed within the limit: kept unconfirmed, for a person to look at; the call goes on.
        advance_from(d, node.next)
    elif acts & {Act.DENY, Act.CORRECT}:
        d.say_use("what_is_wrong")
        d.stand(
            node,
            "read_back",
            listen=ListenProfile.SHORT,
            slots=standing.slots,
            attempt=standing.attempt + 1,
        )
    else:
        d.say(step.ask)
        d.stand(
            node,
            "read_back",
            listen=ListenProfile.YES_NO,
            slots=standing.slots,
            attempt=standing.attempt + 1,
        )


# --- keys and nothing -------------------------------------------------------------------------------


def on_keys(d: Deciding, keys: ev.KeysPressed) -> None:
    """Digits typed at a digit question are its answer, sure; "0" elsewhere asks for a person."""
    standing = d.state.standing
    digits = keys.digits.strip("*#")
    if standing is None or standing.phase == "pending":
        return
    if standing.slot in DIGIT_SLOTS and digits and standing.phase in ("value", "confirm", "offer"):
        node = d.script.node(standing.flow, standing.step)
        assert isinstance(node.step, Collect) and standing.slot is not None
        number = standing.slot in (Slot.AMOUNT, Slot.PEOPLE_COUNT)
        value: str | int = int(digits) if number else digits
        d.fill(standing.slot, value, turn=None, heard=digits, method="keypad")
        d.confirm(standing.slot, "explicit")
        advance_from(d, node.next)
    elif digits == "0":
        to_desk(d, "requested")
    else:
        ask_again(d)


def _says_something(meant: Understanding, text: str) -> bool:
    """An open question is answered by anything that is more than a yes, a no or a greeting."""
    return bool(meant.intents) or bool(meant.findings) or len(text) >= 6


def _not_understood(d: Deciding) -> None:
    """Words came, nothing in them answered: as a nomatch."""
    standing = d.state.standing
    if standing is not None and standing.phase in ("value",) and standing.slot is not None:
        node = d.script.node(standing.flow, standing.step)
        if isinstance(node.step, Collect) and standing.attempt + 1 >= node.step.limit:
            give_up(d)
            return
    d.emit(ev.NotUnderstood(turn=d.state.turns))
    on_nothing(d, silent=False)
