"""Taking what was said into the record: what fills, what corrects, what is left alone. Pure."""

from __future__ import annotations

import data.events as ev
from agent.deciding import Deciding
from data.understanding import Finding
from data.vocabulary import Act, Slot

#: Slots a plain yes or no answers.
YES_NO_SLOTS = frozenset({Slot.ANONYMOUS, Slot.PRIOR_CONTACT, Slot.PROXY})
#: Worked out from other words, never asked: a later reading may sharpen them.
DERIVED_SLOTS = frozenset({Slot.GOODS, Slot.ISSUE, Slot.RESPONDENT_TYPE})


def absorb(d: Deciding, words: ev.WordsHeard) -> list[Slot]:
    """Fill what is empty; change what is held only when asked now, or corrected. Gives what changed."""
    acts = words.understanding.acts
    standing = d.state.standing
    correcting = bool(acts & {Act.CORRECT, Act.DENY})
    changed: list[Slot] = []
    for finding in words.understanding.findings:
        held = d.state.slots.get(finding.slot)
        asked_now = standing is not None and standing.slot == finding.slot
        read_now = standing is not None and standing.phase == "read_back" and finding.slot in standing.slots
        free = held is None or held.value is None
        if not (free or asked_now or correcting or (read_now and Act.AFFIRM not in acts)):
            continue
        if not free and finding.slot in DERIVED_SLOTS and not asked_now:
            continue
        if take(d, words, finding):
            changed.append(finding.slot)
    return changed


def take(d: Deciding, words: ev.WordsHeard, finding: Finding) -> bool:
    """Put one finding into the record, with where it was heard."""
    return d.fill(
        finding.slot,
        finding.value,
        turn=words.turn,
        heard=finding.heard,
        span=finding.span,
        confidence=min(finding.confidence, words.confidence)
        if finding.method == "free"
        else finding.confidence,
        method=finding.method,
        precision=finding.precision,
    )


def answer_yes_no(d: Deciding, words: ev.WordsHeard, slot: Slot) -> bool:
    """A plain yes or no to a yes/no slot; says whether it was one."""
    acts = words.understanding.acts
    if slot not in YES_NO_SLOTS or bool(acts & {Act.AFFIRM}) == bool(acts & {Act.DENY}):
        return False
    d.fill(
        slot,
        Act.AFFIRM in acts,
        turn=words.turn,
        heard=words.text,
        span=(0, len(words.text)),
        method="answer",
    )
    return True
