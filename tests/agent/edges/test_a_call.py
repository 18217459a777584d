"""One call over the real pipeline: greeting, answer, next question, to the lodged record."""

from __future__ import annotations

from data.vocabulary import ConsentStatus, Outcome
from tests.agent.edges.conftest import ASK, GREETING, OFFER, STORY, Desk
from tests.agent.edges.fakes import Line


async def test_from_the_greeting_to_a_lodged_record(desk: Desk) -> None:
    line = desk.take(Line())
    await desk.asks_for_story(line)
    assert line.spoken == [*GREETING, ASK]
    line.say(STORY)
    await desk.hears(line, OFFER)
    line.say("对")
    await desk.hears(line, "都对吗？")
    line.say("对")
    await desk.hears(line, "您同意吗？")
    line.say("可以")
    await desk.over()
    assert line.spoken[-1] == "再见。"
    record = desk.store.record("c1")
    assert record.status == "lodged"
    assert [consent.standing for consent in record.consents] == [ConsentStatus.GIVEN]
    summary = desk.store.call("c1")
    assert (summary.outcome, summary.closed_by) == (Outcome.LODGED, "seat")
    assert summary.recording_path is not None
    assert desk.kit.going_on == set()
