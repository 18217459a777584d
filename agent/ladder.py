"""Asking again: after silence, after words that did not help, after a digression. Pure.

Every question has its limit, and so has the row of lost turns over all questions: no call goes round for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import data.events as ev
from agent.absorb import DERIVED_SLOTS
from agent.advance import (
    ask_confirm,
    ask_offer,
    ask_route,
    ask_value,
    end,
    last_said,
    queue_callback,
    read_back,
    to_desk,
)
from agent.another_matter import nothing_more
from agent.consenting import advance_from, ask_whole_again
from agent.deciding import Deciding
from agent.faq import ask_for_question
from agent.known_case import ask_case
from agent.matters import ask_more
from agent.resuming import ask_resume, start_fresh
from data.vocabulary import ELDERLY, Outcome, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import Collect, ConsentStep, More, OnCase, Questions, ReadBack, Route
from dialogs.script import Node

#: A heard value is put for confirmation at most so often before it goes on to the read-back.
MOST_CONFIRMS = 3
#: The caller's number is offered at most so often before it is asked for.
MOST_OFFERS = 2
#: Whether to go on with an earlier call, or to withdraw a case, is asked at most so often: unclear is no yes.
MOST_WISHES = 2
#: Besides its limit, a question is put at most so often because of silence or at the caller's wish.
MOST_REPEATS = 5

#: Because something else was told, it is put so often more.
MOST_TOLD_ELSEWHERE = 2


def on_nothing(d: Deciding, *, silent: bool) -> None:
    """Silence, noise, or words nothing came of: say so, and ask again; past the limit, give way."""
    if silent and _asked_enough(d):
        return
    lost = d.state.lost_turns
    # An old caller gets a person at the first difficulty; his silence is waited out like everybody's.
    old = d.state.value(Slot.CROWD) == ELDERLY and not silent
    if lost > (0 if old else d.script.file.max_turns_lost):
        _give_way(d, silent=silent)
        return
    if silent or not _spent(d):
        d.say_not_heard(silent=silent, time=lost)
    ask_again(d, raise_attempt=not silent, whole=False)


def not_understood(d: Deciding, turn: int) -> None:
    """Words came, nothing in them answered."""
    d.emit(ev.NotUnderstood(turn=turn))
    on_nothing(d, silent=False)


def ask_again(d: Deciding, *, raise_attempt: bool = False, whole: bool = True) -> None:
    """Put the present question again, in its next wording when `raise_attempt` is set.

    whole: a record is read back again, not only asked about.
    """
    standing = d.state.standing
    if standing is None or standing.phase == "pending":
        return
    node = d.script.node(standing.flow, standing.step)
    if raise_attempt and _spent(d):
        _settle(d, node)
        return
    attempt = standing.attempt + (1 if raise_attempt else 0)
    if standing.phase == "resume":
        ask_resume(d, attempt)
        return
    match node.step:
        case OnCase():
            ask_case(d, node, node.step, attempt)
        case Collect() if standing.phase == "value":
            if asked_out(d, node.step):
                _settle(d, node)
            else:
                ask_value(d, node, node.step, attempt)
        case Collect() if standing.phase == "offer":
            ask_offer(d, node, node.step, attempt)
        case Collect():
            ask_confirm(d, node, node.step, attempt)
        case Route():
            ask_route(d, node, node.step, attempt)
        case Questions():
            ask_for_question(d, node, node.step, attempt)
        case ReadBack():
            said = last_said(d, node.step.read_back)
            if whole or (said is not None and said.heard is False):
                read_back(d, node, node.step, attempt)
            else:
                ask_if_right(d, node, node.step, attempt)
        case ConsentStep():
            ask_whole_again(d, node, node.step)
        case More():
            ask_more(d, node, node.step, attempt)
        case _:
            pass


def told_elsewhere(d: Deciding, changed: Sequence[Slot]) -> None:
    """Something else was told than asked: the next wording of the question; it is not given up for that.

    Bounded by MOST_TOLD_ELSEWHERE. What was only worked out is no answer.
    """
    standing = d.state.standing
    assert standing is not None and standing.slot is not None
    step = d.script.node(standing.flow, standing.step).step
    most = (step.limit if isinstance(step, Collect) else 0) + MOST_TOLD_ELSEWHERE
    spared = not DERIVED_SLOTS.issuperset(changed) and d.state.asked.get(standing.slot, 0) < most
    ask_again(d, raise_attempt=not (spared and _spent(d)))


def asked_out(d: Deciding, step: Collect) -> bool:
    """Whether the question was put so often that it may not be put again for any reason."""
    return d.state.asked.get(step.collect, 0) >= step.limit + MOST_REPEATS


def ask_if_right(d: Deciding, node: Node, step: ReadBack, attempt: int) -> None:
    """The closing question of a read-back, about all that was read."""
    standing = d.state.standing
    d.say(step.ask)
    d.stand(
        node,
        "read_back",
        listen=ListenProfile.YES_NO,
        slots=standing.slots if standing is not None else (),
        attempt=attempt,
    )


def give_up(
    d: Deciding,
    reason: Literal["declined", "dont_know", "given_up"] = "given_up",
    turn: int | None = None,
) -> None:
    """A value asked for often enough: kept as not given, and the call goes on.

    A value still held while it is asked for was denied by the caller: it goes.
    """
    standing = d.state.standing
    assert standing is not None and standing.slot is not None
    node = d.script.node(standing.flow, standing.step)
    d.emit(ev.SlotDeclined(slot=standing.slot, reason=reason, turn=turn))
    advance_from(d, node.next)


def _asked_enough(d: Deciding) -> bool:
    """Nothing said to "anything else?" is an answer: he has no more. A ladder of the step's own is said first."""
    standing = d.state.standing
    if standing is None or d.state.lost_turns <= len(d.own_ladder(silent=True)):
        return False
    node = d.script.node(standing.flow, standing.step)
    if standing.phase == "more":
        nothing_more(d, node)
        return True
    if standing.phase != "questions" or not d.state.questions:
        return False
    advance_from(d, node.next)
    return True


def _spent(d: Deciding) -> bool:
    """The present question may not be put another time on its own account."""
    standing = d.state.standing
    if standing is None or standing.phase == "pending":
        return False
    match d.script.node(standing.flow, standing.step).step:
        case _ if standing.phase in ("resume", "case"):
            most = MOST_WISHES
        case Collect() if standing.phase == "offer":
            most = MOST_OFFERS
        case Collect() if standing.phase == "confirm":
            most = MOST_CONFIRMS
        case Collect(limit=limit) | Route(limit=limit) | ReadBack(limit=limit) | Questions(limit=limit):
            most = limit
        case _:
            return False
    return standing.attempt + 1 >= most


def _settle(d: Deciding, node: Node) -> None:
    """What becomes of a question that may not be put again."""
    standing = d.state.standing
    match node.step:
        case _ if standing is not None and standing.phase == "resume":
            start_fresh(d)
        case OnCase(escalate="to_desk") | Questions(escalate="to_desk"):
            to_desk(d, "not_understood")
        case OnCase(kept=kept):
            if kept is not None:
                d.say(kept)
            advance_from(d, node.next)
        case Collect() if standing is not None and standing.phase == "offer":
            ask_value(d, node, node.step, 0)
        case Collect(escalate="to_desk") | ReadBack(escalate="to_desk") | Route(escalate=None | "to_desk"):
            to_desk(d, "not_understood")
        case Collect() if standing is not None and standing.phase == "value":
            give_up(d)
        case _:
            # Not agreed within the limit: kept unconfirmed, for a person to look at; the call goes on.
            advance_from(d, node.next)


def _give_way(d: Deciding, *, silent: bool) -> None:
    if not silent:
        to_desk(d, "not_understood")
        return
    if d.state.turns > 0 and d.state.case_no is None:
        queue_callback(d, "silent", 2)
    outcome = Outcome.LODGED if d.state.any_lodged else Outcome.INCOMPLETE
    end(d, outcome, d.script.file.says["silent_goodbye"])
