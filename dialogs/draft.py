"""A script's files as read, before they are known to fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dialogs.conditions import BadCondition, Condition, parse
from dialogs.faq import FaqEntry
from dialogs.schema import (
    Branch,
    CallFlow,
    ConsentStep,
    Flow,
    Lodge,
    Prompt,
    ScriptFile,
    Step,
    TransferCall,
)
from dialogs.source import Source, Where


@dataclass(frozen=True, slots=True)
class Placed:
    """A step where it stands in its file.

    under: the purposes whose `given` branch it stands in. known: slots that surely hold a value here, by the
    conditions and consents around it. lodged: a record was surely lodged above it, in the
    same flow.
    """

    step: Step
    where: Where
    under: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    lodged: bool = False


@dataclass(slots=True)
class FlowDraft:
    """whole: nothing broken had to be left out, so that what is missing is truly missing."""

    source: Source
    flow: Flow
    whole: bool = True
    _placed: list[Placed] = field(default_factory=list, init=False, repr=False)

    @property
    def no_kind(self) -> bool:
        """Whether no kind of record is written (one that can't be read is)."""
        return not isinstance(self.source.data, dict) or "kind" not in self.source.data

    def placed(self) -> list[Placed]:
        """Every step, nested ones included, in the order written."""
        if not self._placed:  # each check asks
            self._placed = list(_place(self.flow.steps, ("steps",), frozenset(), frozenset(), [False]))
        return self._placed


@dataclass(slots=True)
class Draft:
    """broken_prompts, broken_flows: what can't be read; it exists all the same."""

    script_source: Source
    prompt_source: Source
    script: ScriptFile | None = None
    script_whole: bool = True
    faq_source: Source | None = None
    faq: dict[str, FaqEntry] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    broken_prompts: set[str] = field(default_factory=set)
    flows: list[FlowDraft] = field(default_factory=list)
    broken_flows: set[str] = field(default_factory=set)
    whole: bool = True
    """Every file could be read."""

    def starts(self, flow: Flow) -> bool:
        """Whether a call can begin with the flow, or be sent to it."""
        return flow.start_when is not None or (self.script is not None and self.script.opening == flow.flow)

    def calls(self) -> dict[str, set[str]]:
        """Each flow with the flows it calls itself."""
        found: dict[str, set[str]] = {}
        for draft in self.flows:
            steps = (placed.step for placed in draft.placed())
            called = {step.call for step in steps if isinstance(step, CallFlow)}
            found.setdefault(draft.flow.flow, set()).update(called)
        return found

    def reaches(self) -> dict[str, set[str]]:
        """Each flow with itself and every flow called from it, however far down."""
        calls = self.calls()
        return {name: _below(name, calls) for name in calls}

    @property
    def purposes(self) -> frozenset[str]:
        """The consents the script asks for."""
        steps = (placed.step for draft in self.flows for placed in draft.placed())
        return frozenset(step.consent for step in steps if isinstance(step, ConsentStep))


def _below(name: str, calls: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += calls.get(here, set())
    return seen


def prompt_parts(prompt_id: str, prompt: Prompt) -> Iterator[tuple[Where, str]]:
    """Every part of every wording, with where it is written in prompts.yaml."""
    for number, wording in enumerate(prompt.wordings):
        where: Where = (prompt_id, "text") if number == 0 else (prompt_id, "variants", number - 1)
        if number and not isinstance(prompt.variants[number - 1], str):
            where = (*where, "text")
        if isinstance(wording.text, str):
            yield where, wording.text
        else:
            yield from (((*where, index), part) for index, part in enumerate(wording.parts))


def condition(text: str | None) -> Condition | None:
    """The condition, None when there is none or it is bad (which is reported once, elsewhere)."""
    try:
        return parse(text) if text is not None else None
    except BadCondition:
        return None


def _needs(text: str | None) -> frozenset[str]:
    checked = condition(text)
    return checked.needs if checked else frozenset()


def _place(
    steps: list[Step], where: Where, under: frozenset[str], known: frozenset[str], lodged: list[bool]
) -> Iterator[Placed]:
    """lodged: one entry, kept up to date from step to step."""
    for index, step in enumerate(steps):
        here = (*where, index)
        surely = known | _needs(step.when)
        yield Placed(step, here, under, surely, lodged[0])
        if isinstance(step, Branch):
            ways: list[list[bool]] = []
            for number, arm in enumerate(step.branch):
                inside = (*here, "branch", number, "steps")
                ways.append(lodged.copy())
                yield from _place(list(arm.steps), inside, under, surely | _needs(arm.when), ways[-1])
            whatever = any(arm.when is None for arm in step.branch) and step.when is None
            lodged[0] |= whatever and all(way[0] for way in ways)
        elif isinstance(step, ConsentStep):
            given, refused = lodged.copy(), lodged.copy()
            has_recipient = surely | {step.recipient.value}
            agreed = under | {step.consent}
            yield from _place(list(step.given), (*here, "given"), agreed, has_recipient, given)
            yield from _place(list(step.refused), (*here, "refused"), under, surely, refused)
            lodged[0] |= step.when is None and given[0] and refused[0]
        elif isinstance(step, TransferCall):
            yield from _place(list(step.failed), (*here, "failed"), under, surely, lodged)
        elif isinstance(step, Lodge):
            lodged[0] |= step.when is None
