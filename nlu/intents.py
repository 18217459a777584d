"""Business intents: rules kept as data; nlu.classifier weighs them with examples.

Report or complaint matters: a report is never passed on. The word 举报 and what others do to everybody speak for a
report; the caller's own purchase and his money speak for a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from data.understanding import Finding, Scored
from data.vocabulary import Intent, Slot
from nlu.heard import Heard
from nlu.tables import Table, load

REPORTS = frozenset(
    {
        Intent.REPORT_FOOD,
        Intent.REPORT_PRICE,
        Intent.REPORT_SPECIAL_EQUIPMENT,
        Intent.REPORT_IP,
        Intent.REPORT_OTHER,
    }
)
COMPLAINTS = frozenset({Intent.COMPLAINT_ONLINE, Intent.COMPLAINT_PREPAID, Intent.COMPLAINT_OTHER})


#: Goods categories (data/reference/categories.yaml) that one eats.
_FOOD = ("食品", "食用农产品", "保健食品", "烟、酒和饮料", "婴幼儿")


class _Rule(Table):
    intent: Intent
    weight: float
    any: tuple[str, ...]
    needs: str | None = None
    unless: str | None = None


class _Odds(Table):
    intents: tuple[Intent, ...]
    times: float
    when: str
    unless: str | None = None
    platform: bool | None = None


class _Rules(Table):
    rules: tuple[_Rule, ...]
    odds: tuple[_Odds, ...]
    report_word: str
    wants_own_money: str
    others_doing: str
    cues: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Compiled:
    intent: Intent
    weight: float
    any: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _CompiledOdds:
    row: _Odds
    when: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Book:
    rules: tuple[_Compiled, ...]
    odds: tuple[_CompiledOdds, ...]
    report_word: re.Pattern[str]
    wants_own_money: re.Pattern[str]
    others_doing: re.Pattern[str]
    cues: tuple[re.Pattern[str], ...]


@cache
def _book() -> _Book:
    table = load("intents", _Rules)
    return _Book(
        tuple(
            _Compiled(
                rule.intent,
                rule.weight,
                tuple(re.compile(pattern) for pattern in rule.any),
                re.compile(rule.unless) if rule.unless else None,
            )
            for rule in table.rules
        ),
        tuple(
            _CompiledOdds(row, re.compile(row.when), re.compile(row.unless) if row.unless else None)
            for row in table.odds
        ),
        re.compile(table.report_word),
        re.compile(table.wants_own_money),
        re.compile(table.others_doing),
        tuple(re.compile(pattern) for pattern in table.cues.values()),
    )


def by_rules(heard: Heard, findings: Sequence[Finding] = (), *, human: bool = False) -> dict[Intent, float]:
    """The weight of evidence for each intent; empty when nothing business-like was said."""
    core = heard.core
    book = _book()
    scores: dict[Intent, float] = {}
    for rule in book.rules:
        if rule.unless is not None and rule.unless.search(core):
            continue
        hits = sum(1 for pattern in rule.any if pattern.search(core))
        if hits:
            # A second word of the same kind adds, a tenth hardly does.
            scores[rule.intent] = scores.get(rule.intent, 0.0) + rule.weight * (1 + 0.3 * min(hits - 1, 3))
    if human:
        scores[Intent.REQUEST_HUMAN] = scores.get(Intent.REQUEST_HUMAN, 0.0) + 4.0
    slots = {finding.slot: finding for finding in findings}
    if Slot.PLATFORM in slots and slots[Slot.PLATFORM].confidence >= 0.5:
        scores[Intent.COMPLAINT_ONLINE] = scores.get(Intent.COMPLAINT_ONLINE, 0.0) + 3.0
    elif Slot.RESPONDENT_TYPE in slots and Slot.PRODUCT in slots and _not_food(slots):
        # A thing from a shop with a door; what is wrong with food may be everybody's danger.
        scores[Intent.COMPLAINT_OTHER] = scores.get(Intent.COMPLAINT_OTHER, 0.0) + 1.5
    _weigh_sides(core, scores, book)
    return scores


def _not_food(slots: Mapping[Slot, Finding]) -> bool:
    return Slot.GOODS in slots and not str(slots[Slot.GOODS].value).startswith(_FOOD)


def _weigh_sides(core: str, scores: dict[Intent, float], book: _Book) -> None:
    """Report against complaint."""
    reported = bool(book.report_word.search(core))
    own = bool(book.wants_own_money.search(core))
    others = bool(book.others_doing.search(core))
    side = (2.0 if reported else 0.0) + (0.8 if others else 0.0) - (1.6 if own and not reported else 0.0)
    if reported:
        scores[Intent.REPORT_OTHER] = scores.get(Intent.REPORT_OTHER, 0.0) + 0.6
    for intent in list(scores):
        if intent in REPORTS:
            scores[intent] += side
        elif intent in COMPLAINTS:
            scores[intent] -= 0.7 * side
    for intent in [intent for intent, score in scores.items() if score <= 0]:
        del scores[intent]


def odds(heard: Heard, findings: Sequence[Finding]) -> dict[Intent, float]:
    """What the words as a whole say about the side the caller is on: a factor for each intent they touch.

    The classifier reads words; whose money it was and who reports whom are facts of the sentence.
    """
    on_platform = any(finding.slot is Slot.PLATFORM and finding.confidence >= 0.5 for finding in findings)
    factors: dict[Intent, float] = {}
    for each in _book().odds:
        if each.row.platform is not None and each.row.platform is not on_platform:
            continue
        if not each.when.search(heard.core) or (each.unless and each.unless.search(heard.core)):
            continue
        for intent in each.row.intents:
            factors[intent] = factors.get(intent, 1.0) * each.row.times
    return factors


def cues(core: str) -> list[bool]:
    """Which of the classifier's cues the text holds."""
    book = _book()
    own = (book.report_word, book.wants_own_money, book.others_doing)
    return [pattern.search(core) is not None for pattern in (*own, *book.cues)]


#: An intent with less than this share is not worth a mention.
_LEAST = 0.12
#: Without any rule's word the classifier must be this sure that there is business at all.
_SURE_ALONE = 0.12


#: A best share below this is a guess; and what a unit of a rule's weight adds to it.
_UNSURE = 0.4
_PLAINLY = 0.12


def rank(
    rules: Mapping[Intent, float], shares: Mapping[Intent, float], factors: Mapping[Intent, float]
) -> tuple[Scored, ...]:
    """Best first, up to four; empty when nothing business-like was said. factors: see `odds`."""
    weighed = {intent: share * factors.get(intent, 1.0) for intent, share in shares.items()}
    total = sum(weighed.values()) or 1.0
    shares = {intent: share / total for intent, share in weighed.items()}
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    if not ranked or (not rules and ranked[0][1] < _SURE_ALONE):
        return ()
    if ranked[0][1] < _UNSURE:
        # Words that tell the examples little: what was plainly said decides.
        plainly = {intent: weight * min(1.0, factors.get(intent, 1.0)) for intent, weight in rules.items()}
        ranked.sort(key=lambda pair: -(pair[1] + _PLAINLY * plainly.get(pair[0], 0.0)))
    return tuple(
        Scored(intent=intent, score=round(min(score, 1.0), 3))
        for index, (intent, score) in enumerate(ranked[:4])
        if index == 0 or score >= _LEAST
    )
