"""JSON Schema (draft 7) of a script's files, so that an editor completes keys, shows what they are for, and marks slips.

Made from the models of `schema` and the trainers' table (`key_texts`). An editor sees one file at a time: whether the
files fit together is for `smartseat dialogs check`.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import models_json_schema

from data.vocabulary import Emergency, Intent, Kind, Listen, Slot
from dialogs import schema
from dialogs.key_texts import KeyText, key_texts
from dialogs.yaml_text import one_line

Json = dict[str, JsonValue]

_DRAFT = "http://json-schema.org/draft-07/schema#"
_REF = "#/definitions/{model}"
_ENUMS: tuple[type[StrEnum], ...] = (Emergency, Intent, Kind, Listen, Slot)
#: Every mapping a trainer writes, steps in the order they are looked for.
STEPS: tuple[type[BaseModel], ...] = tuple(schema.STEP_SHAPES.values())
PARTS: tuple[type[BaseModel], ...] = (
    schema.StepBase,
    schema.Asking,
    schema.Arm,
    schema.StartWhen,
    schema.Prompt,
    schema.Variant,
    schema.Profile,
    schema.Ladder,
)
FILES: tuple[type[BaseModel], ...] = (schema.ScriptFile, schema.Flow)


class FileKind(StrEnum):
    """The files of a script, by the model of what they hold."""

    FLOW = "flow"
    SCRIPT = "script"
    PROMPTS = "prompts"


_ROOTS: dict[FileKind, Json] = {
    FileKind.FLOW: {"$ref": _REF.format(model="Flow")},
    FileKind.SCRIPT: {"$ref": _REF.format(model="ScriptFile")},
    FileKind.PROMPTS: {"$ref": _REF.format(model="Prompts")},
}


def json_schema(kind: FileKind | None = None) -> Json:
    """The schema of one kind of file; with None, of any file of a script, told apart by its first key."""
    head: Json = {"$schema": _DRAFT, "definitions": _definitions()}
    if kind is not None:
        return {**head, "allOf": [_ROOTS[kind]]}
    no_flow: Json = {
        "if": {"required": ["script"]},
        "then": _ROOTS[FileKind.SCRIPT],
        "else": _ROOTS[FileKind.PROMPTS],
    }
    return {**head, "if": {"required": ["flow"]}, "then": _ROOTS[FileKind.FLOW], "else": no_flow}


def _definitions() -> Json:
    models = (*STEPS, *PARTS, *FILES)
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    definitions = _mapping(made["$defs"])
    for model in models:
        shape = _mapping(definitions[model.__name__])
        text = key_texts().shape(model)
        shape["description"] = f"{text.title}。{text.about}"
        for key, field in _mapping(shape["properties"]).items():
            _mapping(shape["properties"])[key] = _described(_mapping(field), key, key_texts().key(model, key))
    for enum in _ENUMS:
        if (words := key_texts().words.get(enum.__name__)) is not None:
            _mapping(definitions[enum.__name__])["enumDescriptions"] = [words.of[word.value] for word in enum]
    _as_written(definitions)
    prompts = key_texts().files["Prompts"]
    definitions["Prompts"] = {
        "type": "object",
        "description": f"{prompts.title}。{prompts.about}",
        "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": _REF.format(model="Prompt")}]},
    }
    return {name: _plain(shape) for name, shape in definitions.items()}


def _as_written(definitions: Json) -> None:
    """What the models take in more ways, or the linter in fewer, than their types say."""
    for field in map(_mapping, _properties(definitions, "StartWhen").values()):  # one, or a list
        many: Json = {"type": field.pop("type"), "items": field.pop("items")}
        field["anyOf"] = [many["items"], many]
    script = _properties(definitions, "ScriptFile")
    for key, words in (("says", schema.ENGINE_PROMPTS), ("emergencies", key_texts().words["Emergency"].of)):
        section = _mapping(script[key])
        section.pop("propertyNames", None)
        section["properties"] = {
            name: {"type": "string", "description": about} for name, about in words.items()
        }
        section["required"] = list(words)
        section["additionalProperties"] = False
    profiles = _mapping(script["profiles"])
    profiles["required"] = [listen.value for listen in Listen]


def _described(field: Json, key: str, text: KeyText) -> Json:
    return {
        **field,
        "description": f"{text.about}\n\n例：{key}: {one_line(text.example)}",
        "examples": [text.example],
    }


def _plain(value: JsonValue) -> JsonValue:
    """Without what a YAML file has no use for, and so that draft 7 reads it: nothing stands beside a `$ref`."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {
        key: _plain(inner) for key, inner in value.items() if key != "title" or not isinstance(inner, str)
    }
    options = plain.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        kept = [option for option in options if option != {"type": "null"}]
        plain.pop("default", None)
        plain.pop("anyOf")
        plain = {**_mapping(kept[0]), **plain} if len(kept) == 1 else {**plain, "anyOf": kept}
    names = plain.pop("propertyNames", None)
    if isinstance(names, dict) and isinstance(names.get("$ref"), str):
        enum = next(enum for enum in _ENUMS if _REF.format(model=enum.__name__) == names["$ref"])
        words = key_texts().words.get(enum.__name__)
        each = _mapping(plain["additionalProperties"])
        plain["properties"] = {
            word.value: {**each, "description": words.of[word.value]} if words else each for word in enum
        }
        plain["additionalProperties"] = False
    if "$ref" in plain and len(plain) > 1:
        plain = {"allOf": [{"$ref": plain.pop("$ref")}], **plain}
    return plain


def _properties(definitions: Json, model: str) -> Json:
    return _mapping(_mapping(definitions[model])["properties"])


def _mapping(value: JsonValue) -> Json:
    assert isinstance(value, dict)
    return value
