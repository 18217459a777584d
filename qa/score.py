"""Whether a record is exactly right: kind, intent, consents, the expected slots, nothing invented. Pure.

The scorer knows the caller's own texts and does not use the seat's extractors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

import data.events as ev
from data import reference
from data.records import FieldDraft, RecordDraft
from data.understanding import SlotValue
from data.values import FIGURES, FREE_TEXT, demand, plain, same, sound
from data.vocabulary import (
    DIGIT_SLOTS,
    FLAG_SLOTS,
    LIST_SLOTS,
    NUMBER_SLOTS,
    ConsentStatus,
    Emergency,
    Outcome,
    Slot,
)
from qa.persona import Persona
from qa.spoken import digits_said, numbers_said

#: Worked out from what was said, not said as such: never an invention.
DERIVED = frozenset(
    {Slot.GOODS, Slot.ISSUE, Slot.NARRATIVE, Slot.DISTRICT, Slot.RESPONDENT_TYPE, Slot.TOPIC, Slot.CARD_TYPE}
)
_TWINS = {Slot.SHOP: Slot.RESPONDENT, Slot.RESPONDENT: Slot.SHOP}
_SAME_OUTCOME = {Outcome.NO_DESK: "to_desk"}
#: How alike (0..100) the sounds must be for words that only hint at a yes or no.
_ALIKE = 80
#: Answers that tell nothing.
_NO_ANSWER = re.compile(r"不知道|不清楚|不晓得|记不|不记得|忘了|忘记|没注意|没有|不方便|不用|不想|手边")
_FLAGS_ALWAYS = ("emergency", "mass_incident")


@dataclass(frozen=True, slots=True)
class SlotScore:
    expected: SlotValue
    got: SlotValue | None
    right: bool


@dataclass(frozen=True, slots=True)
class Score:
    """mistakes names what is wrong ("kind", "slot.amount", "invented.shop", …), without values.

    misheard: slots the caller did tell, that `expect` does not score, and that hold something else than he said.
    """

    slots: dict[str, SlotScore]
    consents: dict[str, dict[str, str]]
    mistakes: tuple[str, ...]
    misheard: tuple[str, ...] = ()

    @property
    def record_exact(self) -> bool:
        return not self.mistakes


def score(persona: Persona, draft: RecordDraft, events: Sequence[ev.CallEvent]) -> Score:
    """Compare the record of a call with what its caller expects."""
    expect = persona.expect
    slots = {slot.value: _slot(draft, slot, value) for slot, value in expect.slots.items()}
    consents = {
        purpose: {"expected": wanted, "got": _consent(draft, purpose)}
        for purpose, wanted in expect.consents.items()
    }
    mistakes: list[str] = []
    if expect.scores("kind") and draft.kind != expect.kind:
        mistakes.append("kind")
    if expect.intent is not None and draft.intent != expect.intent:
        mistakes.append("intent")
    mistakes += [f"slot.{name}" for name, result in slots.items() if not result.right]
    mistakes += [f"declined.{slot}" for slot in expect.declined if not _declined(draft, events, slot)]
    mistakes += [f"consent.{name}" for name, both in consents.items() if both["expected"] != both["got"]]
    mistakes += [f"flag.{name}" for name in _wrong_flags(persona, draft)]
    if expect.outcome is not None and not _outcome(expect.outcome, events):
        mistakes.append("outcome")
    unsaid = [field for field in draft.fields if not _said(persona, field)]
    misheard = [field.slot for field in unsaid if _told(persona, field.slot)]
    mistakes += [f"invented.{field.slot}" for field in unsaid if field.slot not in misheard]
    return Score(slots, consents, tuple(mistakes), tuple(slot.value for slot in misheard))


def _slot(draft: RecordDraft, slot: Slot, expected: SlotValue) -> SlotScore:
    if slot in FREE_TEXT:
        return SlotScore(expected, draft.value(slot), True)
    got = [draft.value(place) for place in (slot, _TWINS.get(slot)) if place is not None]
    right = next((value for value in got if same(slot, expected, value)), None)
    shown = right if right is not None else next((value for value in got if value is not None), None)
    return SlotScore(expected, shown, right is not None)


def _consent(draft: RecordDraft, purpose: str) -> str:
    answers = [consent.decision for consent in draft.consents if consent.purpose == purpose]
    if not answers:
        return ConsentStatus.NOT_ASKED.value
    return "refused" if answers[-1] is ConsentStatus.WITHDRAWN else answers[-1].value


def _declined(draft: RecordDraft, events: Sequence[ev.CallEvent], slot: Slot) -> bool:
    asked = any(isinstance(e, ev.StepEntered) and e.slot == slot and e.phase == "value" for e in events)
    stored = any(declined.slot == slot for declined in draft.declined)
    return draft.value(slot) is None and (stored or not asked)


def _wrong_flags(persona: Persona, draft: RecordDraft) -> list[str]:
    """emergency and mass_incident are always scored, others where listed."""
    wanted = {**dict.fromkeys(_FLAGS_ALWAYS, False), **persona.expect.flags}
    got: dict[str, bool | str | tuple[Emergency, ...] | None] = {
        "emergency": draft.emergencies,
        "mass_incident": draft.mass_incident,
        "safety_flag": draft.safety_flag,
        "emotion": draft.emotion,
    }
    return [name for name, value in wanted.items() if not _flag_is(value, got.get(name))]


def _flag_is(wanted: bool | str | None, got: bool | str | tuple[Emergency, ...] | None) -> bool:
    if isinstance(wanted, str):
        return wanted == got or (isinstance(got, tuple) and wanted in got)
    return bool(wanted) == bool(got)


def _outcome(wanted: str, events: Sequence[ev.CallEvent]) -> bool:
    closed = next((event for event in reversed(events) if isinstance(event, ev.CallClosed)), None)
    return closed is not None and wanted in (closed.outcome, _SAME_OUTCOME.get(closed.outcome))


def _said(persona: Persona, field: FieldDraft) -> bool:
    """Whether the value is in any of the caller's texts, is his number, or is scored or set elsewhere."""
    slot, expected = field.slot, persona.expect.slots
    if slot in DERIVED or slot in expected or _TWINS.get(slot) in expected:
        return True
    if field.method == "script" or (slot is Slot.PHONE and field.value == persona.caller_no):
        return True
    if slot is Slot.DEMAND and isinstance(field.value, tuple) and set(field.value) <= _implied():
        return True
    keyed = [event.dtmf for event in persona.events if event.dtmf]
    return any(said_in(text, slot, field.value, field.heard) for text in (*persona.said_texts(), *keyed))


def _told(persona: Persona, slot: Slot) -> bool:
    """He answers this very question, and not by saying that he cannot. A number is said or not."""
    if slot in DIGIT_SLOTS | NUMBER_SLOTS:
        return False
    return any(not _NO_ANSWER.search(text) for text in persona.answers.get(slot, ()))


def _implied() -> set[str]:
    """What every report asks for, said or not: that it be looked into."""
    return {row.name for row in reference.demands().demands if row.report_only}


def said_in(text: str, slot: Slot, value: SlotValue, heard: str = "") -> bool:
    """Whether `text` says `value`. Words compare by sound, numbers by value, digits as runs.

    heard: the words the seat took it from; they vouch for a value of another form (a date, a yes).
    """
    if slot in DIGIT_SLOTS:
        return str(value) in "".join(digits_said(text)) or str(value) in text
    if slot in NUMBER_SLOTS:
        return any(same(slot, value, float(number)) for number in numbers_said(text))
    if slot in FLAG_SLOTS:
        return bool(heard) and fuzz.partial_ratio(sound(heard), sound(text)) >= _ALIKE
    if slot is Slot.PLATFORM:
        row = reference.platform_named(str(value))
        return any(plain(name) in plain(text) for name in (row.spellings if row else (str(value),)))
    if slot in LIST_SLOTS and isinstance(value, tuple):
        return all(_word_in(text, slot, word) for word in value)
    return any(words and _words_in(text, words) for words in (str(value), heard))


def _words_in(text: str, words: str) -> bool:
    """By sound, and the numbers by value: the seat writes 139弄 for 一百三十九弄."""
    if not numbers_said(words) <= numbers_said(text):
        return False
    return f" {sound(FIGURES.sub('', words))} " in f" {sound(FIGURES.sub('', text))} "


def _word_in(text: str, slot: Slot, word: str) -> bool:
    """A demand is said by any of its words, evidence by its own name."""
    if slot is not Slot.DEMAND:
        return word in text
    rows = [row for row in reference.demands().demands if row.name == demand(word)]
    return any(spelt in text for row in rows for spelt in (row.name, *row.said, *row.implied))
