"""From plain data to the models of `schema`, every mistake told in a trainer's words.

A broken step is reported and replaced by one that does nothing, so that the rest can still be checked.
"""

from __future__ import annotations

import json
import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data.vocabulary import Intent, Slot
from dialogs import schema
from dialogs.problems import did_you_mean, nearest
from dialogs.source import Data, Source, Where
from dialogs.traps import as_flag, as_number

Model = TypeVar("Model", bound=BaseModel)

#: Keys that hold a list of steps.
STEP_LISTS = ("steps", "given", "refused", "failed")

_INNER_SHAPES: dict[str, type[BaseModel]] = {
    "start_when": schema.StartWhen,
    "ladder": schema.Ladder,
    "resume": schema.Resume,
}


def shape(model: type[Model], source: Source, data: Data, root: Where = ()) -> tuple[Model | None, bool]:
    """`data` (found at `root` of `source`) as a model, and whether nothing had to be left out.

    None when it can't be mended; problems go to the source.
    """
    if not isinstance(data, dict):
        source.problem(root, "wrong_type", "这里应该写成“键: 值”，每行一个", "例如：text: 您好")
        return None, False
    data = _copy(data)
    assert isinstance(data, dict)
    whole = True
    for _ in range(len(json.dumps(data))):  # every round mends something
        try:
            return model.model_validate_json(json.dumps(data), strict=True), whole
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            found = [(_where(detail["loc"], data), detail) for detail in details]
            misspelt = [where for where, detail in found if detail["type"] == "extra_forbidden"]
            for where, detail in found if whole else ():
                if detail["type"] != "missing" or not _misspelt(where, misspelt):
                    _report(source, root, where, detail, model, data)
            mended = [_mend(data, where, detail["type"]) for where, detail in found]
            whole = False
            if not any(mended):
                return None, False
    return None, False


def _misspelt(missing: Where, unknown: list[Where]) -> bool:
    """Whether the missing key is one of the unknown ones beside it, misspelt: one mistake, told once."""
    beside = [str(where[-1]) for where in unknown if where[:-1] == missing[:-1]]
    return any(nearest(name, [str(missing[-1])]) is not None for name in beside)


def _copy(data: Data) -> Data:
    if isinstance(data, dict):
        return {key: _copy(value) for key, value in data.items()}
    return [_copy(value) for value in data] if isinstance(data, list) else data


def _where(loc: tuple[int | str, ...], data: Data) -> Where:
    """pydantic's location without the names of union members: a path through `data`."""
    where: list[str | int] = []
    here: Data = data
    tag_next = False
    for part in loc:
        if tag_next:
            tag_next = False
            continue
        if isinstance(here, dict) and isinstance(part, str) and part in here:
            here = here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            tag_next = bool(where) and where[-1] in STEP_LISTS
            here = here[part]
        elif part == loc[-1] and isinstance(here, dict) and isinstance(part, str) and part != "[key]":
            pass  # a missing key: kept in the path
        else:
            continue
        where.append(part)
    return tuple(where)


def value_at(data: Data, where: Where) -> Data:
    """What stands at `where`, None when nothing does."""
    for part in where:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _step_at(where: Where) -> Where | None:
    """The innermost step that holds `where`."""
    for end in range(len(where), 1, -1):
        if isinstance(where[end - 1], int) and where[end - 2] in STEP_LISTS:
            return where[:end]
    return None


def _mend(data: Data, where: Where, kind: str) -> bool:
    """Take what is broken out of `data`. False when that can't be done."""
    parent = value_at(data, where[:-1])
    if not where or parent is None:
        return False  # taken out already, with what was around it
    if kind == "extra_forbidden" and isinstance(parent, dict) and isinstance(where[-1], str):
        return parent.pop(where[-1], None) is not None or where[-1] not in parent
    step = _step_at(where)
    if step is not None:
        steps = value_at(data, step[:-1])
        place = step[-1]
        if isinstance(steps, list) and isinstance(place, int) and steps[place] != {"set": {}}:
            steps[place] = {"set": {}}
            return True
        return False
    for end in range(len(where), 0, -1):
        around, key = value_at(data, where[: end - 1]), where[end - 1]
        if isinstance(around, dict) and isinstance(key, str) and key in around:
            del around[key]
            return True
    return False


def _shape_of(model: type[BaseModel], where: Where, data: Data) -> type[BaseModel]:
    """The model of the mapping at `where`."""
    if not where:
        return model
    last = where[-1]
    if isinstance(last, int):
        if where[-2] == "branch":
            return schema.Arm
        step = value_at(data, where)
        if where[-2] in STEP_LISTS and isinstance(step, dict):
            return schema.STEP_SHAPES.get(schema.step_kind(step), schema.StepBase)
    if len(where) >= 2 and where[-2] == "profiles":
        return schema.Profile
    return _INNER_SHAPES.get(str(last), model)


def _report(
    source: Source, root: Where, where: Where, detail: ErrorDetails, model: type[BaseModel], data: Data
) -> None:
    kind = detail["type"]
    place = (*root, *where)
    name = next((str(part) for part in reversed(where) if isinstance(part, str)), "")
    value = value_at(data, where)
    match kind:
        case "extra_forbidden":
            allowed = _shape_of(model, where[:-1], data).model_fields
            source.problem(
                place, "unknown_key", f"没有“{name}”这个键", did_you_mean(name, allowed), at_key=True
            )
        case "missing":
            message, hint = _missing(name)
            source.problem(place[:-1], "missing_key", message, hint)
        case "union_tag_invalid" | "union_tag_not_found":
            _unknown_step(source, place, value)
        case "enum" | "literal_error":
            _unknown_value(source, place, detail, value, at_key=detail["loc"][-1] == "[key]")
        case "too_short":
            source.problem(place, "empty", f"“{name}”里至少要写一项", "请补上内容")
        case "greater_than_equal" | "less_than_equal":
            limits = detail.get("ctx", {})
            low, high = limits.get("ge"), limits.get("le")
            hint = f"不能小于 {low}" if low is not None else f"不能大于 {high}"
            source.problem(place, "out_of_range", f"“{name}”写成了 {value}", hint)
        case _:
            message, hint = _wrong_type(name, kind, value)
            if not _told(source, place):
                source.problem(place, "wrong_type", message, hint)


def _told(source: Source, place: Where) -> bool:
    """Whether something is already said about this place (each member of a union complains)."""
    line, column = source.mark(place)
    return any((problem.line, problem.column) == (line, column) for problem in source.problems)


def _missing(name: str) -> tuple[str, str]:
    if name in ("given", "refused"):
        said = "同意" if name == "given" else "不同意"
        return f"征得同意的步骤缺少“{name}”（来电人{said}之后做什么）", "given 和 refused 两边都要写"
    return f"这里缺少“{name}”", f"请加一行 {name}: …"


def _unknown_step(source: Source, place: Where, value: Data) -> None:
    if isinstance(value, dict):
        known = ", ".join(value)
        hint = did_you_mean(next(iter(value), ""), schema.STEP_KEYS)
        source.problem(place, "unknown_step", f"看不出这是什么步骤（写了：{known}）", hint)
    elif isinstance(value, str) and "：" in value:
        source.problem(place, "wrong_type", "键后面用了中文冒号“：”", "请改成英文冒号加一个空格“: ”")
    else:
        source.problem(place, "wrong_type", "步骤应该写成“- 键: 值”", "例如：- say: greeting")


def _unknown_value(source: Source, place: Where, detail: ErrorDetails, value: Data, *, at_key: bool) -> None:
    known = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    written = str(place[-1]) if at_key else str(value)
    if set(known) == set(Slot):
        code, what = "unknown_slot", "没有这个信息项"
    elif set(known) == set(Intent):
        code, what = "unknown_intent", "没有这个来电意图"
    else:
        code, what = "unknown_value", "不能这样写"
    source.problem(place, code, f"“{written}”：{what}", did_you_mean(written, known), at_key=at_key)


def _wrong_type(name: str, kind: str, value: Data) -> tuple[str, str]:
    if value is None:
        return f"“{name}”后面没有写内容", "请在冒号后面写上内容"
    if isinstance(value, str) and "：" in value and "type" in kind and "string" not in kind:
        return f"“{name}”里用了中文冒号“：”", "请改成英文冒号加一个空格“: ”"
    if kind.startswith("bool"):
        flag = as_flag(value)
        hint = "请写 true 或 false" if flag is None else f"“{value}”在这里只是文字，请写 {str(flag).lower()}"
        return f"“{name}”只能是 true 或 false，现在写的是“{value}”", hint
    if kind.startswith(("int", "float")):
        number = as_number(value)
        hint = "请写数字，例如 3" if number is None else f"“{value}”在这里只是文字，请写 {number}"
        return f"“{name}”应该是数字，现在写的是“{value}”", hint
    if kind.startswith("string"):
        return f"“{name}”应该是一段文字", "数字、true、false 要当文字用时，请加引号"
    if kind.startswith("list"):
        return f"“{name}”应该是一个列表", "请写成 [甲, 乙]，或每行一个“- 甲”"
    return f"“{name}”里应该写成“键: 值”", "请看说明里的例子"
