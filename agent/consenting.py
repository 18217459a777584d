"""The rule of consent: what counts as agreement, and what happens to everything else. Pure.

Only a clear yes after the binding part was heard to its end is agreement (PIPL art. 23: separate consent;
DESIGN "Answers to a consent question"). One more asking, then it is not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import data.events as ev
from agent.absorb import absorb, put_right
from agent.advance import advance, ask_consent, consent_way, say_corrected, stand_consent, to_desk
from agent.deciding import Deciding
from agent.faq import answer
from agent.state import ConsentState
from data.vocabulary import ConsentReply, ConsentStatus
from dialogs.schema import ConsentStep
from dialogs.script import Node

#: Askings of one consent, the first included. A repetition the caller asked for is not another asking.
MOST_ASKS = 2
#: Answers that were none.
_NOT_HEARD = (ConsentReply.UNCLEAR.value, "silence")
#: "那件别转了".
_PASSING_ON = "转"


def on_consent_reply(d: Deciding, node: Node, step: ConsentStep, words: ev.WordsHeard) -> None:
    """The caller answered a consent question."""
    held = d.state.consents[step.consent]
    reply = words.understanding.consent or ConsentReply.UNCLEAR
    absorb(d, words)
    corrected = put_right(d)
    say_corrected(d, corrected)
    recipient = d.state.value(step.recipient)
    if isinstance(recipient, str) and recipient != held.recipient:
        # Whatever was answered was about somebody else.
        ask_consent(d, node, step, recipient)
    elif reply is ConsentReply.AGREE:
        _agreed(d, node, step, held, words)
    elif reply in (ConsentReply.DECLINE, ConsentReply.WITHDRAW):
        refuse(d, node, step, held, words.turn, reply.value)
    elif reply is ConsentReply.UNCLEAR and corrected:
        # He was busy with a mistake in the record: the question still stands.
        ask_whole_again(d, node, step)
    elif reply is ConsentReply.UNCLEAR and _question_coming(d, held):
        # A "嗯" over the explanation is no answer; the question is on its way.
        pass
    else:
        answered = reply in (ConsentReply.CONDITIONAL, ConsentReply.QUESTION)
        lead = partial(_reply, d, step, held, words) if answered else None
        _again(d, node, step, held, words.turn, reply.value, lead=lead)


def on_consent_silence(d: Deciding, node: Node, step: ConsentStep) -> None:
    """Silence is not a yes: asked once more, then not given."""
    _again(d, node, step, d.state.consents[step.consent], None, "silence")


def ask_whole_again(d: Deciding, node: Node, step: ConsentStep) -> None:
    """Say all of it once more, at the caller's wish: it does not count as another asking."""
    standing = d.state.standing
    attempt = standing.attempt if standing is not None else 0
    ask_consent(d, node, step, d.state.consents[step.consent].recipient, attempt)


def binding_heard(d: Deciding, held: ConsentState, words: ev.WordsHeard) -> bool:
    """The binding part sounded to its end, and the answer did not begin inside it."""
    return _heard(d, held.utterance) is True and words.during != str(held.utterance)


def refuse(
    d: Deciding,
    node: Node,
    step: ConsentStep,
    held: ConsentState,
    turn: int | None,
    reason: str,
    *,
    person: bool = False,
) -> None:
    """Not given. person: the call goes to one, in place of the way the script has for a no."""
    d.emit(ev.ConsentRefused(consent=step.consent, recipient=held.recipient, turn=turn, reason=reason))
    if person:
        to_desk(d, "not_understood", turn=turn)
    else:
        advance_from(d, consent_way(d, node, given=False))


def withdraw(d: Deciding, words: ev.WordsHeard) -> bool:
    """Take back every given consent of the present record; says whether there was one.

    While another record is told, "算了" is about that one: what was given for an earlier record is taken back
    where the words speak of passing on.
    """
    turn = words.turn
    given: list[tuple[str | None, str, str]] = [(None, p, c.recipient) for p, c in _given(d.state.consents)]
    if not given and _PASSING_ON in words.text:
        given = [(e.record, p, c.recipient) for e in d.state.earlier for p, c in _given(e.consents)]
    for record, purpose, recipient in given:
        d.emit(ev.ConsentWithdrawn(consent=purpose, recipient=recipient, turn=turn, record=record))
    return bool(given)


def _given(consents: Mapping[str, ConsentState]) -> list[tuple[str, ConsentState]]:
    return [(p, c) for p, c in consents.items() if c.status is ConsentStatus.GIVEN]


def advance_from(d: Deciding, step: str | None) -> None:
    leave(d)
    advance(d, step)


def leave(d: Deciding) -> None:
    standing = d.state.standing
    if standing is not None:
        d.emit(ev.StepLeft(flow=standing.flow, step=standing.step))


def _agreed(d: Deciding, node: Node, step: ConsentStep, held: ConsentState, words: ev.WordsHeard) -> None:
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
        advance_from(d, consent_way(d, node, given=True))
    elif not _question_coming(d, held):
        _again(d, node, step, held, words.turn, "binding_not_heard")
    # Else a yes before the question was put: no answer, and the question is on its way.


def _reply(d: Deciding, step: ConsentStep, held: ConsentState, words: ev.WordsHeard) -> None:
    """What he asks before he agrees: answered if the seat can, else with what the script says of this consent."""
    asking = d.state.asking
    asks = words.understanding.consent is ConsentReply.QUESTION
    if not (asks and asking is not None and asking.turn == words.turn and answer(d)):
        d.say(step.answer, recipient=held.recipient)


def _heard(d: Deciding, utterance: int) -> bool | None:
    """Whether an utterance was heard to its end; None while it sounds or waits."""
    said = d.state.said.get(utterance)
    return said is not None and said.heard


def _question_coming(d: Deciding, held: ConsentState) -> bool:
    """The binding part, or the question right after it, still sounds or waits to."""
    binding = _heard(d, held.utterance)
    return binding is None or (binding and _heard(d, held.utterance + 1) is None)


def _again(
    d: Deciding,
    node: Node,
    step: ConsentStep,
    held: ConsentState,
    turn: int | None,
    reason: str,
    *,
    lead: Callable[[], None] | None = None,
) -> None:
    """Ask once more, after what `lead` says; the time after that it is not given."""
    standing = d.state.standing
    attempt = (standing.attempt if standing is not None else 0) + 1
    if attempt >= MOST_ASKS:
        # Nobody there: no person is called. None on duty: the record is lodged all the same.
        person = step.escalate == "to_desk" and reason != "silence" and d.state.desk_open
        refuse(d, node, step, held, turn, reason, person=person)
        return
    if lead is not None:
        lead()
    elif reason in _NOT_HEARD:
        d.say_not_heard(silent=reason == "silence")
    if _heard(d, held.utterance) is False:
        ask_consent(d, node, step, held.recipient, attempt)
    else:
        # The binding part stands as heard before: only the question is put again.
        stand_consent(d, node, step, held, attempt, step.again, "")
