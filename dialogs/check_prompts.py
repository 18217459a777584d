"""Whether everything that is to be said exists, can be filled in, and may be said that way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from data.vocabulary import Emergency, Listen, Slot
from dialogs.draft import Draft
from dialogs.placeholders import BadPlaceholder, names
from dialogs.problems import did_you_mean
from dialogs.schema import ENGINE_PROMPTS, PLACEHOLDERS, Collect, ConsentStep, Prompt
from dialogs.source import Source, Where
from dialogs.uses import Use, prompt_uses

#: What can be spoken as it stands: Chinese, or a value in braces.
_WORDS = re.compile(r"[\u4e00-\u9fff]|\{\w+\}")
#: Known only in certain prompts, whoever calls.
_CONTEXTUAL = frozenset({"recipient", "fields", "label", "value", "status", "matter"})


def check_prompts(draft: Draft) -> None:
    """Report into the sources."""
    uses = prompt_uses(draft)
    ids = {*draft.prompts, *draft.broken_prompts}
    for use in _once(uses):
        if use.prompt not in ids:
            _missing(use, ids)
        elif (prompt := draft.prompts.get(use.prompt)) is not None:
            _fillable(draft, use, prompt)
    other_languages = set(draft.script.languages.values()) if draft.script else set()
    _only_said(draft, uses)
    for prompt_id, prompt in draft.prompts.items():
        _texts(draft.prompt_source, prompt_id, prompt, chinese=prompt_id not in other_languages)
    if draft.whole:
        _unused(draft, {use.prompt for use in uses})
    _complete(draft)


def _once(uses: list[Use]) -> Iterator[Use]:
    """A derived prompt that is missing is told once, where it is first needed."""
    seen: set[str] = set()
    for use in uses:
        if use.by_rule and use.prompt in seen:
            continue
        seen.add(use.prompt)
        yield use


# --- what may be wrong with them --------------------------------------------------------------------


def _missing(use: Use, ids: set[str]) -> None:
    if use.by_rule:
        message = f"这一步要用到话术“{use.prompt}”，prompts.yaml 里没有"
        hint = f"请在 prompts.yaml 里加一行 {use.prompt}: …"
    else:
        message = f"prompts.yaml 里没有话术“{use.prompt}”"
        near = did_you_mean(use.prompt, ids, else_list=False)
        hint = near or f"请在 prompts.yaml 里加一行 {use.prompt}: …"
    use.source.problem(use.where, "unknown_prompt", message, hint)


def _fillable(draft: Draft, use: Use, prompt: Prompt) -> None:
    """Every brace can be filled where the prompt is said; a single text needs all of them at once."""
    for wording, part in ((each, part) for each in prompt.wordings for part in each.parts):
        try:
            held = names(part)
        except BadPlaceholder:
            continue  # reported with the text
        for name in held:
            if name in use.known or (name not in PLACEHOLDERS and name not in set(Slot)):
                continue
            where = f"{use.source.file} 第 {use.source.mark(use.where)[0]} 行"
            place: Where = (use.prompt,)
            if name in _CONTEXTUAL:
                message = f"话术“{use.prompt}”里的 {{{name}}} 在{where}那里没有内容"
                hint = "请去掉它，或换成信息项的名称，例如 {platform}"
                draft.prompt_source.problem(place, "never_filled", message, hint, at_key=True)
            elif isinstance(wording.text, str):
                message = f"话术“{use.prompt}”里的 {{{name}}} 在{where}那里可能还没有内容"
                hint = "请把 text 写成列表，带花括号的部分单独一项，没有内容时会自动省去"
                draft.prompt_source.problem(place, "maybe_empty", message, hint, at_key=True)


def _only_said(draft: Draft, uses: list[Use]) -> None:
    """`once` is heeded where a step says the prompt; a question that is skipped would wait for an answer."""
    for use in uses:
        prompt = draft.prompts.get(use.prompt)
        if prompt is not None and prompt.once is not None and use.where[-1:] != ("say",):
            where = f"{use.source.file} 第 {use.source.mark(use.where)[0]} 行"
            message = f"话术“{use.prompt}”写了 once，{where}却不是用 say 说的，不会跳过"
            draft.prompt_source.problem((use.prompt, "once"), "wrong_once", message, "请去掉 once")


def _texts(source: Source, prompt_id: str, prompt: Prompt, *, chinese: bool) -> None:
    """Each wording by itself. chinese: it is said in Chinese, as all but the sentences in other languages are."""
    for number, wording in enumerate(prompt.wordings):
        where: Where = (prompt_id, "text") if (prompt_id, "text") in source.values else (prompt_id,)
        where = (prompt_id, "variants", number - 1) if number else where
        _text(source, where, prompt_id, wording, chinese=chinese)


def _text(source: Source, where: Where, prompt_id: str, prompt: Prompt, *, chinese: bool) -> None:
    if not prompt.parts or not all(part.strip() for part in prompt.parts):
        source.problem(where, "empty", f"话术“{prompt_id}”是空的", "请写上要说的话")
    for part in prompt.parts:
        try:
            held = names(part)
        except BadPlaceholder as error:
            source.problem(where, "bad_placeholder", f"话术“{prompt_id}”：{error}", "例如：好的，{amount}。")
            continue
        known = {*PLACEHOLDERS, *(slot.value for slot in Slot)}
        for name in held:
            if name not in known:
                message = f"话术“{prompt_id}”里的 {{{name}}} 不是信息项"
                hint = did_you_mean(name, known, else_list=False) or "请写信息项的名称，例如 {platform}"
                source.problem(where, "unknown_placeholder", message, hint)
    said = "".join(prompt.parts)
    if chinese and said.strip() and not _WORDS.search(said):
        message = f"话术“{prompt_id}”里没有要念的中文，写的是“{said}”"
        hint = "请写一句话；YAML 的 no、010、12:30 在这里都只是文字"
        source.problem(where, "no_words", message, hint)


def _unused(draft: Draft, used: set[str]) -> None:
    for prompt_id in draft.prompts:
        if prompt_id not in used:
            message = f"话术“{prompt_id}”没有用到"
            hint = did_you_mean(prompt_id, used - set(draft.prompts), else_list=False)
            where: Where = (prompt_id,)
            draft.prompt_source.problem(where, "unused_prompt", message, hint or "请删掉它", at_key=True)


def _complete(draft: Draft) -> None:
    """What the script as a whole must say for itself."""
    script, source = draft.script, draft.script_source
    if script is None:
        return
    for name in script.says:
        if name not in ENGINE_PROMPTS:
            hint = did_you_mean(name, ENGINE_PROMPTS)
            source.problem(("says", name), "unknown_key", f"says 里没有“{name}”这一项", hint, at_key=True)
    for name in _left_out(source, "says", ENGINE_PROMPTS):
        message = f"says 里缺少“{name}”（{ENGINE_PROMPTS[name]}）"
        source.problem(("says",), "missing_says", message, f"请加一行 {name}: 话术编号", at_key=True)
    for name in _left_out(source, "emergencies", Emergency):
        message = f"emergencies 里缺少“{name}”"
        source.problem(("emergencies",), "missing_key", message, f"请加一行 {name}: 话术编号", at_key=True)
    for name in _left_out(source, "profiles", Listen):
        hint = f"请加一行 {name}: {{complete_ms: …, incomplete_ms: …, noinput_ms: …}}"
        source.problem(("profiles",), "missing_key", f"profiles 里缺少“{name}”", hint, at_key=True)
    named = _named_slots(draft)
    for name in _left_out(source, "labels", Slot):
        if name in named:
            hint = f"请加一行 {name}: 念出来的名称"
            source.problem(("labels",), "missing_label", f"labels 里缺少“{name}”", hint, at_key=True)
    for key in ("noinput", "nomatch"):
        if not getattr(script.ladder, key):
            source.problem(("ladder", key), "empty", f"ladder 的“{key}”是空的", "请至少写一条话术")


def _left_out(source: Source, section: str, needed: Iterable[str]) -> list[str]:
    """What of `needed` the section has no key for. None while it has misspelt keys: they are told first."""
    written = source.data.get(section) if isinstance(source.data, dict) else None
    keys = set(written) if isinstance(written, dict) else set()
    wanted = [str(name) for name in needed]
    return [] if keys - set(wanted) else [name for name in wanted if name not in keys]


def _named_slots(draft: Draft) -> set[Slot]:
    """Slots that may have to be named aloud."""
    named: set[Slot] = set()
    for place in (place for flow in draft.flows for place in flow.placed()):
        if isinstance(place.step, Collect):
            named.add(place.step.collect)
        elif isinstance(place.step, ConsentStep):
            named.update(place.step.fields)
    return named
