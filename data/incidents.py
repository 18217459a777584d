"""群体事件: whether one respondent's records within a sliding window are to be told to the duty officer. Pure.

Callers are counted, not records: one number's records are one, and numbers that share an address are one
(令第121号 art. 17). What is not counted is shown beside the count. Nothing happens to any record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.incident_rules import IncidentRule, IncidentRules

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Member:
    """One record of the cluster. caller and address: keyed hashes, None unknown."""

    record_id: str
    at: datetime
    caller: str | None = None
    address: str | None = None
    people: int | None = None
    amount: float | None = None
    closing: bool = False
    safety: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """rules: names of those that hold. callers: counted; multiples: records of a caller counted already;
    unnamed: records without a number, not counted. amount: yuan in all; people: the largest crowd named."""

    rules: tuple[str, ...]
    level: str
    points: int
    records: int
    callers: int
    multiples: int
    unnamed: int
    people: int
    amount: float
    closing: bool
    safety: bool
    first: datetime
    last: datetime


def look(members: Iterable[Member], at: datetime, rules: IncidentRules) -> Found | None:
    """What the cluster is at `at`, whose record came then; None: nothing to tell."""
    before = [member for member in members if member.at <= at]
    held = [
        (rule, inside)
        for rule in rules.rules
        if (inside := _inside(before, at, rule)) and _holds(rule, inside)
    ]
    if not held:
        return None
    widest = max((inside for _, inside in held), key=len)
    return _figures(tuple(rule.name for rule, _ in held), widest, rules)


def _inside(members: Sequence[Member], at: datetime, rule: IncidentRule) -> list[Member]:
    """The window is half open: a record exactly `hours` old is out."""
    since = at - timedelta(hours=rule.hours)
    return [
        member
        for member in members
        if member.at > since
        and (member.closing or not rule.closing)
        and (member.safety or not rule.safety)
        and (rule.people is None or (member.people or 0) >= rule.people)
    ]


def _holds(rule: IncidentRule, inside: Sequence[Member]) -> bool:
    if rule.people is not None:
        return True  # one call that tells of a crowd is enough, whoever calls
    return callers(inside) >= rule.callers


def callers(members: Iterable[Member]) -> int:
    """Distinct callers: groups of numbers that no address connects."""
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    numbers = set()
    for member in members:
        if member.caller is None:
            continue
        numbers.add(member.caller)
        mine = root(f"caller/{member.caller}")
        if member.address is not None:
            group[mine] = root(f"address/{member.address}")
    return len({root(f"caller/{number}") for number in numbers})


def _figures(names: tuple[str, ...], inside: Sequence[Member], rules: IncidentRules) -> Found:
    counted = callers(inside)
    unnamed = sum(member.caller is None for member in inside)
    people = max((member.people or 0 for member in inside), default=0)
    amount = sum(member.amount or 0.0 for member in inside)
    first, last = min(member.at for member in inside), max(member.at for member in inside)
    closing = any(member.closing for member in inside)
    levels = rules.levels
    speed = counted / max(1.0, (last - first) / HOUR)
    points = (
        _points(levels.callers, counted)
        + _points(levels.people, people)
        + _points(levels.amount, amount)
        + _points(levels.per_hour, speed)
        + (levels.closing if closing else 0)
    )
    level = max(
        (name for name, mark in levels.marks.items() if points >= mark), key=lambda name: levels.marks[name]
    )
    return Found(
        rules=names,
        level=level,
        points=points,
        records=len(inside),
        callers=counted,
        multiples=len(inside) - unnamed - counted,
        unnamed=unnamed,
        people=people,
        amount=amount,
        closing=closing,
        safety=any(member.safety for member in inside),
        first=first,
        last=last,
    )


def _points(steps: Mapping[int, int], figure: float) -> int:
    return max((points for step, points in steps.items() if figure >= step), default=0)


def to_tell(found: Found, crime: bool, rules: IncidentRules) -> tuple[str, ...]:
    """Who should hear of it: a proposal."""
    told: dict[str, None] = {}
    for holds, offices in (
        (crime, rules.tell.crime),
        (found.closing, rules.tell.closing),
        (found.safety, rules.tell.safety),
        (True, rules.tell.rest),
    ):
        if holds:
            told |= dict.fromkeys(offices)
    return tuple(told)
