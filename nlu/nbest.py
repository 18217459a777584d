"""What the recogniser's other hypotheses say about a value.

A prompt can invent: a value heard only with the expected words as context needs support in the readings without.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.events import Reading
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.corrections import blanked, negated
from nlu.extractors import for_slot
from nlu.heard import Heard
from nlu.identifiers import unstuttered
from nlu.soundalike import nearest_window

#: A value within this mean syllable distance of an unprimed reading was heard, not invented.
_SUPPORT = 0.34
#: Below this the dialog must confirm a value outright.
UNSURE = 0.4
_OPEN = frozenset(
    {
        Slot.PLATFORM,
        Slot.SHOP,
        Slot.PRODUCT,
        Slot.NAME,
        Slot.DISTRICT,
        Slot.RESPONDENT,
        Slot.AMOUNT,
        Slot.PHONE,
    }
    | {Slot.ORDER_NO, Slot.CASE_NO, Slot.DATE, Slot.ADDRESS, Slot.RESPONDENT_ADDRESS, Slot.PEOPLE_COUNT}
)
_EXACT = frozenset({Slot.PHONE, Slot.PHONE_TAIL, Slot.ORDER_NO, Slot.CASE_NO, Slot.AMOUNT, Slot.PEOPLE_COUNT})
_MOST = 5


def weigh(heard: Heard, found: list[Finding], readings: Sequence[Reading]) -> list[Finding]:
    """`found` with confidences and alternatives after the other readings, and what only they held."""
    if not readings:
        return found
    own = next((reading for reading in readings if reading.text == heard.raw), readings[0])
    others = [reading for reading in readings if reading is not own and reading.text.strip()][:_MOST]
    plain = [_heard(heard, reading.text) for reading in others if not reading.primed]
    weighed = [_supported(finding, plain) if own.primed else finding for finding in found]
    asked = heard.asked.slot
    if asked in _EXACT:
        weighed = [
            _disputed(finding, [_heard(heard, reading.text) for reading in others])
            if finding.slot is asked
            else finding
            for finding in weighed
        ]
    if Slot.NAME in (asked, *heard.asked.read_back):
        heard_otherwise = [_heard(heard, reading.text) for reading in others]
        weighed = [
            _other_names(finding, heard_otherwise) if finding.slot is Slot.NAME else finding
            for finding in weighed
        ]
    if asked in _OPEN and not any(finding.slot is asked for finding in weighed):
        rescued = _rescued(heard, asked, others)
        if rescued is not None:
            weighed.append(rescued)
    return weighed


def _heard(heard: Heard, text: str) -> Heard:
    return Heard(blanked(text, negated(text)), heard.asked, heard.today)


def _supported(finding: Finding, plain: Sequence[Heard]) -> Finding:
    if finding.slot not in _OPEN:
        return finding
    for other in plain:
        again = for_slot(other, finding.slot)
        if again is not None and again.value == finding.value:
            return finding
        if finding.slot not in _EXACT and nearest_window(other.core, finding.heard) <= _SUPPORT:
            return finding
    return finding.model_copy(
        update={"confidence": min(finding.confidence, UNSURE), "reason": "只在带提示词的识别结果里出现"}
    )


def _disputed(finding: Finding, others: Sequence[Heard]) -> Finding:
    """A number another reading gives differently is less sure; the other stays as an alternative."""
    values = list(finding.alternatives)
    agreeing = 1
    for other in others:
        again = for_slot(other, finding.slot)
        if again is None:
            continue
        if again.value == finding.value:
            agreeing += 1
        elif again.value not in values:
            values.append(again.value)
    likelier = len(values)
    if finding.slot is Slot.PHONE:
        for number in (number for other in others for number in unstuttered(other.text)):
            if number != finding.value and number not in values:
                values.append(number)
    if len(values) == len(finding.alternatives):
        return finding
    disputed = likelier > len(finding.alternatives)
    confidence = (
        min(finding.confidence, 0.75 if agreeing > likelier else 0.6) if disputed else finding.confidence
    )
    return finding.model_copy(update={"alternatives": tuple(values[:4]), "confidence": confidence})


def _other_names(finding: Finding, others: Sequence[Heard]) -> Finding:
    """Names sound alike: what the other readings make of it stays at hand, should the caller say it is wrong."""
    again = (for_slot(other, Slot.NAME) for other in others)
    values = dict.fromkeys(
        found.value for found in again if found is not None and found.value != finding.value
    )
    return finding.model_copy(update={"alternatives": (*finding.alternatives, *values)[:4]})


def _rescued(heard: Heard, slot: Slot, others: Sequence[Reading]) -> Finding | None:
    """The asked value, where the best reading missed it."""
    for reading in others:
        finding = for_slot(_heard(heard, reading.text), slot)
        if finding is None:
            continue
        again = [
            other
            for other in others
            if other is not reading
            and (found := for_slot(_heard(heard, other.text), slot)) is not None
            and found.value == finding.value
        ]
        confidence = min(finding.confidence, 0.6 if again and not reading.primed else 0.45)
        if reading.primed:
            confidence = min(confidence, UNSURE)
        return heard.finding(
            slot,
            finding.value,
            (0, len(heard.raw)),
            method=finding.method,
            confidence=confidence,
            reason=f"识别的另一结果作‘{finding.heard}’",
            precision=finding.precision,
        )
    return None
