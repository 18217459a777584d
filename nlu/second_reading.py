"""What the respelt words add to what was understood from the words as they were written.

The written words lead. A value only the respelt words hold is less sure, is shown with its reason, and is never a
figure, a name or a date; a yes is never taken from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from data import reference
from data.understanding import Asked, Finding, Flags, Question, Understanding
from data.vocabulary import Act, Listen, Slot
from nlu.lexicon import expected
from nlu.places import scan
from nlu.respelling import Change, Respelt
from nlu.soundalike import distance, syllables

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
#: Values taken from a list of words, and how far (mean syllable distance) the sound may be from one.
_LISTED = frozenset({Slot.PRODUCT, Slot.GOODS, Slot.PLATFORM, Slot.RESPONDENT_TYPE, Slot.DEVICE})
_NEAR = 0.2
_ADDRESSES = frozenset({Slot.ADDRESS, Slot.RESPONDENT_ADDRESS})
_FIRMS = frozenset({Slot.SHOP, Slot.RESPONDENT})
_NEVER = frozenset({Act.AFFIRM, Act.WITHDRAW})


def allowed(asked: Asked, confidence: float) -> bool:
    """Whether an answer to `asked` may be read a second time by its sound."""
    if confidence >= SURE or asked.consent is not None or asked.slot in _AS_HEARD:
        return False
    return bool(asked.read_back) or asked.listen not in _CLOSED


def helps(first: Understanding, asked: Asked) -> bool:
    """After a read-back only where the words as written say that something is wrong: the sound may tell what is."""
    return not asked.read_back or bool(first.acts & {Act.DENY, Act.CORRECT})


def expected_words(asked: Asked) -> frozenset[str]:
    """The listed words that may answer: of the slot asked, or of those read back."""
    slots = asked.read_back or ((asked.slot,) if asked.slot is not None else ())
    return frozenset[str]().union(*(expected(slot) for slot in slots))


def joined(first: Understanding, second: Understanding, respelt: Respelt, asked: Asked) -> Understanding:
    """`first`, understood from the words as written, with what `second` saw in the respelt ones."""
    if asked.read_back:
        concerned = [finding for finding in second.findings if finding.slot in asked.read_back]
        second = second.model_copy(update={"findings": tuple(concerned)})
        return first.model_copy(update={"findings": _findings(first, second, respelt)})
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
            "outright": second.outright or first.outright,
            "question": _surer(first.question, second.question),
            "flags": _flags(first.flags, second.flags),
        }
    )


def _findings(first: Understanding, second: Understanding, respelt: Respelt) -> tuple[Finding, ...]:
    # Of several findings for a slot the first leads; the others are kept behind.
    found: dict[Slot, Finding] = {}
    for finding in first.findings:
        found.setdefault(finding.slot, finding)
    leading = set(map(id, found.values()))
    others = [finding for finding in first.findings if id(finding) not in leading]
    for finding in second.findings:
        if finding.slot in _AS_HEARD:
            continue
        held = found.get(finding.slot)
        touched = [
            change
            for change in respelt.changes
            if change.start < finding.span[1] and finding.span[0] < change.end
        ]
        if touched and finding.slot in _LISTED and not _near(finding, first.text, respelt.text):
            continue
        if held is None or (touched and _better(finding, held)):
            found[finding.slot] = _by_sound(finding, first.text, touched)
    district = found.get(Slot.DISTRICT)
    if district is not None and district.method == "sound_alike":
        placed = found[Slot.DISTRICT] = _where_the_place_is(district, respelt.text)
        address = found.get(Slot.RESPONDENT_ADDRESS)
        if address is not None and placed is not district:
            value = str(address.value).replace(str(district.value), str(placed.value))
            found[Slot.RESPONDENT_ADDRESS] = address.model_copy(update={"value": value})
    return (*found.values(), *others)


def _near(finding: Finding, heard: str, said: str) -> bool:
    """Whether the words of a listed value were said nearly so: a list offers something for any sound."""
    start, end = finding.span
    return distance(syllables(heard[start:end]), syllables(said[start:end])) <= _NEAR


def _where_the_place_is(district: Finding, text: str) -> Finding:
    """A district known by its sound alone gives way to the one a named place lies in: 崇明 … 仙霞路 is 长宁."""
    lies_in = {place.district for place in scan(text) if place.kind == "place"}
    if len(lies_in) != 1 or district.value in lies_in:
        return district
    return district.model_copy(update={"value": lies_in.pop(), "reason": "所说的地方在这个区"})


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


def _surer(first: Question | None, second: Question | None) -> Question | None:
    """The reading of a question that an answer was found for; the one as written, if there is no choice."""
    if first is None or (second is not None and second.sure and second.score > first.score):
        return second
    return first


def _flags(first: Flags, second: Flags) -> Flags:
    """Danger counts in either; a mood only as it was written."""
    return first.model_copy(
        update={
            "emergency": first.emergency or second.emergency,
            "mass_incident": first.mass_incident or second.mass_incident,
            "safety_flag": first.safety_flag or second.safety_flag,
        }
    )
