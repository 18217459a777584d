"""The rule of consent: what counts as agreement, and what happens to everything else. Pure.

Only a clear yes after the binding part was heard to its end is agreement (PIPL art. 23: separate consent;
DESIGN "Answers to a consent question"). One more asking, then it is not given.
"""

from __future__ import annotations

import data.events as ev
from agent.advance import advance, ask_consent
from agent.deciding import Deciding
from agent.state import ConsentState
from data.vocabulary import ConsentReply, ConsentStatus
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import ConsentStep
from dialogs.script import Node

#: Askings of one consent, the first included.
MOST_ASKS = 2


def on_consent_reply(d: Deciding, node: Node, step: ConsentStep, words: ev.WordsHeard) -> None:
    """The caller answered a consent question."""
    held = d.state.consents[step.consent]
    reply = words.understanding.consent or ConsentReply.UNCLEAR
    if reply is ConsentReply.AGREE:
        if binding_heard(d, held, words):
            d.emit(
                ev.ConsentGiven(
                    consent=step.consent,
                    recipient=held.recipient,
                    fields=held.fields,
                    turn=words.turn,
                    words=words.text,
                )
            )
            advance_from(d, node.given)
        elif _still_explaining(d, held):
            # A yes before the question was put is no answer; the question is on its way.
            pass
        else:
            _again(d, node, step, held, words.turn, "binding_not_heard", whole=True)
    elif reply in (ConsentReply.DECLINE, ConsentReply.WITHDRAW):
        refuse(d, node, step, held, words.turn, reply.value)
    elif reply in (ConsentReply.CONDITIONAL, ConsentReply.QUESTION):
        if held.asks < MOST_ASKS:
            d.say(step.answer, recipient=held.recipient)
        _again(d, node, step, held, words.turn, reply.value, whole=False)
    else:
        _again(d, node, step, held, words.turn, reply.value, whole=False)


def on_consent_silence(d: Deciding, node: Node, step: ConsentStep) -> None:
    """Silence is not a yes: asked once more, then not given."""
    _again(d, node, step, d.state.consents[step.consent], None, "silence", whole=False)


def binding_heard(d: Deciding, held: ConsentState, words: ev.WordsHeard) -> bool:
    """The binding part sounded to its end, and the answer did not begin inside it."""
    said = d.state.said.get(held.utterance)
    return said is not None and said.heard is True and words.during != str(held.utterance)


def _still_explaining(d: Deciding, held: ConsentState) -> bool:
    said = d.state.said.get(held.utterance)
    return said is not None and said.heard is None


def refuse(
    d: Deciding, node: Node, step: ConsentStep, held: ConsentState, turn: int | None, reason: str
) -> None:
    d.emit(ev.ConsentRefused(consent=step.consent, recipient=held.recipient, turn=turn, reason=reason))
    advance_from(d, node.refused)


def withdraw(d: Deciding, turn: int) -> bool:
    """Take back every given consent; says whether there was one."""
    given = [(p, c) for p, c in d.state.consents.items() if c.status is ConsentStatus.GIVEN]
    for purpose, consent in given:
        d.emit(ev.ConsentWithdrawn(consent=purpose, recipient=consent.recipient, turn=turn))
    return bool(given)


def advance_from(d: Deciding, step: str | None) -> None:
    leave(d)
    advance(d, step)


def leave(d: Deciding) -> None:
    standing = d.state.standing
    if standing is not None:
        d.emit(ev.StepLeft(flow=standing.flow, step=standing.step))


def _again(
    d: Deciding,
    node: Node,
    step: ConsentStep,
    held: ConsentState,
    turn: int | None,
    reason: str,
    *,
    whole: bool,
) -> None:
    if held.asks >= MOST_ASKS:
        refuse(d, node, step, held, turn, reason)
        return
    if whole:
        ask_consent(d, node, step, held.recipient)
        return
    # The binding part stands as heard before: only the question is put again.
    d.emit(
        ev.ConsentAsked(
            consent=step.consent,
            recipient=held.recipient,
            fields=held.fields,
            utterance=held.utterance,
            version=d.script.prompt_versions[step.explain],
        )
    )
    d.say(step.again, recipient=held.recipient)
    d.stand(
        node,
        "consent",
        listen=ListenProfile.YES_NO,
        consent=step.consent,
        recipient=held.recipient,
        attempt=held.asks,
    )
