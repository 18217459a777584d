"""The kill trial finds nothing lost where nothing is, and sees it where something is."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from app.assembly import understand_with
from app.kill_trial import KillTrial, kill_migrations
from bench.kills import (
    AFTER_LODGING,
    AckingStore,
    Acknowledged,
    KillAt,
    kill_many,
    kill_one,
    life_of,
    missing,
    moments,
    phase_at_death,
)
from data.events import CallClosed
from data.store import Store
from data.vocabulary import Outcome
from dialogs.loader import load
from nlu.understander import Understander
from qa.persona import load_folder

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def append_for_ever(url: str, home: Path, acks: int, number: int) -> None:
    store = AckingStore.open(url, home)
    store.acks = acks
    call_id = f"call-{number}"
    store.begin_call(call_id, "12315", None, NOW, "v1", "w", 30)
    while True:
        store.append(call_id, [CallClosed(at=1, by="caller", outcome=Outcome.INCOMPLETE)])


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'seat.db'}"
    Store.open(url, tmp_path).close()
    return url


def test_calls_referrals_and_migrations_survive_kills(tmp_path: Path, url: str) -> None:
    root = Path(__file__).resolve().parents[2]
    trial = KillTrial(
        url,
        tmp_path,
        load_folder(root / "qa/personas", ("li_headphones", "he_keypad")),
        load(root / "dialogs/scripts/12315"),
        understand_with(Understander(None)),
    )
    found = trial.run(6, 1, lambda done: None)
    assert found.well
    assert sum(found.hits.values()) == 6 and found.life_s > 0
    assert sum(found.hits[phase] for phase in AFTER_LODGING), "one is aimed there"
    assert found.events_acknowledged > 0
    migrated = kill_migrations(url, tmp_path, 3, 1, lambda done: None)
    assert migrated.lost == []


def test_an_event_that_was_acknowledged_and_is_not_there_is_named(tmp_path: Path, url: str) -> None:
    kept = Acknowledged()
    hits = kill_many(partial(append_for_ever, url, tmp_path), [KillAt(0.05, "collecting")] * 2, kept)
    assert hits == {"collecting": 2}
    with Store.open(url, tmp_path) as store:
        for call_id in kept.events:
            store.close_call(call_id, Outcome.INCOMPLETE, "crash", NOW)
        assert missing(store, kept) == []
        kept.events["call-1"] += 1_000_000
        kept.take(b"event gone 1\nconsent call-1 refer_to_platform X given\nlodged call-1 1310000002026\n")
        told = missing(store, kept)
    assert len(told) == 4
    assert told[0].startswith("call call-1: ") and "call gone is gone" in told


def test_a_line_cut_by_the_kill_is_not_taken() -> None:
    kept = Acknowledged()
    kept.take(b"event a 3\nevent a 9")
    assert kept.events == {"a": 3}


def test_a_worker_that_ends_by_itself_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="worker 4 ended by itself"):
        kill_one(lambda acks, number: os._exit(3), 4, KillAt(5))


def test_where_a_worker_was_is_its_last_whole_line() -> None:
    assert phase_at_death(b"") == "opening"
    assert phase_at_death(b"at collecting\nevent a 3\nat lodg") == "collecting"


def test_a_third_is_drawn_over_the_whole_life_and_the_rest_around_each_phase() -> None:
    drawn = list(moments(300, 7, 2.0, ("collecting", "lodging")))
    whole = [one.after_s for one in drawn if one.phase is None]
    assert len(whole) == 100 and max(whole) > 1.8 and min(whole) < 0.2
    assert Counter(one.phase for one in drawn) == {None: 100, "collecting": 100, "lodging": 100}


def test_a_life_goes_through_its_phases_in_turn() -> None:
    def work(acks: int, number: int) -> None:
        os.write(acks, b"at lodging\nat between\n")
        time.sleep(0.05)
        os.write(acks, b"at referral\nat between\n")
        time.sleep(60)

    took, told = life_of(work, 1, ("referral", "between"))
    assert 0.04 <= took < 30 and told.endswith(b"at referral\nat between\n")
