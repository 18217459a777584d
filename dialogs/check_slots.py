"""Whether what is read was asked for, and what is asked for is of use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from data.vocabulary import LOOKED_UP_BY, UNASKED_SLOTS, Slot
from dialogs.draft import Draft, FlowDraft, Placed, condition, prompt_parts
from dialogs.placeholders import BadPlaceholder, names
from dialogs.schema import (
    Branch,
    Collect,
    ConsentStep,
    Lodge,
    Lookup,
    Questions,
    Route,
    SetSlot,
    ToDesk,
    TransferCall,
)
from dialogs.source import Source, Where
from dialogs.uses import prompt_uses


def check_slots(draft: Draft) -> None:
    """Report into the sources. Only a script read whole shows what is missing."""
    if not draft.whole:
        return
    steps = [place.step for flow in draft.flows for place in flow.placed()]
    filled = set(UNASKED_SLOTS)
    for step in steps:
        if isinstance(step, Collect):
            filled.add(step.collect)
        elif isinstance(step, SetSlot):
            filled.update(step.set)
        elif isinstance(step, Questions):
            filled.add(Slot.TOPIC)
    for slot, source, where in _readings(draft):
        if slot not in filled:
            message = f"用到了“{slot}”，可是没有一步去问它，也没有 set 它"
            source.problem(where, "slot_never_filled", message, f"请加一步 - collect: {slot}，或去掉这里")
    read = {slot for slot, _, _ in _readings(draft)}
    reaches = draft.reaches()
    for flow in draft.flows:
        kept = _kept(flow, draft, reaches)
        for place in flow.placed():
            if isinstance(place.step, Collect) and place.step.collect not in read | kept:
                message = f"问了“{place.step.collect}”，可是后面既不登记，也没有用到它"
                hint = "请去掉这一步，或在后面加 - lodge: record"
                flow.source.problem((*place.where, "collect"), "slot_never_used", message, hint)


def _readings(draft: Draft) -> Iterator[tuple[Slot, Source, Where]]:
    """Each slot whose value decides something or is spoken, besides by the step that asks for it."""
    for flow in draft.flows:
        for place in flow.placed():
            yield from ((slot, flow.source, where) for slot, where in _by_step(place))
    told: set[tuple[str, Slot]] = set()
    for use in prompt_uses(draft):
        prompt = draft.prompts.get(use.prompt)
        for where, part in prompt_parts(use.prompt, prompt) if prompt else ():
            for slot in _spoken(part):
                if slot is not use.asks_for and (use.prompt, slot) not in told:
                    told.add((use.prompt, slot))
                    yield slot, draft.prompt_source, where


def _by_step(place: Placed) -> Iterator[tuple[Slot, Where]]:
    conditions: list[tuple[str | None, Where]] = [(place.step.when, (*place.where, "when"))]
    if isinstance(place.step, Branch):
        for number, arm in enumerate(place.step.branch):
            conditions.append((arm.when, (*place.where, "branch", number, "when")))
    for text, where in conditions:
        checked = condition(text)
        for name in sorted(checked.names if checked else ()):
            if name in set(Slot):
                yield Slot(name), where
    if isinstance(place.step, TransferCall):
        yield place.step.transfer, (*place.where, "transfer")
    if isinstance(place.step, ConsentStep):
        yield place.step.recipient, (*place.where, "recipient")
        for number, slot in enumerate(place.step.fields):
            yield slot, (*place.where, "fields", number)


def _spoken(part: str) -> list[Slot]:
    try:
        return [Slot(name) for name in names(part) if name in set(Slot)]
    except BadPlaceholder:
        return []  # told already


def _kept(flow: FlowDraft, draft: Draft, reaches: Mapping[str, set[str]]) -> set[Slot]:
    """The slots that go somewhere from this flow, its callers or those it calls: all of them, into a record or
    to a desk, or what a case is looked up by."""
    name = flow.flow.flow
    near = reaches[name] | {other for other, reached in reaches.items() if name in reached}
    steps = [place.step for other in draft.flows if other.flow.flow in near for place in other.placed()]
    if any(isinstance(step, Lodge | Route | ToDesk) for step in steps):
        return set(Slot)
    return set(LOOKED_UP_BY) if any(isinstance(step, Lookup) for step in steps) else set()
