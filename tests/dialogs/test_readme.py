"""The trainers' page is true: its examples are valid, and no key is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from dialogs import schema
from dialogs.conditions import parse
from dialogs.faq import FaqEntry, FaqLaw
from dialogs.loader import load
from dialogs.schema import FACTS, PLACEHOLDERS, STEP_KEYS, Flow, Prompt, ScriptFile
from dialogs.source import Data, read
from dialogs.stories import Expectation, Line, Meaning, Story, read_stories

DIALOGS = Path(__file__).parents[2] / "dialogs"
REAL = DIALOGS / "scripts" / "12315"
TEXT = (DIALOGS / "README.zh.md").read_text("utf-8")


def blocks(kind: str) -> list[Data]:
    sources = [
        read("README.zh.md", text.encode()) for text in re.findall(rf"```yaml{kind}\n(.*?)```", TEXT, re.S)
    ]
    assert all(not source.problems for source in sources)
    return [source.data for source in sources]


def as_json(data: Data) -> str:
    return json.dumps(data, ensure_ascii=False)


def test_the_examples_are_valid() -> None:
    for flow in blocks(""):
        Flow.model_validate_json(as_json(flow), strict=True)
    for steps in blocks(" steps"):
        Flow.model_validate_json(as_json({"flow": "example", "steps": steps}), strict=True)
    for script in blocks(" script"):
        ScriptFile.model_validate_json(as_json(script), strict=True)
    for faq in blocks(" faq"):
        assert isinstance(faq, dict) and isinstance(faq["faq"], dict)
        for entry in faq["faq"].values():
            FaqEntry.model_validate_json(as_json(entry), strict=True)
    for prompts in blocks(" prompts"):
        assert isinstance(prompts, dict)
        for prompt in prompts.values():
            Prompt.model_validate_json(
                as_json(prompt if isinstance(prompt, dict) else {"text": prompt}), strict=True
            )


def test_the_conditions_are_valid() -> None:
    section = TEXT.split("## 条件")[1].split("## 话术文字")[0]
    written = re.findall(r"^    (.+)$", section, re.M)
    assert len(written) >= 4
    for text in written:
        parse(text)
    assert all(f"`{name}`" in section for name in FACTS)


def test_every_step_has_its_example() -> None:
    shown = {
        schema.step_kind(step) for steps in blocks(" steps") if isinstance(steps, list) for step in steps
    }
    assert shown | {"refer"} == set(STEP_KEYS)


@pytest.mark.parametrize(
    "model",
    [
        *(
            schema.Collect,
            schema.Say,
            schema.Route,
            schema.ReadBack,
            schema.ConsentStep,
            schema.Lodge,
            schema.Refer,
            schema.Questions,
            FaqEntry,
            FaqLaw,
        ),
        *(
            schema.ToDesk,
            schema.Lookup,
            schema.Arm,
            schema.Branch,
            schema.CallFlow,
            schema.SetSlot,
            schema.End,
        ),
        *(schema.Prompt, schema.Flow, schema.StartWhen, schema.Profile, schema.Ladder, schema.ScriptFile),
    ],
)
def test_every_key_is_shown(model: type[BaseModel]) -> None:
    for key in model.model_fields:
        assert re.search(rf"\b{key}\b", TEXT), key


def test_the_story_is_valid_and_shows_every_key() -> None:
    [text] = re.findall(r"```yaml stories\n(.*?)```", TEXT, re.S)
    _, problems = read_stories("README.zh.md", text.encode(), load(REAL))
    assert problems == []
    section = TEXT.split("## 故事")[1]
    for model in (Story, Line, Meaning, Expectation):
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", section), key


def test_every_placeholder_is_named() -> None:
    assert all(f"{{{name}}}" in TEXT for name in PLACEHOLDERS)
