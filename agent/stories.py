"""Playing stories: the same session as a live call, with a clock of its own; milliseconds a story."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

import data.events as ev
from agent.acts import Say
from agent.kit import Understand
from agent.memory_keeper import MemoryKeeper
from agent.text_call import TextCall
from data.fold_record import told
from data.records import FieldDraft, RecordDraft
from data.understanding import Finding, Flags, Question, Scored, Understanding
from data.vocabulary import ConsentStatus
from dialogs.script import Script
from dialogs.stories import DroppedCall, Expectation, Line, Meaning, WrittenLine, WrittenStory
from dialogs.ways import Way

#: The hour every story begins at.
_MORNING = time(9, 0)
_KEYED = re.compile(r"[0-9*]+#")
#: Answers given on the way to an `until` before the story counts as stuck.
_MOST_ANSWERS = 60


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the talk as it went. who: seat, caller or note; line: of the story's file, None: unwritten."""

    who: str
    text: str
    prompt: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a call left its story. line: of the story's file; wanted and got: in a trainer's words."""

    line: int
    what: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a story. differences: the first that shows in the talk, or all of the outcome."""

    story: WrittenStory
    talk: tuple[Spoken, ...]
    differences: tuple[Difference, ...]
    events: tuple[ev.CallEvent, ...]
    walked: frozenset[Way]

    @property
    def passed(self) -> bool:
        return not self.differences


def play_all(
    stories: Iterable[WrittenStory],
    script: Script,
    understand: Callable[[WrittenStory], Understand | None],
) -> tuple[list[Played], list[WrittenStory]]:
    """Play each; gives also those left out because `understand` has nothing for them."""
    return asyncio.run(_play_all(stories, script, understand))


async def _play_all(
    stories: Iterable[WrittenStory],
    script: Script,
    understand: Callable[[WrittenStory], Understand | None],
) -> tuple[list[Played], list[WrittenStory]]:
    played: list[Played] = []
    left_out: list[WrittenStory] = []
    for story in stories:
        by = understand(story)
        if by is None:
            left_out.append(story)
        else:
            played.append(await play(story, script, by))
    return played, left_out


async def play(story: WrittenStory, script: Script, understand: Understand) -> Played:
    """One call, until it leaves the story or the story ends."""
    playing = _Playing(story, script, understand)
    difference = await playing.talk_through()
    if difference is not None:
        differences: tuple[Difference, ...] = (difference,)
    else:
        differences = tuple(playing.compare())
    keeper = playing.keeper
    return Played(story, tuple(playing.talk), differences, tuple(keeper.events), frozenset(playing.walked))


@dataclass(slots=True)
class _Playing:
    story: WrittenStory
    script: Script
    understand: Understand
    talk: list[Spoken] = field(default_factory=list)
    walked: set[Way] = field(default_factory=set)
    keeper: MemoryKeeper = field(init=False)
    call: TextCall = field(init=False)

    def __post_init__(self) -> None:
        head = self.story.story
        self.keeper = MemoryKeeper(
            lodging=head.lodging, cases=head.cases, told=_told(head.earlier, self.script)
        )
        self.call = TextCall(
            self.script,
            self.keeper,
            self.understand,
            call_id="story",
            line=head.line,
            caller_no=head.caller_no,
            started_at=datetime.combine(head.today, _MORNING),
            earlier=_earlier(head.earlier),
            at_once=False,
            desk=head.desk,
            on_duty=head.on_duty,
            draw=head.draw,
            walk=self.walked.update,
        )

    async def talk_through(self) -> Difference | None:
        said = await self.call.start()
        noted = False
        for written in self.story.talk:
            line = written.line
            if line.seat is not None:
                self._note_seat(said, written.number, noted)
                difference = self._seat_differs(written, said)
                if difference is not None:
                    return difference
                said, noted = [], False
                continue
            self._note_seat(said, None, noted)
            noted = False
            if line.until is not None:
                said = await self._answer_until(line.until, said)
                if line.until not in {say.prompt for say in said}:
                    return self._never(written, f"没有走到“{line.until}”这句")
                noted = True
                continue
            if not await self.call.hear(until=line.over):
                return self._never(written, f"没有说到“{line.over}”这句")
            if self.call.over:
                return self._never(written, "通话已经结束")
            self.talk.append(Spoken("caller", _shown(line), line=written.number))
            said = await act(self.call, line)
        self._note_seat(said, None, noted)
        await self.call.hear()
        return None

    async def _answer_until(self, prompt: str, said: list[Say]) -> list[Say]:
        """Answer until `prompt` is said; gives what was said last, which is noted."""
        for _ in range(_MOST_ANSWERS):
            answer = self._answer()
            if prompt in {say.prompt for say in said} or answer is None:
                break
            await self.call.hear()
            self.talk.append(Spoken("caller", _shown(answer)))
            said = await act(self.call, answer)
            self._note_seat(said, None)
        return said

    def _answer(self) -> Line | None:
        """What the caller answers where the call stands; None where nothing is waited for, or a consent."""
        standing = self.call.state.standing
        if standing is None or standing.phase in ("pending", "consent"):
            return None
        if standing.phase == "more":
            return Line(caller="没有了")
        if standing.phase != "value" or standing.slot is None:
            return Line(caller="对")
        text = self.story.story.answers.get(standing.slot, "不知道")
        return Line(keys=text) if _KEYED.fullmatch(text) else Line(caller=text)

    def _note_seat(self, said: Sequence[Say], line: int | None, noted: bool = False) -> None:
        if not noted:
            self.talk += [Spoken("seat", say.text, say.prompt, line) for say in said]

    def _seat_differs(self, written: WrittenLine, said: Sequence[Say]) -> Difference | None:
        line = written.line
        got = tuple(say.prompt for say in said)
        if line.seat != got:
            wanted = [self._with_text(prompt) for prompt in line.seat or ()]
            return Difference(
                written.number,
                "坐席说的不一样",
                _lines(wanted),
                _lines(f"{s.prompt}「{s.text}」" for s in said),
            )
        spoken = "".join(say.text for say in said)
        missing = next((text for text in line.text if text not in spoken), None)
        if missing is not None:
            return Difference(written.number, "坐席的话里少了", missing, spoken)
        return None

    def _with_text(self, prompt: str) -> str:
        return f"{prompt}「{''.join(self.script.prompts[prompt].parts)}」"

    def _never(self, written: WrittenLine, why: str) -> Difference:
        return Difference(written.number, "这一句没有机会说", _shown(written.line), why)

    def compare(self) -> list[Difference]:
        """Where the outcome differs from what is expected."""
        expect, line = self.story.expect, self.story.expect_line
        outcome = _Outcome(expect, tuple(self.keeper.events), self.call)
        return [Difference(line, what, wanted, got) for what, wanted, got in outcome.differences()]


def _earlier(dropped: DroppedCall | None) -> ev.EarlierCall | None:
    return ev.EarlierCall(call_id="earlier", intent=dropped.intent) if dropped is not None else None


def _told(dropped: DroppedCall | None, script: Script) -> RecordDraft | None:
    """The record of the call before, as a store would have kept it."""
    if dropped is None or dropped.gone:
        return None
    flow = script.flow_for(dropped.intent)
    fields = tuple(
        FieldDraft(slot=slot, value=value, heard=str(value), turn=1, confidence=1.0, method="story")
        for slot, value in dropped.told.items()
    )
    return RecordDraft(kind=flow.kind if flow is not None else None, intent=dropped.intent, fields=fields)


async def act(call: TextCall, line: Line) -> list[Say]:
    """Do what a line that is not the seat's says; gives what the seat says to it."""
    if line.caller is not None:
        meant = None if line.meaning is None else understood(line.caller, line.meaning)
        return await call.say(line.caller, meant)
    if line.keys is not None:
        return await call.keys(line.keys)
    match line.happens:
        case "noise":
            return await call.put(ev.NoiseHeard(turn=call.state.turns + 1))
        case "time_up":
            return await call.put(ev.TimeUp())
        case "fault":
            return await call.put(ev.FaultStruck(room="story"))
        case "hang_up":
            return await call.hang_up()
        case _:
            return await call.silence()


def understood(text: str, meaning: Meaning) -> Understanding:
    """A meaning given by hand, as the understander would give it."""
    return Understanding(
        text=text,
        intents=tuple(Scored(intent=intent, score=1.0) for intent in meaning.intent),
        acts=frozenset(meaning.acts),
        findings=tuple(
            Finding(
                slot=slot,
                value=value,
                heard=text,
                span=(0, len(text)),
                confidence=meaning.confidence,
                method="story",
            )
            for slot, value in meaning.slots.items()
        ),
        consent=meaning.consent,
        question=None if meaning.question is None else _asked(meaning.question),
        request_human=meaning.human,
        outright=meaning.outright,
        language=meaning.language,
        flags=Flags(
            emergency=meaning.emergency,
            mass_incident=meaning.mass_incident,
            safety_flag=meaning.safety_flag,
            emotion=meaning.emotion,
        ),
    )


def _asked(answer: str) -> Question:
    return Question(nearest=answer, score=1.0, sure=True)


def _shown(line: Line) -> str:
    """A line that is not the seat's, as a reader sees it."""
    if line.caller is not None:
        return line.caller
    if line.keys is not None:
        return f"［按键 {line.keys}］"
    names = {
        "silence": "没有声音",
        "noise": "只有杂音",
        "hang_up": "挂断",
        "time_up": "通话到了时限",
        "fault": "系统出故障",
    }
    return f"［{names[line.happens or 'silence']}］"


def _lines(items: Iterable[str]) -> str:
    return "\n".join(items) or "（不说话）"


class _Outcome:
    """What came of a call beside what was expected of it."""

    def __init__(self, expect: Expectation, events: tuple[ev.CallEvent, ...], call: TextCall) -> None:
        self._expect = expect
        self._events = events
        self._state = call.state
        self._records = told(events)
        self._record: RecordDraft = self._records[-1].draft

    def differences(self) -> list[tuple[str, str, str]]:
        """(what, wanted, got), in a trainer's words."""
        expect, record = self._expect, self._record
        compared: list[tuple[str, object, object]] = []
        for name, got in self._whole():
            if expect.expects(name):
                compared.append((name, getattr(expect, name), got))
        compared += [(f"slots.{slot}", want, record.value(slot)) for slot, want in expect.slots.items()]
        declined = {entry.slot for entry in record.declined}
        compared += [(f"declined.{slot}", True, slot in declined) for slot in expect.declined]
        for slot in expect.confirmed:
            field = record.field(slot)
            compared.append((f"confirmed.{slot}", True, field is not None and field.confirmed is not None))
        consents = self._consents()
        compared += [
            (f"consents.{purpose}", want, consents.get(purpose, "not_asked"))
            for purpose, want in expect.consents.items()
        ]
        flags = self._flags()
        compared += [(f"flags.{flag}", want, flags.get(flag)) for flag, want in expect.flags.items()]
        counted: Counter[str] = Counter(event.type for event in self._events)
        compared += [(f"events.{kind}", times, counted[kind]) for kind, times in expect.events.items()]
        if expect.expects("records"):
            compared += self._lodged()
        return [(what, _said(want), _said(got)) for what, want, got in compared if not _same(want, got)]

    def _lodged(self) -> Iterator[tuple[str, object, object]]:
        """What each lodged record should hold, beside what it holds."""
        lodged = [record.draft for record in self._records if record.lodged is not None]
        yield "records", len(self._expect.records), len(lodged)
        for number, (wanted, record) in enumerate(zip(self._expect.records, lodged, strict=False), 1):
            for key in ("kind", "intent"):
                if key in wanted.model_fields_set:
                    yield f"records.{number}.{key}", getattr(wanted, key), getattr(record, key)
            for slot, value in wanted.slots.items():
                yield f"records.{number}.slots.{slot}", value, record.value(slot)
            consents = {consent.purpose: consent.decision.value for consent in record.consents}
            for purpose, status in wanted.consents.items():
                yield f"records.{number}.consents.{purpose}", status, consents.get(purpose, "not_asked")

    def _whole(self) -> list[tuple[str, object]]:
        standing = self._state.standing
        queued = [event.reason for event in self._events if isinstance(event, ev.CallbackQueued)]
        closed = [event.outcome for event in self._events if isinstance(event, ev.CallClosed)]
        return [
            ("kind", self._record.kind),
            ("intent", self._record.intent),
            ("outcome", closed[-1] if closed else None),
            ("referred", tuple(e.recipient for e in self._events if isinstance(e, ev.ReferralQueued))),
            ("callback", queued[-1] if queued else None),
            ("standing", standing.step if standing is not None else None),
            ("questions", tuple(question.answer for question in self._record.questions)),
        ]

    def _consents(self) -> dict[str, str]:
        """The last answer to each; asked and never answered is refused."""
        return {consent.purpose: consent.decision.value for consent in self._record.consents} | {
            purpose: "given"
            for purpose, consent in self._state.consents.items()
            if consent.status is ConsentStatus.GIVEN
        }

    def _flags(self) -> dict[str, object]:
        record = self._record
        return {
            "emergency": record.emergencies[-1].value if record.emergencies else None,
            "mass_incident": record.mass_incident,
            "safety_flag": record.safety_flag,
            "emotion": record.emotion,
            "recording_refused": record.recording_refused,
        }


def _same(want: object, got: object) -> bool:
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    return want == got


def _said(value: object) -> str:
    if value is None:
        return "（没有）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(map(str, value)) or "（没有）"
    return str(value)
