"""What the respelt words add to what was understood from the words as they were written.

The written words lead. A value only the respelt words hold is less sure, is shown with its reason, and is never a
figure, a name or a date; a yes is never taken from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from data import reference
from data.understanding import Asked, Finding, Flags, Understanding
from data.vocabulary import Act, Listen, Slot
from nlu.respelling import Change, Respelt

#: Words this sure (typed ones are) are left as they stand.
SURE = 0.95
#: A value that only the respelt words hold is no surer than this.
_MOST = 0.6
_CLOSED = frozenset({Listen.YES_NO, Listen.DIGITS})
#: Values that must be heard as they are.
_AS_HEARD = frozenset(
    {
        Slot.PHONE,
        Slot.ORDER_NO,
        Slot.CASE_NO,
        Slot.AMOUNT,
        Slot.PEOPLE_COUNT,
        Slot.NAME,
        Slot.DATE,
    }
)
_ADDRESSES = frozenset({Slot.ADDRESS, Slot.RESPONDENT_ADDRESS})
_FIRMS = frozenset({Slot.SHOP, Slot.RESPONDENT})
_NEVER = frozenset({Act.AFFIRM, Act.WITHDRAW})


def wanted(asked: Asked, confidence: float) -> bool:
    """Whether an answer to `asked` may be read a second time by its sound."""
    return (
        confidence < SURE
        and asked.consent is None
        and not asked.read_back
        and asked.listen not in _CLOSED
        and asked.slot not in _AS_HEARD
    )


def joined(first: Understanding, second: Understanding, respelt: Respelt) -> Understanding:
    """`first`, understood from the words as written, with what `second` saw in the respelt ones."""
    findings = _findings(first, second, respelt)
    acts = first.acts or second.acts - _NEVER
    if findings and not first.findings:
        acts |= {Act.INFORM}
    return first.model_copy(
        update={
            "findings": findings,
            "acts": frozenset(acts),
            "intents": second.intents or first.intents,
            "request_human": first.request_human or second.request_human,
            "flags": _flags(first.flags, second.flags),
        }
    )


def _findings(first: Understanding, second: Understanding, respelt: Respelt) -> tuple[Finding, ...]:
    found = {finding.slot: finding for finding in first.findings}
    for finding in second.findings:
        if finding.slot in _AS_HEARD:
            continue
        held = found.get(finding.slot)
        touched = [
            change
            for change in respelt.changes
            if change.start < finding.span[1] and finding.span[0] < change.end
        ]
        if held is None or (touched and _better(finding, held)):
            found[finding.slot] = _by_sound(finding, first.text, touched)
    return tuple(sorted(found.values(), key=lambda finding: finding.span))


def _by_sound(finding: Finding, text: str, touched: Sequence[Change]) -> Finding:
    said = text[finding.span[0] : finding.span[1]]
    return finding.model_copy(
        update={
            "heard": said,
            "value": said if finding.slot is Slot.NARRATIVE else finding.value,
            "method": "sound_alike" if touched else finding.method,
            "confidence": min(finding.confidence, _MOST),
            "reason": "；".join(change.reason for change in touched) or finding.reason,
        }
    )


def _better(second: Finding, first: Finding) -> bool:
    """An address with a road there is, a listed product, a firm that says its kind, for words that are nothing."""
    if second.slot in _ADDRESSES:
        longer = len(str(second.value)) > len(str(first.value))
        return _known_road(second) and (longer or not _known_road(first))
    if first.method != "whole_answer":
        return False
    known = second.method != "whole_answer"
    return known or (second.slot in _FIRMS and _kind_of_firm(second) and not _kind_of_firm(first))


def _known_road(finding: Finding) -> bool:
    return any(road in str(finding.value) for road in reference.roads().roads)


def _kind_of_firm(finding: Finding) -> bool:
    return any(
        str(finding.value).endswith(word) for venue in reference.venues().venues for word in venue.words
    )


def _flags(first: Flags, second: Flags) -> Flags:
    """Danger counts in either; a mood only as it was written."""
    return first.model_copy(
        update={
            "emergency": first.emergency or second.emergency,
            "mass_incident": first.mass_incident or second.mass_incident,
            "safety_flag": first.safety_flag or second.safety_flag,
        }
    )
