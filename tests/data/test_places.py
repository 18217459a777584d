"""Where an address lies: districts, provinces, and names that only begin a road's."""

from __future__ import annotations

import pytest

from data.places import find_place


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("长宁区仙霞路139弄8号", ("310105",)),
        ("闵行", ("310112",)),
        ("陆家嘴", ("310115",)),
        ("江苏省苏州市工业园区", ("32",)),
        ("杭州市余杭区", ("33",)),
        ("合肥", ("34",)),
        ("上海市宝山路20号", ()),
        ("北京西路100号", ()),
        ("金山大道5号", ()),
        ("南京西路1266号", ("310106",)),
        ("浦东新区北京东路", ("310115",)),
        ("虹桥", ("310105", "310112")),
        ("长宁区虹桥路1号", ("310105",)),
        ("彭浦那边", ("310106", "310113")),
        ("某某路五号", ()),
        (None, ()),
    ],
)
def test_where_it_lies(text: str | None, codes: tuple[str, ...]) -> None:
    assert find_place(text).codes == codes


def test_shanghai_without_a_district_is_still_shanghai() -> None:
    assert find_place("上海市某某路1号").shanghai
    assert not find_place("苏州市某某路1号").shanghai
