from __future__ import annotations

from pathlib import Path

import pytest

import data.events as ev
from data.backup import backup
from data.errors import StoreError
from data.store import Store


def test_a_copy_opens_with_the_same_key(
    begun: Store, tmp_path: Path, call_events: list[ev.CallEvent]
) -> None:
    begun.append("c1", call_events)
    target = tmp_path / "copy.db"
    backup(begun, target)
    with Store.open(f"sqlite:///{target}", tmp_path) as copy:
        assert copy.events("c1") == call_events and copy.verify("c1").whole
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(StoreError, match="exists"):
        backup(begun, target)
