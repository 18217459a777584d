"""What the joint reader saw in a sentence, and what of it is taken over beside the exact extractors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from data.understanding import Finding
from data.vocabulary import Intent, Slot
from nlu.heard import GAP, Heard, strip_gaps
from nlu.intents import COMPLAINTS

#: A span less sure than this is not worth a question.
_LEAST = 0.8
#: A value the model alone saw is confirmed like any other guess.
_MOST = 0.7
_LONGEST = 14
#: Ways of finding a value that only look at the words around it: the model knows better.
_LOOSE = frozenset({"pattern", "brand"})
_FIRMS = (Slot.SHOP, Slot.RESPONDENT)
#: Where each kind is asked for. Of a card the card's type is, not the product.
_ABOUT = {
    Slot.PRODUCT: frozenset({Intent.COMPLAINT_ONLINE, Intent.COMPLAINT_OTHER}),
    Slot.RESPONDENT: COMPLAINTS,
}


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end] reads as a value of `kind`; confidence: the mean of its characters' shares, 0..1."""

    kind: Slot
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class JointReading:
    """intents: each one's share of one."""

    intents: Mapping[Intent, float]
    spans: tuple[Span, ...]


class Reader(Protocol):
    """nlu.joint.JointReader, which needs torch."""

    def read(self, text: str) -> JointReading:
        """One pass of the encoder."""

    def trained_on(self, text: str) -> bool:
        """Whether this very sentence was among the examples it learned from."""


def soft_values(
    heard: Heard, found: Sequence[Finding], spans: Sequence[Span], leading: Intent, *, online: bool
) -> list[Finding]:
    """The goods and the firm of a complaint where the tables and patterns saw none: at most one of each.

    leading: what the sentence is about; of reports and questions only the exact extractors' values are kept.
    online: a platform is known, so that a firm is a shop on it.
    """
    seen: list[Finding] = []
    for kind in dict.fromkeys(span.kind for span in spans):
        if leading not in _ABOUT.get(kind, ()):
            continue
        best = max((span for span in spans if span.kind is kind), key=lambda span: span.confidence)
        held = [one for one in found if one.slot in _alike(kind)]
        if any(one.method not in _LOOSE for one in held):
            continue
        rivals = [one for one in found if one not in held and one.slot in _VALUES and _overlap(one, best)]
        finding = _finding(heard, best, online)
        if finding is not None and not rivals:
            seen.append(finding)
    return seen


def beside(found: Sequence[Finding], seen: Sequence[Finding]) -> list[Finding]:
    """`found` with `seen`, which takes the place of what was only guessed for the same slot."""
    kept = [one for one in found if not any(one.slot in _alike(other.slot) for other in seen)]
    return sorted([*kept, *seen], key=lambda finding: finding.span)


def _alike(slot: Slot) -> tuple[Slot, ...]:
    return _FIRMS if slot in _FIRMS else (slot,)


#: What else the same words cannot be at once.
_VALUES = frozenset(
    {Slot.PLATFORM, Slot.PRODUCT, Slot.SHOP, Slot.RESPONDENT, Slot.PHONE, Slot.ORDER_NO, Slot.NAME}
)


def _finding(heard: Heard, span: Span, online: bool) -> Finding | None:
    start, end = strip_gaps(heard.text, (span.start, span.end))
    words = heard.text[start:end]
    if span.confidence < _LEAST or not 2 <= len(words) <= _LONGEST or any(mark in words for mark in GAP):
        return None
    slot = Slot.SHOP if span.kind is Slot.RESPONDENT and online else span.kind
    return heard.finding(slot, words, (start, end), method="model", confidence=min(span.confidence, _MOST))


def _overlap(finding: Finding, span: Span) -> bool:
    return finding.span[0] < span.end and span.start < finding.span[1]
