"""A call by hand-made understandings: the dialog alone, without a session, a store or a model."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import data.events as ev
from agent.acts import Act, Lodge, Say
from agent.deciding import Decision
from agent.dialog import Input, decide
from agent.state import CallState, fold
from data.records import ConsentDraft, DeclinedSlot, FieldDraft, RecordDraft
from data.understanding import Finding, Flags, Question, Scored, SlotValue, Understanding
from data.vocabulary import Act as Does
from data.vocabulary import ConsentReply, ConsentStatus, Emergency, Intent, Kind, Slot
from dialogs.loader import load
from dialogs.script import Script

STARTED = datetime(2026, 11, 24, 9, 0)
CALLER = "13900007788"
SMALL = Path(__file__).parent / "script"
WIDE = Path(__file__).parent / "wide_script"
REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


@cache
def small_script() -> Script:
    return load(SMALL)


@cache
def wide_script() -> Script:
    return load(WIDE)


@cache
def real_script() -> Script:
    return load(REAL)


def answered(
    script: Script,
    caller_no: str | None = None,
    line: str = "12315",
    earlier: ev.EarlierCall | None = None,
) -> ev.CallAnswered:
    return ev.CallAnswered(
        call_id="c1",
        line=line,
        caller_no=caller_no,
        script=script.version,
        started_at=STARTED,
        draw=0.0,
        earlier=earlier,
    )


#: A call that dropped, and what it had told: consents and a case shown, too, which must stay behind.
DROPPED = ev.EarlierCall(call_id="c0", intent=Intent.COMPLAINT_ONLINE)
EARLIER = RecordDraft(
    kind=Kind.COMPLAINT,
    intent="complaint_online",
    fields=tuple(
        FieldDraft(
            slot=slot,
            value=value,
            heard="……",
            turn=turn,
            span=(0, 2),
            start_ms=100,
            end_ms=900,
            confidence=0.9,
            method="test",
            confirmed=confirmed,
        )
        for turn, (slot, value, confirmed) in enumerate(
            (
                (Slot.NARRATIVE, "我在拼多多买的羽绒服是假的", None),
                (Slot.PLATFORM, "拼多多", "implicit"),
                (Slot.PRODUCT, "羽绒服", None),
                (Slot.PHONE, "13800001234", "explicit"),
                (Slot.CASE_NO, "000042", None),
                (Slot.PHONE_TAIL, "1234", None),
            ),
            1,
        )
    ),
    declined=(DeclinedSlot(slot=Slot.SHOP, reason="dont_know", turn=7),),
    consents=(
        ConsentDraft(
            purpose="refer_to_platform",
            recipient="拼多多",
            fields=(Slot.PHONE,),
            heard=True,
            decision=ConsentStatus.GIVEN,
        ),
    ),
    mass_incident=True,
    said=("我在拼多多买的羽绒服是假的", "忘了"),
)


def finding(
    slot: Slot,
    value: SlotValue,
    confidence: float = 1.0,
    method: str = "test",
    alternatives: tuple[SlotValue, ...] = (),
) -> Finding:
    heard = "、".join(value) if isinstance(value, tuple) else str(value)
    return Finding(
        slot=slot,
        value=value,
        heard=heard,
        span=(0, 1),
        confidence=confidence,
        method=method,
        alternatives=alternatives,
    )


def meaning(
    text: str,
    *acts: Does,
    intents: tuple[Intent, ...] = (),
    outright: tuple[Intent, ...] = (),
    consent: ConsentReply | None = None,
    human: bool = False,
    language: str | None = None,
    emergency: Emergency | None = None,
    emotion: str | None = None,
    confidence: float = 1.0,
    method: str = "test",
    alternatives: tuple[SlotValue, ...] = (),
    asks: str | None = None,
    **slots: SlotValue,
) -> Understanding:
    """asks: the answer the words ask for, by its id; "" for a question no answer fits."""
    return Understanding(
        text=text,
        intents=tuple(Scored(intent=intent, score=1.0) for intent in intents),
        acts=frozenset(acts),
        findings=tuple(
            finding(Slot(name), value, confidence, method, alternatives) for name, value in slots.items()
        ),
        consent=consent,
        request_human=human,
        outright=outright,
        language=language,
        question=None if asks is None else Question(nearest=asks or "days", score=0.9, sure=bool(asks)),
        flags=Flags(emergency=emergency, emotion=emotion),
    )


def heard(turn: int, meant: Understanding, during: int | None = None) -> ev.WordsHeard:
    return ev.WordsHeard(
        turn=turn,
        text=meant.text,
        confidence=1.0,
        start_ms=0,
        end_ms=1,
        during=None if during is None else str(during),
        understanding=meant,
    )


class Talk:
    """One call. Prompts are heard to their end at once, and lodging works, unless told otherwise."""

    def __init__(
        self,
        script: Script,
        caller_no: str | None = None,
        line: str = "12315",
        *,
        lodging: bool = True,
        earlier: ev.EarlierCall | None = None,
    ) -> None:
        self.script = script
        self.state = CallState()
        self.events: list[ev.CallEvent] = []
        self.acts: list[Act] = []
        self.last: list[ev.CallEvent] = []
        """What followed from the latest input."""
        self.hearing = True
        self.lodging = lodging
        self._turn = 0
        self.put(answered(script, caller_no, line, earlier))

    # --- inputs -------------------------------------------------------------------------------------

    def put(self, event: Input) -> Talk:
        self.last = []
        self._acts_now: list[Act] = []
        self._put(event)
        if self.lodging and any(isinstance(act, Lodge) for act in self._acts_now):
            number = self.state.number
            kind = self.state.kind or Kind.COMPLAINT
            self._put(ev.RecordLodged(record=f"r{number}", kind=kind, case_no=f"{20261124000122 + number}"))
        if self.hearing:
            self.hear()
        return self

    def _put(self, event: Input) -> Decision:
        decision = decide(self.script, self.state, event)
        self.state = decision.state
        self.events += decision.events
        self.last += decision.events
        self.acts += decision.acts
        self._acts_now += decision.acts
        return decision

    def hear(self, *, complete: bool = True) -> None:
        """Everything said so far stops sounding, heard to its end or not."""
        for number in [n for n, said in self.state.said.items() if said.heard is None]:
            end = ev.PromptEnded(utterance=number, heard_ms=1, total_ms=1, complete=complete)
            decision = decide(self.script, self.state, end)
            self.state = decision.state
            self.events += decision.events

    def says(self, text: str, *acts: Does, during: int | None = None, **meant: object) -> Talk:
        self._turn += 1
        return self.put(heard(self._turn, meaning(text, *acts, **meant), during))  # type: ignore[arg-type]

    def asks(self, text: str, answer: str = "", during: int | None = None, **meant: object) -> Talk:
        """A question; answer: the id of the one that fits, if any does."""
        return self.says(text, Does.ASK_QUESTION, during=during, asks=answer, **meant)

    def yes(self) -> Talk:
        return self.says("对", Does.AFFIRM)

    def no(self) -> Talk:
        return self.says("不对", Does.DENY)

    def mumbles(self) -> Talk:
        return self.says("呃")

    def agrees(self, during: int | None = None) -> Talk:
        return self.says("可以", Does.AFFIRM, consent=ConsentReply.AGREE, during=during)

    def silent(self) -> Talk:
        return self.put(ev.SilenceHeard())

    def keys(self, digits: str) -> Talk:
        return self.put(ev.KeysPressed(digits=digits))

    def hangs_up(self) -> Talk:
        return self.put(ev.CallerHungUp())

    # --- what came of it ----------------------------------------------------------------------------

    @property
    def at(self) -> tuple[str, str] | None:
        """The step it stands at, and for what."""
        standing = self.state.standing
        return (standing.step, standing.phase) if standing else None

    @property
    def said(self) -> list[str]:
        """The prompts said after the latest input."""
        return [event.prompt for event in self.last if isinstance(event, ev.PromptSaid)]

    @property
    def spoken(self) -> str:
        """The words said after the latest input."""
        return "".join(event.text for event in self.last if isinstance(event, ev.PromptSaid))

    def of(self, kind: type[ev.Event]) -> list[ev.CallEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def did(self, kind: type[Act]) -> list[Act]:  # type: ignore[valid-type]
        return [act for act in self.acts if isinstance(act, kind)]

    def value(self, slot: Slot) -> SlotValue | None:
        return self.state.value(slot)

    def folds(self) -> bool:
        return fold(self.events) == self.state


def complaint(script: Script | None = None, caller_no: str | None = None, **slots: SlotValue) -> Talk:
    """A call whose caller has told his story."""
    talk = Talk(script or small_script(), caller_no)
    return talk.says("我在网上买的东西是假的", Does.INFORM, intents=(Intent.COMPLAINT_ONLINE,), **slots)


FULL: dict[str, SlotValue] = {
    "platform": "拼多多",
    "amount": 399,
    "order_no": "230518764",
    "demand": ("退款",),
    "phone": "13800001234",
}


def at_read_back(**slots: SlotValue) -> Talk:
    """A complaint all told, at "is that right?"."""
    talk = complaint(**{**FULL, **slots}).yes()  # type: ignore[arg-type]
    assert talk.at == ("read_back", "read_back")
    return talk


def at_consent(*, hearing: bool = True) -> Talk:
    """A complaint read back and agreed, at the consent question (hearing: which has sounded)."""
    talk = at_read_back()
    talk.hearing = hearing
    talk.yes()
    assert talk.at == ("refer_to_platform", "consent")
    return talk


def says(acts: list[Act], prompt: str) -> list[Say]:
    return [act for act in acts if isinstance(act, Say) and act.prompt == prompt]
