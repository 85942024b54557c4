"""Sources of kind postgres, against a real server: every type, every mistake, and a connection that breaks off."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar
from contract.check import check_tables
from contract.checked import open_checked
from contract.engine import EngineLimits, connect
from contract.mapping import CompanyMapping, SourceSpec
from contract.readiness import CannotRead, Readiness
from contract.sources import postgres as kind
from contract.sources.catalogue import open_sources
from tests.drawn import drawn, rows
from tests.postgres_server import ENDLESS, GUARDED_PASSWORD, Server, cut_off


def opened(folder: Path, path: str, **spec: Any) -> Backend:
    """An engine with a source called shop."""
    mapping = CompanyMapping.model_validate(
        {
            "sources": {"shop": {"kind": "postgres", "path": path, **spec}},
            "tables": {"customers": {"sql": "select 1"}},
        }
    )
    connection = connect(EngineLimits(memory="300MB", threads=1, spill_folder=folder / "spill"))
    open_sources(connection, mapping)
    return connection


def read(folder: Path, path: str, **spec: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = opened(folder, path, **spec).raw_sql("SELECT * FROM shop").fetchall()
    return found


@contextmanager
def made(server: Server, table: str, *statements: str) -> Iterator[None]:
    server.run(f"drop table if exists {table} cascade", *statements)
    try:
        yield
    finally:
        server.run(f"drop table {table} cascade")


# What arrives

TYPES = """
    written in Postgres                        | arrives as                    | type
    1::int2                                    | 1                             | SMALLINT
    (-2147483648)::int4                        | -2147483648                   | INTEGER
    9007199254740993::int8                     | 9007199254740993              | BIGINT
    12.10::numeric(10,2)                       | 12.10                         | VARCHAR
    12345678901234567890.123456789::numeric    | 12345678901234567890.123456789 | VARCHAR
    'NaN'::numeric                             | NaN                           | VARCHAR
    0.1::float8                                | 0.1                           | DOUBLE
    1.5::float4                                | 1.5                           | FLOAT
    money '12.10'                              | $12.10                        | VARCHAR
    true                                       | true                          | BOOLEAN
    'وفا "x"'::text                            | وفا "x"                       | VARCHAR
    'ann'::varchar(9)                          | ann                           | VARCHAR
    'ann'::char(9)                             | ann                           | VARCHAR
    '007'::name                                | 007                           | VARCHAR
    date '2024-02-29'                          | 2024-02-29                    | DATE
    date '0044-03-15 BC'                       | 0044-03-15 (BC)               | DATE
    date 'infinity'                            | infinity                      | DATE
    date '-infinity'                           | -infinity                     | DATE
    timestamp '2024-01-05 23:59:59.123456'     | 2024-01-05 23:59:59.123456    | TIMESTAMP
    timestamp 'infinity'                       | infinity                      | TIMESTAMP
    timestamp '-infinity'                      | -infinity                     | TIMESTAMP
    timestamptz '2024-01-05 10:00+03:30'       | 2024-01-05 06:30:00+00        | TIMESTAMP WITH TIME ZONE
    timestamptz 'infinity'                     | infinity                      | TIMESTAMP WITH TIME ZONE
    timestamptz '-infinity'                    | -infinity                     | TIMESTAMP WITH TIME ZONE
    timetz '10:00+02'                          | 10:00:00+02                   | VARCHAR
    time '10:00'                               | 10:00:00                      | VARCHAR
    interval '1 day 2 hours'                   | 1 day 02:00:00                | VARCHAR
    '6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid | 6f9619ff-8b86-d011-b42d-00c04fc964ff | VARCHAR
    '{"a": 1.10}'::json                        | {"a": 1.10}                   | VARCHAR
    '{"a":1.10}'::jsonb                        | {"a": 1.10}                   | VARCHAR
    array[1, null, 3]                          | {1,NULL,3}                    | VARCHAR
    array[[1.10, 2], [3, 4]]                   | {{1.10,2},{3,4}}              | VARCHAR
    row(1, 'x')                                | (1,x)                         | VARCHAR
    bytea '\\xdeadbeef'                        | \\xdeadbeef                   | VARCHAR
    inet '10.0.0.1'                            | 10.0.0.1/32                   | VARCHAR
    4294967295::oid                            | 4294967295                    | VARCHAR
    int4range(1, 3)                            | [1,3)                         | VARCHAR
    'sad'::mood_of_test                        | sad                           | VARCHAR
    2.50::price_of_test                        | 2.50                          | VARCHAR
"""


def test_values_of_every_type_arrive_exactly(tmp_path: Path, postgres: Server) -> None:
    table = drawn(TYPES)
    postgres.run("create type mood_of_test as enum ('sad', 'glad')", "create domain price_of_test as numeric(8, 2)")
    values = ", ".join(f"{sql} AS c{number}" for number, sql in enumerate(table["written in Postgres"]))
    nulls = ", ".join("NULL" for _ in range(len(table)))
    try:
        connection = opened(
            tmp_path, postgres.address(), query=f"SELECT * FROM (SELECT {values} UNION ALL SELECT {nulls}) ORDER BY c0"
        )
    finally:
        postgres.run("drop type mood_of_test", "drop domain price_of_test")
    described = connection.raw_sql("DESCRIBE shop").fetchall()
    texts = ", ".join(f"CAST(c{number} AS VARCHAR)" for number in range(len(table)))
    first, second = connection.raw_sql(f"SELECT {texts} FROM shop").fetchall()
    assert list(first) == list(table["arrives as"])
    assert [row[1] for row in described] == list(table["type"])
    assert set(second) == {None}


def test_times_are_moments_and_python_sees_them_so(tmp_path: Path, postgres: Server) -> None:
    query = (
        "select timestamptz '2024-01-05 10:00+03:30' as a, timestamp '2024-01-05 10:00' as b, date '2024-01-05' as c"
    )
    postgres.run("alter role reader set timezone = 'Asia/Tehran'", "alter role reader set datestyle = 'German'")
    try:
        found = read(tmp_path, postgres.address("reader"), query=f"{query}, array[date '2024-01-05'] as d")
    finally:
        postgres.run("alter role reader reset all")
    assert found == [
        (datetime(2024, 1, 5, 6, 30, tzinfo=UTC), datetime(2024, 1, 5, 10), date(2024, 1, 5), "{2024-01-05}")
    ]


def test_a_table_of_a_schema_a_view_and_a_query(tmp_path: Path, postgres: Server) -> None:
    postgres.run(
        "drop schema if exists sales cascade",
        "create schema sales",
        'create table sales."My orders" ("Order id" text, "a""b" int)',
        """insert into sales."My orders" values ('o1', 1), ('o2', 2)""",
        'create view sales.few as select * from sales."My orders" limit 1',
        "create table sales.nothing (a int, b timestamptz)",
    )
    address = postgres.address()
    assert read(tmp_path, address, table="sales.My orders") == [("o1", 1), ("o2", 2)]
    assert read(tmp_path, address, table="sales.few") == [("o1", 1)]
    assert read(tmp_path, address, table="sales.nothing") == []
    query = 'with few as (table sales.few)\nselect "Order id" as id, $$it\'s {x} %s$$ as b from few; -- the end'
    assert read(tmp_path, address, query=query.replace(";", "")) == [("o1", "it's {x} %s")]
    assert read(tmp_path, address, query="select 1 as a;\n") == [(1,)]
    connection = opened(tmp_path, address, table="sales.nothing")
    assert [row[:2] for row in connection.raw_sql("DESCRIBE shop").fetchall()] == [
        ("a", "INTEGER"),
        ("b", "TIMESTAMP WITH TIME ZONE"),
    ]
    postgres.run("drop schema sales cascade")


def test_a_database_of_another_encoding(tmp_path: Path, postgres: Server) -> None:
    postgres.run("create database western encoding 'LATIN1' locale 'C' template template0")
    try:
        found = read(tmp_path, postgres.address(database="western"), query=r"select U&'Zo\00EB' as name")
    finally:
        postgres.run("drop database western")
    assert found == [("Zoë",)]


def test_rows_arrive_in_many_batches(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "BATCH_BYTES", 10_000)
    connection = opened(
        tmp_path, postgres.address(), query="select i, 'row ' || i as t from generate_series(1, 5000) i"
    )
    (file,) = (tmp_path / "spill").glob("vafa-source-*")
    assert duckdb.execute(f"SELECT max(row_group_id) FROM parquet_metadata('{file}')").fetchall()[0][0] > 5
    sql = "SELECT count(*), count(DISTINCT i), sum(i), bool_and(t = 'row ' || i) FROM shop"
    assert connection.raw_sql(sql).fetchall() == [(5000, 5000, 12502500, True)]


# Read, and never changed


def test_the_server_is_only_read(tmp_path: Path, postgres: Server) -> None:
    writes = "create function spoil() returns int language sql as 'insert into kept values (2) returning a'"
    with made(postgres, "kept", "create table kept (a int)", "insert into kept values (1)", writes):
        for query, says in [
            ("delete from kept returning *", "which must be one select"),
            ("with gone as (delete from kept returning *) select * from gone", "which must be one select"),
            ("select 1 as a) as x; delete from kept; --", "which must be one select"),
            ("select spoil()", r"read-only .*sources\.shop\.query must change nothing"),
            ("select set_config('transaction_read_only', 'off', true), spoil()", "before any query"),
            ("select set_config('default_transaction_read_only', 'off', false), spoil()", "read-only"),
        ]:
            with pytest.raises(CannotRead, match=says):
                read(tmp_path, postgres.address(), query=query)
            assert read(tmp_path, postgres.address(), table="kept") == [(1,)]
        postgres.run("drop function spoil")


# What it says when it cannot


def refused(folder: Path, path: str, **spec: Any) -> str:
    with pytest.raises(CannotRead) as caught:
        read(folder, path, **({"table": "orders"} | spec))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert list((folder / "spill").glob("vafa-source-*")) == []
    return str(caught.value)


def test_no_server(tmp_path: Path) -> None:
    says = refused(tmp_path, f"postgresql://reader:{GUARDED_PASSWORD}@127.0.0.1:1/shop?sslpassword=alsosecret")
    assert "source shop: cannot connect to postgresql://reader@127.0.0.1:1/shop (" in says
    assert "Connection refused" in says
    assert "check that a server runs there" in says
    assert GUARDED_PASSWORD not in says
    assert "alsosecret" not in says


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://reader@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=2"
        began = time.monotonic()
        assert "timeout expired" in refused(tmp_path, address)
    assert time.monotonic() - began < 8


def test_a_wrong_database_a_wrong_user_a_wrong_password(tmp_path: Path, postgres: Server) -> None:
    says = refused(tmp_path, postgres.address(database="nowhere"))
    assert 'database "nowhere" does not exist' in says
    assert "check the name of the database, at the end of sources.shop.path" in says
    says = refused(tmp_path, postgres.address("nobody"))
    assert 'role "nobody" does not exist' in says
    assert "check the user in sources.shop.path" in says
    for password in ("", "wrong-and-not-to-be-shown"):
        says = refused(tmp_path, postgres.address("guarded", password=password))
        assert "check the user in sources.shop.path, and give the password as PGPASSWORD, in ~/.pgpass, or" in says
        assert "VAFA_SOURCES__SHOP__PATH" in says
        assert "wrong" not in says


def test_the_password_may_come_from_the_environment(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(tmp_path, postgres.address("guarded", password=GUARDED_PASSWORD), query="select 1") == [(1,)]
    monkeypatch.setenv("PGPASSWORD", GUARDED_PASSWORD)
    assert read(tmp_path, postgres.address("guarded"), query="select 2") == [(2,)]


def test_a_table_that_is_not_there_or_may_not_be_read(tmp_path: Path, postgres: Server) -> None:
    says = refused(tmp_path, postgres.address("reader"), table="public.orderz")
    assert 'table public.orderz of postgresql://reader@/postgres cannot be read (relation "public.orderz"' in says
    assert "check sources.shop.table: schema.table, with capital letters" in says
    with made(postgres, "guarded_columns", "create table guarded_columns (a int, b int)"):
        postgres.run("grant select (a) on guarded_columns to reader")
        says = refused(tmp_path, postgres.address("reader"), table="guarded_columns")
        assert "permission denied for table guarded_columns" in says
        assert 'or name only the columns that it may read: sources.shop.query = "select ..."' in says
        assert read(tmp_path, postgres.address("reader"), query="select a from guarded_columns") == []
    says = refused(tmp_path, postgres.address(), table=None, query="select amnt from orders_of_shop")
    assert 'its query of postgresql://postgres@/postgres cannot be read (relation "orders_of_shop"' in says


def test_columns_of_one_name(tmp_path: Path, postgres: Server) -> None:
    says = refused(tmp_path, postgres.address(), table=None, query='select 1 as id, 2 as b, 3 as "ID"')
    assert "its query has the column id 2 times (capital letters do not matter); name them apart" in says
    with made(postgres, "empty_of_columns", "create table empty_of_columns ()"):
        assert "has no columns" in refused(tmp_path, postgres.address(), table="empty_of_columns")


@pytest.mark.parametrize(
    "path",
    [
        f"postgresql://reader:{GUARDED_PASSWORD}@x@host/shop",
        f"postgresql://reader:{GUARDED_PASSWORD}/x@host/shop",
        f"postgresql://reader:{GUARDED_PASSWORD}%zz@host/shop",
        f"postgresql://reader:{GUARDED_PASSWORD}%00@host/shop",
        f"postgresql://reader:{GUARDED_PASSWORD} @host/shop",
        f"postgresql://reader@host/shop?password={GUARDED_PASSWORD}%zz",
        f"mysql://reader:{GUARDED_PASSWORD}@host/shop",
        f"host=127.0.0.1 password={GUARDED_PASSWORD}",
        "shop.db",
    ],
)
def test_what_is_no_address_is_not_shown(tmp_path: Path, path: str) -> None:
    says = refused(tmp_path, path)
    assert "its path is no address of a PostgreSQL server (not shown: it may hold a password)" in says
    assert GUARDED_PASSWORD not in says
    spec = SourceSpec(kind="postgres", path=path, table="a")
    assert GUARDED_PASSWORD not in f"{spec} {spec!r} {[spec]} {CompanyMapping.model_construct(sources={'a': spec})!r}"


def test_an_error_shows_no_value_of_a_row(tmp_path: Path, postgres: Server) -> None:
    query = "select case when i > 3000 then ('ann@example.org ' || i)::int end as a from generate_series(1, 5000) i"
    says = refused(tmp_path, postgres.address(), table=None, query=query)
    assert "broke off after 0 rows (invalid input syntax for type integer: ...); none of them is used" in says


def test_the_driver_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    monkeypatch.delitem(sys.modules, "adbc_driver_postgresql.dbapi", raising=False)
    says = r"driver that is not installed \(adbc_driver_postgresql.*\.venv/bin/pip install --editable '\.\[postgres\]'"
    with pytest.raises(CannotRead, match=says):
        read(tmp_path, "postgresql://reader@host/shop", table="orders")


def test_no_place_for_the_rows(tmp_path: Path, postgres: Server) -> None:
    connection = connect(EngineLimits(spill_folder=tmp_path / "spill"))
    spec = SourceSpec(kind="postgres", path=postgres.address(), query="select 1 as a")
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is a thing of Linux")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kind, "spilled_file", lambda _: _given(full))
        with pytest.raises(CannotRead, match=r"its query cannot be kept in /dev \(.*No space left.*make room there"):
            kind.POSTGRES.open(connection, "shop", spec, spec.path)


@contextmanager
def _given(file: Path) -> Iterator[Path]:
    yield file


def test_which_keys_belong_together() -> None:
    for spec in ({}, {"table": "a", "query": "select 1"}):
        with pytest.raises(ValueError, match=r"give table = .* or query = .* one of the two") as caught:
            SourceSpec(kind="postgres", path=f"postgresql://a:{GUARDED_PASSWORD}@h/d", **spec)
        assert GUARDED_PASSWORD not in str(caught.value)
    with pytest.raises(ValueError, match="query is for kind postgres, not duckdb"):
        SourceSpec(kind="duckdb", path="a.duckdb", query="select 1")


# A connection that breaks off


def test_a_connection_that_breaks_off_leaves_nothing(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "BATCH_BYTES", 200_000)
    postgres.run("drop view if exists endless", ENDLESS)
    with cut_off(postgres, tmp_path):
        says = refused(tmp_path, postgres.address(), table="endless")
    postgres.run("drop view endless")
    assert says.startswith("source shop: table endless of postgresql://postgres@/postgres broke off after ")
    assert "none of them is used. Run it again" in says
    assert int(says.partition("after ")[2].partition(" rows")[0].replace(",", "")) > 10_000


def write_company(folder: Path, server: Server, *, orders: str) -> CompanyMapping:
    """Customers in JSON lines, orders on the server."""
    people = [{"customer_id": f"c{number}", "joined_at": "2024-01-01T00:00:00Z"} for number in range(3)]
    (folder / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in people))
    return CompanyMapping.model_validate(
        {
            "sources": {
                "people": {"kind": "jsonl", "path": "people.jsonl"},
                "shop": {"kind": "postgres", "path": server.address(), "table": orders},
            },
            "tables": {
                "customers": {"source": "people"},
                "orders": {"source": "shop", "stale_after_days": 1000, "tolerated_bad_share": 1.0},
            },
            "folder": folder,
        }
    )


def checked(folder: Path, mapping: CompanyMapping) -> tuple[Backend, Readiness]:
    connection = connect(EngineLimits(memory="300MB", threads=1, spill_folder=folder / "spill"))
    readiness = check_tables(
        connection,
        mapping,
        calendar=Calendar(zone="UTC"),
        activity=("orders",),
        as_of=None,
        now=datetime(2024, 6, 1),
        folder=folder / "checked",
        quarantine=folder / "quarantine",
    )
    return connection, readiness


def test_a_whole_check_and_one_that_breaks_off_leaves_the_last_good_tables(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = """create table orders_of_test as
        select 'o' || i as order_id, 'c' || i % 3 as customer_id, (i / 100.0)::numeric(10, 2) as amount,
               'EUR'::char(5) as currency, timestamptz '2024-03-01 10:00+03:30' + i * interval '1 hour' as happened_at
        from generate_series(1, 300) i
        union all select 'bad', 'c1', 'NaN', 'EUR', 'infinity'"""
    with made(postgres, "orders_of_test", orders):
        mapping = write_company(tmp_path, postgres, orders="orders_of_test")
        connection, readiness = checked(tmp_path, mapping)
    (report,) = (table for table in readiness.tables if table.table == "orders")
    assert (report.rows_read, report.rows_clean, report.rows_quarantined) == (301, 300, 1)

    def clean(connection: Backend) -> list[dict[str, Any]]:
        tables = open_checked(connection, tmp_path / "checked", Calendar(zone="UTC"))
        frame = tables.frames["orders"]
        return rows(frame.filter(frame.order_id == "o110"), "customer_id", "amount", "currency", "happened_at")

    before = clean(connection)
    assert before == [
        {"customer_id": "c2", "amount": 1.1, "currency": "EUR", "happened_at": datetime(2024, 3, 5, 20, 30)}
    ]
    monkeypatch.setattr(kind, "BATCH_BYTES", 200_000)
    postgres.run("drop view if exists endless", ENDLESS)
    with cut_off(postgres, tmp_path), pytest.raises(CannotRead, match="broke off after"):
        checked(tmp_path, write_company(tmp_path, postgres, orders="endless"))
    postgres.run("drop view endless")
    assert clean(connect()) == before


def test_the_file_goes_with_the_connection(tmp_path: Path, postgres: Server) -> None:
    connection = opened(tmp_path, postgres.address(), query="select 1 as a")
    assert len(list((tmp_path / "spill").iterdir())) == 1
    del connection
    gc.collect()
    assert list((tmp_path / "spill").iterdir()) == []
