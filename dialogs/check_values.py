"""Whether what is written can be meant: values a slot can hold, words that are ever said, numbers dialled."""

from __future__ import annotations

from data.reference import languages, lines
from data.vocabulary import DIGIT_SLOTS, FLAG_SLOTS, LIST_SLOTS, NUMBER_SLOTS, Slot
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.problems import did_you_mean
from dialogs.schema import EXPECT_TABLES, Asking, Collect, ConsentStep, OnCase, Route, SetSlot
from dialogs.source import Source, Where
from dialogs.traps import as_flag, as_number

Value = str | bool | int | float


def check_values(draft: Draft) -> None:
    """Report into the sources."""
    _openings(draft)
    _ladder(draft)
    for flow in draft.flows:
        for place in flow.placed():
            _own_ladder(draft, flow, place)
            match place.step:
                case SetSlot(set=values):
                    for slot, value in values.items():
                        _fits(flow, place, slot, value)
                case Collect() as step:
                    _never_said(flow, place, step)
                    _expected(flow, place, step)
                case Route(reprompt=reprompt, limit=limit):
                    _too_many(flow, place, reprompt, limit)
                case OnCase(ask=None, on_case=move) if move != "urge":
                    message = "补充和撤回都要先问一句，这里没有写 ask"
                    flow.source.problem((*place.where, "on_case"), "missing_key", message, "请加一行 ask: …")


def _openings(draft: Draft) -> None:
    """What is written by lines and by languages."""
    if draft.script is None:
        return
    own = [line.number for line in lines().lines if line.own]
    codes = [language.code for language in languages().languages]
    for key, known, code, what in (
        ("openings", own, "unknown_line", "没有“{}”这条热线"),
        ("closed_openings", own, "unknown_line", "没有“{}”这条热线"),
        ("languages", codes, "unknown_language", "语言表里没有“{}”"),
    ):
        for name in getattr(draft.script, key):
            if name not in known:
                hint = did_you_mean(name, known)
                draft.script_source.problem((key, name), code, what.format(name), hint, at_key=True)


def _ladder(draft: Draft) -> None:
    if draft.script is None:
        return
    for key, prompts in (("noinput", draft.script.ladder.noinput), ("nomatch", draft.script.ladder.nomatch)):
        _never_that_often(draft.script_source, ("ladder", key), prompts, draft.script.max_turns_lost)


def _own_ladder(draft: Draft, flow: FlowDraft, place: Placed) -> None:
    step = place.step
    if isinstance(step, Asking) and draft.script is not None:
        for key, prompts in (("noinput", step.noinput), ("nomatch", step.nomatch)):
            where = (*place.where, key)
            if isinstance(step, ConsentStep):
                _asked_once_more(flow.source, where, prompts)
            else:
                _never_that_often(flow.source, where, prompts, draft.script.max_turns_lost)


def _asked_once_more(source: Source, where: Where, prompts: list[str]) -> None:
    for index in range(1, len(prompts)):
        message = f"“{prompts[index]}”永远说不到：征得同意只再问一次，再没有答清就算不同意"
        source.problem((*where, index), "never_said", message, "请只留第一句")


def _never_that_often(source: Source, where: Where, prompts: list[str], most: int) -> None:
    for index in range(most, len(prompts)):
        message = f"“{prompts[index]}”永远说不到：连着 {most} 次没听到就结束或转人工了"
        hint = "请删掉它，或把 max_turns_lost 改大"
        source.problem((*where, index), "never_said", message, hint)


def _fits(flow: FlowDraft, place: Placed, slot: Slot, value: Value) -> None:
    """A `set` gives the slot the form it has when a caller fills it."""
    where = (*place.where, "set", slot.value)
    code, message, hint = "wrong_value", "", ""
    if slot in FLAG_SLOTS and not isinstance(value, bool):
        flag = as_flag(value)
        message = f"“{slot}”只有是和否，“{value}”在这里只是文字"
        hint = f"请写 {str(flag).lower()}" if flag is not None else "请写 true 或 false"
        code = "yaml_trap" if flag is not None else code
    elif slot in NUMBER_SLOTS and (isinstance(value, bool) or not isinstance(value, int | float)):
        number = as_number(value)
        message = f"“{slot}”应该是数字，“{value}”在这里只是文字"
        hint = f"请写 {number}" if number is not None else "请写数字，例如 500"
        code = "yaml_trap" if number is not None else code
    elif slot in LIST_SLOTS:
        message, hint = f"“{slot}”可以有好几项，不能用 set 填", f"请用 - collect: {slot} 去问"
    elif slot not in FLAG_SLOTS | NUMBER_SLOTS and not isinstance(value, str):
        message = f"“{slot}”应该是文字"
        digits = "；编号、电话的每一位数字都要留住" if slot in DIGIT_SLOTS else ""
        hint = f'请加引号：{slot}: "{str(value).lower()}"{digits}'
    if message:
        flow.source.problem(where, code, message, hint)


def _never_said(flow: FlowDraft, place: Placed, step: Collect) -> None:
    _too_many(flow, place, step.reprompt, step.limit)
    for key, idle, needed in (
        ("ack", step.ack is not None and step.confirm != "implicit", "confirm: implicit"),
        ("offer_ask", step.offer_ask is not None and step.offer is None, "offer: caller_no"),
    ):
        if idle:
            message = f"“{key}”永远说不到：只有写了 {needed} 才会说"
            flow.source.problem((*place.where, key), "never_said", message, f"请加一行 {needed}，或删掉它")
    if step.offer is not None and step.collect is not Slot.PHONE:
        message = f"“{step.collect}”不能用来电号码来填"
        hint = "offer 只能写在 - collect: phone 那一步"
        flow.source.problem((*place.where, "offer"), "wrong_offer", message, hint)


def _too_many(flow: FlowDraft, place: Placed, reprompt: list[str], limit: int) -> None:
    """The question takes one of the askings; the rest are for the reprompts."""
    for index in range(limit - 1, len(reprompt)):
        message = f"“{reprompt[index]}”永远说不到：最多问 {limit} 次（limit: {limit}）"
        hint = "请删掉它，或把 limit 改大"
        flow.source.problem((*place.where, "reprompt", index), "never_said", message, hint)


def _expected(flow: FlowDraft, place: Placed, step: Collect) -> None:
    for index, word in enumerate(step.expect):
        if word.startswith("@") and word not in EXPECT_TABLES:
            hint = did_you_mean(word, EXPECT_TABLES)
            flow.source.problem((*place.where, "expect", index), "unknown_value", f"没有“{word}”这张表", hint)
