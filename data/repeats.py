"""催办, 补充, 重复, 多头 or 新事项: how a record stands to an earlier one of the same caller. Pure.

A relation is a note for the office; it refuses nothing and closes nothing (令第121号 art. 16(2), 35: a person does).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.matching import account_likeness, careless_sound, respondent_name, sound_likeness
from data.repeat_rules import RepeatRules, repeat_rules
from data.values import platform as platform_name
from data.vocabulary import Intent, Kind


class Relation(StrEnum):
    URGE = "催办"
    SUPPLEMENT = "补充"
    REPEATED_COMPLAINT = "重复投诉"
    REPEATED_REPORT = "重复举报"
    OTHER_CHANNEL = "多头"
    NEW_MATTER = "新事项"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared. caller: equal for the same person (a keyed hash), None unknown; channel: 12315, 12345 …;
    evidence: what the record brings beside the account (slots' names)."""

    record_id: str
    call_id: str
    at: datetime
    kind: Kind
    caller: str | None
    channel: str = "12315"
    intent: str | None = None
    platform: str | None = None
    respondent: str | None = None
    order_no: str | None = None
    amount: float | None = None
    product: str | None = None
    account: str = ""
    evidence: frozenset[str] = frozenset()
    case_no: str | None = None
    names_case: str | None = None
    """A case number the caller named."""


@dataclass(frozen=True, slots=True)
class Related:
    other: str
    relation: Relation
    reasons: tuple[str, ...]


def relate(new: Traits, earlier: Iterable[Traits], rules: RepeatRules | None = None) -> Related | None:
    """How `new` stands to the newest earlier record of the same matter, else of the same respondent."""
    rules = rules or repeat_rules()
    other: Related | None = None
    for old in sorted(earlier, key=lambda one: one.at, reverse=True):
        found = _relate(new, old, rules)
        if found is not None and found.relation is not Relation.NEW_MATTER:
            return found
        other = other or found
    return other


def _relate(new: Traits, old: Traits, rules: RepeatRules) -> Related | None:
    if new.caller is None or new.caller != old.caller or new.record_id == old.record_id:
        return None
    if not timedelta(0) <= new.at - old.at <= timedelta(days=rules.window_days):
        return None
    if new.kind is not old.kind or new.kind is Kind.CONSULTATION:
        return None  # a 投诉 and a 举报 of one matter are handled apart (art. 9)
    reasons = _same_matter(new, old, rules)
    if reasons is None:
        named = _respondent(new, old, rules)
        if named and not _platforms_differ(new, old) and new.call_id != old.call_id:
            return Related(old.record_id, Relation.NEW_MATTER, ("同一来电人、同一经营者，事情不同",))
        return None
    relation, why = _which(new, old, rules)
    return Related(old.record_id, relation, ("同一来电人", *reasons, why))


def _same_matter(new: Traits, old: Traits, rules: RepeatRules) -> tuple[str, ...] | None:
    """Why both are one matter; None when they are not."""
    if new.names_case is not None and old.case_no is not None and old.case_no.endswith(new.names_case):
        return ("说了原来的登记编号",)
    if new.order_no and old.order_no:
        return ("订单号相同",) if new.order_no == old.order_no else None
    named = _respondent(new, old, rules)
    if named is False or _platforms_differ(new, old):
        return None
    likeness = account_likeness(new.account, old.account)
    amounts = None if new.amount is None or old.amount is None else abs(new.amount - old.amount) < 0.01
    products = new.product is not None and new.product == old.product
    reasons = ("经营者相同或者音近",) if named else ()
    if amounts is False:
        return (*reasons, "事情的说法相近") if named and likeness >= rules.account_alone else None
    if amounts and (named or likeness >= rules.account):
        return (*reasons, "金额相同")
    if named and products and likeness >= rules.account / 2:
        return (*reasons, "买的是同一样东西")
    if likeness >= (rules.account if named else rules.account_alone):
        return (*reasons, "事情的说法相近")
    urges = any(word in new.account for word in (*rules.urging, *rules.adding))
    return (*reasons, "没有说别的事情") if named and urges and not new.product and amounts is None else None


def _respondent(new: Traits, old: Traits, rules: RepeatRules) -> bool | None:
    """Whether both name the same respondent; None when one names none."""
    if new.respondent is None or old.respondent is None:
        return None
    left, right = (careless_sound(respondent_name(one.respondent or "")) for one in (new, old))
    return sound_likeness(left, right) >= rules.respondent


def _platforms_differ(new: Traits, old: Traits) -> bool:
    return (
        new.platform is not None
        and old.platform is not None
        and platform_name(new.platform) != platform_name(old.platform)
    )


def _which(new: Traits, old: Traits, rules: RepeatRules) -> tuple[Relation, str]:
    if new.channel != old.channel:
        return Relation.OTHER_CHANNEL, f"另一张单来自{old.channel}"
    added = next((word for word in rules.adding if word in new.account), None)
    if added is not None:
        return Relation.SUPPLEMENT, f"说了“{added}”"
    if new.intent == Intent.URGE.value or any(word in new.account for word in rules.urging):
        return Relation.URGE, "在问进度、催办理"
    more = new.evidence - old.evidence
    if more:
        return Relation.SUPPLEMENT, "带来了原来没有的信息"
    if new.kind is Kind.REPORT:
        return Relation.REPEATED_REPORT, "没有新的事实"
    return Relation.REPEATED_COMPLAINT, "没有新的事实"
