"""What of a record is shown in the clear, and to whom: everything is masked but what a role may read and asked for."""

from __future__ import annotations

from dataclasses import dataclass

from data.fold_record import IDENTITY
from data.masking import HIDDEN, mask
from data.records import ConsentDraft, FieldDraft, Record
from data.understanding import SlotValue
from data.vocabulary import Kind, Slot


@dataclass(frozen=True, slots=True)
class Reveal:
    """slots: shown in the clear. reporter: so is who made a 举报, which no other reveal shows (办法 art. 37)."""

    slots: frozenset[Slot] = frozenset()
    reporter: bool = False

    def shows(self, kind: Kind | None, slot: Slot) -> bool:
        return slot in self.slots and (self.reporter or kind is not Kind.REPORT or slot not in IDENTITY)


MASKED = Reveal()
EVERYTHING = Reveal(frozenset(Slot), reporter=True)


def shown(kind: Kind | None, slot: Slot, value: SlotValue, reveal: Reveal) -> SlotValue:
    """The value as it may be shown. A reporter's name and number are not even hinted at."""
    if reveal.shows(kind, slot):
        return value
    if kind is Kind.REPORT and slot in IDENTITY:
        return HIDDEN
    return mask(slot, value)


def masked_record(record: Record, reveal: Reveal) -> Record:
    """The record as it may be shown: free text, and the words a value was heard in, hidden with the value."""
    draft = record.draft
    story = reveal.shows(draft.kind, Slot.NARRATIVE)
    consents = (
        consent.model_copy(update={"draft": _consent(consent.draft, story)}) for consent in record.consents
    )
    return record.model_copy(
        update={
            "draft": draft.model_copy(
                update={
                    "content": draft.content if story or not draft.content else HIDDEN,
                    "said": draft.said if story else tuple(HIDDEN for _ in draft.said),
                    "fields": tuple(_field(field, draft.kind, reveal) for field in draft.fields),
                    "consents": tuple(_consent(consent, story) for consent in draft.consents),
                }
            ),
            "consents": tuple(consents),
        }
    )


def _field(field: FieldDraft, kind: Kind | None, reveal: Reveal) -> FieldDraft:
    value = shown(kind, field.slot, field.value, reveal)
    if value == field.value:
        return field
    return field.model_copy(update={"value": value, "heard": str(value) if field.heard else ""})


def _consent(consent: ConsentDraft, story: bool) -> ConsentDraft:
    return consent if story or not consent.words else consent.model_copy(update={"words": HIDDEN})
