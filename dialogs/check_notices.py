"""What has to be heard: the machine's own name, the binding part of a consent, the words before a danger.

Source of each: GB 45438-2025 §5.3 (a spoken mark at the start), 个人信息保护法 art. 23 (to whom, what),
and the project's own limit for what a caller is forced to hear (data/reference/speech_rate.yaml).
"""

from __future__ import annotations

from data.reference import speech_rate
from dialogs.draft import Draft
from dialogs.placeholders import seconds
from dialogs.schema import ConsentStep, More, Prompt
from dialogs.source import Where


def check_notices(draft: Draft) -> None:
    """Report into prompts.yaml."""
    script = draft.script
    closed = [script.closed_greeting or "", *script.closed_openings.values()] if script else []
    greetings = [script.greeting, *script.openings.values(), *filter(None, closed)] if script else []
    for prompt_id in dict.fromkeys(greetings):
        _heard_out(draft, prompt_id, f"开场白“{prompt_id}”必须听完")
        _says_it_is_a_machine(draft, prompt_id)
    for prompt_id in dict.fromkeys(closed):
        _offers_nobody(draft, prompt_id)
    for prompt_id in dict.fromkeys(script.emergencies.values() if script else []):
        _heard_out(draft, prompt_id, f"安全提示“{prompt_id}”必须听完")
    _consents(draft)
    _other_matters(draft)
    _too_long(draft)


def _heard_out(draft: Draft, prompt_id: str, message: str) -> None:
    prompt = draft.prompts.get(prompt_id)
    if prompt is not None and not prompt.must_finish:
        draft.prompt_source.problem((prompt_id,), "notice", message, "请加 must_finish: true", at_key=True)


def _says_it_is_a_machine(draft: Draft, prompt_id: str) -> None:
    texts = _texts(draft.prompts.get(prompt_id))
    if not all(("人工智能" in text or "AI" in text) and "合成" in text for text in texts):
        message = f"开场白“{prompt_id}”没有说明是人工智能合成语音"
        hint = "要有“人工智能”和“合成”两个词"
        draft.prompt_source.problem((prompt_id,), "notice", message, hint, at_key=True)


def _offers_nobody(draft: Draft, prompt_id: str) -> None:
    """At an hour without people no person is offered."""
    if any("转人工" in text for text in _texts(draft.prompts.get(prompt_id))):
        message = f"人工不在班时的开场白“{prompt_id}”请来电人转人工"
        hint = "请改成人工不在班、先登记的说法"
        draft.prompt_source.problem((prompt_id,), "offers_desk", message, hint, at_key=True)


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
            if not all(f"{{{name}}}" in text for text in _texts(prompt)):
                message = f"征得同意的话术“{step.explain}”没有说出 {{{name}}}"
                hint = "要说清转给谁 {recipient}、转哪些内容 {fields}"
                draft.prompt_source.problem((step.explain,), "consent_vague", message, hint, at_key=True)


def _other_matters(draft: Draft) -> None:
    """Who says yes to another matter knows which."""
    for flow in draft.flows:
        for place in flow.placed():
            prompt = draft.prompts.get(place.step.heard) if isinstance(place.step, More) else None
            if not all("{matter}" in text for text in _texts(prompt)):
                message = "问要不要接着办另一件，没有说出是哪一件 {matter}"
                hint = "请换一句话术，例如：您还说要{matter}，现在接着登记，好吗？"
                flow.source.problem((*place.where, "heard"), "more_vague", message, hint)


def _too_long(draft: Draft) -> None:
    """A must-finish prompt at its longest: a consent names every field it may pass on."""
    longest = speech_rate().longest_must_finish_seconds
    labels = draft.script.labels if draft.script else {}
    named = {
        step.explain: "".join(labels.get(slot, slot.value) for slot in step.fields) for step in _asking(draft)
    }
    for prompt_id, prompt in draft.prompts.items():
        length = max(_length(text, named.get(prompt_id)) for text in _texts(prompt))
        if prompt.must_finish and length > longest:
            message = f"话术“{prompt_id}”必须听完，却要说 {length:.0f} 秒"
            where: Where = (prompt_id, "text")
            hint = f"请缩短到 {longest:.0f} 秒以内"
            draft.prompt_source.problem(where, "too_long", message, hint)


def _length(text: str, fields: str | None) -> float:
    return seconds(text, {"fields": fields} if fields is not None else None)


def _texts(prompt: Prompt | None) -> list[str]:
    """Every wording, whole."""
    return ["".join(wording.parts) for wording in prompt.wordings] if prompt is not None else []
