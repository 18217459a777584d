"""The caller's questions: answered from the FAQ, or left for a person. Pure."""

from __future__ import annotations

from typing import Literal

import data.events as ev
from agent.deciding import Deciding
from data.vocabulary import Listen as ListenProfile
from data.vocabulary import Slot
from dialogs.faq import FaqEntry, answer_prompt
from dialogs.schema import Questions
from dialogs.script import Node


def speakable(d: Deciding) -> FaqEntry | None:
    """The answer to the open question, if there is one and the seat may speak it."""
    asking = d.state.asking
    entry = None if asking is None or asking.entry is None else d.script.faq.get(asking.entry)
    return entry if entry is not None and entry.signed_off else None


def answer(d: Deciding) -> bool:
    """Answer the open question; False, and nothing done, where the seat has nothing to say to it."""
    asking, entry = d.state.asking, speakable(d)
    if asking is None or asking.entry is None or entry is None:
        return False
    d.emit(ev.QuestionAnswered(turn=asking.turn, entry=asking.entry, topic=entry.topic, score=asking.score))
    d.say(answer_prompt(asking.entry))
    if not entry.verified:
        d.say_use("answer_unverified")
    return True


def leave_question(d: Deciding, reason: Literal["not_found", "too_many"] = "not_found") -> None:
    """Note the open question for a person; a known one that may not be spoken says so."""
    asking = d.state.asking
    if asking is not None:
        known = asking.entry is not None and asking.entry in d.script.faq
        if known and reason == "not_found":
            d.emit(ev.QuestionLeft(turn=asking.turn, reason="not_signed_off"))
        else:
            d.emit(ev.QuestionLeft(turn=asking.turn, reason=reason))


# --- the step ---------------------------------------------------------------------------------------


def enter_questions(d: Deciding, node: Node, step: Questions) -> None:
    """Answer what was asked on the way here; else ask what the question is."""
    if d.state.asking is not None:
        take_question(d, node, step, 0)
    else:
        ask_for_question(d, node, step, 0)


def take_question(d: Deciding, node: Node, step: Questions, attempt: int) -> None:
    """Answer the open question or note it, then ask for more."""
    _keep_topic(d)
    if not answer(d):
        leave_question(d)
        d.say(step.noted)
    ask_for_question(d, node, step, attempt)


def ask_for_question(
    d: Deciding, node: Node, step: Questions, attempt: int, prompt: str | None = None
) -> None:
    """Stand waiting for a question. prompt: in place of the step's own."""
    d.say_unheard()
    d.say(prompt or (step.more if d.state.questions else step.ask))
    d.stand(node, "questions", listen=ListenProfile.STORY, slot=Slot.TOPIC, attempt=attempt)


def _keep_topic(d: Deciding) -> None:
    """What the record is about: the first answer's topic, or the caller's own words."""
    asking = d.state.asking
    if asking is None or d.state.value(Slot.TOPIC) is not None:
        return
    entry = d.script.faq.get(asking.entry or "")
    d.fill(
        Slot.TOPIC,
        asking.text if entry is None else entry.topic,
        turn=asking.turn,
        heard=asking.text,
        span=(0, len(asking.text)),
        confidence=asking.score if entry is not None else 1.0,
        method="story" if entry is None else "faq",
    )
