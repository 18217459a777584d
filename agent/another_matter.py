"""The answer to "is there anything else?": nothing, what was offered, or another matter. Pure.

What the lodged record says of the other side is taken over only where the caller says that it is the same: what is
not said is asked.
"""

from __future__ import annotations

import re

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
#: With a value of its own, a new matter is told.
_OF_ITS_OWN = frozenset({*_OF_THE_MATTER, Slot.RESPONDENT_TYPE, Slot.GOODS})
_SAME_SIDE = re.compile(
    "同一(?:家|个)|(?:还是|也是|就是|还有|又是)(?:刚才|刚刚|前面|那|这|他们|她们|它|同)|(?:刚才|刚刚|前面)(?:那|说|讲|投|举)"
)
_THEY = re.compile("他们?|她|它|对方|[那这]家")
_ANOTHER = re.compile("另外?一?[家个]|别的店|别家|换了?一?家|还有一?家|隔壁")
_TWO_MATTERS = re.compile("(?:另外?|还有)一?(?:家|件|个店)|两(?:件事|家)|第二(?:件|家)")
#: Shorter words name a matter ("我还要举报") and do not tell it.
_SHORT_STORY = 8


def on_more(d: Deciding, node: Node, step: More, words: ev.WordsHeard) -> None:
    """The caller answered."""
    standing = d.state.standing
    assert standing is not None
    meant = words.understanding
    acts = meant.acts
    first = standing.attempt + 1 < _MOST_ASKS
    offer = offered(d) if standing.listen is ListenProfile.YES_NO else None
    told = _told(d, meant)
    if told is None and standing.listen is ListenProfile.STORY and len(words.text) >= _SHORT_STORY:
        # Asked to tell what he had asked for.
        told = offered(d)
    if offer is not None and Act.AFFIRM in acts and Act.DENY not in acts:
        if first and _TWO_MATTERS.search(str(d.state.value(Slot.NARRATIVE) or "")):
            _tell(d, node, step, standing.attempt + 1)
        else:
            _go(d, node, offer, words, same_matter=True)
    elif told is not None and _said_again(d, told, meant):
        nothing_more(d, node)
    elif told is not None and first and _names_no_more(d, told, words):
        _tell(d, node, step, standing.attempt + 1)
    elif told is not None:
        _go(d, node, told, words, same_matter=_same_matter(d, told, words))
    elif acts & _NO:
        if offer is not None:
            d.emit(ev.MatterDeclined(intent=offer, turn=words.turn))
        nothing_more(d, node)
    elif standing.attempt + 1 >= _MOST_ASKS and step.escalate == "go_on":
        nothing_more(d, node)
    elif standing.attempt + 1 >= _MOST_ASKS:
        to_desk(d, "not_understood", turn=words.turn)
    elif offer is None and (Act.AFFIRM in acts or meant.findings):
        _tell(d, node, step, standing.attempt + 1)
    else:
        d.emit(ev.NotUnderstood(turn=words.turn))
        d.say_not_heard(silent=False)
        ask_more(d, node, step, standing.attempt + 1)


def nothing_more(d: Deciding, node: Node) -> None:
    """On with the step after; silence means so too: all that he told is kept."""
    d.walk(node.id, NOTHING)
    advance_from(d, node.next)


def _tell(d: Deciding, node: Node, step: More, attempt: int) -> None:
    """What is it?"""
    d.say(step.tell)
    d.stand(node, "more", listen=ListenProfile.STORY, attempt=attempt)


def _told(d: Deciding, meant: Understanding) -> Intent | None:
    """What he asks for now."""
    intents = (*meant.outright, *(scored.intent for scored in meant.intents[:1]))
    return next((i for i in intents if i not in _NO_MATTER and d.script.flow_for(i) is not None), None)


def _same_matter(d: Deciding, intent: Intent, words: ev.WordsHeard) -> bool:
    """Whether the new record is about what the lodged one is about: another kind, nothing said differs, and he
    speaks of the same side."""
    findings, kind = words.understanding.findings, _flow(d, intent).kind
    if kind in (None, Kind.CONSULTATION) or kind is d.state.kind:
        return False
    if any(_differs(d, finding) for finding in findings):
        return False
    new = any(f.slot in _OF_ITS_OWN and f.value != d.state.value(f.slot) for f in findings)
    return not new and (_same_side(d, words) or _THEY.search(words.text) is not None)


def _same_side(d: Deciding, words: ev.WordsHeard) -> bool:
    """He says that it is the same shop, and names no other."""
    side = (Slot.PLATFORM, Slot.SHOP, Slot.RESPONDENT, Slot.RESPONDENT_ADDRESS)
    other = any(_differs(d, finding) for finding in words.understanding.findings if finding.slot in side)
    return _SAME_SIDE.search(words.text) is not None and not other and not _ANOTHER.search(words.text)


def _names_no_more(d: Deciding, intent: Intent, words: ev.WordsHeard) -> bool:
    """ "我还要举报": of what, and whom?"""
    if _flow(d, intent).kind in (None, Kind.CONSULTATION) or len(words.text) >= _SHORT_STORY:
        return False
    refers = _same_side(d, words) or _THEY.search(words.text) is not None
    return not refers and not any(f.slot in _OF_ITS_OWN for f in words.understanding.findings)


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
    same_side = not same_matter and _same_side(d, words)
    start = begin(d, _flow(d, intent), intent, same_matter=same_matter, same_side=same_side)
    if same_matter:
        absorb(d, words)
    else:
        note_flags(d, words, comfort=False)
        keep_narrative(d, words)
    advance(d, start)
