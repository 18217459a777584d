"""The trainers' reference page: every key of a script, from the schema and the trainers' table, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel, JsonValue

from dialogs import schema
from dialogs.conditions import FUNCTIONS
from dialogs.faq import FaqEntry, FaqLaw
from dialogs.json_schema import STEPS, Json, json_schema
from dialogs.key_texts import key_texts
from dialogs.yaml_text import block, one_line

_HEAD = """# 话术写法参考

每个键写什么、不写会怎样、怎么写。怎样从头写一份话术，见 [话术怎么写](../dialogs/README.zh.md)。

本页由程序生成，不要手改：键来自 `dialogs/schema.py`，说明和例子来自 `dialogs/keys.zh.yaml`。改了以后运行：

    smartseat dialogs reference > docs/dialogs-reference.zh.md

想在 VS Code 里边写边提示：装 Red Hat 的 YAML 扩展，运行 `smartseat dialogs schema > .vscode/dialogs.schema.json`，
再在 `.vscode/settings.json` 里写：

```json
{"yaml.schemas": {".vscode/dialogs.schema.json": "dialogs/scripts/*/*.yaml"}}
```
"""
#: What the types of JSON Schema are called.
_TYPES = {"string": "文字", "boolean": "true 或 false", "object": "“键: 值”"}
#: What the enumerations with a section of their own are called there.
_LISTED = {"Slot": "信息项", "Intent": "来电意图", "Emergency": "危险的种类"}
_FUNCTION_TEXTS = {
    "declined": ("表示过不知道或不愿说", "declined('order_no')"),
    "consented": ("同意了", "consented('refer_to_platform')"),
}


def reference_page() -> str:
    """The whole page. Raises KeyError when a key has no text."""
    lines = [
        _HEAD,
        *_shape(schema.ScriptFile, "##"),
        *_shape(schema.Profile, "###"),
        *_shape(schema.Ladder, "###"),
        *_shape(schema.Resume, "###"),
        *_words("系统要用的话（says）", schema.ENGINE_PROMPTS, "###"),
        *_shape(schema.Prompt, "##"),
        *_shape(schema.Variant, "###"),
        *_listed("PLACEHOLDERS", "###"),
        *_shape(FaqEntry, "##"),
        *_shape(FaqLaw, "###"),
        *_shape(schema.Flow, "##"),
        *_shape(schema.StartWhen, "###"),
        *_shape(schema.StepBase, "##"),
        *_shape(schema.Asking, "###"),
        *(line for step in STEPS for line in _shape(step, "##", f"{_key_of(step)}：")),
        *_shape(schema.Arm, "###"),
        *_conditions(),
        *_listed("Slot", "##"),
        *_listed("Intent", "##"),
        *_listed("Emergency", "##"),
    ]
    return "\n".join(lines)


@cache
def _definitions() -> Json:
    definitions = json_schema()["definitions"]
    assert isinstance(definitions, dict)
    return definitions


def _key_of(step: type[BaseModel]) -> str:
    return next(key for key, shape in schema.STEP_SHAPES.items() if shape is step)


def _shape(model: type[BaseModel], level: str, before: str = "") -> Iterator[str]:
    """One mapping: what it is for, an example with every key, a row for each key."""
    text = key_texts().shape(model)
    files = {schema.Prompt: key_texts().files["Prompts"].file, FaqEntry: key_texts().files["Faq"].file}
    file = files.get(model, text.file)
    file = f"{file}：" if file else ""
    yield from (f"{level} {before}{file}{text.title}", "", text.about, "")
    properties, required = _fields(model)
    yield from ("```yaml", *_example(model, list(properties)), "```", "")
    yield from ("| 键 | 写成 | 不写时 | 写什么 | 例子 |", "|---|---|---|---|---|")
    for key, field in properties.items():
        about = key_texts().key(model, key)
        absent = "必须写" if key in required else _default(field)
        example = _cell(f"`{key}: {one_line(about.example)}`")
        yield f"| `{key}` | {_kind(field)} | {absent} | {_cell(about.about)} | {example} |"
    yield ""


def _fields(model: type[BaseModel]) -> tuple[dict[str, Json], list[JsonValue]]:
    """The keys of a mapping (those every step has, left out) with their schemas, and which must be written."""
    shape = _definitions()[model.__name__]
    assert isinstance(shape, dict) and isinstance(shape["properties"], dict)
    shared = [above for above in (schema.StepBase, schema.Asking) if model is not above]
    common = {key for above in shared if issubclass(model, above) for key in above.model_fields}
    required = shape.get("required", [])
    assert isinstance(required, list)
    fields = {
        key: field
        for key, field in shape["properties"].items()
        if key not in common and isinstance(field, dict)
    }
    own = _key_of(model) if model in STEPS else ""
    return dict(sorted(fields.items(), key=lambda item: item[0] != own)), required


def _example(model: type[BaseModel], keys: list[str]) -> list[str]:
    examples: JsonValue = {key: key_texts().key(model, key).example for key in keys}
    if model in STEPS:
        return block([examples])
    if model is schema.StepBase:
        return block([{"say": "keep_evidence", **examples}]) if isinstance(examples, dict) else []
    if model is schema.Asking:
        asks = {"collect": "phone", "ask": "phone.ask"}
        return block([{**asks, **examples}]) if isinstance(examples, dict) else []
    if model is schema.Arm:
        return block({"branch": [examples]})
    if model is schema.Variant:
        return block({"closing.case": {"text": "请记好编号后六位。", "variants": [examples]}})
    if model is FaqEntry:
        return block({"faq": {"return_shipping": examples}})
    if model is FaqLaw:
        return block({"laws": [examples]})
    inside = {
        schema.Prompt: "closing.case",
        schema.Profile: "short",
        schema.Ladder: "ladder",
        schema.Resume: "resume",
    }
    name = inside.get(model, "start_when" if model is schema.StartWhen else None)
    return block({name: examples} if name else examples)


def _kind(field: JsonValue) -> str:
    """What may be written, in words."""
    assert isinstance(field, dict)
    if isinstance(options := field.get("anyOf"), list):
        return "，或".join(dict.fromkeys(_kind(option) for option in options))
    if isinstance(inner := field.get("allOf"), list):
        return _kind(inner[0])
    if isinstance(reference := field.get("$ref"), str):
        name = reference.rpartition("/")[2]
        if name in _LISTED:
            return f"[{_LISTED[name]}](#{_LISTED[name]})"
        return _kind(_definitions()[name])
    if "const" in field:
        return f"`{field['const']}`"
    if isinstance(values := field.get("enum"), list):
        return "、".join(f"`{value}`" for value in values)
    if field.get("type") == "array":
        items = field["items"]
        assert isinstance(items, dict)
        return "步骤的列表" if "oneOf" in items else f"列表：{_kind(items)}"
    if field.get("type") in ("integer", "number"):
        word = "整数" if field["type"] == "integer" else "数字"
        low, high = field.get("minimum"), field.get("maximum")
        return (
            f"{word}，{low:g} 到 {high:g}"
            if isinstance(low, int | float) and isinstance(high, int | float)
            else word
        )
    return _TYPES[str(field["type"])]


def _default(field: Json) -> str:
    """What holds when the key is not written."""
    default = field.get("default")
    return "—" if default is None or default in ([], {}) else f"`{one_line(default)}`"


def _conditions() -> Iterator[str]:
    yield from ("## 条件（when）", "")
    yield "信息项的名称和下面这些情况，加上 `and`、`or`、`not`、括号、比较（`== != < <= > >= in`）。没有内容的算“不成立”。"
    yield ""
    yield from _listed("FACTS", "###")
    yield from ("| 函数 | 意思 | 例子 |", "|---|---|---|")
    for name in FUNCTIONS:
        about, example = _FUNCTION_TEXTS[name]
        yield f"| `{name}` | {about} | `{example}` |"
    yield ""


def _listed(name: str, level: str) -> Iterator[str]:
    words = key_texts().words[name]
    yield from _words(words.title, words.of, level)


def _words(title: str, words: dict[str, str], level: str) -> Iterator[str]:
    yield from (f"{level} {title}", "", "| 写 | 意思 |", "|---|---|")
    yield from (f"| `{word}` | {_cell(about)} |" for word, about in words.items())
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
