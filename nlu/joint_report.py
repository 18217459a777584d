"""How well held-out examples are understood, and what a training run leaves behind: a card and a drawing of its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.understanding import Asked, Understanding
from data.vocabulary import Intent, Slot
from nlu.evaluation.run import OWN_SETS, run
from nlu.evaluation.scores import UtteranceReport
from nlu.sentences import Sentence
from nlu.understander import Understander

_ANY_DAY = date(2026, 1, 1)
_FIRMS = frozenset({Slot.SHOP, Slot.RESPONDENT})
#: The soft values that are scored, and the slots each may stand under.
_SCORED: dict[str, frozenset[Slot]] = {"product": frozenset({Slot.PRODUCT}), "firm": _FIRMS}
_WIDTH, _HEIGHT, _MARGIN = 640, 240, 30


@dataclass(frozen=True, slots=True)
class Counts:
    """Values right, values given, values there were."""

    right: int = 0
    given: int = 0
    there: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.given + self.there) if self.given + self.there else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """intent_accuracy: of the leading intents; slots: counts by soft value; n: sentences."""

    n: int
    intent_accuracy: float
    slots: dict[str, Counts]

    @property
    def overall(self) -> float:
        """One figure to compare models by: the mean of the intents' accuracy and every soft value's F1."""
        figures = [self.intent_accuracy, *(counts.f1 for counts in self.slots.values())]
        return sum(figures) / len(figures)


@dataclass(frozen=True, slots=True)
class Measured:
    """held_out: on examples that no training saw; blind: on the odd lines of nlu/testset (its other half is for
    releases)."""

    held_out: Score
    blind: UtteranceReport


def measured_on(understander: Understander, held: Sequence[Sentence]) -> Measured:
    """Some seconds of reading."""
    blind = run(OWN_SETS[0], understander, today=_ANY_DAY, half="odd")
    assert isinstance(blind, UtteranceReport)
    return Measured(measure(understander, held), blind)


HEADINGS = (
    "读法",
    "例句意图",
    "例句商品 F1",
    "例句商家 F1",
    "总分",
    "测试集意图",
    "测试集商品 F1",
    "测试集商家 F1",
)


def cells(row: Measured) -> list[str]:
    """The figures under HEADINGS, without the name."""
    slots = row.blind.slots
    return [
        f"{row.held_out.intent_accuracy:.1%}",
        *(f"{counts.f1:.3f}" for counts in row.held_out.slots.values()),
        f"{row.held_out.overall:.3f}",
        f"{row.blind.intent_accuracy:.1%}",
        *(f"{slots[name].f1:.3f}" if name in slots else "–" for name in ("product", "respondent")),
    ]


def measure(understander: Understander, sentences: Sequence[Sentence]) -> Score:
    """Against the sentences' own intents and marks; a value counts as right if its words or its name are the mark's."""
    right = 0
    tallies = {name: [0, 0, 0] for name in _SCORED}
    for sentence in sentences:
        understood = understander.understand(sentence.text, asked=Asked(), today=_ANY_DAY)
        leading = sentence.intents[0]
        right += understood.intent is leading or (leading is Intent.INVALID and understood.intent is None)
        if not sentence.known:
            continue
        for name, slots in _SCORED.items():
            there = {sentence.text[mark.start : mark.end] for mark in sentence.marks if mark.slot in slots}
            good, given = _found(understood, slots, there)
            tally = tallies[name]
            # A record holds one value of each: one of several is enough.
            tally[0] += good
            tally[1] += given
            tally[2] += bool(there)
    counts = {name: Counts(*tally) for name, tally in tallies.items()}
    return Score(len(sentences), right / max(1, len(sentences)), counts)


def _found(understood: Understanding, slots: frozenset[Slot], there: set[str]) -> tuple[bool, bool]:
    findings = [finding for finding in understood.findings if finding.slot in slots]
    return any(finding.heard in there or finding.value in there for finding in findings), bool(findings)


def card(rows: Sequence[tuple[str, Measured]], facts: Sequence[tuple[str, str]]) -> str:
    """Markdown: what the weights were made of, and how each way of reading did."""
    lines = ["# The joint reader's weights", ""]
    lines += [
        "Adapters on multilingual-e5-small, a head for intents, a tagger for soft values.",
        "",
    ]
    lines += [f"- {name}: {value}" for name, value in facts]
    lines += [
        "",
        "Examples that were held out (by sentence, before any is grown), and the odd lines of nlu/testset:",
        "",
        "| read by | intents | product F1 | firm F1 | mean | test set: intents | product F1 | respondent F1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {name} | " + " | ".join(cells(row)) + " |" for name, row in rows]
    lines += ["", "![loss](joint.svg)", ""]
    return "\n".join(lines)


def drawn(losses: Sequence[float]) -> str:
    """The loss as an SVG line; its scale is from nought to the highest."""
    top = max(losses, default=1.0) or 1.0
    across = (_WIDTH - 2 * _MARGIN) / max(1, len(losses) - 1)
    down = (_HEIGHT - 2 * _MARGIN) / top
    points = " ".join(
        f"{_MARGIN + across * at:.1f},{_HEIGHT - _MARGIN - down * loss:.1f}" for at, loss in enumerate(losses)
    )
    floor = _HEIGHT - _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<path d="M{_MARGIN},{_MARGIN} V{floor} H{_WIDTH - _MARGIN}" fill="none" stroke="#888"/>'
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="1.5"/>'
        f'<text x="{_MARGIN + 4}" y="{_MARGIN - 8}">loss, highest {top:.2f}, last {losses[-1] if losses else 0:.2f}'
        f"</text></svg>\n"
    )
