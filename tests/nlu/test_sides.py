"""Whose business it is: the caller's own deal, what he saw done to others, or only a question."""

from __future__ import annotations

from datetime import date

import pytest

from data.understanding import Asked
from data.vocabulary import Intent, Slot
from nlu.understander import Understander

TODAY = date(2026, 11, 23)


def intent(reader: Understander, text: str) -> Intent | None:
    return reader.understand(text, asked=Asked(), today=TODAY).intent


def values(reader: Understander, text: str) -> dict[Slot, object]:
    understood = reader.understand(text, asked=Asked(), today=TODAY)
    return {finding.slot: finding.value for finding in understood.findings}


@pytest.mark.parametrize(
    "text",
    [
        "楼下汽修店换了个轮胎收我九百五，网上一查才四百",
        "我投诉一家面馆，面里吃出蟑螂",
        "菜场的老板卖我的鸡是死鸡，回家一股怪味，我要他赔",
        "洗衣店把我羊绒大衣洗缩水了，给我二十块打发我",
        "电梯公寓的租客，中介不退我押金",
    ],
)
def test_his_own_money_makes_a_complaint_whatever_the_goods(reader: Understander, text: str) -> None:
    assert intent(reader, text) is Intent.COMPLAINT_OTHER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我在一家烘焙厂干活，鸡蛋液过期了还往里倒", Intent.REPORT_FOOD),
        ("火锅店的毛肚是用药水发的，我以前是他们厨师", Intent.REPORT_FOOD),
        ("小区停车场没有任何公示就涨到一小时十五", Intent.REPORT_PRICE),
        ("我以前的合伙人拿我们的图纸去开厂了", Intent.REPORT_IP),
        ("厂里的叉车刹车不灵，司机没有证", Intent.REPORT_SPECIAL_EQUIPMENT),
    ],
)
def test_what_he_saw_is_a_report_without_the_word(reader: Understander, text: str, expected: Intent) -> None:
    assert intent(reader, text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "气瓶几年检一次",
        "举报人的信息会不会泄露给商家",
        "外地买的东西能不能在上海投诉",
        "饭店收开瓶费合不合法",
    ],
)
def test_a_question_about_the_rules_asks_for_nothing(reader: Understander, text: str) -> None:
    assert intent(reader, text) is Intent.CONSULT
    assert Slot.DEMAND not in values(reader, text)


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("在淘宝买的书包拉链坏了，卖家不肯退", ("退还货款和服务费用",)),
        ("在京东买的台灯不亮，我就是要退", ("退还货款和服务费用",)),
        ("商场买的皮鞋开胶，店里不肯换", ("更换",)),
        ("商场买的洗衣机修过三次了，我要求换一台新的", ("更换",)),
    ],
)
def test_a_refusal_told_is_the_demand(reader: Understander, text: str, demand: tuple[str, ...]) -> None:
    assert values(reader, text)[Slot.DEMAND] == demand


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我要投诉一家店，叫老巷子馄饨，在虹口", "老巷子馄饨"),
        ("松江那个飞跃健身，锁门了，我卡里还有两千", "飞跃健身"),
        ("京东买的纸尿裤，叫小葵花母婴馆，漏尿", "小葵花母婴馆"),
    ],
)
def test_a_shop_is_known_by_how_its_name_ends(reader: Understander, text: str, name: str) -> None:
    found = values(reader, text)
    assert name in (found.get(Slot.RESPONDENT), found.get(Slot.SHOP))


@pytest.mark.parametrize("text", ["宠物医院给狗打错了针不认账", "口腔诊所的牙套戴断了不管"])
def test_a_kind_of_business_is_no_name(reader: Understander, text: str) -> None:
    assert not {Slot.RESPONDENT, Slot.SHOP} & values(reader, text).keys()


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("大众点评上买的火锅券，到店不认", "火锅券"),
        ("在淘宝买了衣服，两件衬衫，全是线头，要退", "衬衫"),
        ("拿我的手机给我妈在拼多多买的保温杯漏水", "保温杯"),
    ],
)
def test_the_narrower_thing_is_the_product(reader: Understander, text: str, product: str) -> None:
    assert values(reader, text)[Slot.PRODUCT] == product


def test_where_he_lives_is_not_where_it_happened(reader: Understander) -> None:
    found = values(reader, "我叫林小满，住长宁区仙霞路五十号，在京东买的锅掉漆，要退")
    assert Slot.DISTRICT not in found
    assert Slot.RESPONDENT_ADDRESS not in found
    assert found[Slot.ADDRESS] == "长宁区仙霞路50号"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("我在一家烘焙厂干活，鸡蛋液过期了还往里倒", "食品"),
        ("厂里的叉车刹车不灵，司机没有证", "特种设备"),
        ("气瓶几年检一次", None),
    ],
)
def test_safety_follows_the_line_of_a_report(reader: Understander, text: str, flag: str | None) -> None:
    assert reader.understand(text, asked=Asked(), today=TODAY).flags.safety_flag == flag
