"""Killed at any moment: every acknowledged event is there, the chain is whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest

import data.events as ev
from data.store import Store

from .conftest import NOON, words

FORK = multiprocessing.get_context("fork")


def child(url: str, home: Path, call_id: str, acks: int) -> None:
    """Appends for ever; after each append writes the seqs it was acknowledged."""
    store = Store.open(url, home, busy_budget=0.3)
    store.begin_call(call_id, "12315", "13800001234", NOON, "v1", call_id, 30)
    os.write(acks, b"0\n")
    turn = 0
    while True:
        turn += 1
        events: list[ev.CallEvent] = [words(turn, "羽绒服", turn * 1000)]
        events += [ev.NoiseHeard(at=turn * 1000, turn=turn)] * (turn % 3)
        for seq in store.append(call_id, events):
            os.write(acks, f"{seq}\n".encode())


def killed_at_random(url: str, home: Path, call_id: str, after: float) -> int:
    """The last seq acknowledged before the kill."""
    reading, writing = os.pipe()
    process = FORK.Process(target=child, args=(url, home, call_id, writing))
    process.start()
    os.close(writing)
    try:
        first = os.read(reading, 65536)
        time.sleep(after)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        told = first
        while part := os.read(reading, 65536):
            told += part
    finally:
        os.close(reading)
    return max(int(line) for line in told.split(b"\n")[:-1])


def test_twenty_kills(url: str, tmp_path: Path) -> None:
    Store.open(url, tmp_path).close()
    draw = random.Random(12315)
    total = 0
    for round_no in range(20):
        call_id = f"call-{round_no}"
        acked = killed_at_random(url, tmp_path, call_id, draw.uniform(0, 0.08))
        total += acked
        with Store.open(url, tmp_path) as store:
            kept = store.events(call_id)
            assert len(kept) >= acked
            assert [event.turn for event in kept if isinstance(event, ev.WordsHeard)] == sorted(
                {event.turn for event in kept if isinstance(event, ev.WordsHeard | ev.NoiseHeard)}
            )
            assert store.verify(call_id).whole
            assert store.takeover(NOON + timedelta(hours=1), "after") == [call_id]
    assert total > 20, "the children must have got somewhere"


@pytest.mark.parametrize("round_no", range(2))
def test_kills_while_spilling(url: str, tmp_path: Path, round_no: int) -> None:
    """The same with the database locked for half of the time: the journal is part of the promise."""
    Store.open(url, tmp_path).close()
    database = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    reading, writing = os.pipe()
    process = FORK.Process(target=child, args=(url, tmp_path, "c1", writing))
    process.start()
    os.close(writing)
    told = os.read(reading, 65536)
    database.execute("BEGIN IMMEDIATE")
    time.sleep(0.8 + 0.05 * round_no)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    database.execute("ROLLBACK")
    while part := os.read(reading, 65536):
        told += part
    acked = max(int(line) for line in told.split(b"\n")[:-1])
    with Store.open(url, tmp_path) as store:
        assert store.journal.files(), "the child should have spilled"
        assert len(store.events("c1")) >= acked
        store.drain_journal(NOON)
        assert len(store.events("c1")) >= acked
        assert store.verify("c1").whole
