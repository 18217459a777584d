"""Stories: calls written down as talks, with what must come of them. The tests trainers write.

They lie in the script's folder under `stories/`, a file a theme, and say nothing to citizens: a change of a
story is no new version of the script. How they are run: `agent.stories`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, Field

from data.events import CallEvent
from data.understanding import SlotValue
from data.vocabulary import Act, ConsentReply, Emergency, Intent, Kind, Outcome, Slot
from dialogs.problems import Problem, did_you_mean
from dialogs.schema import ConsentStep, Shape
from dialogs.script import Script
from dialogs.shapes import shape
from dialogs.source import Data, Source, Where, read

#: What happens without words; written as a bare line: `- silence`.
Happening = Literal["silence", "noise", "hang_up", "time_up", "fault"]
HAPPENINGS: tuple[Happening, ...] = ("silence", "noise", "hang_up", "time_up", "fault")
#: The key that makes a line; exactly one of them.
LINE_KEYS = ("seat", "caller", "keys", "happens", "until")
STORY_FOLDER = "stories"
#: The names of events, as they are stored.
EVENT_TYPES: tuple[str, ...] = tuple(
    event.model_fields["type"].default for event in get_args(get_args(CallEvent)[0])
)

Model = TypeVar("Model", bound=BaseModel)


def _listed(value: object) -> object:
    if value is None:
        return None
    return tuple(value) if isinstance(value, list | tuple) else (value,)


#: A text, or a list of texts.
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Meaning(Shape):
    """What a line of the caller means, given by hand: in place of what the seat would understand."""

    intent: Annotated[tuple[Intent, ...], BeforeValidator(_listed)] = ()
    acts: Annotated[tuple[Act, ...], BeforeValidator(_listed)] = ()
    slots: dict[Slot, SlotValue] = Field(default_factory=dict)
    consent: ConsentReply | None = None
    outright: Annotated[tuple[Intent, ...], BeforeValidator(_listed)] = ()
    language: str | None = None
    question: str | None = None
    """What is asked, by the id of its answer in faq.yaml."""
    human: bool = False
    emergency: Emergency | None = None
    emotion: str | None = None
    mass_incident: bool = False
    safety_flag: str | None = None
    confidence: float = Field(default=1.0, ge=0, le=1)
    """How sure the values are."""


class Line(Shape):
    """One line of a talk: what the seat says, what the caller says or keys, or what happens."""

    seat: Texts | None = None
    """The prompts said since the caller's last line, all of them, in order; []: nothing."""
    text: Texts = ()
    """Beside `seat`: words that must be in what it says."""
    caller: str | None = None
    over: str | None = None
    """Beside `caller` or `happens`: the prompt that was sounding when he began to speak, or hung up."""
    meaning: Meaning | None = None
    keys: str | None = None
    happens: Happening | None = None
    until: str | None = None
    """The caller answers what he is asked, from the story's answers, until this prompt was said."""


class ExpectedRecord(Shape):
    """One lodged record; only what is written is compared."""

    kind: Kind | None = None
    intent: Intent | None = None
    slots: dict[Slot, SlotValue | None] = Field(default_factory=dict)
    consents: dict[str, Literal["given", "refused", "withdrawn", "not_asked"]] = Field(default_factory=dict)


class Expectation(Shape):
    """What must have come of the call. Only what is written is compared."""

    kind: Kind | None = None
    intent: Intent | None = None
    slots: dict[Slot, SlotValue | None] = Field(default_factory=dict)
    """What the record holds; null: nothing."""
    declined: tuple[Slot, ...] = ()
    confirmed: tuple[Slot, ...] = ()
    consents: dict[str, Literal["given", "refused", "withdrawn", "not_asked"]] = Field(default_factory=dict)
    flags: dict[
        Literal["emergency", "mass_incident", "safety_flag", "emotion", "recording_refused"],
        bool | str | None,
    ] = Field(default_factory=dict)
    questions: tuple[str | None, ...] = ()
    """What was asked, in order: the ids of the answers given; null for one left to a person."""
    outcome: Outcome | None = None
    """How the call closed; null: it goes on."""
    referred: tuple[str, ...] = ()
    """To whom the record was passed on, in order; []: to nobody."""
    callback: str | None = None
    """Why a call-back was queued last; null: none was."""
    standing: str | None = None
    """The step the call waits at; null: at none."""
    events: dict[str, int] = Field(default_factory=dict)
    """How many events of a type the call holds."""
    records: tuple[ExpectedRecord, ...] = ()
    """The records lodged, all of them, in order."""

    def expects(self, name: str) -> bool:
        """Whether `name` was written."""
        return name in self.model_fields_set


class KnownCase(Shape):
    """A case lodged before this call. open: it still takes an urging, an addition, a wish to withdraw."""

    phone: str
    """Of its record: who names its end, or all of it, and the number, is told the status."""
    status: str
    open: bool = True


class DroppedCall(Shape):
    """A call from the same number that dropped before this one. told: what it had filled; gone: it cannot be
    gone on with any more, though the caller is asked."""

    intent: Intent
    told: dict[Slot, SlotValue] = Field(default_factory=dict)
    gone: bool = False


class Story(Shape):
    """One call. desk, lodging: whether a person takes a call handed over, and the store gives case numbers."""

    story: str
    line: str = "12315"
    caller_no: str | None = None
    today: date = date(2026, 11, 24)
    """The day of the call: what "昨天" is counted from."""
    cases: dict[str, KnownCase] = Field(default_factory=dict)
    """What a lookup can find, by case number."""
    earlier: DroppedCall | None = None
    """The call before this one, that it may go on with."""
    desk: bool = False
    on_duty: bool = True
    """False: an hour at which no person is on duty."""
    draw: float = Field(default=0.0, ge=0, lt=1)
    """The side of every trial: 0 the first."""
    lodging: bool = True
    encoder: bool = False
    """True: understood with the text encoder; by rules alone otherwise."""
    answers: dict[Slot, str] = Field(default_factory=dict)
    """What is answered to each question up to an `until`; digits that end in # are keyed. What is not here is
    answered with "不知道", and what is put for a yes, with "对"."""


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """number: the line of the file, from 1."""

    number: int
    line: Line


@dataclass(frozen=True, slots=True)
class WrittenStory:
    """A story with where it is written. expect_line: where its expectations begin."""

    file: str
    number: int
    story: Story
    talk: tuple[WrittenLine, ...]
    expect: Expectation
    expect_line: int

    @property
    def name(self) -> str:
        return self.story.story


class StoriesBroken(Exception):
    """Stories that can't be run. `problems` holds every mistake found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load_stories(folder: Path, script: Script) -> tuple[WrittenStory, ...]:
    """The stories of the script in `folder`, in the order of files and lines. Raises StoriesBroken."""
    stories: list[WrittenStory] = []
    problems: list[Problem] = []
    for path in sorted((folder / STORY_FOLDER).glob("*.yaml")):
        found, wrong = read_stories(f"{STORY_FOLDER}/{path.name}", path.read_bytes(), script)
        stories += found
        problems += wrong
    problems += _told_twice(stories)
    if problems:
        raise StoriesBroken(sorted(problems))
    return tuple(stories)


def read_stories(file: str, content: bytes, script: Script) -> tuple[list[WrittenStory], list[Problem]]:
    """The stories of one file, and everything that is wrong with it."""
    source = read(file, content)
    stories: list[WrittenStory] = []
    if source.data is not None:
        common = _common_answers(source)
        for where, data in _each(source, source.data, (), "stories"):
            written = _story(source, where, data, script, common)
            if written is not None:
                stories.append(written)
    return stories, sorted(set(source.problems))


def _told_twice(stories: list[WrittenStory]) -> Iterator[Problem]:
    first: dict[str, WrittenStory] = {}
    for story in stories:
        before = first.setdefault(story.name, story)
        if before is not story:
            message = f"故事“{story.name}”的名字用过了（在 {before.file} 第 {before.number} 行）"
            yield Problem(story.file, story.number, 1, "duplicate_story", message, "请换一个名字")


def _each(source: Source, data: Data, where: Where, key: str) -> Iterator[tuple[Where, dict[str, Data]]]:
    """The mappings of the list under `key`."""
    listed = data.get(key) if isinstance(data, dict) else None
    if not isinstance(listed, list):
        source.problem(where, "wrong_type", f"这里要有“{key}:”，下面一项一个“- ”", f"例如：{key}:")
        return
    for index, item in enumerate(listed):
        place = (*where, key, index)
        if isinstance(item, dict):
            yield place, item
        elif isinstance(item, str) and key == "talk" and item in HAPPENINGS:
            yield place, {"happens": item}
        else:
            hint = did_you_mean(str(item), HAPPENINGS) if key == "talk" else "例如：- story: 名字"
            source.problem(place, "wrong_type", "这里应该写成“键: 值”", hint)


class _Common(Shape):
    """What the stories of a file share."""

    answers: dict[Slot, str] = Field(default_factory=dict)


def _common_answers(source: Source) -> dict[Slot, str]:
    """The file's own `answers`; a story's come before them."""
    if not isinstance(source.data, dict) or "stories" not in source.data:
        return {}
    shared = {key: value for key, value in source.data.items() if key != "stories"}
    common = _shaped(_Common, source, (), shared)
    return common.answers if common is not None else {}


def _story(
    source: Source, where: Where, data: dict[str, Data], script: Script, common: dict[Slot, str]
) -> WrittenStory | None:
    head = {key: value for key, value in data.items() if key not in ("talk", "expect")}
    if "today" in head and not _is_day(head["today"]):
        source.problem((*where, "today"), "bad_date", "日期写得不对", "请写成：today: 2026-11-24")
        del head["today"]
    story = _shaped(Story, source, where, head)
    lines = tuple(
        WrittenLine(source.mark(place)[0], line)
        for place, item in _each(source, data, where, "talk")
        if (line := _line(source, place, item, script)) is not None
    )
    expect = _shaped(Expectation, source, (*where, "expect"), data.get("expect", {}))
    if story is None or expect is None:
        return None
    if common:
        story = story.model_copy(update={"answers": {**common, **story.answers}})
    _check_expectation(source, (*where, "expect"), expect, script)
    number = source.mark(where)[0]
    expect_line = source.key_mark((*where, "expect"))[0] if "expect" in data else number
    return WrittenStory(source.file, number, story, lines, expect, expect_line)


def _is_day(value: Data) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _line(source: Source, where: Where, data: dict[str, Data], script: Script) -> Line | None:
    head = {key: value for key, value in data.items() if key != "meaning"}
    line = _shaped(Line, source, where, head)
    if line is not None and "meaning" in data:
        meaning = _shaped(Meaning, source, (*where, "meaning"), data["meaning"])
        line = line.model_copy(update={"meaning": meaning})
    written = [key for key in LINE_KEYS if key in data]
    if line is None or len(written) != 1:
        if line is not None:
            message = "一行只能写 seat、caller、keys、until 里的一个" if written else "这一行没有写是谁说的"
            source.problem(where, "bad_line", message, "例如：- caller: 我要投诉")
        return None
    owners = {"text": ("seat",), "over": ("caller", "happens"), "meaning": ("caller",)}
    for beside, allowed in owners.items():
        if beside in data and written[0] not in allowed:
            message = f"“{beside}”只能和“{allowed[0]}”写在一起"
            source.problem((*where, beside), "bad_line", message, f"请移到 {allowed[0]} 那一行", at_key=True)
    for key, prompts in (("seat", line.seat or ()), ("over", (line.over,)), ("until", (line.until,))):
        for prompt in prompts:
            if prompt is not None and prompt not in script.prompts:
                hint = did_you_mean(prompt, script.prompts, else_list=False)
                source.problem((*where, key), "unknown_prompt", f"没有“{prompt}”这句话术", hint)
    return line


def _shaped(model: type[Model], source: Source, where: Where, data: Data) -> Model | None:
    made, whole = shape(model, source, data, where)
    return made if whole else None


def _check_expectation(source: Source, where: Where, expect: Expectation, script: Script) -> None:
    """Consents, steps and events that the script, or the engine, does not have."""
    nodes = [node for flow in script.flows.values() for node in flow.nodes.values()]
    purposes = [node.step.consent for node in nodes if isinstance(node.step, ConsentStep)]
    steps = [node.id for node in nodes]
    known: tuple[tuple[str, Iterable[str], Sequence[str], str], ...] = (
        ("consents", expect.consents, purposes, "没有同意事项"),
        ("standing", (expect.standing,) if expect.standing else (), steps, "没有步骤"),
        ("events", expect.events, EVENT_TYPES, "没有这种事件"),
        ("questions", filter(None, expect.questions), tuple(script.faq), "faq.yaml 里没有"),
    )
    for key, written, allowed, message in known:
        for name in written:
            if name not in allowed:
                place = (*where, key, name) if key in ("consents", "events") else (*where, key)
                source.problem(place, "unknown_name", f"{message}“{name}”", did_you_mean(name, allowed))
