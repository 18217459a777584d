"""A line that goes dead in the middle of a complaint: rung again, the call goes on where it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

import data.events as ev
from data.store import Store
from data.vocabulary import Outcome, Slot
from tests.agent.edges.conftest import ASK, GREETING, OFFER, STORY, Desk, brisk_script
from tests.agent.edges.fakes import Line

QUESTION = ["刚才您投诉的事，", "要接着说吗？"]


async def _drops(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.hears(line, ASK)
    line.say(STORY)
    await desk.hears(line, OFFER)
    line.hangs_up()
    await desk.over()
    assert desk.store.record("c1").status == "incomplete"


async def test_the_second_call_ends_in_the_one_record(desk: Desk) -> None:
    await _drops(desk)
    line = desk.take(Line(id="c2"))
    await desk.hears(line, QUESTION[1])
    assert line.spoken == [*GREETING, *QUESTION], "the notice again, then the question"
    line.say("对")
    await desk.hears(line, OFFER)
    assert ASK not in line.spoken and "多少钱？" not in line.spoken
    line.say("对")
    await desk.hears(line, "都对吗？")
    line.say("对")
    await desk.hears(line, "您同意吗？")
    line.say("可以")
    await desk.over()
    [record] = desk.store.records()
    assert (record.status, record.call_id) == ("lodged", "c2")
    assert desk.store.pending_callbacks() == []
    platform = desk.store.record("c2").draft.field(Slot.PLATFORM)
    assert platform is not None and platform.earlier is not None
    assert platform.earlier.call_id == "c1"
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE, "what was, was"


@pytest.mark.parametrize("caller_no", [None, "13900001111"])
async def test_another_number_begins_anew(desk: Desk, caller_no: str | None) -> None:
    await _drops(desk)
    line = desk.take(Line(id="c2", caller_no=caller_no))
    await desk.hears(line, ASK)
    assert line.spoken == [*GREETING, ASK]
    line.hangs_up()
    await desk.over()


async def test_a_script_without_the_rule_begins_anew(desk: Desk) -> None:
    await _drops(desk)
    script = brisk_script(resume=None)
    desk.kit = replace(desk.kit, script=lambda: script)
    line = desk.take(Line(id="c2"))
    await desk.hears(line, ASK)
    assert line.spoken == [*GREETING, ASK]
    line.hangs_up()
    await desk.over()


async def test_a_look_that_fails_is_no_reason_not_to_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a bug")

    await _drops(desk)
    monkeypatch.setattr(Store, "dropped_call", broken)
    line = desk.take(Line(id="c2"))
    await desk.hears(line, ASK)
    line.hangs_up()
    await desk.over()
    [answered] = desk.of(ev.CallAnswered, "c2")
    assert isinstance(answered, ev.CallAnswered) and answered.earlier is None
