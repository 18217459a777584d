"""Asking again: after silence, after words that did not help, after a digression. Pure."""

from __future__ import annotations

from typing import Literal

import data.events as ev
from agent.acts import Hush
from agent.advance import ask_confirm, ask_route, ask_value, end, queue_callback, read_back, to_desk
from agent.consenting import advance_from
from agent.deciding import Deciding
from data.vocabulary import Listen as ListenProfile
from data.vocabulary import Outcome, Slot
from dialogs.schema import Collect, ConsentStep, ReadBack, Route


def on_nothing(d: Deciding, *, silent: bool) -> None:
    """Silence, noise, or words nothing came of: say so, and ask again; past the limit, give way."""
    standing = d.state.standing
    assert standing is not None
    lost = d.state.lost_turns
    if lost > d.script.file.max_turns_lost:
        _give_way(d, silent=silent)
        return
    ladder = d.script.file.ladder
    wordings = ladder.noinput if silent else ladder.nomatch
    d.say(wordings[min(lost, len(wordings)) - 1])
    ask_again(d, raise_attempt=not silent)


def ask_again(d: Deciding, *, raise_attempt: bool = False) -> None:
    """Put the present question again, in its next wording when `raise_attempt` is set."""
    standing = d.state.standing
    if standing is None or standing.phase == "pending":
        return
    node = d.script.node(standing.flow, standing.step)
    attempt = standing.attempt + (1 if raise_attempt else 0)
    match node.step:
        case Collect() if standing.phase == "value":
            if raise_attempt and attempt >= node.step.limit:
                give_up(d)
            else:
                ask_value(d, node, node.step, attempt)
        case Collect() if standing.phase == "offer":
            d.say(node.step.offer_ask or f"offer.{node.step.collect}")
            d.stand(node, "offer", listen=ListenProfile.YES_NO, slot=node.step.collect, attempt=attempt)
        case Collect():
            ask_confirm(d, node, node.step, attempt)
        case Route():
            if raise_attempt and attempt >= node.step.limit:
                to_desk(d, "not_understood")
            else:
                ask_route(d, node, node.step, attempt)
        case ReadBack():
            read_back(d, node, node.step)
        case ConsentStep():
            held = d.state.consents[node.step.consent]
            d.say(node.step.explain, recipient=held.recipient, fields=_labels(d, held.fields))
            d.say(node.step.ask, recipient=held.recipient)
            d.stand(
                node,
                "consent",
                listen=ListenProfile.YES_NO,
                consent=node.step.consent,
                recipient=held.recipient,
                attempt=attempt,
            )
        case _:
            pass


def give_up(
    d: Deciding,
    reason: Literal["declined", "dont_know", "given_up"] = "given_up",
    turn: int | None = None,
) -> None:
    """A value asked for often enough: kept as not given, and the call goes on."""
    standing = d.state.standing
    assert standing is not None and standing.slot is not None
    node = d.script.node(standing.flow, standing.step)
    if d.state.value(standing.slot) is None:
        d.emit(ev.SlotDeclined(slot=standing.slot, reason=reason, turn=turn))
    advance_from(d, node.next)


def _give_way(d: Deciding, *, silent: bool) -> None:
    if silent and d.state.turns == 0:
        d.act(Hush())
        end(d, Outcome.INCOMPLETE, d.script.file.says["silent_goodbye"])
        return
    if silent:
        queue_callback(d, "silent", 2)
        outcome = Outcome.INCOMPLETE if d.state.case_no is None else Outcome.LODGED
        end(d, outcome, d.script.file.says["silent_goodbye"])
        return
    to_desk(d, "not_understood")


def _labels(d: Deciding, fields: tuple[Slot, ...]) -> str:
    return "、".join(dict.fromkeys(d.label(slot) for slot in fields))
