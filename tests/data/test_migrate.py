"""The migrations lead to what the tables say, and back."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from data import migrate
from data.engine import open_engine
from data.store import Store
from data.tables import TABLES


def test_the_migrations_make_exactly_the_tables(url: str) -> None:
    assert migrate.upgrade(url) == migrate.head() == "0001"
    with open_engine(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []


def test_checks_are_migrated_too(url: str) -> None:
    migrate.upgrade(url)
    found = inspect(open_engine(url))
    for name, table in TABLES.tables.items():
        ours = {str(check.name) for check in table.constraints if str(check.name).startswith("ck_")}
        assert {str(check["name"]) for check in found.get_check_constraints(name)} == ours


def test_down_and_up_again(url: str) -> None:
    migrate.upgrade(url)
    assert migrate.downgrade(url, "base") is None
    assert inspect(open_engine(url)).get_table_names() == ["alembic_version"]
    assert migrate.upgrade(url) == "0001"


def opened_key(url: str, home: Path) -> str:
    with Store.open(url, home) as store:
        return store.master.key_id


def test_two_processes_starting_together(url: str, tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("fork")) as processes:
        keys = list(processes.map(opened_key, [url] * 8, [tmp_path] * 8))
    assert len(set(keys)) == 1


def test_a_percent_sign_in_the_path_is_harmless(tmp_path: Path) -> None:
    folder = tmp_path / "50%"
    folder.mkdir()
    migrate.upgrade(f"sqlite:///{folder}/x.db")


def test_a_failed_upgrade_leaves_nothing(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE meta (name TEXT)"))
    try:
        migrate.upgrade(url)
    except Exception:
        assert inspect(engine).get_table_names() == ["meta"]
    else:
        raise AssertionError("a table in the way was not noticed")
