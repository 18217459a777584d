"""Whole calls by voice: real sound, a real socket, the real models, a real database.

The callers speak with our own voices, which are easier to hear than people's.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from data.store import Store
from data.vocabulary import ConsentStatus, Kind
from qa.persona import load
from qa.simulate import caller_voices, judge, prepare_voices
from qa.spoken_call import SpokenCall

from .conftest import MODELS, ROOT, Start

pytestmark = [pytest.mark.spoken, pytest.mark.timeout(420)]


def _take_call(url: str, persona: Path) -> tuple[str, list[str]]:
    """Make a persona's call; gives the call's id and what was wrong with its record."""
    who = load(persona)
    voices = asyncio.run(prepare_voices([who], caller_voices(MODELS), 1, 0, lambda *_: None))
    trace = asyncio.run(SpokenCall(url, who, voices[who.persona, 0]).run())
    return trace.call_id, list(judge(who, trace).mistakes)


def test_a_spoken_complaint_ends_as_a_lodged_record(start_seat: Start) -> None:
    seat = start_seat()
    call_id, mistakes = _take_call(seat.url, ROOT / "qa" / "personas" / "demo.yaml")
    assert mistakes == []
    seat.stop()
    with Store.open(f"sqlite:///{seat.home / 'seat.db'}", seat.home) as store:
        record = store.record(call_id)
        assert record.status == "lodged" and record.draft.kind is Kind.COMPLAINT
        assert [c.standing for c in record.consents] == [ConsentStatus.GIVEN]
        assert [r.status for r in record.referrals] == ["pending"]
        summary = store.call(call_id)
        assert store.verify(call_id).whole
    assert summary.recording_path is not None
    assert (seat.home / summary.recording_path).stat().st_size > 10_000
    assert not seat.outward.exists(), seat.outward.read_text()
