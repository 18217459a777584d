"""What an answer does at the step it answers. Pure."""

from __future__ import annotations

from typing import Literal

import data.events as ev
from agent.absorb import DIGIT_SLOTS, absorb, answer_yes_no, keep_narrative, put_right, told
from agent.advance import (
    acknowledge,
    advance,
    ask_confirm,
    ask_value,
    collect_node,
    needs_confirming,
    say_corrected,
    to_desk,
)
from agent.another_matter import on_more
from agent.consenting import advance_from, leave, on_consent_reply
from agent.deciding import Deciding
from agent.known_case import move_case
from agent.ladder import MOST_CONFIRMS, ask_again, asked_out, give_up, not_understood, told_elsewhere
from agent.matters import enter_flow, wanted_flow
from agent.questions import on_question
from agent.reading_back import on_read_back, reread
from agent.resuming import go_on, other_matter, start_fresh
from data.understanding import Understanding
from data.vocabulary import Act, Intent, Slot
from dialogs.schema import Collect, ConsentStep, More, OnCase, Questions, ReadBack, Route
from dialogs.script import Node

#: Intents that say what is wanted, but not what happened.
_MATTERS = frozenset(i for i in Intent if i.startswith(("complaint_", "report_")))
#: An utterance of fewer characters with such an intent and no value ("我要投诉") is not a story.
_SHORT_STORY = 8
#: An open question is answered by so many characters, whatever is in them.
_SOME_STORY = 6
#: What is added to a known case has at least so many characters ("有发票").
_FEW_WORDS = 2
#: A no that says the seat is wrong, rather than that there is nothing to tell.
_WRONG = ("不对", "不是", "错")
#: How many digits may be keyed: of a phone number, an area code included, and of its end.
_LENGTHS = {Slot.PHONE: range(7, 13), Slot.PHONE_TAIL: range(4, 5)}


def on_answer(d: Deciding, words: ev.WordsHeard) -> None:
    """The caller spoke while the dialog waited at a step."""
    standing = d.state.standing
    assert standing is not None
    node = d.script.node(standing.flow, standing.step)
    match node.step:
        case _ if standing.phase == "resume":
            _resuming(d, words)
        case OnCase():
            _on_case(d, node, node.step, words)
        case Collect() if standing.phase == "offer":
            _offered(d, node, node.step, words)
        case Collect() if standing.phase == "confirm":
            _confirming(d, node, node.step, words)
        case Collect(collect=Slot.NARRATIVE):
            _telling(d, node, node.step, words)
        case Collect():
            _collecting(d, node, node.step, words)
        case Route():
            _routing(d, words)
        case ReadBack():
            on_read_back(d, node, node.step, words)
        case ConsentStep():
            on_consent_reply(d, node, node.step, words)
        case More():
            on_more(d, node, node.step, words)
        case Questions():
            on_question(d, node, node.step, words)
        case _:
            pass


# --- collecting -------------------------------------------------------------------------------------


def _telling(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    """The open question: all that is said is the story."""
    standing = d.state.standing
    assert standing is not None
    meant = words.understanding
    if not _says_something(meant, words.text):
        not_understood(d, words.turn)
    elif _only_names_the_matter(meant, words.text) and standing.attempt == 0 and step.limit > 1:
        # "我要投诉" says where to go, not what happened.
        ask_value(d, node, step, 1)
    else:
        keep_narrative(d, words)
        advance_from(d, node.next)


def _says_something(meant: Understanding, text: str) -> bool:
    if meant.intents or meant.findings:
        return True
    return len(text) >= _SOME_STORY and not meant.acts & {Act.DONT_KNOW, Act.DECLINE}


def _only_names_the_matter(meant: Understanding, text: str) -> bool:
    return not meant.findings and len(text) < _SHORT_STORY and meant.intent in _MATTERS


def _collecting(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    acts = words.understanding.acts
    changed = absorb(d, words)
    corrected = put_right(d, besides=step.collect)
    say_corrected(d, corrected)
    if told(words, step.collect) is not None or answer_yes_no(d, words, step.collect):
        _filled(d, node, step)
    elif acts & {Act.DECLINE, Act.DONT_KNOW}:
        _declined(d, node, step, words)
    elif corrected:
        # Something else was put right: the question still stands, as it was.
        ask_again(d)
    elif Act.DENY in acts and not changed and _ack_denied(d, words.text):
        pass
    elif step.optional and Act.DENY in acts:
        _declined(d, node, step, words)
    elif changed:
        # An answer to another question than asked: taken, and the question put once more.
        told_elsewhere(d, changed)
    else:
        not_understood(d, words.turn)


def _filled(d: Deciding, node: Node, step: Collect) -> None:
    standing = d.state.standing
    held = d.state.slots[step.collect]
    if needs_confirming(d, step, held.confidence) and not held.confirmed:
        # The count goes on from asking to confirming, so that the two together stay bounded.
        ask_confirm(d, node, step, standing.attempt if standing is not None else 0)
        return
    leave(d)
    if step.confirm == "implicit":
        acknowledge(d, step)
    advance(d, node.next)


def _declined(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    """He does not know, or will not say. What is needed is asked for once more, with the reason."""
    standing = d.state.standing
    assert standing is not None
    unknown = words.understanding.acts & {Act.DECLINE, Act.DONT_KNOW} == {Act.DONT_KNOW}
    reason: Literal["declined", "dont_know"] = "dont_know" if unknown else "declined"
    again = standing.attempt + 1 if standing.phase == "value" else 0
    if step.optional or again > 1 or again >= step.limit or asked_out(d, step):
        d.say_use("declined")
        give_up(d, reason, words.turn)
    else:
        ask_value(d, node, step, again, lead=d.script.file.says["needed"])


def _ack_denied(d: Deciding, text: str) -> bool:
    """A bare "不对" right after a value was said back in passing is about that value: ask for it anew."""
    slot = d.state.acked
    if slot is None or not any(word in text for word in _WRONG):
        return False
    place, times = collect_node(d, slot), d.state.asked.get(slot, 0)
    if place is None or times >= place[1].limit:
        return False
    leave(d)
    ask_value(d, *place, times)
    return True


def _offered(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    acts = words.understanding.acts
    changed = absorb(d, words)
    corrected = put_right(d, besides=step.collect)
    say_corrected(d, corrected)
    if told(words, step.collect) is not None:
        if d.state.value(step.collect) == d.state.caller_no:
            d.confirm(step.collect, "explicit")
        _filled(d, node, step)
    elif Act.AFFIRM in acts and Act.DENY not in acts and d.state.caller_no:
        d.fill(step.collect, d.state.caller_no, turn=words.turn, heard=words.text, method="caller_no")
        d.confirm(step.collect, "explicit")
        advance_from(d, node.next)
    elif acts & {Act.DECLINE, Act.DONT_KNOW}:
        _declined(d, node, step, words)
    elif Act.DENY in acts:
        ask_value(d, node, step, 0)
    elif changed:
        ask_again(d, raise_attempt=not corrected)
    else:
        not_understood(d, words.turn)


def _confirming(d: Deciding, node: Node, step: Collect, words: ev.WordsHeard) -> None:
    standing = d.state.standing
    assert standing is not None
    acts = words.understanding.acts
    changed = absorb(d, words)
    say_corrected(d, put_right(d, besides=step.collect))
    again = standing.attempt + 1
    if step.collect in changed:
        # A value that changed since the question is never confirmed by it: ask about the new one.
        if again < MOST_CONFIRMS:
            ask_confirm(d, node, step, again)
        else:
            advance_from(d, node.next)
    elif Act.DENY in acts:
        if again < min(step.limit, MOST_CONFIRMS) and not asked_out(d, step):
            ask_value(d, node, step, again)
        else:
            give_up(d, turn=words.turn)
    elif Act.AFFIRM in acts or told(words, step.collect) is not None:
        # A yes, or the same value once more.
        d.confirm(step.collect, "explicit")
        advance_from(d, node.next)
    elif changed:
        ask_again(d, raise_attempt=True)
    else:
        not_understood(d, words.turn)


# --- an earlier call, a known case ------------------------------------------------------------------


def _resuming(d: Deciding, words: ev.WordsHeard) -> None:
    """Only a yes goes on; whoever tells another matter instead begins with that."""
    meant = words.understanding
    no = meant.acts & {Act.DENY, Act.DECLINE, Act.CORRECT}
    if no or other_matter(d, words):
        start_fresh(d, words)
    elif Act.AFFIRM in meant.acts:
        go_on(d, words)
    elif meant.findings:
        start_fresh(d, words)
    else:
        not_understood(d, words.turn)


def _on_case(d: Deciding, node: Node, step: OnCase, words: ev.WordsHeard) -> None:
    """A withdrawal needs a yes; anything else is written down as he says it, unless he has nothing to say."""
    acts, withdrawing = words.understanding.acts, step.on_case == "ask_withdrawal"
    wanted = bool(acts & {Act.AFFIRM, Act.WITHDRAW}) if withdrawing else len(words.text) >= _FEW_WORDS
    nothing = bool(acts & {Act.DENY, Act.DECLINE, Act.DONT_KNOW})
    if nothing and (withdrawing or len(words.text) < _SHORT_STORY):
        if step.kept is not None:
            d.say(step.kept)
        advance_from(d, node.next)
    elif wanted:
        leave(d)
        move_case(d, node, step, words.text)
    else:
        not_understood(d, words.turn)


# --- routing ----------------------------------------------------------------------------------------


def _routing(d: Deciding, words: ev.WordsHeard) -> None:
    changed = absorb(d, words)
    say_corrected(d, put_right(d))
    flow = wanted_flow(d)
    pointed = any(s.intent is not Intent.EMOTIONAL for s in words.understanding.intents)
    if flow is not None and (pointed or flow.said):
        leave(d)
        advance(d, enter_flow(d, flow))
    elif changed:
        ask_again(d, raise_attempt=True)
    else:
        not_understood(d, words.turn)


# --- keys -------------------------------------------------------------------------------------------


def on_keys(d: Deciding, keys: ev.KeysPressed) -> None:
    """Digits typed at a digit question are its answer, sure; a lone "0" asks for a person."""
    standing = d.state.standing
    digits = "".join(key for key in keys.digits if key in "0123456789")
    if standing is None or standing.phase == "pending" or not digits:
        return
    if digits == "0":
        if not to_desk(d, "requested", goes_on=True):
            ask_again(d)
        return
    slot = standing.slot
    if slot not in DIGIT_SLOTS or (slot in _LENGTHS and len(digits) not in _LENGTHS[slot]):
        ask_again(d)
        return
    assert slot is not None
    node = d.script.node(standing.flow, standing.step)
    number = slot in (Slot.AMOUNT, Slot.PEOPLE_COUNT)
    d.fill(slot, int(digits) if number else digits, turn=None, heard=digits, method="keypad")
    d.confirm(slot, "explicit")
    if isinstance(node.step, ReadBack):
        reread(d, node, node.step, [slot])
    else:
        advance_from(d, node.next)
