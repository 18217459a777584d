"""What is different between two runs of one call: the record field by field, consents, path, prompts,
understanding, words. Pure; values are compared as they are kept, free text by its characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import data.events as ev
from data.fold_record import draft
from data.records import ConsentDraft, RecordDraft
from data.understanding import SlotValue, Understanding
from data.values import FREE_TEXT
from data.vocabulary import Act, Slot
from qa.replay.align import errors
from qa.replay.exchanges import Question

What = Literal[
    "consent",
    "field",
    "record",
    "outcome",
    "path",
    "prompt",
    "turn",
    "understanding",
    "text",
    "words",
    "wording",
]
"""text: a prompt's words are others now; wording: free text of the record, which is not scored."""
#: Most telling first: the order of a report, and what a call's room is judged by.
ORDER: tuple[What, ...] = get_args(What)
#: What the office keeps: where these are the same, the record is.
OF_RECORD: frozenset[What] = frozenset({"consent", "field", "record", "outcome"})
#: What the caller goes through.
OF_PATH: frozenset[What] = frozenset({"path", "prompt"})


@dataclass(frozen=True, slots=True)
class Different:
    """One difference. name: the slot, purpose, question, prompt or turn; before/after: None where there is
    none. slot: whose value it is, for masking. at_ms: where in the recording the turn begins."""

    what: What
    name: str
    before: SlotValue | None
    after: SlotValue | None
    slot: Slot | None = None
    at_ms: int | None = None

    @property
    def key(self) -> tuple[What, str]:
        return self.what, self.name


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a replay could not know. unanswered: questions to which the recording holds no answer; made_up:
    the turns put in their place; known: how many events rest on the recording alone, None: all."""

    unanswered: frozenset[Question] = frozenset()
    made_up: frozenset[int] = frozenset()
    known: int | None = None


def compare(
    before: Sequence[ev.CallEvent], after: Sequence[ev.CallEvent], gaps: Gaps | None = None
) -> tuple[Different, ...]:
    """Everything that differs, in the order of ORDER, but for what the replay could not know.

    A value whose turn was given to the replay counts, whatever became of it.
    """
    gaps = gaps or Gaps()
    old, new = draft(before), draft(after)
    open_end = gaps.known is not None
    unanswered = {question.about for question in gaps.unanswered}
    given = turns(after).keys()

    def known(each: Different) -> bool:
        slot = each.name.removeprefix("declined.")
        if slot != each.name:
            return slot not in unanswered and not (open_end and each.after is None)
        if each.name in unanswered or (open_end and each.after is None):
            return any(turn in given for turn in _turns_of(each.name, old))
        return True

    found = [
        *filter(known, (*_fields(old, new), *_consents(old, new), *_record(old, new))),
        *([] if open_end else _outcome(before, after)),
        *_path(before, after[: gaps.known], more_only=open_end),
        *_prompts(before, after[: gaps.known], more_only=open_end),
        *_turns(before, after, gaps.made_up, all_given=not open_end),
    ]
    return tuple(
        sorted(
            (each for each in found if each.what != "path" or each.name not in unanswered),
            key=lambda each: ORDER.index(each.what),
        )
    )


def _turns_of(name: str, record: RecordDraft) -> list[int | None]:
    """The turns in which a slot or a consent got what the record holds of it."""
    turns_then = [field.turn for field in record.fields if field.slot.value == name]
    return turns_then + [consent.turn for consent in record.consents if consent.purpose == name]


# --- the record -------------------------------------------------------------------------------------


def _fields(old: RecordDraft, new: RecordDraft) -> Iterable[Different]:
    for slot in dict.fromkeys([*(f.slot for f in old.fields), *(f.slot for f in new.fields)]):
        a, b = old.value(slot), new.value(slot)
        if a == b and type(a) is type(b):
            continue
        free = slot in FREE_TEXT and a is not None and b is not None
        yield Different("wording" if free else "field", slot.value, a, b, slot)


def _consents(old: RecordDraft, new: RecordDraft) -> Iterable[Different]:
    """Decision and recipient; where those are the same, the fields."""
    a = {consent.purpose: consent for consent in old.consents}
    b = {consent.purpose: consent for consent in new.consents}
    for purpose in dict.fromkeys([*a, *b]):
        was, is_now = _decision(a.get(purpose)), _decision(b.get(purpose))
        if was != is_now:
            yield Different("consent", purpose, was, is_now)
        elif a[purpose].fields != b[purpose].fields:
            yield Different("consent", f"{purpose}.fields", a[purpose].fields, b[purpose].fields)


def _decision(consent: ConsentDraft | None) -> tuple[str, str] | None:
    return None if consent is None else (consent.decision.value, consent.recipient)


def _record(old: RecordDraft, new: RecordDraft) -> Iterable[Different]:
    for name in ("kind", "intent", "mass_incident", "safety_flag", "emotion", "recording_refused"):
        a, b = getattr(old, name), getattr(new, name)
        if a != b:
            yield Different("record", name, a, b)
    if old.emergencies != new.emergencies:
        yield Different("record", "emergency", old.emergencies, new.emergencies)
    a_declined = {each.slot: each.reason for each in old.declined}
    b_declined = {each.slot: each.reason for each in new.declined}
    for slot in dict.fromkeys([*a_declined, *b_declined]):
        if a_declined.get(slot) != b_declined.get(slot):
            yield Different("record", f"declined.{slot}", a_declined.get(slot), b_declined.get(slot))


def _outcome(before: Sequence[ev.CallEvent], after: Sequence[ev.CallEvent]) -> Iterable[Different]:
    a, b = _closed(before), _closed(after)
    if a != b:
        yield Different("outcome", "outcome", a, b)


def _closed(events: Sequence[ev.CallEvent]) -> str | None:
    return next((event.outcome for event in reversed(events) if isinstance(event, ev.CallClosed)), None)


# --- the way it went --------------------------------------------------------------------------------


def asked(events: Iterable[ev.CallEvent]) -> list[str]:
    """The questions in the order they were put, askings again included: "amount", "phone?" (to be
    confirmed), "read_back", "consent:refer_to_platform", "(desk)"."""
    names: list[str] = []
    for event in events:
        if isinstance(event, ev.StepEntered) and event.phase != "pending":
            names.append(_name(event))
        elif isinstance(event, ev.HumanRequested):
            names.append("(desk)")
    return names


def _name(step: ev.StepEntered) -> str:
    if step.consent is not None:
        return f"consent:{step.consent}"
    if step.phase in ("confirm", "offer"):
        return f"{step.slot}?"
    return step.slot if step.slot is not None and step.phase == "value" else step.phase


def _path(
    before: Sequence[ev.CallEvent], after: Sequence[ev.CallEvent], *, more_only: bool
) -> Iterable[Different]:
    """Questions put more or less often (more_only: `after` may lack its end), and in another order."""
    a, b = asked(before), asked(after)
    counts_a, counts_b = Counter(a), Counter(b)
    for name, times, times_now in _changed(counts_a, counts_b, more_only=more_only):
        yield Different("path", name, times, times_now)
    order = _order(before, after)
    if order is not None:
        yield Different("path", "order", *order)


def _order(
    before: Sequence[ev.CallEvent], after: Sequence[ev.CallEvent]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The questions of both runs in the order they were first put, if that is another one."""
    a, b = dict.fromkeys(asked(before)), dict.fromkeys(asked(after))
    first_a, first_b = tuple(name for name in a if name in b), tuple(name for name in b if name in a)
    return (first_a, first_b) if first_a != first_b else None


def _changed(before: Counter[str], after: Counter[str], *, more_only: bool) -> Iterable[tuple[str, int, int]]:
    for name in dict.fromkeys([*before, *after]):
        if before[name] < after[name] or (before[name] > after[name] and not more_only):
            yield name, before[name], after[name]


def _prompts(
    before: Sequence[ev.CallEvent], after: Sequence[ev.CallEvent], *, more_only: bool
) -> Iterable[Different]:
    """Prompts said more or less often, in another order, and prompts whose text is another one now."""
    old, new = _said(before), _said(after)
    a, b = [said.prompt for said in old], [said.prompt for said in new]
    versions = {said.prompt: said.version for said in new}
    if a != b and sorted(a) == sorted(b) and _order(before, after) is None:
        yield Different("prompt", "order", tuple(a), tuple(b))
    for name, times, times_now in _changed(Counter(a), Counter(b), more_only=more_only):
        yield Different("prompt", name, times, times_now)
    for said in {said.prompt: said for said in old}.values():
        if said.prompt in versions and versions[said.prompt] != said.version:
            yield Different("text", said.prompt, said.version, versions[said.prompt])


def _said(events: Iterable[ev.CallEvent]) -> list[ev.PromptSaid]:
    return [event for event in events if isinstance(event, ev.PromptSaid)]


# --- turns ------------------------------------------------------------------------------------------


def turns(events: Iterable[ev.CallEvent]) -> dict[int, ev.WordsHeard]:
    """The caller's turns by number."""
    return {event.turn: event for event in events if isinstance(event, ev.WordsHeard)}


def _turns(
    before: Sequence[ev.CallEvent],
    after: Sequence[ev.CallEvent],
    made_up: frozenset[int],
    *,
    all_given: bool,
) -> Iterable[Different]:
    """Turns that are in one run only (all_given: those that were never asked for, too), and what is heard
    and meant in the others. Made-up turns are no turns of the caller's."""
    old, new = turns(before), turns(after)
    for number in dict.fromkeys([*old, *(number for number in new if number not in made_up)]):
        a, b = old.get(number), new.get(number)
        if a is None or b is None:
            only = a or b or _NEVER
            if all_given or b is not None:
                yield Different(
                    "turn",
                    str(number),
                    None if a is None else a.text,
                    None if b is None else b.text,
                    Slot.NARRATIVE,
                    only.start_ms,
                )
            continue
        at = a.start_ms
        if errors(a.text, b.text)[0]:
            yield Different("words", str(number), a.text, b.text, Slot.NARRATIVE, at)
        for name, (was, is_now, slot) in _meanings(a.understanding, b.understanding).items():
            yield Different("understanding", f"{number}.{name}", was, is_now, slot, at)


_NEVER = ev.WordsHeard(
    turn=0, text="", confidence=0.0, start_ms=0, end_ms=0, understanding=Understanding(text="")
)
_Pair = tuple[SlotValue | None, SlotValue | None, Slot | None]


def _meanings(a: Understanding, b: Understanding) -> Mapping[str, _Pair]:
    """The parts of the meaning that differ, by name."""
    parts: dict[str, _Pair] = {
        "intent": (a.intent, b.intent, None),
        "acts": (_names(a.acts), _names(b.acts), None),
        "consent": (a.consent, b.consent, None),
        "request_human": (a.request_human, b.request_human, None),
        "emergency": (a.flags.emergency, b.flags.emergency, None),
        "mass_incident": (a.flags.mass_incident, b.flags.mass_incident, None),
        "safety_flag": (a.flags.safety_flag, b.flags.safety_flag, None),
        "emotion": (a.flags.emotion, b.flags.emotion, None),
    }
    for slot in dict.fromkeys([*(f.slot for f in a.findings), *(f.slot for f in b.findings)]):
        if slot not in FREE_TEXT:
            parts[slot.value] = (_value(a, slot), _value(b, slot), slot)
    return {name: pair for name, pair in parts.items() if pair[0] != pair[1]}


def _value(meant: Understanding, slot: Slot) -> SlotValue | None:
    found = meant.find(slot)
    return None if found is None else found.value


def _names(acts: Iterable[Act]) -> tuple[str, ...]:
    return tuple(sorted(act.value for act in acts))
