"""Going on with a call that dropped: asked after the notice, and done only on a yes. Pure.

The caller's number is a hint, no more: until the yes only the kind of matter is named (a 举报 not even that), and
the earlier call's words are not even read.
"""

from __future__ import annotations

import data.events as ev
from agent.absorb import absorb, keep_narrative
from agent.acts import Recall, StopRecording
from agent.advance import advance
from agent.consenting import advance_from, leave
from agent.deciding import Deciding
from agent.matters import enter_flow, wanted_flow
from data.records import RecordDraft
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import Resume
from dialogs.script import CompiledFlow, Node


def may_resume(d: Deciding) -> bool:
    """There is an earlier call, and the script still knows its matter and asks about it."""
    return d.script.file.resume is not None and _flow(d) is not None


def ask_resume(d: Deciding, attempt: int = 0) -> None:
    """ "The call dropped just now: shall we go on?"."""
    flow, rules = _flow(d), _rules(d)
    d.say_unheard()
    d.say(rules.matters.get(flow.name, rules.ask) if flow is not None else rules.ask)
    d.stand(_start(d), "resume", listen=ListenProfile.YES_NO, attempt=attempt)


def go_on(d: Deciding, words: ev.WordsHeard) -> None:
    """He wants to: what the earlier call had told is fetched. What he says beside the yes is kept."""
    dropped = d.state.dropped
    assert dropped is not None
    absorb(d, words)
    d.emit(ev.ResumeAnswered(goes_on=True, turn=words.turn))
    d.stand(_start(d), "pending", listen=ListenProfile.SHORT)
    d.act(Recall(call_id=dropped.call_id))


def start_fresh(d: Deciding, words: ev.WordsHeard | None = None) -> None:
    """A new call like any other; the earlier one stays as it is. words: they tell a matter of their own."""
    d.emit(ev.ResumeAnswered(goes_on=False, turn=words.turn if words is not None else None))
    d.say(_rules(d).fresh)
    if words is not None and (words.understanding.findings or words.understanding.intents):
        keep_narrative(d, words)
    advance_from(d, _start(d).id)


def told_earlier(d: Deciding, told: RecordDraft | None) -> None:
    """The earlier call's record is here, or cannot be gone on with any more."""
    flow = wanted_flow(d) if told is not None else None
    leave(d)
    if told is None or flow is None:
        if d.state.resuming:
            # A fault came in its stead: what may still come is too late.
            d.emit(ev.ResumeAnswered(goes_on=False, turn=None))
        d.say(_rules(d).fresh)
        advance(d, _start(d).id)
        return
    d.say(_rules(d).go_on)
    if told.recording_refused:
        # Who did not want to be recorded then need not say so again.
        d.act(StopRecording())
        d.say_use("recording_stopped")
    advance(d, enter_flow(d, flow))


def other_matter(d: Deciding, words: ev.WordsHeard) -> bool:
    """What he says points to another kind of matter than the earlier call's."""
    intent = words.understanding.intent
    wanted = d.script.flow_for(intent) if intent is not None else None
    return wanted is not None and wanted is not _flow(d)


def _flow(d: Deciding) -> CompiledFlow | None:
    return d.script.flow_for(d.state.dropped.intent) if d.state.dropped is not None else None


def _rules(d: Deciding) -> Resume:
    rules = d.script.file.resume
    assert rules is not None, "asked without may_resume"
    return rules


def _start(d: Deciding) -> Node:
    """Where a fresh call begins; the question itself belongs to no step of the script."""
    opening = d.script.flows[d.script.file.opening]
    return opening.nodes[opening.start]
