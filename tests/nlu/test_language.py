"""Another language than Mandarin: asked for, or spoken; never a story that names one."""

from __future__ import annotations

from datetime import date

import pytest

from data.understanding import Asked
from nlu.heard import Heard
from nlu.language import wanted


def heard(text: str) -> Heard:
    return Heard(text, Asked(), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("你会说英语吗", "en"),
        ("能不能讲英文？", "en"),
        ("说英语的客服有吗", "en"),
        ("Hello, can you speak English please", "en"),
        ("I want to complain about a shop", "en"),
        ("会不会讲上海话", "wuu"),
        ("侬会得讲上海闲话伐", "wuu"),
        ("有没有会讲粤语的人", "yue"),
        ("我只会说日语", "ja"),
        ("日本語でお願いします", "ja"),
        ("한국어 가능하세요", "ko"),
        ("Вы говорите по-русски", "ru"),
    ],
)
def test_wanted(text: str, code: str) -> None:
    assert wanted(heard(text)) == code


@pytest.mark.parametrize(
    "text",
    [
        "我报了一个英语培训班，机构关门了，要退费",
        "孩子学英语的课不给退",
        "我在APPLE STORE买的iPhone坏了",
        "说明书是日文的，看不懂",
        "我听不懂你说的话",
        "WiFi OK",
        "",
        "我买了法语会员，不给退款",
        "会员到期了不退钱",
    ],
)
def test_not_wanted(text: str) -> None:
    assert wanted(heard(text)) is None
