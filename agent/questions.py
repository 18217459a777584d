"""What the caller says where the seat waits for his questions. Pure."""

from __future__ import annotations

import data.events as ev
from agent.absorb import absorb, fill_narrative
from agent.advance import advance
from agent.consenting import advance_from, leave
from agent.deciding import Deciding
from agent.faq import ask_for_question, leave_question, take_question
from agent.ladder import not_understood
from agent.matters import enter_flow
from data.vocabulary import Act, Intent
from dialogs.schema import Questions
from dialogs.script import CompiledFlow, Node

_NO_MORE = frozenset({Act.DENY, Act.DECLINE, Act.DONT_KNOW, Act.GOODBYE})
#: Shorter words say where to go ("那我要投诉"), not what happened.
_SHORT_STORY = 8
#: What is no business to go to from here.
_NO_BUSINESS = frozenset({Intent.CONSULT, Intent.EMOTIONAL, Intent.INVALID, Intent.REQUEST_HUMAN})


def on_question(d: Deciding, node: Node, step: Questions, words: ev.WordsHeard) -> None:
    """Another question, no more questions, or business that came out of them."""
    standing, asking, acts = d.state.standing, d.state.asking, words.understanding.acts
    assert standing is not None
    again = standing.attempt + 1
    other = _business(d, words)
    if other is not None:
        _go_to(d, other, words)
    elif asking is not None and asking.turn == words.turn:
        if again < step.limit:
            take_question(d, node, step, again)
        else:
            _last(d, node, step)
    elif acts & _NO_MORE:
        advance_from(d, node.next)
    elif Act.AFFIRM in acts and again < step.limit:
        ask_for_question(d, node, step, again, step.ask)
    else:
        not_understood(d, words.turn)


def _business(d: Deciding, words: ev.WordsHeard) -> CompiledFlow | None:
    """The flow of what he wants done now, told and not asked: "那我要投诉他"."""
    meant = words.understanding
    if meant.intent is None or meant.intent in _NO_BUSINESS or Act.ASK_QUESTION in meant.acts:
        return None
    if meant.question is not None and meant.question.entry is not None:
        return None
    flow = d.script.flow_for(meant.intent)
    return flow if flow is not None and flow.name != d.state.flow else None


def _go_to(d: Deciding, flow: CompiledFlow, words: ev.WordsHeard) -> None:
    """What he tells now is the story; the question he came with was none."""
    absorb(d, words)
    if len(words.text) >= _SHORT_STORY:
        fill_narrative(d, words)
    leave(d)
    advance(d, enter_flow(d, flow))


def _last(d: Deciding, node: Node, step: Questions) -> None:
    """One question too many: noted, and the call goes on."""
    leave_question(d, "too_many")
    d.say(step.noted)
    advance_from(d, node.next)
