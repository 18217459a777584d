"""Gateways that leave things out: marks, silence, the end of a hang-up."""

from __future__ import annotations

import asyncio

import data.events as ev
from data.vocabulary import ConsentStatus, Outcome
from tests.agent.edges.conftest import ASK, GREETING, OFFER, STORY, Desk, loop_time
from tests.agent.edges.fakes import Line


async def test_a_line_without_marks_comes_to_its_end(desk: Desk) -> None:
    line = desk.take(Line(marks=False))
    began = loop_time()
    await desk.sees(ev.PromptEnded, 1)
    ended = loop_time()
    played = line.sounded(GREETING[-1])[-1]
    assert ended - played < 1.8 and ended > began
    await desk.asks_for_story(line)
    line.say(STORY)
    await desk.hears(line, OFFER)
    asked = line.sounded(OFFER)[-1]
    await desk.sees(ev.PromptEnded, 3)
    assert loop_time() - asked < 0.5  # by now it is known that none come
    line.say("对")
    await desk.hears(line, "都对吗？")
    line.say("对")
    await desk.hears(line, "您同意吗？")
    line.say("可以")
    await desk.over()
    assert line.spoken[-1] == "再见。"
    record = desk.store.record("c1")
    assert record.status == "lodged"
    assert [c.standing for c in record.consents] == [ConsentStatus.GIVEN]


async def test_a_gateway_that_suppresses_silence(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.hush()
    asked = loop_time()
    await desk.sees(ev.SilenceHeard)
    assert loop_time() - asked < 5
    await desk.hears(line, ASK)
    line.say(STORY)
    await desk.hears(line, OFFER)
    line.say("嗯", ms=100)  # a held question goes on without a packet of his
    await desk.sees(ev.SilenceHeard, 2)


async def test_a_silent_line_is_asked_again_and_closed(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.over()
    assert [t for t in line.spoken if t in ("没听到。", "还是没听到。")][:2] == ["没听到。", "还是没听到。"]
    assert line.spoken[-2:] == ["没有声音，", "再见。"]
    assert desk.store.call("c1").outcome is Outcome.INCOMPLETE
    assert len(desk.of(ev.PromptEnded)) == len(desk.of(ev.PromptSaid))


async def test_a_hang_up_that_never_comes_back(desk: Desk) -> None:
    line = desk.take(Line(answers_hang_up=False))
    await desk.asks_for_story(line)
    line.say("转人工")
    await desk.over()
    assert line.spoken[-1] == "再见。"
    assert desk.store.call("c1").outcome is Outcome.NO_DESK
    line.hangs_up()


async def test_two_calls_share_nothing(desk: Desk) -> None:
    one, two = (
        desk.take(Line("one", caller_no="13900000001")),
        desk.take(Line("two", caller_no="13900000002")),
    )
    await desk.asks_for_story(one)
    one.say(STORY)
    await desk.hears(one, "打尾号0001可以吗？")
    two.say("转人工")
    await desk.hears(two, "为您转人工。")
    assert "为您转人工。" not in one.spoken and OFFER not in two.spoken
    await asyncio.sleep(0.5)
    one.say("对")
    await desk.hears(one, "都对吗？")
    one.hangs_up()
    await desk.over()
    assert desk.store.call("one").outcome is Outcome.INCOMPLETE
    assert desk.store.call("two").outcome is Outcome.NO_DESK
    assert {c.call_id: c.phone for c in desk.store.pending_callbacks()} == {
        "one": "13900000001",
        "two": "13900000002",
    }
    said = {line.id: {e.text for e in desk.of(ev.WordsHeard, line.id)} for line in (one, two)}
    assert said == {"one": {STORY, "对"}, "two": {"转人工"}}
    assert all(desk.store.verify(name).whole for name in ("one", "two"))
