"""Which way a complaint is proposed to be settled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from data.facts import Facts
from data.mediation import Mediation, mediation, route_for
from data.vocabulary import Kind

ONLINE = Facts(
    Kind.COMPLAINT,
    platform="拼多多",
    amount=399,
    consents=frozenset({"refer_to_platform"}),
    told="羽绒服开胶",
)


@pytest.mark.parametrize(
    ("facts", "route", "rule"),
    [
        (ONLINE, "company_first", "company"),
        (replace(ONLINE, consents=frozenset()), "administrative", "rest"),
        (replace(ONLINE, amount=None), "administrative", "rest"),
        (replace(ONLINE, amount=50000), "administrative", "rest"),
        (replace(ONLINE, returned="refused"), "administrative", "returned"),
        (replace(ONLINE, injury="烫伤"), "administrative", "injury"),
        (replace(ONLINE, told="我今年七十三了，不会用手机"), "administrative", "elderly"),
        (Facts(Kind.COMPLAINT, card_type="健身卡"), "association", "prepaid"),
        (Facts(Kind.COMPLAINT, goods="教育、培训服务"), "association", "education"),
        (Facts(Kind.COMPLAINT, goods="旅游服务"), "industry", "property"),
        (Facts(Kind.COMPLAINT, goods="餐饮和住宿服务", amount=80), "people", "neighbours"),
        (Facts(Kind.COMPLAINT), "administrative", "rest"),
    ],
)
def test_routes(facts: Facts, route: str, rule: str) -> None:
    choice = route_for(facts)
    assert choice is not None
    assert (choice.target, choice.rule) == (route, rule)
    assert choice.reasons[0]


def test_a_joint_complaint_is_settled_in_one_hand() -> None:
    choice = route_for(replace(ONLINE), joint=True)
    assert choice is not None and choice.rule == "joint"


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.CONSULTATION, None])
def test_only_complaints_are_mediated(kind: Kind | None) -> None:
    assert route_for(replace(ONLINE, kind=kind)) is None


def test_company_first_needs_a_consent_in_every_rule() -> None:
    for rule in mediation().rules:
        assert rule.route != "company_first" or rule.consent is not None


def test_the_table_names_its_mistakes() -> None:
    table = mediation().model_dump()
    table["rules"][0]["route"] = "nowhere"
    table["rules"] = table["rules"][:-1]
    with pytest.raises(ValidationError, match=r"no route nowhere.*last rule must hold always"):
        Mediation.model_validate(table)
