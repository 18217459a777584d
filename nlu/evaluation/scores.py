"""What a test set showed: the report that `smartseat nlu eval --json` prints, counted row by row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from pydantic import BaseModel, ConfigDict

from data.understanding import Finding, SlotValue, Understanding
from data.values import FREE_TEXT, names, plain, same
from data.vocabulary import LIST_SLOTS, ConsentReply, Intent, Slot
from nlu.evaluation.rows import Reply, Utterance

#: Asked for by scripts, and labelled in no test set: what is found of them is neither right nor wrong.
UNLABELLED = frozenset({Slot.CLOSED, Slot.LOT_NO, Slot.EVENT_PLACE, Slot.CROWD, Slot.GUARDIAN, Slot.INSISTS})
#: How a row without any intent stands in the confusion.
NO_INTENT = "–"


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Score(Result):
    """precision: right of those found; recall: right of the `n` labelled; 1 where there was nothing to do."""

    precision: float
    recall: float
    f1: float
    n: int
    found: int


class Recall(Result):
    recall: float
    n: int


class Latency(Result):
    """Milliseconds of one understanding, one at a time."""

    p50: float
    p95: float


class Mistake(Result):
    """One label that was not met. what: "intent", "slot:amount", "flag:emergency", "act:correct" or "consent".

    heard: what the recogniser made of the text, where it differs.
    """

    line: int
    text: str
    what: str
    expected: str
    got: str
    heard: str | None = None


class UtteranceReport(Result):
    """confusion: counts by labelled, then found intent. intent_n: the rows that have an intent."""

    n: int
    intent_n: int
    intent_accuracy: float
    confusion: dict[str, dict[str, int]]
    slots: dict[str, Score]
    flags: dict[str, Score]
    acts: dict[str, Recall]
    latency_ms: Latency
    errors: tuple[Mistake, ...]


class ConsentReport(Result):
    """matrix: counts by labelled, then found kind. false_agree: replies wrongly taken as agreement."""

    n: int
    accuracy: float
    false_agree: int
    matrix: dict[str, dict[str, int]]
    latency_ms: Latency
    errors: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """What a row was understood as, and in how many milliseconds."""

    understanding: Understanding
    ms: float


@dataclass(slots=True)
class _Tally:
    n: int = 0
    found: int = 0
    right: int = 0

    def score(self) -> Score:
        precision, recall = _share(self.right, self.found, self.n), _share(self.right, self.n, self.found)
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        return Score(
            precision=round(precision, 4),
            recall=round(recall, 4),
            f1=round(f1, 4),
            n=self.n,
            found=self.found,
        )


@dataclass(slots=True)
class _Tallies:
    by_name: dict[str, _Tally] = field(default_factory=dict)

    def add(self, name: str, labelled: int, found: int, right: int) -> None:
        tally = self.by_name.setdefault(name, _Tally())
        tally.n += labelled
        tally.found += found
        tally.right += right

    def scores(self) -> dict[str, Score]:
        return {name: tally.score() for name, tally in sorted(self.by_name.items())}


def score_utterances(rows: Sequence[Utterance], meant: Sequence[Meant]) -> UtteranceReport:
    """rows and what each was understood as, in the same order."""
    slots, flags, acts = _Tallies(), _Tallies(), _Tallies()
    confusion: dict[str, dict[str, int]] = {}
    mistakes: list[Mistake] = []
    for row, each in zip(rows, meant, strict=True):
        understood = each.understanding

        def wrong(what: str, expected: str, got: str, row: Utterance = row, each: Meant = each) -> None:
            mistakes.append(_mistake(row, each, what, expected, got))

        if row.intent is not None:
            got = _intent(row, understood)
            line = confusion.setdefault(row.intent.value, {})
            line[got] = line.get(got, 0) + 1
            if got != row.intent.value:
                wrong("intent", row.intent.value, got)
        _count_slots(row, understood, slots, wrong)
        _count_flags(row, understood, flags, wrong)
        for act in row.acts:
            heard = act in understood.acts
            acts.add(act.value, 1, int(heard), int(heard))
            if not heard:
                wrong(f"act:{act}", act.value, " ".join(sorted(understood.acts)) or NO_INTENT)
    right = sum(line.get(intent, 0) for intent, line in confusion.items())
    labelled = sum(sum(line.values()) for line in confusion.values())
    return UtteranceReport(
        n=len(rows),
        intent_n=labelled,
        intent_accuracy=round(_share(right, labelled, 0), 4),
        confusion=confusion,
        slots=slots.scores(),
        flags=flags.scores(),
        acts={
            name: Recall(recall=score.recall, n=score.n) for name, score in acts.scores().items() if score.n
        },
        latency_ms=latency([each.ms for each in meant]),
        errors=tuple(mistakes),
    )


def score_replies(rows: Sequence[Reply], meant: Sequence[Meant]) -> ConsentReport:
    """rows and what each was understood as, in the same order."""
    matrix: dict[str, dict[str, int]] = {}
    mistakes: list[Mistake] = []
    for row, each in zip(rows, meant, strict=True):
        kind = each.understanding.consent or ConsentReply.UNCLEAR
        line = matrix.setdefault(row.gold.value, {})
        line[kind.value] = line.get(kind.value, 0) + 1
        if kind is not row.gold:
            mistakes.append(_mistake(row, each, "consent", row.gold.value, kind.value))
    agreed = ConsentReply.AGREE.value
    return ConsentReport(
        n=len(rows),
        accuracy=round(_share(len(rows) - len(mistakes), len(rows), 0), 4),
        false_agree=sum(mistake.got == agreed for mistake in mistakes),
        matrix=matrix,
        latency_ms=latency([each.ms for each in meant]),
        errors=tuple(mistakes),
    )


def _mistake(row: Utterance | Reply, meant: Meant, what: str, expected: str, got: str) -> Mistake:
    heard = meant.understanding.text
    return Mistake(
        line=row.line,
        text=row.text,
        what=what,
        expected=expected,
        got=got,
        heard=heard if heard != row.text else None,
    )


def latency(times: Sequence[float]) -> Latency:
    """p50 and p95 of `times` (ms); zeros where there are none."""
    if len(times) < 2:
        only = round(times[0], 2) if times else 0.0
        return Latency(p50=only, p95=only)
    cuts = quantiles(times, n=100, method="inclusive")
    return Latency(p50=round(cuts[49], 2), p95=round(cuts[94], 2))


def _share(part: int, whole: int, other: int) -> float:
    """part/whole; with an empty whole 1, unless the `other` side held something that was missed."""
    if whole:
        return part / whole
    return 0.0 if other else 1.0


def _intent(row: Utterance, understood: Understanding) -> str:
    """The intent found, put as the labelled one where both say the same.

    No intent means that nothing businesslike was said: `invalid`. Of several intents said, each may lead.
    `emotional` is an overlay: what is beneath may lead, if it is the labelled one.
    """
    found = understood.intent
    if row.intent is None:
        return NO_INTENT
    if found is None:
        return Intent.INVALID.value if row.intent is Intent.INVALID else NO_INTENT
    overlaid = any(scored.intent is Intent.EMOTIONAL for scored in understood.intents)
    beneath = row.intent is Intent.EMOTIONAL and overlaid and found is row.underlying
    return row.intent.value if found in row.also or beneath else found.value


Wrong = Callable[[str, str, str], None]


def _count_slots(row: Utterance, understood: Understanding, tallies: _Tallies, wrong: Wrong) -> None:
    found = _found(row, understood)
    for slot in sorted({*row.slots, *found}):
        if slot in FREE_TEXT | UNLABELLED:
            continue
        label, finding = row.slots.get(slot), found.get(slot)
        value = finding.value if finding is not None else None
        if slot in LIST_SLOTS:
            expected, got = _members(slot, label), _members(slot, value)
            tallies.add(slot.value, len(expected), len(got), len(expected & got))
            met = expected == got
        else:
            met = label is not None and finding is not None and _equal(slot, label, finding)
            tallies.add(slot.value, int(label is not None), int(finding is not None), int(met))
        if not met:
            wrong(f"slot:{slot.value}", _said(label), _said(value))


def _found(row: Utterance, understood: Understanding) -> dict[Slot, Finding]:
    """The first finding of each slot, as the record takes it. A store may stand under shop or respondent."""
    found = {finding.slot: finding for finding in reversed(understood.findings)}
    for labelled, other in ((Slot.RESPONDENT, Slot.SHOP), (Slot.SHOP, Slot.RESPONDENT)):
        label = row.slots.get(labelled)
        if label is not None and other not in row.slots and other in found:
            moved = found.pop(other)
            held = found.get(labelled)
            if held is None or not same(labelled, label, held.value):
                found[labelled] = moved
    return found


def _equal(slot: Slot, label: SlotValue, finding: Finding) -> bool:
    if slot is Slot.DATE and not str(label)[:4].isdigit():
        # Some sets give a date in the caller's words.
        return plain(str(label)) == plain(finding.heard)
    return same(slot, label, finding.value)


def _members(slot: Slot, value: SlotValue | None) -> frozenset[str]:
    return frozenset() if value is None else names(slot, value)


def _said(value: SlotValue | None) -> str:
    if value is None:
        return NO_INTENT
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _count_flags(row: Utterance, understood: Understanding, tallies: _Tallies, wrong: Wrong) -> None:
    flags = understood.flags
    pairs: tuple[tuple[str, str | None, str | None], ...] = (
        ("emergency", _yes(row.emergency), _yes(flags.emergency is not None)),
        ("mass_incident", _yes(row.mass_incident), _yes(flags.mass_incident)),
        ("safety_flag", row.safety_flag, flags.safety_flag),
        ("emotion", row.emotion, flags.emotion),
    )
    for name, expected, got in pairs:
        met = expected is not None and expected == got
        tallies.add(name, int(expected is not None), int(got is not None), int(met))
        if expected != got:
            wrong(f"flag:{name}", expected or NO_INTENT, got or NO_INTENT)


def _yes(value: bool) -> str | None:
    return "yes" if value else None
