"""A seat killed in the middle of a call: nothing acknowledged is lost, and the next start puts it away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from agent import recording
from agent.recovering import recover_calls
from data.store import Store
from data.vocabulary import Outcome
from telephony.call import LINE_RATE

from .conftest import Start
from .half_call import half_a_call

pytestmark = [pytest.mark.spoken, pytest.mark.timeout(300)]


def test_a_killed_call_is_whole_and_closed_when_its_lease_has_run_out(start_seat: Start) -> None:
    seat = start_seat()
    call_id, seen = asyncio.run(half_a_call(seat, kill=True))
    with Store.open(f"sqlite:///{seat.home / 'seat.db'}", seat.home) as store:
        kept = [event.type for event in store.events(call_id)]
        assert kept[: len(seen)] == seen
        assert store.verify(call_id).whole
        now = datetime.now(UTC)
        assert recover_calls(store, now, "another boot") == []  # its lease still runs
        late = now + timedelta(minutes=5)
        assert [call.call_id for call in recover_calls(store, late, "another boot")] == [call_id]
        summary = store.call(call_id)
        assert (summary.outcome, summary.closed_by) == (Outcome.INCOMPLETE, "crash")
        assert [c.call_id for c in store.pending_callbacks()] == [call_id]
        record = store.record(call_id)
        assert record.status == "incomplete" and "电饭" in record.draft.content
        assert recover_calls(store, late, "another boot") == []
        sound = recording.load(store, seat.home, call_id)
        assert sound.shape[1] == 2 and len(sound) > LINE_RATE
