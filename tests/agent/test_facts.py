"""What a condition can read of a call: the facts the language names, all of them, as they were when it began."""

from __future__ import annotations

from datetime import datetime

import pytest

import data.events as ev
from agent.china_time import CHINA
from agent.facts import facts
from agent.state import CallState, fold
from data.vocabulary import Slot
from dialogs.conditions import parse
from dialogs.schema import FACTS


def answered(started_at: datetime, draw: float = 0.0) -> CallState:
    return fold(
        [
            ev.CallAnswered(
                call_id="c", line="12315", caller_no=None, script="v", started_at=started_at, draw=draw
            )
        ]
    )


def test_every_fact_of_the_language_is_there() -> None:
    known = facts(CallState())
    slots = {slot.value for slot in Slot}
    assert {name for name in known if ":" not in name and name not in slots} == set(FACTS)


@pytest.mark.parametrize(
    ("started_at", "closed"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=CHINA), False),
        (datetime(2026, 11, 24, 7, 59, tzinfo=CHINA), True),
        (datetime(2026, 11, 24, 20, 0, tzinfo=CHINA), True),
        (datetime(2026, 10, 1, 9, 0, tzinfo=CHINA), True),
        (datetime(2026, 11, 22, 9, 0, tzinfo=CHINA), True),
    ],
)
def test_hours_and_holidays(started_at: datetime, closed: bool) -> None:
    condition = parse("not workday or hour < 8 or hour >= 20")
    assert condition.holds(facts(answered(started_at))) is closed


def test_the_day_of_the_week() -> None:
    tuesday = facts(answered(datetime(2026, 11, 24, 9, 0, tzinfo=CHINA)))
    assert parse("weekday == 2").holds(tuesday) and not parse("weekday > 5").holds(tuesday)


@pytest.mark.parametrize(("draw", "first"), [(0.0, True), (0.49, True), (0.5, False), (0.99, False)])
def test_half_of_all_calls(draw: float, first: bool) -> None:
    state = answered(datetime(2026, 11, 24, 9, 0, tzinfo=CHINA), draw)
    assert parse("draw < 0.5").holds(facts(state)) is first
