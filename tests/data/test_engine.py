"""Every connection is safe or refused; errors are typed and silent about values."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from data import engine as engines
from data.engine import open_engine, write
from data.errors import ConstraintBroken, StoreDown, UnsafeEngine
from data.store import Store


def test_wal_full_and_foreign_keys_on_every_connection(store: Store) -> None:
    with store.engine.connect() as one, store.engine.connect() as two:
        for connection in (one, two):
            found = {
                pragma: connection.execute(text(f"PRAGMA {pragma}")).scalar_one()
                for pragma in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
            assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_pragma_that_does_not_take_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.PRAGMAS, "synchronous", ("NORMAL", "2"))
    with pytest.raises(UnsafeEngine, match="synchronous is 1"):
        open_engine(url).connect()


def test_a_database_in_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeEngine, match="journal_mode"):
        Store.open("sqlite://", tmp_path)


def test_an_unwritable_place_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(StoreDown):
        write(open_engine(f"sqlite:///{tmp_path}/none/x.db"), lambda session: session.connection())


def test_errors_name_the_code_and_no_value(begun: Store) -> None:
    statement = text(
        "INSERT INTO events (call_id, seq, at_ms, type, payload, hash) VALUES (:c, 1, 0, 'x', x'', '')"
    )
    with pytest.raises(ConstraintBroken) as refused:
        write(begun.engine, lambda session: session.execute(statement, {"c": "13800001234"}))
    assert "13800001234" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_a_write_is_all_or_nothing(store: Store) -> None:
    def half(session: object) -> None:
        session.execute(text("INSERT INTO meta VALUES ('half', 'done')"))  # type: ignore[attr-defined]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(store.engine, half)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM meta WHERE name = 'half'")).scalar_one() == 0
