"""The event feed: every reader gets every event, in order; only this machine reads."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import data.events as ev
from app.feed import EventFeed, router
from data.vocabulary import Outcome

EVENTS: list[ev.CallEvent] = [
    ev.CallAnswered(
        call_id="c1", line="12315", caller_no=None, script="v", started_at=datetime(2026, 11, 24), draw=0.5
    ),
    ev.SilenceHeard(at=8000),
    ev.CallClosed(at=9000, by="caller", outcome=Outcome.INCOMPLETE),
]


async def _told(*calls: str) -> EventFeed:
    feed = EventFeed()
    for call in calls:
        for number, event in enumerate(EVENTS, start=1):
            feed.watch(call, number, event)
    await asyncio.sleep(0)
    return feed


def _types(lines: list[str]) -> list[str]:
    return [json.loads(line)["event"]["type"] for line in lines]


async def test_a_late_reader_gets_everything() -> None:
    feed = await _told("c1")
    lines = await feed.lines("c1", 0)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert _types(lines) == ["call_answered", "silence_heard", "call_closed"]
    assert _types(await feed.lines("c1", 2)) == ["call_closed"]


async def test_an_early_reader_waits_for_the_next() -> None:
    feed = EventFeed()
    reading = asyncio.create_task(feed.lines("c1", 0))
    await asyncio.sleep(0.01)
    assert not reading.done()
    feed.watch("other", 1, EVENTS[0])
    await asyncio.sleep(0.01)
    assert not reading.done()
    feed.watch("c1", 1, EVENTS[0])
    assert _types(await asyncio.wait_for(reading, 1)) == ["call_answered"]


def _client(feed: EventFeed, host: str) -> TestClient:
    app = FastAPI()
    app.include_router(router(feed))
    return TestClient(app, client=(host, 50000))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_this_machine_reads_to_the_end_of_the_call(host: str) -> None:
    feed = await _told("c1", "c2")

    def read() -> list[str]:
        with _client(feed, host).websocket_connect("/feed?call=c1") as socket:
            lines = [socket.receive_text() for _ in EVENTS]
            with pytest.raises(WebSocketDisconnect):
                socket.receive_text()
            return lines

    assert _types(await asyncio.to_thread(read))[-1] == "call_closed"


@pytest.mark.parametrize("host", ["192.168.1.7", "203.0.113.9", "2001:db8::1"])
async def test_nobody_else_does(host: str) -> None:
    feed = await _told("c1")

    def read() -> None:
        with _client(feed, host).websocket_connect("/feed?call=c1"):
            pass

    with pytest.raises(WebSocketDisconnect):
        await asyncio.to_thread(read)
