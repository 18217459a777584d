"""Whether every condition can be read, compares like with like, and can come true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from data.reference import demands, district_named, lines, platform_named
from data.vocabulary import FLAG_SLOTS, LIST_SLOTS, NUMBER_SLOTS, Emergency, Intent, Kind, Slot
from dialogs.conditions import BadCondition, Condition, can_hold, parse
from dialogs.draft import Draft, FlowDraft, condition
from dialogs.problems import did_you_mean
from dialogs.schema import EMOTIONS, FACTS, FLAG_FACTS, NUMBER_FACTS, SAFETY_FLAGS, Branch
from dialogs.source import Where

_SLOTS = frozenset(slot.value for slot in Slot)
_NUMBERS = NUMBER_FACTS | {slot.value for slot in NUMBER_SLOTS}
_FLAGS = FLAG_FACTS | {slot.value for slot in FLAG_SLOTS}
_LISTS = frozenset(slot.value for slot in LIST_SLOTS)
#: What YAML 1.1 and people take for true or false, and no condition does.
_YES_NO = frozenset({"yes", "no", "on", "off", "true", "false", "Yes", "No", "TRUE", "FALSE", "none", "null"})


@cache
def _values() -> Mapping[str, frozenset[str]]:
    """The texts a name can hold, for names that hold nothing else."""
    return {
        "intent": frozenset(intent.value for intent in Intent),
        "kind": frozenset(kind.value for kind in Kind),
        "line": frozenset(line.number for line in lines().lines if line.own),
        "safety_flag": frozenset(SAFETY_FLAGS),
        "emotion": frozenset(EMOTIONS),
        "emergency": frozenset(emergency.value for emergency in Emergency),
        "demand": frozenset(demand.name for demand in demands().demands),
    }


def check_conditions(draft: Draft) -> None:
    """Report into each flow's source."""
    purposes = draft.purposes
    called = {target for targets in draft.calls().values() for target in targets}
    for flow in draft.flows:
        surely = {} if flow.flow.flow in called else _surely(flow, draft)
        for text, where in _written(flow):
            try:
                checked = parse(text)
            except BadCondition as error:
                flow.source.problem(where, "bad_condition", str(error), _how_to_write(text))
                continue
            _known(flow, where, checked, purposes)
            wrong = list(_comparisons(checked))
            for code, message, hint in wrong:
                flow.source.problem(where, code, message, hint)
            if not wrong and not can_hold([(checked, True)], surely):
                flow.source.problem(where, "never_true", f"条件“{text}”永远不成立", _why(checked, surely))
        _arms(flow, surely)


def _written(flow: FlowDraft) -> Iterator[tuple[str, Where]]:
    for place in flow.placed():
        if place.step.when is not None:
            yield place.step.when, (*place.where, "when")
        if isinstance(place.step, Branch):
            for number, arm in enumerate(place.step.branch):
                if arm.when is not None:
                    yield arm.when, (*place.where, "branch", number, "when")


def _known(flow: FlowDraft, where: Where, checked: Condition, purposes: frozenset[str]) -> None:
    known = {*_SLOTS, *FACTS}
    for name in sorted(checked.names - known):
        if name in _YES_NO:
            hint = "YAML 的 yes、no 在这里不是“是、否”：成立写名称，例如 anonymous；不成立写 not anonymous"
        else:
            near = did_you_mean(name, known, else_list=False)
            hint = near or "只能用信息项的名称，或 " + "、".join(FACTS)
        flow.source.problem(where, "unknown_name", f"条件里的“{name}”不是信息项，也不是已知情况", hint)
    for function, argument in checked.calls:
        allowed = _SLOTS if function == "declined" else purposes
        if argument not in allowed:
            message = f"{function}('{argument}')：没有“{argument}”"
            flow.source.problem(where, "unknown_name", message, did_you_mean(argument, allowed))


def _comparisons(checked: Condition) -> Iterator[tuple[str, str, str]]:
    """What can never be equal: code, message, hint."""
    for name, operator, value in checked.comparisons:
        ordered = isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        if name in _NUMBERS:
            if isinstance(value, str):
                hint = f"数字不加引号，例如 {name} > 500"
                yield "wrong_comparison", f"“{name}”是数字，不能和文字“{value}”比较", hint
        elif name in _FLAGS:
            if not isinstance(value, bool):
                hint = f"请直接写 {name}，或 not {name}"
                yield "wrong_comparison", f"“{name}”只有是和否，不能和“{value}”比较", hint
        elif name in _SLOTS or name in FACTS:
            if ordered:
                yield "wrong_comparison", f"“{name}”不是数字，不能比大小", f"请用 {name} == '…'"
            elif not isinstance(value, str):
                hint = f"文字要加引号，例如 {name} == '{value}'"
                yield "wrong_comparison", f"“{name}”是文字，不能和 {value} 比较", hint
            elif name in _LISTS and isinstance(operator, ast.Eq | ast.NotEq):
                hint = f"请写 '{value}' in {name}"
                yield "wrong_comparison", f"“{name}”可以有好几项，不能用 == 比较", hint
            elif name in _values() and value not in _values()[name]:
                code = "unknown_intent" if name == "intent" else "unknown_value"
                yield code, f"“{name}”不会是“{value}”", did_you_mean(value, _values()[name])
            elif (meant := _by_its_name(name, value)) not in (None, value):
                yield "unknown_value", f"“{name}”记下来的是“{meant}”，不会是“{value}”", f"请写 '{meant}'"


def _by_its_name(name: str, value: str) -> str | None:
    """The name under which a table keeps what is called `value` here; None when it knows no such thing."""
    if name == "platform" and (platform := platform_named(value)):
        return platform.name
    if name == "district" and (district := district_named(value)):
        return district.name
    return None


def _surely(flow: FlowDraft, draft: Draft) -> Mapping[str, frozenset[str]]:
    """What the facts of the flow can be, from the flow alone; an empty set: nothing yet."""
    start = flow.flow.start_when
    opening = draft.script is not None and draft.script.opening == flow.flow.flow
    if start is None and not opening:
        return {}
    surely: dict[str, frozenset[str]] = {}
    if start is None or start.intent:
        surely["intent"] = frozenset(intent.value for intent in start.intent) if start else frozenset()
    if flow.flow.kind is not None:
        surely["kind"] = frozenset({flow.flow.kind.value})
    elif opening:
        surely["kind"] = frozenset()
    return surely


def _why(checked: Condition, surely: Mapping[str, frozenset[str]]) -> str:
    for name in sorted(checked.names & surely.keys()):
        if not surely[name]:
            return f"开场的流程里还没有“{name}”；请把这一步移到有 start_when 的流程"
        return f"这个流程里“{name}”只会是 {'、'.join(sorted(surely[name]))}"
    return "条件前后矛盾；两样都可以时请用 or"


def _arms(flow: FlowDraft, surely: Mapping[str, frozenset[str]]) -> None:
    """Arms that nothing is left for."""
    for place in flow.placed():
        if not isinstance(place.step, Branch):
            continue
        before: list[tuple[Condition, bool]] = []
        for number, arm in enumerate(place.step.branch):
            where = (*place.where, "branch", number)
            if arm.when is None and arm.share is None and number + 1 < len(place.step.branch):
                message = "没有 when 的一支（其余情况）后面还有别的分支，永远走不到"
                flow.source.problem(where, "else_not_last", message, "请把它放到最后")
            checked = condition(arm.when)
            if arm.when is not None and checked is None:
                break  # can't be read: told already
            alone = [(checked, True)] if checked else []
            if before and can_hold(alone, surely) and not can_hold([*before, *alone], surely):
                message = "这一支永远走不到：上面的分支已经包括了这种情况"
                flow.source.problem(where, "arm_never", message, "请去掉它，或把它移到上面")
            if checked is not None:
                before.append((checked, False))


def _how_to_write(text: str) -> str:
    """A hint for the slip that was probably made."""
    if re.search(r"[，。＞＜＝（）“”‘’！]", text):
        return "条件里的标点和引号都用英文的"
    if re.search(r"(?<![=!<>])=(?!=)", text):
        return "“等于”写两个等号，例如 intent == 'consult'"
    if re.search(r"\b0\d", text):
        return "数字前面不要写 0；编号、电话要当文字，请加引号，例如 '010'"
    if re.search(r"\d:\d", text):
        return "时间这样的文字要加引号，例如 '12:30'"
    if "&&" in text or "||" in text or re.search(r"!\w", text):
        return "请写 and、or、not"
    return "条件例子：not declined('order_no')"
