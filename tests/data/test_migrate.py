"""The migrations lead to what the tables say, and back."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from data import migrate
from data.engine import open_engine
from data.store import Store
from data.tables import TABLES


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migrations_make_exactly_the_tables(empty_url: str) -> None:
    assert migrate.upgrade(empty_url) == migrate.head()
    with open_engine(empty_url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []


def test_checks_are_migrated_too(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    found = inspect(open_engine(empty_url))
    for name, table in TABLES.tables.items():
        ours = {str(check.name) for check in table.constraints if str(check.name).startswith("ck_")}
        assert {str(check["name"]) for check in found.get_check_constraints(name)} == ours


def schema(url: str) -> set[tuple[str, str]]:
    """Everything the database holds by name: tables, their columns, triggers."""
    engine = open_engine(url)
    query = "SELECT tbl_name, name FROM sqlite_master WHERE type IN ('table', 'index', 'trigger')"
    if engine.dialect.name == "postgresql":
        query = (
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
            " UNION SELECT 'function', proname FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace"
        )
    with engine.connect() as connection:
        found = {(row[0], row[1]) for row in connection.execute(text(query))}
    engine.dispose()
    return {(table, name) for table, name in found if table != "alembic_version"}


def test_each_step_down_undoes_its_step_up(empty_url: str) -> None:
    revisions = [*reversed(migrate.revisions())]
    before = [schema(empty_url)]
    for revision in revisions:
        assert migrate.upgrade(empty_url, revision) == revision
        before.append(schema(empty_url))
    for revision, was in zip(reversed(["base", *revisions[:-1]]), reversed(before[:-1]), strict=True):
        migrate.downgrade(empty_url, revision)
        assert schema(empty_url) == was
    assert migrate.upgrade(empty_url) == migrate.head()


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
