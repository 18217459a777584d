"""The record as a fold over a call's events: pure, and defined after any prefix of them.

A caller who hangs up in mid-sentence leaves a draft with everything said until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.audio_times import span_times
from data.events import (
    CallEvent,
    ConsentAsked,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    EarlierTold,
    EmergencyRaised,
    FlagRaised,
    FlowEntered,
    KeysPressed,
    PromptEnded,
    QuestionAnswered,
    QuestionLeft,
    RecordBegun,
    RecordingRefused,
    RecordLodged,
    ResumeAnswered,
    SlotConfirmed,
    SlotCorrected,
    SlotDeclined,
    SlotFilled,
    VariantDrawn,
    WordsHeard,
)
from data.records import AskedQuestion, ConsentDraft, DeclinedSlot, EarlierWords, FieldDraft, RecordDraft
from data.vocabulary import ConsentStatus, Emergency, Intent, Kind, Slot

IDENTITY = frozenset({Slot.NAME, Slot.PHONE, Slot.ADDRESS})
"""What an anonymous 举报 must not hold, even when the same call's 投诉 does (办法 art. 37)."""
SHOWN_ANEW = frozenset({Slot.CASE_NO, Slot.PHONE_TAIL, Slot.CASE_WISH})
"""What a caller shows or wants of a known case: of this call alone, never taken from an earlier one."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a call. lodged: its record and case number, None while it has none."""

    draft: RecordDraft
    lodged: RecordLodged | None


def draft(events: Iterable[CallEvent]) -> RecordDraft:
    """The record `events` tell, the last where they tell several. Pure; the same events give the same draft."""
    return told(events)[-1].draft


def told(events: Iterable[CallEvent]) -> tuple[Told, ...]:
    """Every record `events` tell, in order; one at least.

    A call that goes on after lodging (a 投诉, then a 举报: art. 9) begins another. What is known of the same
    matter carries over, with where it was heard; consents do not: each is for one record. Nor do they from an
    earlier call that this one goes on with: a yes was to a question in that call, on that call's recording, about
    the record as it was then; whoever rings now is known by his number only. He is asked again, whatever he had
    answered.
    """
    fold = _Fold()
    for event in events:
        fold.take(event)
    return (*fold.finished, fold.present())


def from_earlier(field: FieldDraft, call_id: str) -> FieldDraft:
    """The field with the place of its words named in the call they were said in."""
    there = field.earlier or EarlierWords(
        call_id=call_id,
        turn=field.turn,
        span=field.span,
        start_ms=field.start_ms,
        end_ms=field.end_ms,
    )
    nowhere = dict.fromkeys(("turn", "span", "start_ms", "end_ms"))
    return field.model_copy(update={**nowhere, "earlier": there})


class _Fold:
    """The drafts being built; lives inside one `told` call."""

    def __init__(self) -> None:
        self.finished: list[Told] = []
        self.lodged: RecordLodged | None = None
        self.kind: Kind | None = None
        self.intent: str | None = None
        self.heard: str | None = None
        """What his words pointed to first, while no flow has said what the call is: business before a person."""
        self.fields: dict[Slot, FieldDraft] = {}
        self.declined: dict[Slot, DeclinedSlot] = {}
        self.consents: dict[tuple[str, str], ConsentDraft] = {}
        self.emergencies: dict[Emergency, None] = {}
        self.flags: dict[str, str] = {}
        self.recording_refused = False
        self.trials: dict[str, str] = {}
        self.said: list[str] = []
        self.turns: dict[int, WordsHeard] = {}
        self.complete: set[int] = set()
        self.resuming = False
        self.resumes: str | None = None
        self.questions: list[AskedQuestion] = []

    def take(self, event: CallEvent) -> None:
        match event:
            case WordsHeard():
                self.turns[event.turn] = event
                self.said.append(event.text)
                self._understood(event)
            case KeysPressed():
                self.said.append(f"（按键 {event.digits}）")
            case PromptEnded():
                if event.complete:
                    self.complete.add(event.utterance)
            case FlowEntered(kind=Kind()):
                self.kind, self.intent = event.kind, event.intent or self.intent
            case FlowEntered(intent=str()) if self.kind is None:
                self.intent = event.intent
            case RecordBegun():
                self._begin(event)
            case ConsentWithdrawn(record=str() as record):
                self._withdrawn_from(record, event)
            case SlotFilled():
                self._fill(event, corrections=0)
            case SlotCorrected():
                before = self.fields.get(event.slot)
                self._fill(event, corrections=1 if before is None else before.corrections + 1)
            case SlotDeclined():
                self.fields.pop(event.slot, None)
                self.declined[event.slot] = DeclinedSlot(
                    slot=event.slot, reason=event.reason, turn=event.turn
                )
            case SlotConfirmed():
                field = self.fields.get(event.slot)
                if field is not None and field.value == event.value:
                    self.fields[event.slot] = field.model_copy(update={"confirmed": event.how})
            case ConsentAsked() | ConsentGiven() | ConsentRefused() | ConsentWithdrawn():
                self._consent(event)
            case QuestionAnswered() | QuestionLeft():
                self._asked(event)
            case EmergencyRaised():
                self.emergencies[event.emergency] = None
            case FlagRaised():
                self.flags[event.flag] = event.value
            case RecordingRefused():
                self.recording_refused = True
            case VariantDrawn():
                self.trials[event.trial] = event.variant
            case RecordLodged():
                self.lodged = event
            case ResumeAnswered():
                self.resuming = event.goes_on
            case EarlierTold() if self.resuming:
                self.resuming = False
                if event.told is not None:
                    self._go_on(event.call_id, event.told)
            case _:
                pass

    def present(self) -> Told:
        return Told(self._draft(), self.lodged)

    def _draft(self) -> RecordDraft:
        fields = self.fields
        anonymous = fields.get(Slot.ANONYMOUS)
        if self.kind is Kind.REPORT and anonymous is not None and anonymous.value is True:
            fields = {slot: field for slot, field in fields.items() if slot not in IDENTITY}
        return RecordDraft(
            kind=self.kind,
            intent=self.intent or self.heard,
            content=self._content(),
            fields=tuple(fields.values()),
            declined=tuple(self.declined.values()),
            consents=tuple(self.consents.values()),
            emergencies=tuple(self.emergencies),
            mass_incident="mass_incident" in self.flags,
            safety_flag=self.flags.get("safety_flag"),
            emotion=self.flags.get("emotion"),
            recording_refused=self.recording_refused,
            trials=dict(self.trials),
            said=tuple(self.said),
            resumes=self.resumes,
            questions=tuple(self.questions),
        )

    def _content(self) -> str:
        narrative = self.fields.get(Slot.NARRATIVE)
        return "；".join(self.said) if narrative is None else str(narrative.value)

    def _begin(self, event: RecordBegun) -> None:
        self.finished.append(self.present())
        self.lodged, self.kind, self.intent, self.heard, self.resumes = None, None, None, None, None
        self.consents, self.questions = {}, []
        self.fields = {slot: field for slot, field in self.fields.items() if slot in event.kept}
        self.declined = {slot: entry for slot, entry in self.declined.items() if slot in event.kept}
        if not event.same_matter:
            # What was said last is what the new matter was told with.
            self.emergencies, self.flags, self.said = {}, {}, self.said[-1:]

    def _understood(self, words: WordsHeard) -> None:
        intents = [s.intent for s in words.understanding.intents if s.intent is not Intent.EMOTIONAL]
        if intents and self.heard in (None, Intent.REQUEST_HUMAN, Intent.INVALID):
            self.heard = intents[0].value

    def _withdrawn_from(self, record: str, event: ConsentWithdrawn) -> None:
        """A consent given for a record that is lodged already, taken back while another is told."""
        for number, earlier in enumerate(self.finished):
            if earlier.lodged is None or earlier.lodged.record != record:
                continue
            consents = tuple(
                consent.model_copy(update={"decision": ConsentStatus.WITHDRAWN, "withdrawn_at_ms": event.at})
                if (consent.purpose, consent.recipient) == (event.consent, event.recipient)
                else consent
                for consent in earlier.draft.consents
            )
            changed = earlier.draft.model_copy(update={"consents": consents})
            self.finished[number] = Told(changed, earlier.lodged)

    def _go_on(self, call_id: str, told: RecordDraft) -> None:
        """What the earlier call had told; what was said in this one already holds."""
        self.resumes = call_id
        known = SHOWN_ANEW | self.fields.keys() | self.declined.keys()
        fields = {
            field.slot: from_earlier(field, call_id) for field in told.fields if field.slot not in known
        }
        declined = {
            slot.slot: slot.model_copy(update={"turn": None})
            for slot in told.declined
            if slot.slot not in known
        }
        self.fields = {**fields, **self.fields}
        self.declined = {**declined, **self.declined}
        self.emergencies = {**dict.fromkeys(told.emergencies), **self.emergencies}
        before = {"safety_flag": told.safety_flag, "emotion": told.emotion}
        before["mass_incident"] = "true" if told.mass_incident else None
        self.flags = {flag: value for flag, value in before.items() if value is not None} | self.flags
        self.recording_refused = self.recording_refused or told.recording_refused
        self.said = [*told.said, *self.said]

    def _asked(self, event: QuestionAnswered | QuestionLeft) -> None:
        heard = self.turns.get(event.turn)
        words = "" if heard is None else heard.text
        answer = event.entry if isinstance(event, QuestionAnswered) else None
        self.questions.append(AskedQuestion(turn=event.turn, words=words, answer=answer))

    def _fill(self, event: SlotFilled | SlotCorrected, corrections: int) -> None:
        self.declined.pop(event.slot, None)
        start_ms, end_ms = self._times(event.turn, event.span)
        self.fields[event.slot] = FieldDraft(
            slot=event.slot,
            value=event.value,
            heard=event.heard,
            turn=event.turn,
            span=event.span,
            start_ms=start_ms,
            end_ms=end_ms,
            confidence=event.confidence,
            method=event.method,
            precision=event.precision,
            corrections=corrections,
        )

    def _times(self, turn: int | None, span: tuple[int, int] | None) -> tuple[int | None, int | None]:
        heard = None if turn is None else self.turns.get(turn)
        return (None, None) if heard is None else span_times(heard, span)

    def _consent(self, event: ConsentAsked | ConsentGiven | ConsentRefused | ConsentWithdrawn) -> None:
        key = (event.consent, event.recipient)
        before = self.consents.get(key)
        if before is None:
            before = ConsentDraft(
                purpose=event.consent, recipient=event.recipient, decision=ConsentStatus.NOT_ASKED
            )
        self.consents[key] = before.model_copy(update=self._change(event, before))

    def _change(
        self, event: ConsentAsked | ConsentGiven | ConsentRefused | ConsentWithdrawn, before: ConsentDraft
    ) -> dict[str, object]:
        """What the event changes. An asked consent is not given until an answer says so."""
        if isinstance(event, ConsentAsked):
            return {
                "fields": event.fields,
                "version": event.version,
                "utterance": event.utterance,
                "heard": False,
                "decision": ConsentStatus.REFUSED,
                "reason": "no_answer",
                "turn": None,
                "words": None,
                "start_ms": None,
                "end_ms": None,
            }
        if isinstance(event, ConsentWithdrawn):
            return {"decision": ConsentStatus.WITHDRAWN, "withdrawn_at_ms": event.at}
        start_ms, end_ms = self._times(event.turn, None)
        answer: dict[str, object] = {
            "turn": event.turn,
            "start_ms": start_ms,
            "end_ms": end_ms,
            "heard": before.utterance in self.complete,
        }
        heard = None if event.turn is None else self.turns.get(event.turn)
        if isinstance(event, ConsentGiven):
            return answer | {
                "fields": event.fields,
                "words": event.words,
                "decision": ConsentStatus.GIVEN,
                "reason": None,
                "withdrawn_at_ms": None,
            }
        return answer | {
            "words": None if heard is None else heard.text,
            "decision": ConsentStatus.REFUSED,
            "reason": event.reason,
        }
