"""The matters asked for by name: two in one breath are two."""

from __future__ import annotations

from datetime import date

import pytest

from data.understanding import Asked
from data.vocabulary import Intent
from nlu.heard import Heard
from nlu.outright import matters

ONLINE, OTHER = Intent.COMPLAINT_ONLINE, Intent.COMPLAINT_OTHER
FOOD, REPORT = Intent.REPORT_FOOD, Intent.REPORT_OTHER


def asked_for(text: str, *intents: Intent, safety: str | None = None) -> tuple[Intent, ...]:
    return matters(Heard(text, Asked(), date(2026, 11, 24)), intents, (), safety)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我要投诉，还要举报这家店卖假货", (OTHER, REPORT)),
        ("我要举报他们，另外我也要投诉", (REPORT, OTHER)),
        ("我要举报一家饭店", (REPORT,)),
        ("我要投诉", (OTHER,)),
        ("我在网上买的鞋坏了", ()),
        ("我不投诉，我要举报", (REPORT,)),
        ("我打过举报电话没用，我要投诉", (OTHER,)),
        ("上次投诉到现在没有回音", ()),
        ("我要投诉举报一家饭店", ()),
        ("", ()),
    ],
)
def test_by_name(text: str, found: tuple[Intent, ...]) -> None:
    assert asked_for(text) == found


def test_what_it_is_about_is_the_likeliest_of_its_kind() -> None:
    assert asked_for("我要投诉，还要举报", FOOD, ONLINE) == (ONLINE, FOOD)
    assert asked_for("我要举报", ONLINE, safety="食品") == (FOOD,)
