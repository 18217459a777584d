"""What the store takes and gives, as plain validated models; data.tables is only how they are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from data.consent import GivenConsent
from data.understanding import Frozen, SlotValue
from data.vocabulary import AlertCause, ConsentStatus, Emergency, Kind, Outcome, Slot

ReferralStatus = Literal["pending", "delivered", "dead", "cancelled", "recall", "recalled", "recall_dead"]
CompanyAnswerKind = Literal["accepted", "refused", "settled", "unresolved", "silent"]


class FieldDraft(Frozen):
    """One filled slot and where it came from.

    turn: None when the system gave it (caller number, keypad); span: characters of that turn's text;
    start_ms/end_ms: where `heard` sounds, on the recording's clock; confidence 0..1.
    confirmed: how, or None; a value that changed since is not confirmed.
    """

    slot: Slot
    value: SlotValue
    heard: str
    turn: int | None = None
    span: tuple[int, int] | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float
    method: str
    precision: str | None = None
    confirmed: Literal["explicit", "read_back", "implicit"] | None = None
    corrections: int = 0
    """How often the caller put this slot right."""


class DeclinedSlot(Frozen):
    slot: Slot
    reason: Literal["declined", "dont_know", "given_up"]
    turn: int | None = None


class ConsentDraft(Frozen):
    """One consent question and its answer.

    heard: the prompt sounded to its end before the answer. words, start_ms/end_ms: the answer, verbatim, and
    where it sounds. withdrawn_at_ms: milliseconds since the call was answered.
    """

    purpose: str
    recipient: str
    fields: tuple[Slot, ...] = ()
    version: str | None = None
    utterance: int | None = None
    heard: bool = False
    decision: ConsentStatus
    turn: int | None = None
    words: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    reason: str | None = None
    withdrawn_at_ms: int | None = None


class RecordDraft(Frozen):
    """The record as far as the call has told it.

    content: the neutral account of what happened: the narrative, or until there is one, all that was said.
    said: every turn of the caller, in order (kept with an incomplete record only).
    """

    kind: Kind | None = None
    intent: str | None = None
    content: str = ""
    fields: tuple[FieldDraft, ...] = ()
    declined: tuple[DeclinedSlot, ...] = ()
    consents: tuple[ConsentDraft, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    mass_incident: bool = False
    safety_flag: str | None = None
    emotion: str | None = None
    recording_refused: bool = False
    said: tuple[str, ...] = ()
    trials: dict[str, str] = Field(default_factory=dict)
    """The side of each trial of the script that showed: prompt or branch to A, B …"""

    def field(self, slot: Slot) -> FieldDraft | None:
        return next((field for field in self.fields if field.slot == slot), None)

    def value(self, slot: Slot) -> SlotValue | None:
        """The slot's value; None when it is not filled. 0 and False are values."""
        field = self.field(slot)
        return None if field is None else field.value

    def text(self, slot: Slot) -> str | None:
        """The slot's value where it is a text."""
        value = self.value(slot)
        return value if isinstance(value, str) else None


class LodgedRecord(Frozen):
    """given: the consents a referral can now rest on. new: False when this key had lodged it before."""

    record_id: str
    case_no: str
    kind: Kind
    given: tuple[GivenConsent, ...] = ()
    new: bool = True


class Consent(Frozen):
    """A consent as it stands now."""

    id: str
    draft: ConsentDraft
    standing: ConsentStatus
    withdrawn_at: datetime | None = None


class Record(Frozen):
    """A kept record with the provenance of each field.

    linked_cases: the case numbers of the other records of the same call (办法 art. 9). An anonymous 举报 is
    linked to nothing, nor anything to it: the other record would tell who reported (art. 37).
    """

    id: str
    call_id: str
    status: Literal["incomplete", "lodged"]
    case_no: str | None
    created_at: datetime
    draft: RecordDraft
    consents: tuple[Consent, ...] = ()
    referrals: tuple[Referral, ...] = ()
    linked_cases: tuple[str, ...] = ()


class Referral(Frozen):
    """A referral as it stands: a line of a listing, not a leave to send (that is a GivenConsent).

    fields: all that may be passed on. reason: why it was given up, or came back without an answer.
    """

    id: str
    record_id: str
    case_no: str | None
    consent_id: str
    recipient: str
    fields: tuple[Slot, ...]
    status: ReferralStatus
    created_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    delivered_at: datetime | None = None
    answer: CompanyAnswerKind | None = None
    answered_at: datetime | None = None
    reason: str | None = None


class RecordSummary(Frozen):
    """A line of a listing: personal fields masked; those of a 举报 not shown at all (办法 art. 37)."""

    id: str
    call_id: str
    kind: Kind | None
    intent: str | None
    status: Literal["incomplete", "lodged"]
    case_no: str | None
    created_at: datetime
    name: str | None
    phone: str | None
    platform: str | None
    district: str | None
    amount: float | None
    issue: str | None
    goods: str | None
    safety_flag: str | None
    mass_incident: bool
    emergency: str | None


class CallSummary(Frozen):
    """A line of the list of calls; caller is masked. erased: its key is destroyed."""

    id: str
    line: str
    started_at: datetime
    ended_at: datetime | None
    script: str
    outcome: Outcome | None
    closed_by: str | None
    caller: str | None
    events: int
    recording_path: str | None
    recording_sha256: str | None
    erased: bool


class Recording(Frozen):
    """path is relative to SMARTSEAT_HOME; sha256 of the file as it lies there (sealed)."""

    path: str
    sha256: str


class PlannedAct(Frozen):
    """An act planned with the events it follows. payload: JSON, whose form its planner knows.

    key: what makes its effect happen once; None lets the store name it after (call, seq, idx).
    """

    kind: str
    payload: str = "{}"
    key: str | None = None


class PendingAct(Frozen):
    """A planned act whose effect is not certain: do it (again) with the same key, then act_done."""

    key: str
    call_id: str
    seq: int
    idx: int
    kind: str
    payload: str


class Callback(Frozen):
    id: str
    call_id: str
    reason: str
    priority: int
    phone: str | None
    created_at: datetime


class Alert(Frozen):
    id: str
    call_id: str
    cause: AlertCause
    created_at: datetime
    tries: int


class ChainReport(Frozen):
    """The result of verifying a call's event chain. broken_at: the first seq that does not fit."""

    call_id: str
    events: int
    whole: bool
    broken_at: int | None = None
    reason: str | None = None


Record.model_rebuild()
