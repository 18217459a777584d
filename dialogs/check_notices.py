"""What has to be heard: the machine's own name, the binding part of a consent, the words before a danger.

Source of each: GB 45438-2025 §5.3 (a spoken mark at the start), 个人信息保护法 art. 23 (to whom, what),
and the project's own limit for what a caller is forced to hear (data/reference/speech_rate.yaml).
"""

from __future__ import annotations

from data.reference import speech_rate
from dialogs.draft import Draft
from dialogs.placeholders import seconds
from dialogs.schema import ConsentStep, Prompt
from dialogs.source import Where


def check_notices(draft: Draft) -> None:
    """Report into prompts.yaml."""
    script = draft.script
    greetings = [script.greeting, *script.openings.values()] if script else []
    for prompt_id in dict.fromkeys(greetings):
        _heard_out(draft, prompt_id, f"开场白“{prompt_id}”必须听完")
        _says_it_is_a_machine(draft, prompt_id)
    for prompt_id in dict.fromkeys(script.emergencies.values() if script else []):
        _heard_out(draft, prompt_id, f"安全提示“{prompt_id}”必须听完")
    _consents(draft)
    _too_long(draft)


def _heard_out(draft: Draft, prompt_id: str, message: str) -> None:
    prompt = draft.prompts.get(prompt_id)
    if prompt is not None and not prompt.must_finish:
        draft.prompt_source.problem((prompt_id,), "notice", message, "请加 must_finish: true", at_key=True)


def _says_it_is_a_machine(draft: Draft, prompt_id: str) -> None:
    prompt = draft.prompts.get(prompt_id)
    text = "".join(prompt.parts) if prompt else "人工智能合成"
    if not (("人工智能" in text or "AI" in text) and "合成" in text):
        message = f"开场白“{prompt_id}”没有说明是人工智能合成语音"
        hint = "要有“人工智能”和“合成”两个词"
        draft.prompt_source.problem((prompt_id,), "notice", message, hint, at_key=True)


def _asking(draft: Draft) -> list[ConsentStep]:
    steps = (place.step for flow in draft.flows for place in flow.placed())
    return [step for step in steps if isinstance(step, ConsentStep)]


def _consents(draft: Draft) -> None:
    for step in _asking(draft):
        prompt = draft.prompts.get(step.explain)
        if prompt is None:
            continue
        _heard_out(draft, step.explain, f"征得同意的话术“{step.explain}”必须听完")
        for name in ("recipient", "fields"):
            if f"{{{name}}}" not in "".join(prompt.parts):
                message = f"征得同意的话术“{step.explain}”没有说出 {{{name}}}"
                hint = "要说清转给谁 {recipient}、转哪些内容 {fields}"
                draft.prompt_source.problem((step.explain,), "consent_vague", message, hint, at_key=True)


def _too_long(draft: Draft) -> None:
    """A must-finish prompt at its longest: a consent names every field it may pass on."""
    longest = speech_rate().longest_must_finish_seconds
    labels = draft.script.labels if draft.script else {}
    named = {
        step.explain: "".join(labels.get(slot, slot.value) for slot in step.fields) for step in _asking(draft)
    }
    for prompt_id, prompt in draft.prompts.items():
        length = _length(prompt, named.get(prompt_id))
        if prompt.must_finish and length > longest:
            message = f"话术“{prompt_id}”必须听完，却要说 {length:.0f} 秒"
            where: Where = (prompt_id, "text")
            hint = f"请缩短到 {longest:.0f} 秒以内"
            draft.prompt_source.problem(where, "too_long", message, hint)


def _length(prompt: Prompt, fields: str | None) -> float:
    return seconds("".join(prompt.parts), {"fields": fields} if fields is not None else None)
