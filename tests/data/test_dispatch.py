"""Jurisdiction and line, with their reasons; what the facts do not show goes to a person."""

from __future__ import annotations

import pytest

from data.dispatch import district_for, line_for
from data.dispatch_rules import dispatch_rules
from data.facts import Facts
from data.vocabulary import Kind

COMPLAINT, REPORT = Kind.COMPLAINT, Kind.REPORT
RULES = dispatch_rules()


@pytest.mark.parametrize(
    ("facts", "target", "rule"),
    [
        (Facts(COMPLAINT, respondent_address="静安区南京西路1266号"), "310106", "premises"),
        (Facts(COMPLAINT, district="闵行区"), "310112", "premises_told"),
        (Facts(COMPLAINT, respondent_address="静安区南京西路1号", district="静安区"), "310106", "premises"),
        (Facts(COMPLAINT, platform="拼多多", shop="优品店"), "310105", "platform_seat"),
        (Facts(COMPLAINT, platform="拼多多", shop="优品店", respondent_address="苏州市"), "32", "published"),
        (Facts(COMPLAINT, platform="拼多多", respondent="PDD"), "310105", "platform_self"),
        (Facts(COMPLAINT, platform="淘宝", shop="优品店"), "33", "platform_seat"),
        (Facts(COMPLAINT, platform="淘宝", shop="优品店", district="奉贤区"), "310120", "published"),
        (Facts(REPORT, district="杨浦区"), "310110", "offence_told"),
        (Facts(REPORT, respondent_address="松江区九亭镇1号"), "310117", "offence"),
        (
            Facts(REPORT, platform="淘宝", shop="优品店", respondent_address="嘉定区"),
            "310114",
            "offence_merchant",
        ),
        (Facts(REPORT, platform="小红书", issue="广告"), "310101", "advertiser"),
        (
            Facts(REPORT, platform="小红书", issue="广告", respondent_address="嘉定区安亭"),
            "310101",
            "advertiser",
        ),
    ],
)
def test_the_rules_of_jurisdiction(facts: Facts, target: str, rule: str) -> None:
    choice = district_for(facts)
    assert (choice.target, choice.rule) == (target, rule)
    assert choice.sure(RULES)
    assert (
        RULES.place_name(target) in choice.reasons[0]
        and f"第{RULES.rules[rule].article}条" in choice.reasons[0]
    )


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (Facts(COMPLAINT), "no_place"),
        (Facts(COMPLAINT, respondent_address="上海市某某路1号"), "no_district"),
        (Facts(COMPLAINT, district="虹桥"), "two_districts"),
        (Facts(COMPLAINT, respondent_address="静安区南京西路1号", district="徐汇区"), "conflict"),
        (Facts(COMPLAINT, platform="没听过的网", shop="优品店"), "seat_unknown"),
        (Facts(COMPLAINT, platform="抖音电商", shop="优品店"), "seat_unknown"),  # two seats in the table
        (Facts(COMPLAINT, platform="盒马", shop="盒马"), "seat_unknown"),  # Shanghai, but no district there
        (Facts(Kind.CONSULTATION, district="静安区"), "consultation"),
    ],
)
def test_what_is_unclear_goes_to_a_person(facts: Facts, rule: str) -> None:
    choice = district_for(facts)
    assert (choice.target, choice.rule) == (None, rule)
    assert not choice.sure(RULES) and choice.reasons


def test_a_platform_in_doubt_is_only_a_suggestion() -> None:
    choice = district_for(Facts(COMPLAINT, platform="闲鱼", shop="优品店"))
    assert choice.target == "33" and not choice.sure(RULES)


@pytest.mark.parametrize(
    ("facts", "line", "five"),
    [
        (Facts(REPORT, intent="report_food", told="饭店后厨有蟑螂"), "food_catering", "12331"),
        (Facts(COMPLAINT, issue="食品安全", goods="保健食品"), "food_special", "12331"),
        (Facts(COMPLAINT, goods="化妆品", told="化妆品过敏"), "drugs", "12331"),
        (Facts(REPORT, device="电梯", told="小区电梯老是故障"), "equipment", "12365"),
        (Facts(REPORT, intent="report_price", told="没有明码标价"), "price", "12358"),
        (Facts(REPORT, ip_type="商标", intent="report_ip"), "ip", "12330"),
        (Facts(COMPLAINT, issue="合同", card_type="健身卡"), "contract", "12315"),
        (Facts(COMPLAINT, issue="质量", told="羽绒服开胶", platform="拼多多"), "quality", "12365"),
        (Facts(COMPLAINT, platform="淘宝", told="七天无理由不给退"), "online", "12315"),
        (Facts(COMPLAINT, issue="计量"), "metrology", "12365"),
    ],
)
def test_lines(facts: Facts, line: str, five: str) -> None:
    choice = line_for(facts)
    assert (choice.target, RULES.five(line)) == (line, five)
    assert choice.sure(RULES) and choice.reasons


@pytest.mark.parametrize("told", ["压力锅坏了不给修", "电梯广告太吵了", "我在电梯里遇到他"])
def test_one_word_is_no_special_equipment(told: str) -> None:
    assert line_for(Facts(COMPLAINT, told=told)).target != "equipment"


def test_without_evidence_a_complaint_has_the_default_line_and_a_report_a_person() -> None:
    assert line_for(Facts(COMPLAINT)).target == "consumer"
    assert line_for(Facts(REPORT)).target is None


def test_two_lines_alike_are_unsure_and_both_are_named() -> None:
    choice = line_for(Facts(REPORT, issue="价格", ip_type="商标"))
    assert not choice.sure(RULES) and any("也可能是" in reason for reason in choice.reasons)
