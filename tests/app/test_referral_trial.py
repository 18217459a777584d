"""The trial of a misbehaving company says how each record ended, and sees one that ended nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.referral_trial import COMES_BACK, NOWHERE, ReferralsFound, ReferralTrial, ending
from data.store import Store


def trial(folder: Path, *ways: str) -> ReferralsFound:
    return ReferralTrial(f"sqlite:///{folder / 'seat.db'}", folder, 2, ways).run()


def test_each_record_ends_somewhere(tmp_path: Path) -> None:
    found = trial(tmp_path, "refuse", "slow", "forge", "reject", COMES_BACK)
    assert {way.way: way.ends for way in found.ways} == {
        "refuse": {"returned: refused": 2},
        "slow": {"accepted": 2},
        "forge": {"returned: silent": 2},
        "reject": {"dead: http_400": 2},
        COMES_BACK: {"accepted": 2},
    }
    slow = found.ways[1]
    assert (slow.received, slow.repeated, slow.effects, slow.late) == (4, 2, 2, 2)
    assert found.ways[2].answers == {401: 2}
    assert found.well


def test_a_record_that_ends_nowhere_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "look_at_clocks", lambda self: [])
    found = trial(tmp_path, "silent")
    assert found.ends == {NOWHERE: 2} and not found.well


def test_ends_in_words() -> None:
    assert ending("returned: silent") == "转回（企业逾期没有答复）"
    assert ending("dead: http_400") == "送不到（http_400）"
    assert ending(NOWHERE) == "没有着落"
