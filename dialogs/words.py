"""A script's own language in a trainer's words: conditions and placeholders read out in Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from data.vocabulary import Slot
from dialogs.conditions import Condition
from dialogs.schema import ScriptFile

#: What the facts of a condition are called (see `schema.FACTS`).
_FACTS = {
    "intent": "来意",
    "kind": "类型",
    "line": "拨打的号码",
    "caller_no": "来电号码",
    "online": "网购",
    "mass_incident": "涉及很多人",
    "safety_flag": "安全类别",
    "emotion": "情绪",
    "emergency": "危险",
    "case_no_given": "登记编号",
    "desk_open": "人工在班",
    "case_no_whole": "整个登记编号",
    "case_shown": "核对过的登记",
    "question_left": "要工作人员答的问题",
}
#: What a placeholder that is no slot is called (see `schema.PLACEHOLDERS`).
_PLACEHOLDERS = {
    "case_tail": "编号后六位",
    "caller_tail": "来电号码后四位",
    "recipient": "转给谁",
    "fields": "转的内容",
    "label": "哪一项",
    "value": "内容",
    "status": "登记的状态",
    "matter": "还要办的事",
    "desk_hours": "人工服务时间",
}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "是",
    ast.NotEq: "不是",
    ast.Lt: "小于",
    ast.LtE: "不超过",
    ast.Gt: "超过",
    ast.GtE: "不小于",
    ast.In: "属于",
    ast.NotIn: "不属于",
}


def in_words(condition: Condition, file: ScriptFile) -> str:
    """`not respondent and amount > 500` → "没有商家，且金额超过500"."""
    return _words(condition.tree, _names(file)).strip()


def shown(text: str, file: ScriptFile) -> str:
    """A prompt's text with its placeholders named: "平台，［平台］。"."""
    names = _names(file) | _PLACEHOLDERS
    return re.sub(r"\{(\w+)\}", lambda found: f"［{names.get(found[1], found[1])}］", text)


def _names(file: ScriptFile) -> dict[str, str]:
    return {slot.value: file.labels.get(slot, slot.value) for slot in Slot} | _FACTS


def _words(node: ast.expr, names: Mapping[str, str]) -> str:
    match node:
        case ast.BoolOp(op=both, values=values):
            joined = "，且" if isinstance(both, ast.And) else "，或"
            return joined.join(_words(value, names) for value in values)
        case ast.UnaryOp(operand=ast.Name(id=name)):
            return f"没有{names.get(name, name)}"
        case ast.UnaryOp(operand=operand):
            return f"不是“{_words(operand, names)}”"
        case ast.Compare(left=left, ops=ops, comparators=others):
            said = _operand(left, names)
            for op, other in zip(ops, others, strict=True):
                said += _COMPARED[type(op)] + _operand(other, names)
            return said
        case ast.Name(id=name):
            return f"有{names.get(name, name)}"
        case ast.Call(func=ast.Name(id="declined"), args=[ast.Constant(value=str() as slot)]):
            return f"不说{names.get(slot, slot)}"
        case ast.Call(args=[ast.Constant(value=str() as purpose)]):
            return f"同意了 {purpose}"
        case _:
            return ast.unparse(node)


def _operand(node: ast.expr, names: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Constant(value=str() | int() | float() as value):
            return f" {value}"
        case _:
            return _words(node, names)
