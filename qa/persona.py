"""A simulated caller as written down: who calls, what he says when asked, and what the record should hold.

The form is DESIGN: "Simulated callers". YAML is read as 1.2; every mistake is reported with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data.understanding import SlotValue
from data.values import FLAG_SLOTS, LIST_SLOTS, NUMBER_SLOTS
from data.vocabulary import Intent, Kind, Slot
from qa.plain_yaml import BadYaml, Located, read_yaml


def _spoken(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _spoken_in_turn(value: object) -> object:
    return [_spoken(entry) for entry in value] if isinstance(value, list) else [_spoken(value)]


Digits = Annotated[str, BeforeValidator(_spoken)]
InTurn = Annotated[tuple[str, ...], BeforeValidator(_spoken_in_turn), Field(min_length=1)]
"""What is said each time it is asked; the last one from then on."""


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Voice(Shape):
    """noise_db: level of the speech above the background noise, in dB; None is a quiet room."""

    engine: Literal["kokoro", "espeak"] = "kokoro"
    name: str = "zm_yunxi"
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    noise_db: float | None = Field(default=None, ge=0, le=60)
    codec: Literal["pcmu"] = "pcmu"


class PlannedEvent(Shape):
    """Something the caller does once, when the seat has reached `at`.

    at: a slot it asks for, read_back, a consent's name, greeting (its first prompt) or next_question (the
    first thing after the opening that waits for an answer). say: said in place of the answer.
    barge_in: seconds after that prompt's first sound. silence: seconds after the prompt's end, then the
    answer.
    """

    at: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    say: str | None = None
    barge_in: float | None = Field(default=None, ge=0, le=60)
    silence: float | None = Field(default=None, ge=0, le=120)
    hang_up: bool = False
    dtmf: Annotated[str | None, BeforeValidator(_spoken)] = Field(default=None, pattern=r"^[0-9*#]+$")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.say or self.dtmf or self.hang_up or self.silence is not None):
            raise ValueError("the caller does nothing here; give say, dtmf, silence or hang_up")
        if self.barge_in is not None and self.silence is not None:
            raise ValueError("barge_in and silence exclude each other; make two events of it")
        return self

    @property
    def answers(self) -> bool:
        """It takes the answer's place (a mere silence is followed by the answer)."""
        return bool(self.say or self.dtmf or self.hang_up)


def _flags(value: object) -> object:
    return dict.fromkeys(value, True) if isinstance(value, list) else value


def _slot_values(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: normal_value(str(name), entry) for name, entry in value.items()}


class Expect(Shape):
    """What the record must hold. A key that is not written is not scored (flags: see qa.score).

    kind null: no record of a kind is expected.
    """

    kind: Kind | None = None
    intent: Intent | None = None
    slots: Annotated[dict[Slot, SlotValue], BeforeValidator(_slot_values)] = {}
    declined: tuple[Slot, ...] = ()
    consents: dict[str, Literal["given", "refused", "not_asked"]] = {}
    flags: Annotated[dict[str, bool | str | None], BeforeValidator(_flags)] = {}
    outcome: Literal["lodged", "incomplete", "to_desk", "no_desk", "answered"] | None = None

    def scores(self, name: str) -> bool:
        """Whether `name` was written in the persona."""
        return name in self.model_fields_set


class Persona(Shape):
    persona: str = Field(pattern=r"^[\w-]+$")
    voice: Voice = Voice()
    line: Digits = "12315"
    caller_no: Annotated[str | None, BeforeValidator(_spoken)] = None
    opening: str = Field(min_length=1)
    answers: dict[Slot, InTurn] = {}
    consents: dict[str, InTurn] = {}
    unknown: str = "这个我不清楚。"
    events: tuple[PlannedEvent, ...] = ()
    expect: Expect = Expect()

    def said_texts(self) -> tuple[str, ...]:
        """Everything the caller may say that is written in the persona."""
        texts = [self.opening, *(text for turn in self.answers.values() for text in turn)]
        texts += [text for turn in self.consents.values() for text in turn]
        texts += [event.say for event in self.events if event.say]
        return tuple(dict.fromkeys([*texts, self.unknown]))


class BadPersona(ValueError):
    """A persona file is not as it should be. `problems`: "file:line: what is wrong"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def normal_value(slot: str, value: object) -> object:
    """`value` in the slot's own form: amounts as numbers, digit strings as strings, lists as tuples."""
    if slot in NUMBER_SLOTS and not isinstance(value, bool) and isinstance(value, str | int | float):
        try:
            number = float(value)
        except ValueError as error:
            raise ValueError(f"{slot} is a number, write for example {slot}: 399") from error
        return int(number) if number.is_integer() else number
    if slot in LIST_SLOTS:
        return tuple(value) if isinstance(value, list) else (value,)
    if slot in FLAG_SLOTS:
        if not isinstance(value, bool):
            raise ValueError(f"{slot} is true or false")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def load(path: Path) -> Persona:
    """Read one persona. Raises BadPersona with every mistake found, each with file and line."""
    try:
        document = read_yaml(path)
    except BadYaml as error:
        raise BadPersona([str(error)]) from error
    try:
        return Persona.model_validate(document.value)
    except ValidationError as error:
        raise BadPersona([_problem(path, document, detail) for detail in error.errors()]) from error


def load_folder(folder: Path, only: tuple[str, ...] = ()) -> list[Persona]:
    """Every persona of `folder` (or the one file it names), by name; only: these names.

    Raises BadPersona: with all mistakes of all files, on two personas of one name, on a name that is not
    there, and on an empty folder.
    """
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]) if folder.is_dir() else [folder]
    problems: list[str] = [] if paths else [f"{folder}: no persona (*.yaml) in this folder"]
    found: dict[str, Persona] = {}
    for path in paths:
        try:
            persona = load(path)
        except BadPersona as error:
            problems += error.problems
            continue
        if persona.persona in found:
            problems.append(f"{path}:1: a second persona is called {persona.persona}; choose another name")
        found[persona.persona] = persona
    if not problems:
        problems += [f"{folder}: no persona is called {name}" for name in only if name not in found]
    if problems:
        raise BadPersona(problems)
    return [persona for name, persona in found.items() if not only or name in only]


def _problem(path: Path, document: Located, detail: Mapping[str, object]) -> str:
    location = detail["loc"]
    place = tuple(location) if isinstance(location, tuple) else ()
    name = ".".join(str(part) for part in place if part != "[key]")
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = "this key is not known here"
    elif detail["type"] == "missing":
        message = "this key is missing"
    return f"{path}:{document.line(place)}: {name or 'persona'}: {message}"
