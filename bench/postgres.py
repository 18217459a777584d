"""A real PostgreSQL for a while, from the wheel `pgserver`: for measurements and tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def running_postgres(parent: Path | None = None) -> Iterator[str]:
    """A server with an empty database `seat`; gives that one's address. Raises ImportError without the wheel.

    Under root the server runs as another user, who must be able to walk to `parent`.
    """
    from pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="smartseat-pg-", dir=parent, ignore_cleanup_errors=True) as folder:
        server = get_server(folder)
        try:
            server.psql("CREATE DATABASE seat")
            yield str(server.get_uri("seat")).replace("postgresql:", "postgresql+psycopg:")
        finally:
            server.cleanup()
