"""Speaking while the seat speaks: how fast it stops, what goes on, what is kept."""

from __future__ import annotations

import asyncio

import data.events as ev
from tests.agent.edges.conftest import ASK, GREETING, OFFER, STORY, Desk
from tests.agent.edges.fakes import Line, packets


async def test_a_voice_stops_the_seat_within_300_ms(desk: Desk) -> None:
    line = desk.take(Line())
    began = await desk.reads_back(line)
    await asyncio.sleep(0.5)
    onset = line.say("等一下等一下", ms=1600)
    await asyncio.sleep(1.9)
    sounding = [at for at, text in line.packets if text and began <= at < onset + 1.6]
    assert onset < max(sounding) <= onset + 0.3
    assert line.clears
    cut = next(event for event in desk.of(ev.PromptEnded) if not event.complete)
    assert 300 < cut.heard_ms < 1000


async def test_a_backchannel_pauses_it_and_it_goes_on_from_there(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.reads_back(line)
    await asyncio.sleep(0.5)
    onset = line.say("嗯", ms=200)
    await desk.hears(line, "都对吗？")
    for text in ("我念一遍。", "平台，", "订单号，", "电话，"):
        assert len(line.sounded(text)) == packets(text), text
    assert line.gaps(onset, onset + 2) > 0.3
    assert all(event.complete for event in desk.of(ev.PromptEnded))
    assert len(desk.of(ev.WordsHeard)) == 2
    line.say("对")
    await desk.hears(line, "您同意吗？")


async def test_a_must_finish_prompt_goes_on_and_the_words_are_kept(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.hears(line, GREETING[0], whole=False)
    await asyncio.sleep(0.3)
    line.say(STORY, ms=1000)
    await desk.hears(line, OFFER)
    for text in GREETING:
        assert len(line.sounded(text)) == packets(text)
    assert line.gaps(line.sounded(GREETING[0])[0], line.sounded(GREETING[-1])[-1]) < 0.1
    assert not line.sounded(ASK)
    assert not line.clears
    [words] = desk.of(ev.WordsHeard)
    assert words.during == "1"


async def test_a_request_for_a_person_cuts_even_that(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.hears(line, GREETING[0], whole=False)
    line.say("转人工", ms=600)
    await desk.over()
    assert len(line.sounded(GREETING[-1])) < packets(GREETING[-1])
    ends = {event.utterance: event.complete for event in desk.of(ev.PromptEnded)}
    assert ends[1] is False
    assert line.spoken[-2:] == ["人工接不通，", "再见。"]
    assert [c.reason for c in desk.store.pending_callbacks()] == ["no_desk"]


async def test_a_key_silences_a_question_and_not_the_notice(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.hears(line, GREETING[0], whole=False)
    line.key("#")
    await desk.hears(line, ASK)
    assert len(line.sounded(GREETING[-1])) == packets(GREETING[-1])
    line.say(STORY)
    await desk.hears(line, OFFER, whole=False)
    line.key("0")
    await desk.over()
    assert len(line.sounded(OFFER)) < packets(OFFER)
    assert "为您转人工。" in line.spoken


async def test_slow_keys_are_not_silence(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    line.say(STORY)
    await desk.hears(line, OFFER)
    line.say("不是")
    await desk.hears(line, "电话多少？")
    for digit in "13812345678":
        await asyncio.sleep(0.8)
        line.key(digit)
    await desk.sees(ev.KeysPressed)
    assert desk.of(ev.SilenceHeard) == []
    [keys] = desk.of(ev.KeysPressed)
    assert keys.digits == "13812345678"
