"""What will have to be said soon with values already known, so that its sound can be made ahead. Pure.

The read-back names each value as soon as it is filled; a consent is foreseen while the record is read back.
Making sound takes longer than a person's patience; the caller's talking time is free.
"""

from __future__ import annotations

from agent.facts import label, sayable
from agent.state import CallState
from agent.variants import wording
from agent.wording import clauses, placeholders
from dialogs.schema import ConsentStep, ReadBack
from dialogs.script import Script


def foreseen(script: Script, state: CallState) -> tuple[str, ...]:
    """The clauses with values that the rest of this flow will speak, soonest first."""
    flow = script.flows.get(state.flow or "")
    if flow is None or state.ending is not None:
        return ()
    values = sayable(state)
    texts: list[str] = []
    reading_back = state.standing is not None and state.standing.phase == "read_back"
    for node in flow.nodes.values():
        if isinstance(node.step, ReadBack):
            texts += _spoken(script, state, node.step.read_back, values)
        elif isinstance(node.step, ConsentStep) and reading_back:
            texts += _consent(script, state, node.step, values)
    return tuple(dict.fromkeys(texts))


def _consent(script: Script, state: CallState, step: ConsentStep, values: dict[str, str]) -> list[str]:
    recipient = state.value(step.recipient)
    if not isinstance(recipient, str):
        return []
    fields = [slot for slot in step.fields if state.value(slot) is not None]
    named = "、".join(dict.fromkeys(label(slot, script.file) for slot in fields))
    known = {**values, "recipient": recipient, "fields": named}
    prompts = (step.explain, step.ask, step.again)
    return [text for name in prompts for text in _spoken(script, state, name, known)]


def _spoken(script: Script, state: CallState, name: str, values: dict[str, str]) -> list[str]:
    """The clauses of the parts whose values are all known, fixed ones left out."""
    written = script.prompts[name]
    prompt = written.wordings[wording(state, name, written)]
    known = [part for part in prompt.parts if placeholders(part) <= values.keys()]
    if not known:
        return []
    shaped = prompt.model_copy(update={"text": known})
    return [clause.text for clause in clauses(shaped, values) if not clause.fixed]
