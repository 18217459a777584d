"""A keeper over a store that fails in every way, and what recovery makes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import data.events as ev
from agent.acts import Lodge, QueueCallback, Refer
from agent.hands import NotKept
from agent.keeping import StoreKeeper, planned_act
from agent.recovering import recover_calls
from data.errors import SealBroken, StoreFull
from data.records import PlannedAct
from data.store import Store
from data.vocabulary import Outcome
from tests.agent.talk import answered, at_consent, small_script

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HELLO = answered(small_script()).model_copy(update={"started_at": NOW})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path, busy_budget=0.02) as opened:
        yield opened


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


async def keeping(store: Store, writer: ThreadPoolExecutor, patience_s: float = 5.0) -> StoreKeeper:
    keeper = StoreKeeper(store, writer, "c1", clock=lambda: NOW, patience_s=patience_s)
    await keeper.begin("12315", None, NOW, "v", "boot", 30)
    return keeper


async def test_a_store_that_does_not_answer_keeps_nothing(
    store: Store, writer: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = await keeping(store, writer, patience_s=0.1)
    monkeypatch.setattr(store, "append", lambda *_: time.sleep(0.5))
    with pytest.raises(NotKept):
        await keeper.append([HELLO], [])
    assert await keeper.heartbeat("boot", 30)  # no answer is no taking over
    await keeper.close(Outcome.INCOMPLETE, "caller", None)


async def test_a_call_that_was_not_opened_keeps_nothing(store: Store, writer: ThreadPoolExecutor) -> None:
    await keeping(store, writer)
    second = StoreKeeper(store, writer, "c1", clock=lambda: NOW)
    with pytest.raises(NotKept):
        await second.begin("12315", None, NOW, "v", "boot", 30)
    with pytest.raises(NotKept):
        await second.append([HELLO], [])
    await second.close(Outcome.INCOMPLETE, "caller", None)
    assert store.call("c1").ended_at is None  # the first one's call is not closed by the second


@pytest.mark.parametrize("error", [StoreFull("full"), SealBroken("broken"), RuntimeError("a bug")])
async def test_closing_raises_nothing_and_leaves_the_rest_to_recovery(
    store: Store, writer: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    keeper = await keeping(store, writer)
    await keeper.append([HELLO, *at_consent().events[1:]], [])

    def fails(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(store, "save_incomplete", fails)
    await keeper.close(Outcome.INCOMPLETE, "caller", None)
    assert store.call("c1").ended_at is None
    monkeypatch.undo()
    recover_calls(store, NOW + timedelta(minutes=1), "next")
    assert store.record("c1").status == "incomplete"
    assert len(store.pending_callbacks()) == 1


async def test_a_referral_waits_for_its_record(
    store: Store, writer: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lodging fails once more in recovery: the referral planned behind it must not count as done."""
    keeper = await keeping(store, writer)
    talk = at_consent().agrees()
    effects = [act for act in talk.acts if isinstance(act, Lodge | Refer | QueueCallback)]
    assert {type(act) for act in effects} == {Lodge, Refer}
    kept = [e for e in talk.events if not isinstance(e, ev.RecordLodged)]
    await keeper.append(kept, effects)
    await keeper.close(Outcome.INCOMPLETE, "caller", None)

    def fails(*_args: object, **_more: object) -> None:
        raise SealBroken("broken")

    monkeypatch.setattr(store, "lodge", fails)
    recover_calls(store, NOW, "next")
    assert {act.kind for act in store.pending_acts("c1")} == {"lodge", "refer"}
    monkeypatch.undo()
    recover_calls(store, NOW, "next")
    assert store.pending_acts("c1") == []
    lodged = [record for record in store.records_of("c1") if record.status == "lodged"]
    assert [[r.recipient for r in record.referrals] for record in lodged] == [["拼多多"]]


async def test_one_broken_act_holds_up_no_other(
    store: Store, writer: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = await keeping(store, writer)
    await keeper.append([HELLO], [])
    callback = planned_act(QueueCallback(reason="no_desk", priority=1, key="c1:callback:1"))
    broken = PlannedAct(kind="lodge", payload='{"do": "13800001234"}', key="c1:lodge:1")
    await asyncio.to_thread(store.append, "c1", [ev.CallerHungUp()], [broken, callback])
    await keeper.close(Outcome.INCOMPLETE, "caller", None)
    recover_calls(store, NOW, "next")
    assert [c.reason for c in store.pending_callbacks()] == ["no_desk"]
    assert [act.key for act in store.pending_acts("c1")] == ["c1:lodge:1"]
    assert "13800001234" not in caplog.text
