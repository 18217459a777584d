"""The answer to a read-back: agreement, a value put right, or "that is wrong". Pure."""

from __future__ import annotations

import data.events as ev
from agent.absorb import absorb
from agent.advance import collect_node, last_said, say_corrected, slots_in
from agent.consenting import advance_from
from agent.deciding import Deciding
from agent.ladder import not_understood
from data.vocabulary import Act, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import ReadBack
from dialogs.script import Node

#: After so many closing questions the record goes on as it is, whatever is still being put right.
_MOST_QUESTIONS = 9


def on_read_back(d: Deciding, node: Node, step: ReadBack, words: ev.WordsHeard) -> None:
    """The caller answered "is that right?"."""
    standing = d.state.standing
    assert standing is not None
    acts = words.understanding.acts
    changed = absorb(d, words)
    # With a yes, what is new is noted and what was read stands.
    put_right = [slot for slot in changed if slot in standing.slots or Act.AFFIRM not in acts]
    if put_right:
        reread(d, node, step, put_right)
    elif Act.AFFIRM in acts and not acts & {Act.DENY, Act.CORRECT}:
        _agreed(d, step, standing.slots)
        advance_from(d, node.next)
    elif acts & {Act.DENY, Act.CORRECT}:
        _ask_what_is_wrong(d, node, step, words.text)
    elif (slot := _named(d, words.text, standing.slots)) is not None:
        _ask_anew(d, node, step, slot)
    else:
        not_understood(d, words.turn)


def reread(d: Deciding, node: Node, step: ReadBack, changed: list[Slot]) -> None:
    """After a correction: what changed; what he had not heard yet because he cut in; the same question."""
    standing = d.state.standing
    assert standing is not None
    if sum(said.prompt == step.ask for said in d.state.said.values()) >= _MOST_QUESTIONS:
        advance_from(d, node.next)
        return
    say_corrected(d, changed, step.changed)
    rest = _rest(d, step, changed)
    if rest:
        d.say(step.read_back, only=rest)
    slots = tuple(dict.fromkeys((*standing.slots, *changed)))
    d.say(step.ask)
    d.stand(node, "read_back", listen=ListenProfile.YES_NO, slots=slots, attempt=standing.attempt)


def _rest(d: Deciding, step: ReadBack, changed: list[Slot]) -> list[str]:
    """The parts after the corrected one, if the read-back was cut short."""
    said = last_said(d, step.read_back)
    if said is None or said.heard is not False:
        return []
    parts = [part for part in d.script.prompts[step.read_back].parts if slots_in(part)]
    concerned = [index for index, part in enumerate(parts) if set(slots_in(part)) & set(changed)]
    return parts[concerned[-1] + 1 :] if concerned else parts


def _agreed(d: Deciding, step: ReadBack, slots: tuple[Slot, ...]) -> None:
    """What was read to its end is confirmed; a yes that cut in lets the call go on, no more."""
    said = last_said(d, step.read_back)
    if said is not None and said.heard is not False:
        for slot in slots:
            d.confirm(slot, "read_back")


def _ask_what_is_wrong(d: Deciding, node: Node, step: ReadBack, text: str) -> None:
    standing = d.state.standing
    assert standing is not None
    if standing.attempt + 1 >= step.limit:
        # Not agreed within the limit: kept unconfirmed, for a person to look at; the call goes on.
        advance_from(d, node.next)
        return
    slot = _named(d, text, standing.slots)
    if slot is not None:
        _ask_anew(d, node, step, slot)
        return
    d.say_use("what_is_wrong")
    d.stand(node, "read_back", listen=ListenProfile.SHORT, slots=standing.slots, attempt=standing.attempt + 1)


def _named(d: Deciding, text: str, slots: tuple[Slot, ...]) -> Slot | None:
    """The slot called by its name: "电话不对", "金额"."""
    named = [slot for slot in slots if d.label(slot) in text]
    return max(named, key=lambda slot: len(d.label(slot)), default=None)


def _ask_anew(d: Deciding, node: Node, step: ReadBack, slot: Slot) -> None:
    """Ask for one value of the record just read; the answer is a correction."""
    standing = d.state.standing
    assert standing is not None
    if standing.attempt + 1 >= step.limit:
        advance_from(d, node.next)
        return
    place = collect_node(d, slot)
    listen = ListenProfile.SHORT
    expect: tuple[str, ...] = ()
    if place is None:
        d.say_use("what_is_wrong")
    else:
        listen, expect = place[1].listen, tuple(place[1].expect)
        d.say(place[1].ask)
    d.stand(
        node,
        "read_back",
        listen=listen,
        slot=slot,
        slots=standing.slots,
        attempt=standing.attempt + 1,
        expect=expect,
    )
