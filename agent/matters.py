"""What the call is about: into the flow for it, and on to another matter, a record of its own. Pure.

Who complains and reports in one breath has two records, each handled for itself (办法 art. 9): with its own
consents, and its own account of where every value was heard.
"""

from __future__ import annotations

from collections.abc import Mapping

import data.events as ev
from agent.deciding import Deciding
from data.vocabulary import Intent, Kind, Slot, kind_of
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import More
from dialogs.script import CompiledFlow, Node

#: Who the caller is, whatever he speaks of.
_CALLER = (Slot.NAME, Slot.PHONE, Slot.ADDRESS)
#: What a call was for, where nothing but its kind is known.
_PLAIN: Mapping[Kind | None, Intent] = {
    Kind.COMPLAINT: Intent.COMPLAINT_OTHER,
    Kind.REPORT: Intent.REPORT_OTHER,
    Kind.CONSULTATION: Intent.CONSULT,
}
#: Who is complained of or reported, and where.
_OTHER_SIDE = (
    Slot.PLATFORM,
    Slot.SHOP,
    Slot.RESPONDENT,
    Slot.RESPONDENT_TYPE,
    Slot.RESPONDENT_ADDRESS,
    Slot.DISTRICT,
)
#: Of one record alone, even where the matter is the same.
_ITS_OWN = (Slot.ANONYMOUS, Slot.DEMAND, Slot.CASE_NO, Slot.PHONE_TAIL, Slot.CASE_WISH)


def enter_flow(d: Deciding, flow: CompiledFlow, intent: Intent | None = None, *, fresh: bool = False) -> str:
    """Go to a flow; gives its first step. intent: what led there, default what was heard."""
    heard = d.state.heard_intents
    led = intent or next((one for one in heard if one in flow.intents), None)
    if led is None and flow.said and not flow.intents:
        # His words led here, whatever he came for: the record says that, or at least what kind it is.
        led = heard[0] if heard else _PLAIN.get(flow.kind)
    d.emit(
        ev.FlowEntered(flow=flow.name, kind=flow.kind, intent=None if led is None else led.value, fresh=fresh)
    )
    return flow.start


def wanted_flow(d: Deciding) -> CompiledFlow | None:
    """The flow for what the caller's words pointed to most: a weaker reading is no reason to go elsewhere."""
    heard = d.state.heard_intents
    return d.script.flow_for(heard[0] if heard else None, d.state.told)


def offered(d: Deciding) -> Intent | None:
    """The matter asked for already that is still to be taken down, if the script has a flow for it."""
    return next((intent for intent in d.state.matters if d.script.flow_for(intent) is not None), None)


def ask_more(d: Deciding, node: Node, step: More, attempt: int = 0) -> bool:
    """Offer what was asked for already, else ask whether there is anything; False where that is not asked.

    What is offered is listened for as a yes or no; another matter, as a short answer.
    """
    if d.state.matters_begun >= step.limit:
        return False
    intent = offered(d)
    if intent is None and step.ask is None:
        return False
    d.say_unheard()
    if intent is not None:
        d.say(step.heard, matter=str(kind_of(intent)))
    elif step.ask is not None:
        d.say(step.ask)
    listen = ListenProfile.SHORT if intent is None else ListenProfile.YES_NO
    d.stand(node, "more", listen=listen, attempt=attempt)
    return True


def begin(
    d: Deciding, flow: CompiledFlow, intent: Intent, *, same_matter: bool, same_side: bool = False
) -> str:
    """Go on with another matter; gives its first step. A lodged record is put by, with what is its own.

    same_side: another matter, with whom the last one was.
    """
    if flow.kind is not None and d.state.record is not None:
        kept = _carried(d, flow.kind) if same_matter else _known(d, (*_CALLER, *_OTHER_SIDE * same_side))
        d.emit(ev.RecordBegun(number=d.state.number + 1, same_matter=same_matter, kept=kept))
    return enter_flow(d, flow, intent, fresh=True)


def lodge_key(d: Deciding) -> str:
    """What makes the lodging of the present record happen once."""
    kind = d.state.kind.value if d.state.kind else "none"
    return f"{d.state.call_id}:lodge:{kind}{_nth(d)}"


def refer_key(d: Deciding, purpose: str) -> str:
    """The same for its referral."""
    kind = d.state.kind.value if d.state.kind else "none"
    return f"{d.state.call_id}:refer:{purpose}:{kind}{_nth(d)}"


def _nth(d: Deciding) -> str:
    return "" if d.state.number == 1 else f":{d.state.number}"


def _known(d: Deciding, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots if d.state.value(slot) is not None)


def _carried(d: Deciding, kind: Kind) -> tuple[Slot, ...]:
    """Of the same matter: all that was told, and what he could not tell.

    What a report may leave out of the caller himself, a complaint asks for (办法 art. 10).
    """
    return tuple(
        slot
        for slot, held in d.state.slots.items()
        if slot not in _ITS_OWN and (held.value is not None or slot not in _CALLER or kind is Kind.REPORT)
    )
