"""Whether everything that is to be said exists, can be filled in, and may be said that way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.vocabulary import Emergency, Listen, Slot
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.placeholders import BadPlaceholder, names, seconds
from dialogs.problems import did_you_mean
from dialogs.schema import (
    ENGINE_PROMPTS,
    PLACEHOLDERS,
    RULED_PROMPTS,
    Collect,
    ConsentStep,
    End,
    Lookup,
    Prompt,
    ReadBack,
    Route,
    Say,
    ToDesk,
    ack_prompt,
    confirm_prompt,
    offer_prompt,
)
from dialogs.source import Source, Where

#: A must-finish prompt longer than this is too much to be forced on anyone.
LONGEST_MUST_FINISH = 20.0
#: Known only in certain prompts, whoever calls.
_CONTEXTUAL = frozenset({"recipient", "fields", "label", "value", "status"})


@dataclass(frozen=True, slots=True)
class Use:
    """A prompt named somewhere. known: what its braces may surely hold there.

    where is the place of the naming; by_rule: the id is not written but derived.
    """

    prompt: str
    source: Source
    where: Where
    known: frozenset[str] = frozenset()
    by_rule: bool = False


def check_prompts(draft: Draft) -> None:
    """Report into the sources."""
    uses = [*_script_uses(draft), *(use for flow in draft.flows for use in _flow_uses(flow))]
    ids = {*draft.prompts, *draft.broken_prompts}
    for use in _once(uses):
        if use.prompt not in ids:
            _missing(use, ids)
        elif (prompt := draft.prompts.get(use.prompt)) is not None:
            _fillable(draft, use, prompt)
    for prompt_id, prompt in draft.prompts.items():
        _text(draft.prompt_source, prompt_id, prompt)
    if draft.whole:
        _unused(draft, {use.prompt for use in uses})
    _complete(draft)
    _notices(draft)


def _once(uses: list[Use]) -> Iterator[Use]:
    """A derived prompt that is missing is told once, where it is first needed."""
    seen: set[str] = set()
    for use in uses:
        if use.by_rule and use.prompt in seen:
            continue
        seen.add(use.prompt)
        yield use


# --- where prompts are named ------------------------------------------------------------------------


def _script_uses(draft: Draft) -> Iterator[Use]:
    script, source = draft.script, draft.script_source
    if script is None:
        return
    yield Use(script.greeting, source, ("greeting",))
    for line, prompt in script.openings.items():
        yield Use(prompt, source, ("openings", line))
    for emergency, prompt in script.emergencies.items():
        yield Use(prompt, source, ("emergencies", emergency.value))
    for name, prompt in script.says.items():
        known = frozenset({"label", "value"}) if name == "corrected" else frozenset[str]()
        yield Use(prompt, source, ("says", name), known)
    for index, prompt in enumerate(script.ladder.noinput):
        yield Use(prompt, source, ("ladder", "noinput", index))
    for index, prompt in enumerate(script.ladder.nomatch):
        yield Use(prompt, source, ("ladder", "nomatch", index))


def _flow_uses(flow: FlowDraft) -> Iterator[Use]:
    for place in flow.placed():
        known = place.known | ({"case_tail"} if place.lodged else set())
        match place.step:
            case Collect() as step:
                yield from _collect_uses(flow.source, place, step, known)
            case Say() | ToDesk() | End() as step if step.say is not None:
                yield Use(step.say, flow.source, (*place.where, "say"), known)
            case Route() as step:
                yield Use(step.ask, flow.source, (*place.where, "ask"), known)
                yield from _reprompts(flow.source, place, step.reprompt, known)
            case ReadBack() as step:
                yield Use(step.read_back, flow.source, (*place.where, "read_back"), known)
                yield Use(step.ask, flow.source, (*place.where, "ask"), known)
                if step.changed is not None:
                    told = known | {"label", "value"}
                    yield Use(step.changed, flow.source, (*place.where, "changed"), told)
            case ConsentStep() as step:
                told = known | {"recipient"}
                yield Use(step.explain, flow.source, (*place.where, "explain"), told | {"fields"})
                for key in ("ask", "again", "answer"):
                    yield Use(getattr(step, key), flow.source, (*place.where, key), told)
            case Lookup() as step:
                yield Use(step.found, flow.source, (*place.where, "found"), known | {"status"})
                yield Use(step.missing, flow.source, (*place.where, "missing"), known)


def _collect_uses(source: Source, place: Placed, step: Collect, known: frozenset[str]) -> Iterator[Use]:
    yield Use(step.ask, source, (*place.where, "ask"), known)
    yield from _reprompts(source, place, step.reprompt, known)
    heard = known | {step.collect.value}
    key = "confirm_ask" if step.confirm_ask else "collect"
    # Any value heard badly is confirmed, whatever the step says (`unsure`).
    yield Use(confirm_prompt(step), source, (*place.where, key), heard, by_rule=step.confirm_ask is None)
    if step.confirm == "implicit":
        key = "ack" if step.ack else "confirm"
        yield Use(ack_prompt(step), source, (*place.where, key), heard, by_rule=step.ack is None)
    if step.offer is not None:
        key = "offer_ask" if step.offer_ask else "offer"
        told = known | {"caller_tail"}
        yield Use(offer_prompt(step), source, (*place.where, key), told, by_rule=step.offer_ask is None)


def _reprompts(source: Source, place: Placed, prompts: list[str], known: frozenset[str]) -> Iterator[Use]:
    for index, prompt in enumerate(prompts):
        yield Use(prompt, source, (*place.where, "reprompt", index), known)


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
    for part in prompt.parts:
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
            elif isinstance(prompt.text, str):
                message = f"话术“{use.prompt}”里的 {{{name}}} 在{where}那里可能还没有内容"
                hint = "请把 text 写成列表，带花括号的部分单独一项，没有内容时会自动省去"
                draft.prompt_source.problem(place, "maybe_empty", message, hint, at_key=True)


def _text(source: Source, prompt_id: str, prompt: Prompt) -> None:
    where: Where = (prompt_id, "text") if (prompt_id, "text") in source.values else (prompt_id,)
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
    length = seconds("".join(prompt.parts))
    if prompt.must_finish and length > LONGEST_MUST_FINISH:
        message = f"话术“{prompt_id}”必须听完，却要说 {length:.0f} 秒"
        source.problem(where, "too_long", message, f"请缩短到 {LONGEST_MUST_FINISH:.0f} 秒以内")


def _unused(draft: Draft, used: set[str]) -> None:
    slots = {slot.value for slot in Slot}
    for prompt_id in draft.prompts:
        ruled = any(
            prompt_id.startswith(prefix) and prompt_id.removeprefix(prefix) in slots
            for prefix in RULED_PROMPTS
        )
        if prompt_id not in used and not ruled:
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


def _notices(draft: Draft) -> None:
    """The greeting and the binding part of a consent say what the law wants heard, to the end."""
    source = draft.prompt_source
    greetings = [draft.script.greeting, *draft.script.openings.values()] if draft.script else []
    for prompt_id in dict.fromkeys(greetings):
        prompt = draft.prompts.get(prompt_id)
        if prompt is None:
            continue
        where: Where = (prompt_id,)
        if not prompt.must_finish:
            message = f"开场白“{prompt_id}”必须听完"
            source.problem(where, "notice", message, "请加 must_finish: true", at_key=True)
        text = "".join(prompt.parts)
        if not (("人工智能" in text or "AI" in text) and "合成" in text):
            message = f"开场白“{prompt_id}”没有说明是人工智能合成语音"
            source.problem(where, "notice", message, "要有“人工智能”和“合成”两个词", at_key=True)
    for flow in draft.flows:
        for place in flow.placed():
            if isinstance(place.step, ConsentStep) and (prompt := draft.prompts.get(place.step.explain)):
                text = "".join(prompt.parts)
                for name in ("recipient", "fields"):
                    if f"{{{name}}}" not in text:
                        message = f"征得同意的话术“{place.step.explain}”没有说出 {{{name}}}"
                        hint = "要说清转给谁 {recipient}、转哪些内容 {fields}"
                        source.problem((place.step.explain,), "consent_vague", message, hint, at_key=True)
