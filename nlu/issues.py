"""The issue category, by weighted words; and the service category where no product told it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from data import reference
from data.understanding import Finding
from data.vocabulary import Intent, Slot
from nlu.gazetteer import Gazetteer
from nlu.heard import Heard
from nlu.respondents import venue_hits

#: What an intent alone says about the issue, as a weight beside the words'.
_LEANING = {Intent.COMPLAINT_PREPAID: ("合同", 3.0), Intent.REPORT_PRICE: ("价格", 3.0)}


@cache
def _words() -> Gazetteer[tuple[tuple[str, float], ...]]:
    by_word: dict[str, list[tuple[str, float]]] = {}
    for issue in reference.issues().issues:
        for word in issue.strong:
            by_word.setdefault(word, []).append((issue.name, 2.0))
        for word in issue.weak:
            by_word.setdefault(word, []).append((issue.name, 1.0))
    return Gazetteer((word, tuple(entries)) for word, entries in by_word.items())


@cache
def _services() -> Gazetteer[str]:
    return Gazetteer(
        (word, service.name) for service in reference.categories().services for word in service.words
    )


def find(heard: Heard, intents: Sequence[Intent] = ()) -> list[Finding]:
    """The best-supported issue. Unsupported texts have none."""
    scores: dict[str, float] = {}
    where: dict[str, tuple[int, int]] = {}
    for hit in _words().find(heard.text):
        for name, weight in hit.entry:
            scores[name] = scores.get(name, 0.0) + weight
            where.setdefault(name, (hit.start, hit.end))
    for intent in intents[:1]:
        if leaning := _LEANING.get(intent):
            name, weight = leaning
            if name in scores or intent is Intent.COMPLAINT_PREPAID:
                # A card that cannot be used up is a matter of contract, whatever the words.
                where.setdefault(name, (0, len(heard.text)))
                scores[name] = scores.get(name, 0.0) + weight
    if not scores:
        return []
    name = max(scores, key=lambda issue: scores[issue])
    runner_up = max((score for issue, score in scores.items() if issue != name), default=0.0)
    confidence = min(0.9, 0.5 + 0.1 * (scores[name] - runner_up) + (0.1 if scores[name] >= 2 else 0.0))
    return [heard.finding(Slot.ISSUE, name, where[name], method="keywords", confidence=round(confidence, 2))]


def service(heard: Heard) -> list[Finding]:
    """The service category, by the kind of business or by what was done there."""
    for venue in venue_hits(heard.text):
        if venue.entry.category not in ("其他服务", "销售服务"):
            span = (venue.start, venue.end)
            return [heard.finding(Slot.GOODS, venue.entry.category, span, method="gazetteer", confidence=0.7)]
    for hit in _services().find(heard.text):
        return [heard.finding(Slot.GOODS, hit.entry, (hit.start, hit.end), method="keywords", confidence=0.6)]
    return []
