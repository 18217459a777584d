"""What an utterance meant. Filled by nlu, read by the dialog, stored in events."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from data.vocabulary import Act, ConsentReply, Emergency, Intent, Listen, Slot

#: Amounts are numbers in yuan; dates ISO ("2026-11-11", "2026-11", "2026"); phones and numbers are digit
#: strings; demands and evidence are tuples of names.
SlotValue = bool | int | float | str | tuple[str, ...]


class Frozen(BaseModel):
    """Immutable, closed, and silent about its input in error texts (they may hold personal data)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Asked(Frozen):
    """What the seat was asking when the caller spoke: the context of every answer.

    consent: the purpose being asked ("refer_to_platform"), recipient: to whom, e.g. "拼多多".
    known: values the record already holds (for "不对，是…" without the slot's name).
    """

    slot: Slot | None = None
    listen: Listen = Listen.STORY
    consent: str | None = None
    recipient: str | None = None
    read_back: tuple[Slot, ...] = ()
    """The slots just read back, or offered for confirmation."""
    known: dict[Slot, SlotValue] = {}


class Finding(Frozen):
    """One value found in an utterance.

    span: character offsets of `heard` in the utterance's text. confidence: 0..1.
    method: the extractor ("amount", "gazetteer", "sound_alike", "keypad" …); reason: why, for a repair.
    alternatives: other readings, best first, same form as value.
    """

    slot: Slot
    value: SlotValue
    heard: str
    span: tuple[int, int]
    confidence: float = 1.0
    method: str
    reason: str | None = None
    alternatives: tuple[SlotValue, ...] = ()
    precision: str | None = None
    """day | month | year | approx, where the value is less exact than its form."""


class Scored(Frozen):
    intent: Intent
    score: float


class Flags(Frozen):
    emergency: Emergency | None = None
    mass_incident: bool = False
    safety_flag: str | None = None
    """食品 | 药品 | 医疗器械 | 化妆品 | 特种设备 | 重点工业产品."""
    emotion: str | None = None
    """calm is None; angry | anxious | sad | furious."""


class Question(Frozen):
    """What the caller asks, held against the questions the seat has answers to.

    nearest: the answer's id, score: how near it is, 0..1; second: the next best. sure: near enough to be given.
    """

    nearest: str | None = None
    score: float = 0.0
    second: str | None = None
    second_score: float = 0.0
    sure: bool = False

    @property
    def entry(self) -> str | None:
        """The answer to give; None: a person has to."""
        return self.nearest if self.sure else None


class Understanding(Frozen):
    """What one utterance meant, given what was asked.

    intents: business intents, best first (empty when nothing business-like was said);
    acts: every dialog act that holds; consent: set only when a consent was asked;
    request_human: any wording for a person. language: another one than Mandarin was asked for or spoken, its
    code in data/reference/languages.yaml. outright: the matters asked for by name ("我要投诉，还要举报"),
    one a kind, in the order said (办法 art. 9: both are taken down, each for itself). question: set where
    something is asked.
    """

    text: str
    intents: tuple[Scored, ...] = ()
    acts: frozenset[Act] = frozenset()
    findings: tuple[Finding, ...] = ()
    consent: ConsentReply | None = None
    request_human: bool = False
    language: str | None = None
    outright: tuple[Intent, ...] = ()
    question: Question | None = None
    flags: Flags = Flags()
    confidence: float = 1.0
    """The recogniser's, for the whole utterance."""

    def find(self, slot: Slot) -> Finding | None:
        """The first finding for `slot`."""
        return next((finding for finding in self.findings if finding.slot == slot), None)

    @property
    def intent(self) -> Intent | None:
        return self.intents[0].intent if self.intents else None
