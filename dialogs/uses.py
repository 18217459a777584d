"""Where prompts are named: by script.yaml, by a step's key, or by a rule (`confirm.<slot>`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data.vocabulary import Slot
from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.schema import (
    Asking,
    Collect,
    ConsentStep,
    End,
    Lookup,
    More,
    OnCase,
    Questions,
    ReadBack,
    Route,
    Say,
    ToDesk,
    TransferCall,
    ack_prompt,
    confirm_prompt,
    offer_prompt,
)
from dialogs.source import Source, Where


@dataclass(frozen=True, slots=True)
class Use:
    """A prompt named somewhere. known: what its braces may surely hold there.

    where is the place of the naming; by_rule: the id is not written but derived; asks_for: the slot the step
    that says it asks for.
    """

    prompt: str
    source: Source
    where: Where
    known: frozenset[str] = frozenset()
    by_rule: bool = False
    asks_for: Slot | None = None


def prompt_uses(draft: Draft) -> list[Use]:
    """Every naming of a prompt in the script."""
    return [*_script_uses(draft), *(use for flow in draft.flows for use in _flow_uses(flow))]


def _script_uses(draft: Draft) -> Iterator[Use]:
    script, source = draft.script, draft.script_source
    if script is None:
        return
    yield Use(script.greeting, source, ("greeting",))
    if script.closed_greeting is not None:
        yield Use(script.closed_greeting, source, ("closed_greeting",))
    for key in ("openings", "closed_openings", "languages"):
        for name, prompt in getattr(script, key).items():
            yield Use(prompt, source, (key, name))
    for emergency, prompt in script.emergencies.items():
        yield Use(prompt, source, ("emergencies", emergency.value))
    for name, prompt in script.says.items():
        known = frozenset({"label", "value"}) if name == "corrected" else frozenset[str]()
        yield Use(prompt, source, ("says", name), known)
    if (resume := script.resume) is not None:
        for key in ("ask", "go_on", "fresh"):
            yield Use(getattr(resume, key), source, ("resume", key))
        for flow, prompt in resume.matters.items():
            yield Use(prompt, source, ("resume", "matters", flow))
    for index, prompt in enumerate(script.ladder.noinput):
        yield Use(prompt, source, ("ladder", "noinput", index))
    for index, prompt in enumerate(script.ladder.nomatch):
        yield Use(prompt, source, ("ladder", "nomatch", index))


def _flow_uses(flow: FlowDraft) -> Iterator[Use]:
    for place in flow.placed():
        known = place.known | ({"case_tail"} if place.lodged else set())
        if isinstance(place.step, Asking):
            for key in ("noinput", "nomatch"):
                yield from _listed(flow.source, place, key, getattr(place.step, key), known)
        match place.step:
            case Collect() as step:
                yield from _collect_uses(flow.source, place, step, known)
            case Say() | ToDesk() | End() as step if step.say is not None:
                yield Use(step.say, flow.source, (*place.where, "say"), known)
            case Route() as step:
                yield Use(step.ask, flow.source, (*place.where, "ask"), known)
                yield from _listed(flow.source, place, "reprompt", step.reprompt, known)
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
            case Questions() as step:
                for key in ("ask", "more", "noted"):
                    yield Use(getattr(step, key), flow.source, (*place.where, key), known)
            case Lookup() as step:
                yield Use(step.found, flow.source, (*place.where, "found"), known | {"status"})
                yield Use(step.missing, flow.source, (*place.where, "missing"), known)
            case TransferCall() as step:
                yield Use(step.say, flow.source, (*place.where, "say"), known | {"recipient"})
            case More() as step:
                yield Use(step.heard, flow.source, (*place.where, "heard"), known | {"matter"})
                if step.ask is not None:
                    yield Use(step.ask, flow.source, (*place.where, "ask"), known)
                yield Use(step.tell, flow.source, (*place.where, "tell"), known)
            case OnCase() as step:
                for key in ("ask", "done", "closed", "kept"):
                    prompt = getattr(step, key)
                    if prompt is not None:
                        yield Use(prompt, flow.source, (*place.where, key), known)


def _collect_uses(source: Source, place: Placed, step: Collect, known: frozenset[str]) -> Iterator[Use]:
    def use(prompt: str, key: str, *also: str, by_rule: bool = False) -> Use:
        return Use(prompt, source, (*place.where, key), known.union(also), by_rule, step.collect)

    yield use(step.ask, "ask")
    for again in _listed(source, place, "reprompt", step.reprompt, known):
        yield replace(again, asks_for=step.collect)
    heard = step.collect.value
    # Any value heard badly is confirmed, whatever the step says (`unsure`).
    key = "confirm_ask" if step.confirm_ask else "collect"
    yield use(confirm_prompt(step), key, heard, by_rule=step.confirm_ask is None)
    if step.confirm == "implicit":
        key = "ack" if step.ack else "confirm"
        yield use(ack_prompt(step), key, heard, by_rule=step.ack is None)
    if step.offer is not None:
        key = "offer_ask" if step.offer_ask else "offer"
        yield use(offer_prompt(step), key, "caller_tail", by_rule=step.offer_ask is None)


def _listed(
    source: Source, place: Placed, key: str, prompts: list[str], known: frozenset[str]
) -> Iterator[Use]:
    for index, prompt in enumerate(prompts):
        yield Use(prompt, source, (*place.where, key, index), known)
