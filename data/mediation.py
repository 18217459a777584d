"""多元化解: which way a complaint is proposed to be settled, by the rules of reference/mediation.yaml. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic import Field, model_validator

from data.dispatch import Choice
from data.facts import Facts
from data.reference import Row, Table, WordList, known_goods, load_table
from data.vocabulary import Kind


class Route(Row):
    name: str
    say: str


class RouteRule(Row):
    """Every condition that is written must hold; None or empty: not asked."""

    name: str
    route: str
    say: str
    platform: bool | None = None
    consent: str | None = None
    returned: bool | None = None
    amount_below: float | None = Field(default=None, gt=0)
    injury: bool | None = None
    safety: bool | None = None
    card: bool | None = None
    joint: bool | None = None
    goods: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    words: WordList = ()

    @property
    def always(self) -> bool:
        return not self.model_dump(exclude={"name", "route", "say"}, exclude_defaults=True)

    def holds(self, facts: Facts, joint: bool) -> bool:
        """An amount nobody named is below no limit, unless the rule asks for none."""
        flags = (
            (self.platform, facts.platform is not None),
            (self.returned, facts.returned is not None),
            (self.injury, facts.injury is not None),
            (self.safety, facts.safety is not None),
            (self.card, facts.card_type is not None),
            (self.joint, joint),
        )
        return (
            all(wanted is None or wanted is there for wanted, there in flags)
            and (self.consent is None or self.consent in facts.consents)
            and (self.amount_below is None or (facts.amount is not None and facts.amount < self.amount_below))
            and (not self.goods or facts.goods in self.goods)
            and (not self.issues or facts.issue in self.issues)
            and (not self.trades or facts.trade in self.trades)
            and (not self.words or any(word in facts.told for word in self.words))
        )


class Mediation(Table):
    routes: dict[str, Route]
    rules: tuple[RouteRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> Mediation:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        for rule in self.rules:
            if rule.route not in self.routes:
                yield f"rule {rule.name}: no route {rule.route}"
            for name in set(rule.goods) - known_goods():
                yield f"rule {rule.name}: no category {name}"
        if not self.rules or not self.rules[-1].always:
            yield "the last rule must hold always"
        if any(rule.always for rule in self.rules[:-1]):
            yield "a rule without conditions hides those after it"

    def route(self, name: str) -> str | None:
        """A route's code, by code or name."""
        return next((code for code, one in self.routes.items() if name in (code, one.name)), None)


@cache
def mediation() -> Mediation:
    return load_table("mediation", Mediation)


def route_for(facts: Facts, joint: bool = False) -> Choice | None:
    """The proposed way; None for what is no complaint. joint: part of a joint complaint."""
    if facts.kind is not Kind.COMPLAINT:
        return None
    rule = next(rule for rule in mediation().rules if rule.holds(facts, joint))
    return Choice(rule.route, rule.name, 1.0, (rule.say,))
