"""Test sets as files: JSON lines of utterances with their labels, or of replies to a consent question.

An utterance: {"text", "intent", "slots": {name: value}, …}; flags stand among the slots. A reply: {"text", "gold"}.
nlu/testset/README.md explains the further keys; keys and slots that no room knows are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from data.understanding import Asked, SlotValue
from data.vocabulary import Act, ConsentReply, Intent, Listen, Slot

Half = Literal["odd", "even"]

#: Flags of an Understanding, as a data file names them among the slots.
FLAGS = ("emergency", "mass_incident", "safety_flag", "emotion")
_BOOLEAN_FLAGS = ("emergency", "mass_incident")


class BadTestSet(ValueError):
    """Lines of a test set can't be used. `problems`: "file:line: what is wrong, what to write"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Value = Annotated[SlotValue, BeforeValidator(_tuple)]


class _Labels(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Utterance(_Labels):
    """One labelled utterance. slots: values in the forms of `data.understanding`; line: from 1.

    intent: None for an answer that holds no business of its own. also: further intents said with it;
    underlying: for `emotional`, the business beneath. today: the day of the call, for relative dates.
    """

    line: int
    text: str
    intent: Intent | None = None
    also: tuple[Intent, ...] = ()
    underlying: Intent | None = None
    slots: dict[Slot, Value] = {}
    emergency: bool = False
    mass_incident: bool = False
    safety_flag: str | None = None
    emotion: str | None = None
    asked: Asked = Asked()
    acts: tuple[Act, ...] = ()
    today: date | None = None


class Reply(_Labels):
    """One labelled reply to "may we pass it on to `recipient`?"."""

    line: int
    text: str
    gold: ConsentReply
    recipient: str = "拼多多"

    @property
    def asked(self) -> Asked:
        return Asked(consent="refer_to_platform", recipient=self.recipient, listen=Listen.YES_NO)


_OBJECT = TypeAdapter(dict[str, object])


def read(path: Path, half: Half | None = None) -> tuple[Utterance, ...] | tuple[Reply, ...]:
    """The rows of `path`; half: only the odd or the even lines.

    Raises BadTestSet with every mistake found, on a file of both kinds and on an empty one; OSError.
    """
    problems: list[str] = []
    utterances: list[Utterance] = []
    replies: list[Reply] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = _OBJECT.validate_python(json.loads(line))
            if "gold" in raw:
                replies.append(Reply.model_validate({**raw, "line": number}))
            else:
                utterances.append(_utterance(raw, number))
        except ValidationError as error:
            problems += [
                f"{path}:{number}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
                for detail in error.errors()
            ]
        except json.JSONDecodeError as error:
            problems.append(f"{path}:{number}: not a JSON object: {error.msg} (column {error.colno})")
    if not problems and utterances and replies:
        problems.append(
            f"{path}:{replies[0].line}: a consent reply among utterances; keep the two in files of their own"
        )
    if not problems and not utterances and not replies:
        problems.append(f'{path}:1: no row; write one JSON object a line, for example {{"text": "转人工"}}')
    if problems:
        raise BadTestSet(problems)
    if replies:
        return tuple(reply for reply in replies if _in_half(reply.line, half))
    return tuple(row for row in utterances if _in_half(row.line, half))


def _in_half(line: int, half: Half | None) -> bool:
    return half is None or (line % 2 == 1) == (half == "odd")


def _utterance(raw: dict[str, object], line: int) -> Utterance:
    labels = _OBJECT.validate_python(raw.get("slots") or {})
    known = set(Slot)
    # An empty list is a slot nobody mentioned.
    slots = {name: value for name, value in labels.items() if name in known and value not in (None, [], "")}
    flags = {name: labels[name] for name in FLAGS if labels.get(name)}
    return Utterance.model_validate(
        {
            **raw,
            **flags,
            "slots": slots,
            "underlying": _business(labels.get("underlying_intent")),
            "line": line,
        }
    )


def _business(name: object) -> object:
    return name if name in set(Intent) else None
