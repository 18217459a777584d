"""What waits to be read stays in order and within bounds."""

from __future__ import annotations

import asyncio

from telephony.call import Audio, HungUp, Incoming, Key, Trouble
from telephony.inbox import Inbox, RealTime

PACKET = bytes(320)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make(clock: Clock) -> Inbox:
    return Inbox(backlog_ms=5000, lead_ms=5000, clock=clock)


async def drain(inbox: Inbox) -> list[Incoming]:
    inbox.close(HungUp("stop"))
    items: list[Incoming] = []
    while (item := await inbox.get()) is not None:
        items.append(item)
    return items


async def test_in_order_to_the_end_and_then_none() -> None:
    inbox = make(Clock())
    inbox.put_audio(b"\x01\x00")
    inbox.put(Key("1"))
    inbox.put_audio(b"\x02\x00")
    assert await drain(inbox) == [Audio(b"\x01\x00"), Key("1"), Audio(b"\x02\x00"), HungUp("stop")]
    inbox.put(Key("2"))
    inbox.put_audio(PACKET)
    assert await inbox.get() is None


async def test_a_reader_waits_for_the_next() -> None:
    inbox = make(Clock())
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not reading.done()
    inbox.put(Key("5"))
    assert await reading == Key("5")


async def test_ten_times_too_fast_is_told_once_and_held_to_real_time() -> None:
    clock = Clock()
    inbox = make(clock)
    kept = 0
    for _ in range(5000):  # 100 s of audio in 10 s
        clock.now += 0.002
        inbox.put_audio(PACKET)
        while inbox.waiting_ms:
            kept += isinstance(await inbox.get(), Audio)
    items = await drain(inbox)
    assert kept * 0.02 <= 15.1
    assert inbox.dropped_ms >= 84_000
    assert len(items) <= 2


async def test_too_fast_and_unread_takes_five_seconds_of_memory_at_most() -> None:
    inbox = make(Clock())
    for _ in range(5000):
        inbox.put_audio(PACKET)
    assert inbox.waiting_ms == 5000
    items = await drain(inbox)
    assert [item.code for item in items if isinstance(item, Trouble)] == ["audio_too_fast"]


async def test_a_slow_reader_loses_the_oldest() -> None:
    clock = Clock()
    inbox = make(clock)
    for n in range(600):  # 12 s in 12 s, none read
        clock.now += 0.02
        inbox.put_audio(n.to_bytes(2, "little") * 160)
    items = await drain(inbox)
    audio = [item for item in items if isinstance(item, Audio)]
    assert [audio[0].pcm[:2], audio[-1].pcm[:2]] == [(350).to_bytes(2, "little"), (599).to_bytes(2, "little")]
    assert [item.code for item in items if isinstance(item, Trouble)] == ["reader_slow"]
    assert inbox.dropped_ms == 7000


async def test_a_flood_of_keys_is_bounded() -> None:
    inbox = make(Clock())
    for _ in range(10_000):
        inbox.put(Key("1"))
    items = await drain(inbox)
    assert len(items) == 256 + 2
    assert isinstance(items[-2], Trouble) and items[-2].code == "too_many_events"


def test_a_pause_earns_no_credit() -> None:
    pace = RealTime(lead_ms=1000)
    assert pace.admit(1000, 0.0)
    assert not pace.admit(20, 0.0)
    assert pace.admit(1000, 3600.0)
    assert not pace.admit(20, 3600.0)
