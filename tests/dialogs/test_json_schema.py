"""The JSON Schema takes what the loader takes, and marks what a single file can get wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dialogs.json_schema import FileKind, json_schema
from dialogs.source import Data, read

jsonschema = pytest.importorskip("jsonschema", reason="the dev extra is not installed")

HERE = Path(__file__).parent
FOLDERS = [HERE.parents[1] / "dialogs" / "scripts" / "12315", HERE / "broken" / "base"]
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.yaml"))]
KINDS = {"script.yaml": FileKind.SCRIPT, "prompts.yaml": FileKind.PROMPTS, "faq.yaml": FileKind.FAQ}


def errors(data: Data, kind: FileKind | None = None) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(json_schema(kind)).iter_errors(data)]


def test_they_are_schemas() -> None:
    for kind in (None, *FileKind):
        jsonschema.Draft7Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.name}" for path in FILES])
def test_sound_files_are_taken(path: Path) -> None:
    data = read(path.name, path.read_bytes()).data
    assert errors(data) == []
    assert errors(data, KINDS.get(path.name, FileKind.FLOW)) == []


SLIPS = [
    ("complaint.yaml", "reprompt: [amount.again]", "repromt: [amount.again]"),
    ("complaint.yaml", "- collect: amount", "- colect: amount"),
    ("complaint.yaml", "- collect: amount", "- collect: amout"),
    ("complaint.yaml", "    ask: amount.ask\n", ""),
    ("complaint.yaml", "limit: 2", "limit: 9"),
    ("complaint.yaml", "limit: 2", "limit: 两次"),
    ("complaint.yaml", "optional: true", "optional: no"),
    ("complaint.yaml", "reprompt: [amount.again]", "reprompt: amount.again"),
    ("complaint.yaml", "fields: [narrative, platform", "fields: [narrative, platfrom"),
    ("complaint.yaml", "kind: 投诉", "kind: 投拆"),
    ("complaint.yaml", "            refused:\n              - lodge: record\n", ""),
    ("report.yaml", "report_food", "report_foot"),
    ("progress.yaml", "- end: answered", "- end: answerd"),
    ("prompts.yaml", "purpose: notice", "purpos: notice"),
    ("prompts.yaml", "slower: 好的，我说慢一点。", "slower: 12315"),
    ("faq.yaml", "topic: 办理期限", "topik: 办理期限"),
    ("faq.yaml", "signed_off: true", "signed_off: yes"),
    ("faq.yaml", "articles: [15]", "articles: 十五"),
    ("script.yaml", "  fire: safety.leave\n", ""),
    ("script.yaml", "  slower: slower\n", "  slower: slower\n  slowly: slower\n"),
    ("script.yaml", "  respondent: 商家", "  respondant: 商家"),
    ("script.yaml", "complete_ms: 700", "complet_ms: 700"),
    ("script.yaml", "  digits: {complete_ms: 900, incomplete_ms: 1500, noinput_ms: 8000}\n", ""),
    ("script.yaml", "limit_minutes: 15", "limit_minutes: 600"),
]


@pytest.mark.parametrize(("file", "old", "new"), SLIPS)
def test_slips_are_marked(file: str, old: str, new: str) -> None:
    text = (HERE / "broken" / "base" / file).read_text("utf-8")
    assert old in text
    data = read(file, text.replace(old, new, 1).encode()).data
    assert errors(data)
    assert errors(data, KINDS.get(file, FileKind.FLOW))


def test_every_key_is_told_in_chinese() -> None:
    definitions = json_schema()["definitions"]
    assert isinstance(definitions, dict)
    for name, shape in definitions.items():
        assert isinstance(shape, dict)
        for key, field in shape.get("properties", {}).items():
            assert re.search(r"[\u4e00-\u9fff]", field["description"]), f"{name}.{key}"
