"""What must still reach somebody: each once per key, first things first."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import data.events as ev
from data.fold_record import draft
from data.records import LodgedRecord, PlannedAct, RecordDraft
from data.store import Store
from data.vocabulary import Emergency

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())
LATER = NOON + timedelta(minutes=1)


def lodged(store: Store, told: RecordDraft = TOLD) -> LodgedRecord:
    return store.lodge("c1", told, "lodge", now=NOON)


def test_callbacks_first_priority_first(begun: Store) -> None:
    second = begun.queue_callback("c1", "crash", 2, None, "b", NOON)
    first = begun.queue_callback("c1", "no_desk", 1, "13800001234", "a", LATER)
    assert begun.queue_callback("c1", "no_desk", 1, "13800001234", "a", LATER) == first
    assert [(job.id, job.phone) for job in begun.pending_callbacks()] == [
        (first, "13800001234"),
        (second, None),
    ]
    begun.callback_done(first, LATER)
    assert [job.id for job in begun.pending_callbacks()] == [second]


def test_alerts_stay_until_delivered(begun: Store) -> None:
    alert = begun.raise_alert("c1", Emergency.TRAPPED, "k", NOON)
    assert begun.raise_alert("c1", Emergency.TRAPPED, "k", NOON) == alert
    begun.alert_tried(alert, delivered=False, now=NOON)
    (waiting,) = begun.pending_alerts()
    assert (waiting.cause, waiting.tries, waiting.call_id) == (Emergency.TRAPPED, 1, "c1")
    begun.alert_tried(alert, delivered=True, now=LATER)
    assert begun.pending_alerts() == []


def test_a_matter_of_many_people_is_told_as_such(begun: Store) -> None:
    begun.raise_alert("c1", "mass_incident", "k", NOON)
    (waiting,) = begun.pending_alerts()
    assert waiting.cause == "mass_incident"


def test_an_act_done_while_it_lies_in_the_journal(begun: Store) -> None:
    database = sqlite3.connect(str(begun.engine.url.database), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    begun.append("c1", [ev.SilenceHeard()], [PlannedAct(kind="lodge", key="k")])
    database.execute("ROLLBACK")
    begun.act_done("k", NOON)
    assert begun.pending_acts("c1") == []
