"""The reference page is what the schema says now; every key is told, with an example that is valid."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, TypeAdapter

from data.vocabulary import Emergency, Intent, Slot
from dialogs import faq, schema
from dialogs.conditions import FUNCTIONS, parse
from dialogs.json_schema import FILES, PARTS, STEPS
from dialogs.key_texts import key_texts
from dialogs.reference_page import reference_page
from dialogs.source import read
from dialogs.yaml_text import block, one_line

PAGE = Path(__file__).parents[2] / "docs" / "dialogs-reference.zh.md"
MODELS = (*STEPS, *PARTS, *FILES)
KEYS = [(model, key) for model in MODELS for key in model.model_fields]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference_page(), (
        "run: smartseat dialogs reference > docs/dialogs-reference.zh.md"
    )


def test_every_shape_of_the_schema_is_told() -> None:
    shapes = {
        value
        for value in (*vars(schema).values(), *vars(faq).values())
        if isinstance(value, type) and issubclass(value, schema.Shape) and value is not schema.Shape
    }
    assert shapes == set(MODELS)
    assert set(schema.STEP_SHAPES) == set(schema.STEP_KEYS)


def test_the_table_names_no_key_that_is_gone() -> None:
    texts = key_texts()
    own = {model.__name__: set(model.__annotations__) for model in MODELS}
    assert {name: set(keys) for name, keys in texts.keys.items()} == own
    named = {**texts.files, **texts.steps, **texts.parts}
    assert set(named) == {model.__name__ for model in MODELS} | {"Prompts", "Faq"}


@pytest.mark.parametrize(("model", "key"), KEYS, ids=[f"{model.__name__}.{key}" for model, key in KEYS])
def test_every_key_has_a_valid_example(model: type[BaseModel], key: str) -> None:
    text = key_texts().key(model, key)
    assert re.search(r"[\u4e00-\u9fff]", text.about)
    if key == "when":
        parse(str(text.example))
    elif (model, key) == (schema.StartWhen, "intent"):
        assert [Intent(str(intent)) for intent in schema.StartWhen.model_validate({key: text.example}).intent]
    else:
        field = model.model_fields[key]
        TypeAdapter(field.rebuild_annotation()).validate_json(json.dumps(text.example), strict=True)
    assert f"`{key}: {one_line(text.example)}`".replace("|", "\\|") in reference_page()


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_all_the_examples_together_are_valid(model: type[BaseModel]) -> None:
    keys = [
        key for key in model.model_fields if model not in STEPS or key not in schema.StepBase.model_fields
    ]
    examples = {key: key_texts().key(model, key).example for key in keys}
    model.model_validate_json(json.dumps(examples))


def test_every_word_has_its_meaning() -> None:
    words = key_texts().words
    assert list(words["Slot"].of) == [slot.value for slot in Slot]
    assert list(words["Intent"].of) == [intent.value for intent in Intent]
    assert list(words["Emergency"].of) == [emergency.value for emergency in Emergency]
    assert list(words["FACTS"].of) == list(schema.FACTS)
    assert list(words["PLACEHOLDERS"].of) == list(schema.PLACEHOLDERS)
    for name in (*schema.ENGINE_PROMPTS, *FUNCTIONS):
        assert f"| `{name}` |" in reference_page()


def test_the_yaml_of_the_page_can_be_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", reference_page(), re.S)
    assert len(blocks) == len(MODELS)
    for text in blocks:
        assert read("page.yaml", text.encode()).problems == []


texts = st.text("abz.019 ，。{}[]:'\"#-是{no}", max_size=8) | st.sampled_from(
    ["no", "true", "null", "010", "12:30", "~", ""]
)
values = st.recursive(
    st.booleans() | st.none() | st.integers(-999, 999) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_what_is_written_reads_back_the_same(value: JsonValue) -> None:
    assert read("f.yaml", f"key: {one_line(value)}\n".encode()).data == {"key": value}
    if isinstance(value, dict | list) and value:
        assert read("f.yaml", "\n".join(block(value)).encode()).data == value
