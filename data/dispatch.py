"""分送: which district a record belongs to and which line it is about, with the reasons. Pure; a draft.

Jurisdiction follows 令第121号 art. 13 (complaints) and art. 29, 31, 32 (reports). What the facts do not show,
a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from data import reference
from data.dispatch_rules import DispatchRules, LinePart, TopicLine, dispatch_rules
from data.facts import Facts
from data.places import NOWHERE, Place, find_place
from data.reference import Platform
from data.vocabulary import Kind

ADS = "广告"


@dataclass(frozen=True, slots=True)
class Choice:
    """A proposal. target: a code, None where no rule gives one; reasons: in Chinese, naming no person."""

    target: str | None
    rule: str
    confidence: float
    reasons: tuple[str, ...]

    def sure(self, rules: DispatchRules) -> bool:
        """Below the table's mark a person must look."""
        return self.target is not None and self.confidence >= rules.sure


def district_for(facts: Facts) -> Choice:
    """Where the record is to be sent: a district of Shanghai (6 digits), or a province (2 digits)."""
    if facts.kind is Kind.CONSULTATION or facts.kind is None:
        return _no("consultation")
    address, told = find_place(facts.respondent_address), find_place(facts.district)
    if told.code and address.codes and told.code not in address.codes:
        return _no("conflict")
    place = address if address.code else told if told.code else address if address.codes else told
    if len(place.codes) > 1:
        return _no("two_districts")
    platform = None if facts.platform is None else reference.platform_named(facts.platform)
    report = facts.kind is Kind.REPORT
    if report and facts.issue == ADS and platform is not None:
        return _seat(platform, "advertiser")
    if facts.platform is not None:
        return _online(facts, platform, place, report)
    if place.code is None:
        return _no("no_district" if facts.respondent_address or place.shanghai else "no_place")
    exact = place == address != NOWHERE
    if report:
        return _yes("offence" if exact else "offence_told", place)
    return _yes("premises" if exact else "premises_told", place)


def _online(facts: Facts, platform: Platform | None, place: Place, report: bool) -> Choice:
    """A deal on a platform: with the platform itself, or with a merchant in it."""
    if not report and _is_platform(facts, platform):
        return _no("seat_unknown") if platform is None else _seat(platform, "platform_self")
    if place.code is not None:
        return _yes("offence_merchant" if report else "published", place)
    if platform is None:
        return _no("seat_unknown")
    return _seat(platform, "offence_platform" if report else "platform_seat")


def _is_platform(facts: Facts, platform: Platform | None) -> bool:
    """The complaint is about the platform's own conduct: it is named as the other side."""
    if facts.shop is not None or facts.respondent is None:
        return False
    named = reference.platform_named(facts.respondent)
    return named is not None and named == platform


def _seat(platform: Platform, rule: str) -> Choice:
    city = platform.city or ""
    place = find_place(platform.district if city == "上海" else city) if "/" not in city else NOWHERE
    if place.code is None:
        return _no("seat_unknown")
    rules = dispatch_rules()
    sure = rules.seat_confidence[platform.entity_conf]
    return _yes(rule, place, sure)


def _yes(rule: str, place: Place, factor: float = 1.0) -> Choice:
    rules = dispatch_rules()
    made = rules.rules[rule]
    assert place.code is not None
    words = f"办法第{made.article}条：" + made.say.format(place=rules.place_name(place.code))
    return Choice(place.code, rule, round(made.confidence * factor, 2), (words,))


def _no(rule: str) -> Choice:
    return Choice(None, rule, 0.0, (dispatch_rules().rules[rule].say,))


# --- the line -----------------------------------------------------------------------------------


def line_for(facts: Facts) -> Choice:
    """Which regulatory line the record is about: a code of the table's lines or of a part of one."""
    rules = dispatch_rules()
    if facts.kind is Kind.CONSULTATION or facts.kind is None:
        return _no("consultation")
    scored = sorted((_score(line, facts, rules) for line in rules.lines), key=lambda one: -one[0])
    (best, line, why), (second, other, _) = scored[0], scored[1]
    if best == 0:
        default = next(line for line in rules.lines if line.default)
        if facts.kind is Kind.REPORT:
            return Choice(None, "no_line", 0.0, ("看不出是哪一条线，请人工判断",))
        return Choice(default.code, "default", rules.sure, ("没有别的线索，归消费维权",))
    confidence = round(best / (best + second), 2)
    reasons = [f"{line.name}：{'、'.join(why)}"]
    if confidence < rules.sure:
        reasons.append(f"也可能是{other.name}")
    part = _part(line, facts)
    if part is not None:
        reasons.append(part.name)
    return Choice((part or line).code, line.code, confidence, tuple(reasons))


def _score(line: TopicLine, facts: Facts, rules: DispatchRules) -> tuple[int, TopicLine, list[str]]:
    weights, points, why = rules.weights, 0, []
    for weight, value, wanted, label in (
        (weights.intent, facts.intent, line.intents, "来电事由"),
        (weights.safety, facts.safety, line.safety, "三品一特"),
        (weights.issue, facts.issue, line.issues, "问题类别"),
        (weights.goods, facts.goods, line.goods, "客体类别"),
    ):
        if value is not None and value in wanted:
            points += weight
            why.append(label if label == "来电事由" else f"{label}“{value}”")
    if any(getattr(facts, slot) for slot in line.slots):
        points += weights.slot
        why.append("说到的设备、卡或权利")
    text = facts.text
    for word in line.but_not:
        text = text.replace(word, "")
    entity = next((word for word in line.entities if word in text), None)
    cue = next((word for word in line.cues if word in text), None)
    if entity and cue:
        points += weights.entity
        why.append(f"“{entity}”和“{cue}”")
    heard = [word for word in line.words if word in text][:3]
    if heard:
        points += weights.word * len(heard)
        why.append("".join(f"“{word}”" for word in heard))
    if line.online and facts.platform is not None:
        points += weights.online
        why.append("网上交易")
    return points, line, why


def _part(line: TopicLine, facts: Facts) -> LinePart | None:
    def fits(part: LinePart) -> int:
        return (facts.goods in part.goods) + 2 * any(word in facts.text for word in part.words)

    best = max(line.parts, key=fits, default=None)
    return best if best is not None and fits(best) else None
