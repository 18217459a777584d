"""A call is its events: the append-only list that everything else is folded from.

Inputs (what came from outside) are stored as events too, so that a resume folds and never decides again.
Every event is stamped by the edge that stores it: `at` is milliseconds since the call was answered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter

from data.records import RecordDraft
from data.understanding import Frozen, SlotValue, Understanding
from data.vocabulary import Emergency, Intent, Kind, Listen, Outcome, Slot

CaseMove = Literal["urge", "supplement", "ask_withdrawal"]
"""What a caller may have written into the history of his case, as reference/tracking.yaml names it."""


class Event(Frozen):
    at: int = 0
    """Milliseconds since the call was answered."""

    def stamped(self, at: int) -> Self:
        """The same, at its time."""
        return self if self.at == at else self.model_copy(update={"at": at})


# --- what came from outside -------------------------------------------------------------------------


class EarlierCall(Frozen):
    """A call from the same number that dropped: of what was said there, only what the matter was."""

    call_id: str
    intent: Intent


class CallAnswered(Event):
    type: Literal["call_answered"] = "call_answered"
    call_id: str
    line: str
    caller_no: str | None
    script: str
    """The script's version, a hash of its files."""
    started_at: datetime
    draw: float
    """0..1, decides A/B shares: a draw is an input."""
    desk_open: bool = True
    """Whether people sit behind this line now, by data/reference/hours.yaml."""
    earlier: EarlierCall | None = None
    """The call that this one may go on with, if the caller wants to."""


class HeardWord(Frozen):
    text: str
    start_ms: int
    end_ms: int
    confidence: float


class Reading(Frozen):
    """One hypothesis of the recogniser; primed ones were decoded with expected words as context."""

    text: str
    score: float
    primed: bool


class WordsHeard(Event):
    """A turn ended: its final words. start_ms/end_ms lie on the recording's clock."""

    type: Literal["words_heard"] = "words_heard"
    turn: int
    text: str
    words: tuple[HeardWord, ...] = ()
    readings: tuple[Reading, ...] = ()
    confidence: float
    start_ms: int
    end_ms: int
    during: str | None = None
    """The utterance id of the prompt that was playing when the caller began, if one was."""
    understanding: Understanding


class KeysPressed(Event):
    type: Literal["keys_pressed"] = "keys_pressed"
    digits: str


class PromptStarted(Event):
    """The first sound of an utterance reached the wire."""

    type: Literal["prompt_started"] = "prompt_started"
    utterance: int


class PromptEnded(Event):
    """An utterance stopped sounding. heard_ms of total_ms reached the caller (by the line's marks)."""

    type: Literal["prompt_ended"] = "prompt_ended"
    utterance: int
    heard_ms: int
    total_ms: int
    complete: bool


class SilenceHeard(Event):
    """The caller said nothing within the step's patience."""

    type: Literal["silence_heard"] = "silence_heard"


class NoiseHeard(Event):
    """Voice was detected but no words came of it."""

    type: Literal["noise_heard"] = "noise_heard"
    turn: int


class NotUnderstood(Event):
    """Words came, but nothing in them answered."""

    type: Literal["not_understood"] = "not_understood"
    turn: int


class TimeUp(Event):
    """The call reached its wall-clock limit."""

    type: Literal["time_up"] = "time_up"


class CallerHungUp(Event):
    type: Literal["caller_hung_up"] = "caller_hung_up"


class RecordLodged(Event):
    """The store lodged the record the dialog asked for."""

    type: Literal["record_lodged"] = "record_lodged"
    record: str
    kind: Kind
    case_no: str


class EffectDelayed(Event):
    """An effect outside (lodge, refer …) could not be had now; it is planned durably and done later."""

    type: Literal["effect_delayed"] = "effect_delayed"
    what: str


class ReferralQueued(Event):
    type: Literal["referral_queued"] = "referral_queued"
    recipient: str


class TransferAsked(Event):
    """The caller is being connected to a company, under his consent. A desk is asked for by HumanRequested."""

    type: Literal["transfer_asked"] = "transfer_asked"
    to: str


class TransferEnded(Event):
    """answered: a desk took the call; else why not ("no_desk", "busy", "no_answer", "failed")."""

    type: Literal["transfer_ended"] = "transfer_ended"
    answered: bool
    reason: str | None = None


class CaseFound(Event):
    """The answer to a lookup. status: what the caller may be told; None when he has not shown that the case is
    his, whether there is such a case or not. limited: nothing more is looked up in this call."""

    type: Literal["case_found"] = "case_found"
    case_no: str | None
    status: str | None
    limited: bool = False


class CaseMoved(Event):
    """What the caller wanted done with his case was written into its history; done: False when the case does
    not allow it any more."""

    type: Literal["case_moved"] = "case_moved"
    case_no: str
    move: CaseMove
    done: bool


class EarlierTold(Event):
    """The record of the earlier call, as far as it had come; told: None when it cannot be gone on with now."""

    type: Literal["earlier_told"] = "earlier_told"
    call_id: str
    told: RecordDraft | None


class FaultStruck(Event):
    """Something broke inside the seat (a recogniser, a synthesiser, the store); room names where."""

    type: Literal["fault_struck"] = "fault_struck"
    room: str


# --- what the dialog concluded ----------------------------------------------------------------------


class FlowEntered(Event):
    type: Literal["flow_entered"] = "flow_entered"
    flow: str
    kind: Kind | None
    intent: str | None
    fresh: bool = False
    """A new matter: the flows that were under way are left for good."""


class RecordBegun(Event):
    """After a lodged record the call goes on with another (办法 art. 9). Consents are the lodged one's alone.

    number: of the new record in this call, the second is 2. kept: the slots it begins with, with their values,
    or declined.
    """

    type: Literal["record_begun"] = "record_begun"
    number: int
    same_matter: bool
    kept: tuple[Slot, ...]


class MatterDeclined(Event):
    """The caller does not want the matter taken down that he had spoken of."""

    type: Literal["matter_declined"] = "matter_declined"
    intent: Intent
    turn: int


Phase = Literal[
    "value",
    "offer",
    "confirm",
    "route",
    "read_back",
    "consent",
    "more",
    "questions",
    "resume",
    "case",
    "pending",
]
"""What is awaited: a value, a yes to an offered or a just heard value, a kind of matter, a yes to the
record read back, an answer to a consent, another matter, a question of the caller's, a yes to going on with
an earlier call, words for a known case; pending: the seat itself (a lodging, a hand-over)."""


class StepEntered(Event):
    """The dialog stands at a step and waits there for an answer."""

    type: Literal["step_entered"] = "step_entered"
    flow: str
    step: str
    slot: Slot | None = None
    consent: str | None = None
    listen: Listen
    phase: Phase = "value"
    slots: tuple[Slot, ...] = ()
    """The slots a read-back spoke."""
    attempt: int
    """0 on the first asking."""


class StepLeft(Event):
    type: Literal["step_left"] = "step_left"
    flow: str
    step: str


class PromptSaid(Event):
    """An utterance was handed to the voice. text is what is spoken, digits as people read them."""

    type: Literal["prompt_said"] = "prompt_said"
    utterance: int
    prompt: str
    version: str
    text: str
    bargein: bool
    must_finish: bool
    purpose: str
    """notice | ask | consent | read_back | inform | safety | closing."""


class VariantDrawn(Event):
    """The side of a trial this caller is on, by the call's draw; told when it first shows.

    trial: a prompt's id, or a branch as flow/step; variant: A, B …, in the order written.
    """

    type: Literal["variant_drawn"] = "variant_drawn"
    trial: str
    variant: str


class SlotFilled(Event):
    """turn: the utterance it was said in, None for the system (caller number); span in that turn's text."""

    type: Literal["slot_filled"] = "slot_filled"
    slot: Slot
    value: SlotValue
    turn: int | None
    heard: str
    span: tuple[int, int] | None
    confidence: float
    method: str
    precision: str | None = None


class SlotCorrected(Event):
    type: Literal["slot_corrected"] = "slot_corrected"
    slot: Slot
    old: SlotValue | None
    value: SlotValue
    turn: int | None
    heard: str
    span: tuple[int, int] | None
    confidence: float
    method: str
    precision: str | None = None


class SlotDeclined(Event):
    """The caller does not know or will not say. reason: declined | dont_know | given_up."""

    type: Literal["slot_declined"] = "slot_declined"
    slot: Slot
    reason: Literal["declined", "dont_know", "given_up"]
    turn: int | None


class SlotConfirmed(Event):
    """value is what was confirmed: a value that changed since the question is never confirmed."""

    type: Literal["slot_confirmed"] = "slot_confirmed"
    slot: Slot
    value: SlotValue
    how: Literal["explicit", "read_back", "implicit"]


class ConsentAsked(Event):
    """binding: what was named: recipient, purpose and the fields that would be passed on."""

    type: Literal["consent_asked"] = "consent_asked"
    consent: str
    recipient: str
    fields: tuple[Slot, ...]
    utterance: int
    version: str


class ConsentGiven(Event):
    type: Literal["consent_given"] = "consent_given"
    consent: str
    recipient: str
    fields: tuple[Slot, ...]
    turn: int
    words: str


class ConsentRefused(Event):
    type: Literal["consent_refused"] = "consent_refused"
    consent: str
    recipient: str
    turn: int | None
    reason: str


class ConsentWithdrawn(Event):
    """record: the id of the lodged record it was given for; None: the present one's."""

    type: Literal["consent_withdrawn"] = "consent_withdrawn"

    consent: str
    recipient: str
    turn: int
    record: str | None = None


class ResumeAnswered(Event):
    """Whether the caller wants to go on with the earlier call. turn None: he did not say."""

    type: Literal["resume_answered"] = "resume_answered"
    goes_on: bool
    turn: int | None


class CaseAskedAgain(Event):
    """What the caller gave showed no case of his: it counts for nothing, and is asked for anew."""

    type: Literal["case_asked_again"] = "case_asked_again"


class RecordingRefused(Event):
    type: Literal["recording_refused"] = "recording_refused"
    turn: int


class EmergencyRaised(Event):
    type: Literal["emergency_raised"] = "emergency_raised"
    emergency: Emergency
    turn: int


class FlagRaised(Event):
    """mass_incident, safety_flag or emotion, once each per value."""

    type: Literal["flag_raised"] = "flag_raised"
    flag: str
    value: str
    turn: int


class QuestionAnswered(Event):
    """The caller asked what the seat has an answer to, and was told it. entry: the answer's id."""

    type: Literal["question_answered"] = "question_answered"
    turn: int
    entry: str
    topic: str
    score: float


class QuestionLeft(Event):
    """The caller asked what a person will have to answer. reason: no answer is near enough, the one that is may
    not be spoken yet, or he asked too many in a row."""

    type: Literal["question_left"] = "question_left"
    turn: int
    reason: Literal["not_found", "not_signed_off", "too_many"]


class HumanRequested(Event):
    type: Literal["human_requested"] = "human_requested"
    turn: int | None
    reason: str


class DeskClosed(Event):
    """A person was wanted, and none is on duty at this hour."""

    type: Literal["desk_closed"] = "desk_closed"
    turn: int | None
    reason: str


class LanguageWanted(Event):
    """The caller asked for, or spoke, a language the seat does not speak; its code."""

    type: Literal["language_wanted"] = "language_wanted"
    language: str
    turn: int


class SpeechSlowed(Event):
    """The caller asked for slower speech; speed is a factor, 1 is normal."""

    type: Literal["speech_slowed"] = "speech_slowed"
    speed: float


class CallEnding(Event):
    """The dialog is over; the line closes when the closing words have been heard."""

    type: Literal["call_ending"] = "call_ending"
    outcome: Outcome


class CallbackQueued(Event):
    type: Literal["callback_queued"] = "callback_queued"
    reason: str
    priority: int
    """1 is first."""


class CallClosed(Event):
    """The last event of a call. by: seat | caller | limit | crash."""

    type: Literal["call_closed"] = "call_closed"
    by: str
    outcome: Outcome


CallEvent = Annotated[
    CallAnswered
    | WordsHeard
    | KeysPressed
    | PromptStarted
    | PromptEnded
    | SilenceHeard
    | NoiseHeard
    | NotUnderstood
    | TimeUp
    | CallerHungUp
    | RecordLodged
    | EffectDelayed
    | ReferralQueued
    | TransferAsked
    | TransferEnded
    | CaseFound
    | CaseMoved
    | EarlierTold
    | FaultStruck
    | FlowEntered
    | RecordBegun
    | MatterDeclined
    | StepEntered
    | StepLeft
    | PromptSaid
    | VariantDrawn
    | SlotFilled
    | SlotCorrected
    | SlotDeclined
    | SlotConfirmed
    | ConsentAsked
    | ConsentGiven
    | ConsentRefused
    | ConsentWithdrawn
    | ResumeAnswered
    | CaseAskedAgain
    | RecordingRefused
    | EmergencyRaised
    | FlagRaised
    | QuestionAnswered
    | QuestionLeft
    | HumanRequested
    | DeskClosed
    | LanguageWanted
    | SpeechSlowed
    | CallEnding
    | CallbackQueued
    | CallClosed,
    Field(discriminator="type"),
]

#: Reads and writes events as JSON.
EVENT: TypeAdapter[CallEvent] = TypeAdapter(CallEvent)
