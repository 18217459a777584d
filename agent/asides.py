"""What a caller may say at any question: repeat, slower, wait, a question, withdrawal, goodbye. Pure."""

from __future__ import annotations

import data.events as ev
from agent.absorb import tells, told
from agent.acts import Listen
from agent.advance import end, queue_callback, to_desk
from agent.consenting import withdraw
from agent.deciding import Deciding, asked_of
from agent.faq import answer, leave_question, speakable
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
    consenting = standing.phase == "consent"
    answerable = not consenting and _is_digression(d, acts) and _answerable(d, words)
    if (answerable and standing.slot is not None and told(words, standing.slot) is not None) or (
        _declines_and_asks(d, acts) and _answerable(d, words)
    ):
        # "三百二。多久能办好？", "没有。多久能办好？": both are taken.
        _answer(d)
        return False
    if answerable:
        _take_question(d)
        return True
    if tells(words):
        if Act.SLOWER in acts and standing.listen is not ListenProfile.STORY:
            # The wish holds beside an answer too; in a story the word may be about anything.
            slow_down(d)
        return False
    if standing.phase == "resume" and acts & {Act.AFFIRM, Act.DENY}:
        # "不用，我重新说" asks for no repetition.
        return False
    if Act.WITHDRAW in acts and standing.phase != "case" and _withdrawn(d, words):
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
    elif consenting or standing.phase == "questions":
        return False
    elif Act.GOODBYE in acts and not acts & {Act.AFFIRM, Act.DENY} and standing.phase != "more":
        _goodbye(d)
    elif _is_digression(d, acts):
        _take_question(d)
    else:
        return False
    return True


def slow_down(d: Deciding) -> None:
    """From here on the seat speaks slowly."""
    if d.state.speed != _SLOWER:
        d.emit(ev.SpeechSlowed(speed=_SLOWER))


def _answerable(d: Deciding, words: ev.WordsHeard) -> bool:
    """The words ask what the seat has an answer to."""
    asking = d.state.asking
    return asking is not None and asking.turn == words.turn and speakable(d) is not None


def _take_question(d: Deciding) -> None:
    """Answer it, or note it for a person; then the question that waits, as shortly as it can be put."""
    if not _answer(d):
        leave_question(d)
        d.say_use("cannot_answer")
    ask_again(d, whole=False)


def _answer(d: Deciding) -> bool:
    """Answer the open question, or note it after a row of them; False where there is nothing to say to it."""
    if d.state.questions_in_row < d.script.file.max_questions:
        return answer(d)
    leave_question(d, "too_many")
    d.say_use("questions_later")
    return True


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
    if d.state.case_no is None and d.state.shown is None:
        queue_callback(d, "goodbye", 3)
    outcome = Outcome.INCOMPLETE
    if d.state.any_lodged:
        outcome = Outcome.LODGED
    elif d.state.shown is not None:
        outcome = Outcome.ANSWERED
    end(d, outcome, d.script.file.says["goodbye_incomplete"])


def _declines_and_asks(d: Deciding, acts: frozenset[Act]) -> bool:
    """What was asked for he has not, or will not say; and he has a question."""
    standing = d.state.standing
    value = standing is not None and standing.phase == "value" and standing.listen is not ListenProfile.STORY
    return value and Act.ASK_QUESTION in acts and bool(acts & {Act.DECLINE, Act.DONT_KNOW})


def _is_digression(d: Deciding, acts: frozenset[Act]) -> bool:
    """A question at an open question is the matter itself; beside an answer it may wait."""
    standing = d.state.standing
    if standing is None or standing.listen is ListenProfile.STORY or Act.ASK_QUESTION not in acts:
        return False
    return not acts & {Act.AFFIRM, Act.DENY, Act.CORRECT, Act.DECLINE, Act.DONT_KNOW}
