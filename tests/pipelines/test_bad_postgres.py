"""A bad night with a database: not there, or dropped in mid-read. What it says, and that the last good list stands."""

from __future__ import annotations

import pytest

from contract.sources import postgres as kind
from pipelines import cli
from tests.pipelines.bad_night import BadNight
from tests.postgres_server import ENDLESS, Server, cut_off


def from_server(bad: BadNight, address: str, table: str) -> None:
    """The orders come from a server from now on."""
    bad.change_toml(
        'kind = "parquet"\npath = "baskets.parquet"', f'kind = "postgres"\npath = "{address}"\ntable = "{table}"'
    )


def test_a_server_that_is_not_there(bad: BadNight) -> None:
    from_server(bad, "postgresql://reader@127.0.0.1:1/shop", "orders")
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: source baskets: ")
    assert "postgresql://reader@127.0.0.1:1/shop" in told
    assert "check that a server runs there and can be reached from here" in told


def test_a_table_that_is_not_there(bad: BadNight, postgres: Server) -> None:
    from_server(bad, postgres.address(), "no_such_table")
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: source baskets: ")
    assert "no_such_table" in told
    assert "sources.baskets.table" in told


def test_a_server_that_drops_the_connection_in_mid_read(
    bad: BadNight, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "BATCH_BYTES", 200_000)
    postgres.run("drop view if exists endless", ENDLESS)
    from_server(bad, postgres.address(), "endless")
    with cut_off(postgres, bad.out / "work"):
        told = bad.refused(code=cli.CANNOT)
    postgres.run("drop view endless")
    assert told.startswith("vafa: source baskets: table endless of postgresql://postgres@/postgres broke off after ")
    assert "none of them is used. Run it again" in told
    assert not list((bad.out / "work" / "spill").glob("vafa-source-*"))
