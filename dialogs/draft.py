"""A script's files as read, before they are known to fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dialogs.conditions import BadCondition, Condition, parse
from dialogs.schema import Branch, ConsentStep, Flow, Lodge, Prompt, ScriptFile, Step
from dialogs.source import Source, Where


@dataclass(frozen=True, slots=True)
class Placed:
    """A step where it stands in its file.

    under: the purposes whose `given` branch it stands in. known: slots that surely hold a value here, by the
    conditions and consents around it. lodged: a record was lodged before it.
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

    def placed(self) -> list[Placed]:
        """Every step, nested ones included, in the order written."""
        return list(_place(self.flow.steps, ("steps",), frozenset(), frozenset(), [False]))


@dataclass(slots=True)
class Draft:
    """broken_prompts: ids whose text can't be read; they exist all the same."""

    script_source: Source
    prompt_source: Source
    script: ScriptFile | None = None
    script_whole: bool = True
    prompts: dict[str, Prompt] = field(default_factory=dict)
    broken_prompts: set[str] = field(default_factory=set)
    flows: list[FlowDraft] = field(default_factory=list)
    whole: bool = True
    """Every file could be read."""

    @property
    def purposes(self) -> frozenset[str]:
        """The consents the script asks for."""
        steps = (placed.step for draft in self.flows for placed in draft.placed())
        return frozenset(step.consent for step in steps if isinstance(step, ConsentStep))


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
    for index, step in enumerate(steps):
        here = (*where, index)
        surely = known | _needs(step.when)
        yield Placed(step, here, under, surely, lodged[0])
        if isinstance(step, Branch):
            for number, arm in enumerate(step.branch):
                inside = (*here, "branch", number, "steps")
                yield from _place(list(arm.steps), inside, under, surely | _needs(arm.when), lodged)
        elif isinstance(step, ConsentStep):
            agreed = under | {step.consent}
            has_recipient = surely | {step.recipient.value}
            yield from _place(list(step.given), (*here, "given"), agreed, has_recipient, lodged)
            yield from _place(list(step.refused), (*here, "refused"), under, surely, lodged)
        elif isinstance(step, Lodge):
            lodged[0] = True
