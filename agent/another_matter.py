"""The answer to "is there anything else?": nothing, what was offered, or another matter. Pure."""

from __future__ import annotations

import data.events as ev
from agent.absorb import absorb, keep_narrative, note_flags
from agent.advance import advance, to_desk
from agent.consenting import advance_from, leave
from agent.deciding import Deciding
from agent.matters import ask_more, begin, offered
from data.understanding import Finding, Understanding
from data.vocabulary import Act, Intent, Kind, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import More
from dialogs.script import CompiledFlow, Node
from dialogs.ways import ANOTHER, NOTHING

#: Askings after which what he wants is for a person to find out.
_MOST_ASKS = 2
#: No matters of their own.
_NO_MATTER = (Intent.REQUEST_HUMAN, Intent.EMOTIONAL, Intent.INVALID)
_NO = frozenset({Act.DENY, Act.DECLINE, Act.DONT_KNOW, Act.GOODBYE})
#: Whose value another than the one held means that something else is spoken of.
_OF_THE_MATTER = (
    Slot.PLATFORM,
    Slot.SHOP,
    Slot.PRODUCT,
    Slot.RESPONDENT,
    Slot.RESPONDENT_ADDRESS,
    Slot.ORDER_NO,
    Slot.DEVICE,
)


def on_more(d: Deciding, node: Node, step: More, words: ev.WordsHeard) -> None:
    """The caller answered."""
    standing = d.state.standing
    assert standing is not None
    meant = words.understanding
    acts = meant.acts
    offer = offered(d) if standing.listen is ListenProfile.YES_NO else None
    told = _told(d, meant)
    if offer is not None and Act.AFFIRM in acts and Act.DENY not in acts:
        _go(d, node, offer, words, same_matter=True)
    elif told is not None and _said_again(d, told, meant):
        nothing_more(d, node)
    elif told is not None:
        _go(d, node, told, words, same_matter=_same_matter(d, told, meant))
    elif acts & _NO:
        if offer is not None:
            d.emit(ev.MatterDeclined(intent=offer, turn=words.turn))
        nothing_more(d, node)
    elif standing.attempt + 1 >= _MOST_ASKS and step.escalate == "go_on":
        nothing_more(d, node)
    elif standing.attempt + 1 >= _MOST_ASKS:
        to_desk(d, "not_understood", turn=words.turn)
    elif offer is None and (Act.AFFIRM in acts or meant.findings):
        d.say(step.tell)
        d.stand(node, "more", listen=ListenProfile.STORY, attempt=standing.attempt + 1)
    else:
        d.emit(ev.NotUnderstood(turn=words.turn))
        d.say_not_heard(silent=False)
        ask_more(d, node, step, standing.attempt + 1)


def nothing_more(d: Deciding, node: Node) -> None:
    """On with the step after; silence means so too: all that he told is kept."""
    d.walk(node.id, NOTHING)
    advance_from(d, node.next)


def _told(d: Deciding, meant: Understanding) -> Intent | None:
    """What he asks for now."""
    intents = (*meant.outright, *(scored.intent for scored in meant.intents[:1]))
    return next((i for i in intents if i not in _NO_MATTER and d.script.flow_for(i) is not None), None)


def _same_matter(d: Deciding, intent: Intent, meant: Understanding) -> bool:
    """Whether the new record is about what the lodged one is about: another kind, and nothing said differs."""
    flow = _flow(d, intent)
    if flow.kind in (None, Kind.CONSULTATION) or flow.kind is d.state.kind:
        return False
    return not any(_differs(d, finding) for finding in meant.findings)


def _said_again(d: Deciding, intent: Intent, meant: Understanding) -> bool:
    """What is lodged, told once more: nothing new in it."""
    known = [f for f in meant.findings if f.slot in _OF_THE_MATTER and f.value == d.state.value(f.slot)]
    same = _flow(d, intent).kind is d.state.kind
    return same and bool(known) and not any(_differs(d, finding) for finding in meant.findings)


def _differs(d: Deciding, finding: Finding) -> bool:
    """It is about something else than the record is."""
    if finding.slot not in _OF_THE_MATTER:
        return False
    held = d.state.value(finding.slot)
    return held != finding.value if finding.slot is Slot.DEVICE else held not in (None, finding.value)


def _flow(d: Deciding, intent: Intent) -> CompiledFlow:
    flow = d.script.flow_for(intent, d.state.told)
    assert flow is not None
    return flow


def _go(d: Deciding, node: Node, intent: Intent, words: ev.WordsHeard, *, same_matter: bool) -> None:
    d.walk(node.id, ANOTHER)
    leave(d)
    start = begin(d, _flow(d, intent), intent, same_matter=same_matter)
    if same_matter:
        absorb(d, words)
    else:
        note_flags(d, words, comfort=False)
        keep_narrative(d, words)
    advance(d, start)
