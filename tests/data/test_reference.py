"""The tables are whole, agree with each other, and say what may be spoken."""

from __future__ import annotations

import pytest

from data import reference
from data.vocabulary import Emergency


def test_every_table_says_where_it_comes_from() -> None:
    for table in (
        reference.platforms(),
        reference.districts(),
        reference.issues(),
        reference.categories(),
        reference.products(),
        reference.venues(),
        reference.demands(),
        reference.lines(),
        reference.emergency_numbers(),
        reference.surnames(),
        reference.calendar(),
        reference.sound_alikes(),
    ):
        assert table.source
        assert table.date.year >= 2026


def test_sixteen_districts_with_their_codes() -> None:
    districts = reference.districts().districts
    assert len(districts) == 16
    assert len({district.code for district in districts}) == 16
    assert all(district.code.startswith("310") for district in districts)


@pytest.mark.parametrize(
    ("said", "name"),
    [("PDD", "拼多多"), ("pdd", "拼多多"), ("抖音", "抖音电商"), ("饿了么", "饿了么（淘宝闪购）")],
)
def test_platform_named(said: str, name: str) -> None:
    platform = reference.platform_named(said)
    assert platform is not None
    assert platform.name == name


@pytest.mark.parametrize(("said", "name"), [("卢湾", "黄浦区"), ("310115", "浦东新区"), ("闵行", "闵行区")])
def test_district_named(said: str, name: str) -> None:
    district = reference.district_named(said)
    assert district is not None
    assert district.name == name


def test_unknown_names_are_none() -> None:
    assert reference.platform_named("没有这个") is None
    assert reference.district_named("苏州") is None


def test_no_spelling_means_two_platforms() -> None:
    spellings = [
        spelling.lower() for platform in reference.platforms().platforms for spelling in platform.spellings
    ]
    assert len(spellings) == len(set(spellings))


def test_categories_of_products_and_businesses_exist() -> None:
    table = reference.categories()
    known = set(table.goods) | {service.name for service in table.services}
    products = reference.products()
    used = {group.category for group in (*products.products, *products.services)}
    used |= {venue.category for venue in reference.venues().venues}
    assert used <= known


def test_only_signed_off_numbers_may_be_spoken() -> None:
    assert reference.may_speak("120")
    assert reference.may_speak("12315")
    assert not reference.may_speak("400-8822-528")
    assert not reference.may_speak("10086")


def test_every_emergency_with_a_number_has_a_signed_one() -> None:
    signed = {
        emergency
        for row in reference.emergency_numbers().numbers
        if row.signed_off
        for emergency in row.emergencies
    }
    assert signed >= {
        Emergency.TRAPPED,
        Emergency.POISONING,
        Emergency.FIRE,
        Emergency.THREAT,
        Emergency.SELF_HARM,
        Emergency.EQUIPMENT,
    }
