"""Many rows into an empty database by its own best way: COPY for PostgreSQL, prepared many-row inserts for SQLite.

The constraints hold throughout. Plain indexes are dropped first and made anew at the end, from sorted rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from bench.invented_records import COLUMNS, Rows
from data.engine import WRITE
from data.tables import TABLES


@dataclass(frozen=True, slots=True)
class Loaded:
    """seconds: from the first row to the last index; in_database_s: of these, inside the database."""

    records: int
    seconds: float
    in_database_s: float


def load(engine: Engine, batches: Iterable[Rows], on_batch: Callable[[int], None]) -> Loaded:
    """Every batch is a transaction. on_batch: records written so far."""
    began = time.perf_counter()
    spent, records = 0.0, 0
    writing = engine.execution_options(**{WRITE: True})
    indexes = [index for name in COLUMNS for index in TABLES.tables[name].indexes]
    with writing.begin() as connection:
        for index in indexes:
            index.drop(connection)
    for rows in batches:
        at = time.perf_counter()
        with writing.begin() as connection:
            for name, columns in COLUMNS.items():
                _insert(connection, name, columns, rows)
        records += len(rows["records"])
        spent += time.perf_counter() - at
        on_batch(records)
    at = time.perf_counter()
    with writing.begin() as connection:
        for index in indexes:
            index.create(connection)
    if engine.dialect.name == "postgresql":
        # What autovacuum does by itself within minutes.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    now = time.perf_counter()
    return Loaded(records, now - began, spent + now - at)


def _insert(connection: Connection, table: str, columns: tuple[str, ...], rows: Rows) -> None:
    if not rows[table]:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows[table]:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows[table])
