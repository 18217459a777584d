"""The data dictionary of exports: every column with its type (from the models), its name and national field."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field
from ruamel.yaml import YAML

from data.understanding import Frozen
from data.vocabulary import DIGIT_SLOTS, FLAG_SLOTS, LIST_SLOTS, NUMBER_SLOTS, Slot

TABLE = Path(__file__).parent / "reference" / "record_fields.yaml"

ColumnType = Literal["text", "digits", "number", "truth", "list", "date", "time"]
"""date: ISO, as exact as it was told (2026, 2026-11, 2026-11-11); time: with its zone."""
Need = Literal["M", "C", "O", "S"]


class ExportHead(Frozen):
    """The columns of an export that are no slots."""

    case_no: str | None
    kind: str | None
    status: str
    stage: str | None
    intent: str | None
    received_at: datetime.datetime
    line: str
    call_id: str
    mass_incident: bool
    emergency: str | None
    safety_flag: str | None
    recording_refused: bool
    consents: tuple[str, ...]
    referred_to: tuple[str, ...]


class NamedField(Frozen):
    name: str
    need: Need
    national: str | None = None


class NamedFields(Frozen):
    source: str
    date: datetime.date
    verified: bool
    fields: dict[str, NamedField] = Field(min_length=1)


class Column(Frozen):
    """slot: None for a column of ExportHead."""

    key: str
    name: str
    type: ColumnType
    need: Need
    national: str | None
    slot: Slot | None


_HEAD_TYPES: dict[object, ColumnType] = {
    str: "text",
    bool: "truth",
    datetime.datetime: "time",
    tuple[str, ...]: "list",
}


_SLOT_TYPES: dict[ColumnType, frozenset[Slot]] = {
    "digits": DIGIT_SLOTS,
    "number": NUMBER_SLOTS,
    "list": LIST_SLOTS,
    "truth": FLAG_SLOTS,
    "date": frozenset({Slot.DATE}),
}


def key_of(slot: Slot) -> str:
    return "asked_case_no" if slot is Slot.CASE_NO else slot.value


def slot_type(slot: Slot) -> ColumnType:
    for kind, slots in _SLOT_TYPES.items():
        if slot in slots:
            return kind
    return "text"


@cache
def dictionary() -> tuple[Column, ...]:
    """All columns, in the order of the table of names. Raises ValueError: the table is not about these models."""
    yaml = YAML(typ="safe", pure=True)
    named = NamedFields.model_validate(yaml.load(TABLE.read_text(encoding="utf-8"))).fields
    types: dict[str, tuple[ColumnType, Slot | None]] = {
        key: (_head_type(field.annotation), None) for key, field in ExportHead.model_fields.items()
    }
    types |= {key_of(slot): (slot_type(slot), slot) for slot in Slot}
    if strange := types.keys() ^ named.keys():
        raise ValueError(f"{TABLE.name}: {', '.join(sorted(strange))} are in the models or the table only")
    return tuple(
        Column(
            key=key,
            name=field.name,
            type=types[key][0],
            need=field.need,
            national=field.national,
            slot=types[key][1],
        )
        for key, field in named.items()
    )


def _head_type(annotation: object) -> ColumnType:
    if annotation in _HEAD_TYPES:
        return _HEAD_TYPES[annotation]
    return next(_HEAD_TYPES[one] for one in get_args(annotation) if one in _HEAD_TYPES)
