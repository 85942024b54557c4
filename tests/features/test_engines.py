"""One definition, several engines: the same expressions say the same of the same history, to 1e-9.

    def test_my_family(tmp_path, postgres):
        assert_engines_agree(tmp_path, postgres, [MY_FAMILY], seed=1)

Families whose derived columns use those of others are given with these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar
from contract.cut import History, by_case, history
from features.build import feature_table
from features.catalogue import FAMILIES
from features.family import Family, Measure, last
from tests.features.companies import ACTIVITY, LOAD_WINDOW, NEW_YORK, TEHRAN, loaded, random_company
from tests.postgres_server import Server

#: Where the copies of a history stand on the server.
SCHEMA = "history_of_a_test"


def assert_engines_agree(
    folder: Path,
    server: Server,
    families: Sequence[Family],
    *,
    seed: int,
    calendar: Calendar = NEW_YORK,
    as_of: date = date(2024, 3, 10),
) -> pd.DataFrame:
    """Build the families of a random company on DuckDB and on PostgreSQL; raises AssertionError where they differ.

    Returns what DuckDB says: one row a customer (or case), a column a feature.
    """
    tables = loaded(folder, random_company(seed), calendar)
    embedded = tables.frames["customers"].get_backend()
    past = history(tables, as_of, load_window=LOAD_WINDOW, activity=ACTIVITY)
    found = []
    for unit in sorted({family.unit for family in families}, reverse=True):
        rows = past if unit == "customer" else by_case(past)
        whose = tables.frames["customers"] if unit == "customer" else rows["cases"]
        people = embedded.to_pyarrow(whose.select("customer_id").distinct())
        asked = [family for family in families if family.unit == unit]
        ours = _indexed(embedded.to_pyarrow(feature_table(rows, ibis.memtable(people), asked)))
        with _copied(embedded, server, rows, people) as (copies, everybody):
            theirs = _indexed(everybody.get_backend().to_pyarrow(feature_table(copies, everybody, asked)))
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-9)
        found.append(ours)
    return pd.concat(found, axis=1)


@contextmanager
def _copied(
    embedded: Backend, server: Server, past: History, people: pa.Table
) -> Iterator[tuple[History, ibis.expr.types.Table]]:
    """The history, cut by the embedded engine, as tables of the server; and the people, as one more table."""
    import adbc_driver_postgresql.dbapi as adbc

    server.run(f"drop schema if exists {SCHEMA} cascade", f"create schema {SCHEMA}")
    with adbc.connect(server.address(), autocommit=True) as connection, connection.cursor() as cursor:
        for name, rows in {
            **{name: embedded.to_pyarrow(table) for name, table in past.items()},
            "_people": people,
        }.items():
            cursor.adbc_ingest(name, rows, mode="create", db_schema_name=SCHEMA)
    there = ibis.postgres.connect(host=server.socket, user="postgres", database="postgres", schema=SCHEMA)
    try:
        tables = {name: there.table(name) for name in past}
        yield History(tables=tables, reach=past.reach, activity=past.activity), there.table("_people")
    finally:
        there.disconnect()
        server.run(f"drop schema {SCHEMA} cascade")


def _indexed(built: pa.Table) -> pd.DataFrame:
    return built.to_pandas().set_index("customer_id").sort_index()


@pytest.mark.parametrize(
    ("seed", "calendar", "as_of"),
    [(1, NEW_YORK, date(2024, 3, 10)), (2, TEHRAN, date(2024, 6, 15)), (3, Calendar(zone="UTC"), date(2024, 7, 25))],
)
def test_all_families_agree(tmp_path: Path, postgres: Server, seed: int, calendar: Calendar, as_of: date) -> None:
    told = assert_engines_agree(tmp_path, postgres, FAMILIES, seed=seed, calendar=calendar, as_of=as_of)
    # Of a history of a year and more nothing is cut short: each column says something of somebody.
    if as_of == date(2024, 7, 25):
        assert told.columns[told.isna().all()].tolist() == []


def test_engines_that_differ_are_found(tmp_path: Path, postgres: Server) -> None:
    """Halves are rounded away from zero by one engine, and to the even neighbour by the other."""
    halves = Measure(
        stem="halves",
        table="orders",
        how="sum",
        what=lambda rows: (rows["items"] / 2).round(),
        windows=last(182),
        description="probe",
        unit="pieces",
        group="times",
    )
    probe = Family(name="probe", meaning="rounding", measures=(halves,))
    with pytest.raises(AssertionError, match="halves_last_182d"):
        assert_engines_agree(tmp_path, postgres, [probe], seed=1)
