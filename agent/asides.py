"""What a caller may say at any question: repeat, slower, wait, a question, withdrawal, goodbye. Pure."""

from __future__ import annotations

import data.events as ev
from agent.absorb import tells
from agent.acts import Listen
from agent.advance import end, queue_callback, to_desk
from agent.consenting import withdraw
from agent.deciding import Deciding, asked_of
from agent.ladder import ask_again
from data.vocabulary import Act, ConsentReply, Outcome
from data.vocabulary import Listen as ListenProfile

#: How much slower the seat speaks when asked to. 1 is normal.
_SLOWER = 0.8
#: A withdrawal is short; in a longer sentence the word is part of a story ("商家把订单撤销了").
_LONGEST_WITHDRAWAL = 12
#: Answers to a consent question that leave it open.
_OPEN = (None, ConsentReply.UNCLEAR, ConsentReply.QUESTION)


def aside(d: Deciding, words: ev.WordsHeard) -> bool:
    """Do as asked, unless the words answer the present question; says whether something was done."""
    meant, standing = words.understanding, d.state.standing
    acts = meant.acts
    assert standing is not None
    if tells(words):
        if Act.SLOWER in acts and standing.listen is not ListenProfile.STORY:
            # The wish holds beside an answer too; in a story the word may be about anything.
            slow_down(d)
        return False
    consenting = standing.phase == "consent"
    if Act.WITHDRAW in acts and _withdrawn(d, words):
        return True
    if consenting and meant.consent not in _OPEN:
        return False
    if Act.SLOWER in acts:
        slow_down(d)
        d.say_use("slower")
        ask_again(d)
    elif Act.REPEAT in acts:
        ask_again(d)
    elif Act.WAIT in acts:
        d.say_use("wait")
        d.act(Listen(asked=asked_of(d.state), hold_ms=d.script.file.wait_seconds * 1000))
    elif consenting:
        return False
    elif Act.GOODBYE in acts and not acts & {Act.AFFIRM, Act.DENY} and standing.phase != "more":
        _goodbye(d)
    elif Act.ASK_QUESTION in acts and _is_digression(d, acts):
        d.say_use("cannot_answer")
        ask_again(d)
    else:
        return False
    return True


def slow_down(d: Deciding) -> None:
    """From here on the seat speaks slowly."""
    if d.state.speed != _SLOWER:
        d.emit(ev.SpeechSlowed(speed=_SLOWER))


def _withdrawn(d: Deciding, words: ev.WordsHeard) -> bool:
    """A given consent is taken back; with none given, the whole matter is."""
    standing = d.state.standing
    assert standing is not None
    reply = words.understanding.consent
    if standing.phase == "consent" and reply not in (None, ConsentReply.UNCLEAR, ConsentReply.DECLINE):
        return False
    if withdraw(d, words):
        ask_again(d)
        return True
    if standing.listen is ListenProfile.STORY or len(words.text) > _LONGEST_WITHDRAWAL:
        return False
    if d.state.case_no is not None:
        # What is lodged is taken back by a person.
        if not to_desk(d, "withdraw", turn=words.turn, goes_on=True):
            ask_again(d)
    else:
        end(d, Outcome.INCOMPLETE, d.script.file.says["withdrawn"])
    return True


def _goodbye(d: Deciding) -> None:
    if d.state.case_no is None:
        queue_callback(d, "goodbye", 3)
    outcome = Outcome.LODGED if d.state.any_lodged else Outcome.INCOMPLETE
    end(d, outcome, d.script.file.says["goodbye_incomplete"])


def _is_digression(d: Deciding, acts: frozenset[Act]) -> bool:
    """A question at an open question is the matter itself; beside an answer it may wait."""
    standing = d.state.standing
    if standing is None or standing.listen is ListenProfile.STORY:
        return False
    return not acts & {Act.AFFIRM, Act.DENY, Act.DECLINE, Act.DONT_KNOW}
