"""The checks: every rule named with its rows, an example and a cure; nothing dropped silently; nobody's id shown."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.alarms import FEW_VALUES
from contract.calendar import Calendar
from contract.catalogue import TABLES
from contract.check import check_tables
from contract.checked import open_checked
from contract.engine import EngineLimits, connect
from contract.mapping import CompanyMapping
from contract.readiness import CannotRead, Finding, Readiness
from tests.drawn import check, rows

UTC = Calendar(zone="UTC")
NOW = datetime(2024, 6, 1, 12)


def problems(readiness: Readiness, table: str = "orders") -> dict[tuple[str | None, str], int]:
    return {(f.column, f.problem): f.rows for f in readiness.findings if f.table == table}


def finding(readiness: Readiness, problem: str) -> Finding:
    (found,) = [f for f in readiness.findings if problem in f.problem]
    return found


def clean(folder: Path, table: str = "orders") -> list[dict[str, Any]]:
    connection = connect(EngineLimits(memory="300MB", threads=1))
    tables = open_checked(connection, folder / "checked", UTC)
    return rows(tables.frames[table]) if table in tables else []


def quarantined(folder: Path, table: str = "orders") -> list[tuple[int, str, dict[str, Any]]]:
    file = folder / "quarantine" / f"{table}.parquet"
    if not file.exists():
        return []
    frame = pd.read_parquet(file)
    return [(number, why, json.loads(row)) for number, why, row in frame.itertuples(index=False)]


def company(folder: Path, sql: str, *, customers: str = "", **spec: Any) -> CompanyMapping:
    """One orders table selected from nowhere, to give values of any type; the customers are ann, ben, 1, 2 and 3."""
    everybody = (
        "select unnest(['ann', 'ben', '1', '2', '3']) as customer_id, timestamptz '2000-01-01 00:00Z' as joined_at"
    )
    tables = {
        "customers": {"sql": customers or everybody},
        "orders": {"sql": sql, "tolerated_bad_share": 1.0, **spec},
    }
    return CompanyMapping.model_validate({"sources": {}, "tables": tables, "folder": folder})


def check_company(folder: Path, mapping: CompanyMapping, **other: Any) -> Readiness:
    said: dict[str, Any] = {"calendar": UTC, "activity": ("orders",), "as_of": None, "now": NOW, **other}
    connection = said.pop("connection", None) or connect(EngineLimits(memory="300MB", threads=1))
    return check_tables(connection, mapping, folder=folder / "checked", quarantine=folder / "quarantine", **said)


# The rules, one by one


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("customer_id", "", "empty"),
        ("customer_id", "nan", "empty"),
        ("order_id", "", "empty"),
        ("happened_at", "", "empty"),
        ("kind", "", "empty"),
        ("kind", "refund", "not one of purchase, return"),
        ("happened_at", "yesterday", "not a time"),
        ("happened_at", "31/01/2024", "not a time"),
        ("happened_at", "2024-01-31 2:05 PM", "not a time"),  # the engine's cast would say 02:05
        ("happened_at", "2024-02-30", "not a time"),
        ("happened_at", "infinity", "not a time"),
        ("happened_at", "epoch", "not a time"),
        ("happened_at", "1970-01-01", "before 1970"),
        ("happened_at", "0001-01-01", "before 1970"),
        ("happened_at", "2024-06-02 12:00:01", "in the future"),
        ("delivered_at", "2025-01-01", "in the future"),
        ("delivered_at", "1900-01-01", "before 1970"),
        ("promised_at", "soon", "not a time"),
        ("promised_at", "infinity", "not a time"),
        ("known_at", "2023-12-31", "known before it happened"),
        ("amount", "1,234.50", "not a number"),
        ("amount", "12.50 EUR", "not a number"),
        ("amount", "inf", "not a number"),
        ("amount", "-0.01", "below 0"),
        ("amount", "1000000000.01", "above 1e+09"),
        ("items", "2.5", "not a whole number"),
        ("items", "two", "not a whole number"),
        ("items", "-1", "below 0"),
        ("items", "1000001", "above 1e+06"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named_and_set_aside(tmp_path: Path, column: str, value: str, problem: str) -> None:
    good = {"customer_id": "ann", "order_id": "o1", "kind": "purchase", "happened_at": "2024-01-05", "amount": "1"}
    bad = {**good, "order_id": "o2", column: value}
    names = list(bad)
    drawing = "\n".join(" | ".join(line) for line in (names, [good.get(n, "") for n in names], list(bad.values())))
    customers = "customer_id | joined_at\nann | 2020-01-01"
    readiness = check(tmp_path, now=NOW, customers=customers, orders=drawing)
    found = finding(readiness, problem)
    assert (found.table, found.column, found.rows, found.of_rows, found.severity) == ("orders", column, 1, 2, "warning")
    assert found.cure
    assert found.share == 0.5
    shown = "(personal, not shown)" if column == "customer_id" else repr(value) if value else "empty"
    assert found.example == f"row 2: {shown}"
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1"]
    (row,) = quarantined(tmp_path)
    assert row[:2] == (2, f"{column}: {problem}")
    assert row[2] == {name: text or None for name, text in bad.items()}


@pytest.mark.parametrize(
    ("column", "value", "becomes"),
    [
        ("amount", "1e3", 1000),
        ("amount", " 12.5 ", 12.5),
        ("amount", "NaN", None),
        ("amount", "   ", None),
        ("amount", "0", 0),
        ("items", "3.0", 3),
        ("items", "", None),
        ("category", "  ", None),
        ("category", "O'Neil; drop table", "O'Neil; drop table"),
        ("happened_at", "2024-01-31", datetime(2024, 1, 31)),
        ("happened_at", "2024-1-31 9:05", datetime(2024, 1, 31, 9, 5)),
        ("happened_at", "2024-01-31T09:05:07.25", datetime(2024, 1, 31, 9, 5, 7, 250000)),
        ("happened_at", "2024-01-31T09:05Z", datetime(2024, 1, 31, 9, 5)),
        ("happened_at", "2024-01-31 09:05:00+03:30", datetime(2024, 1, 31, 5, 35)),
        ("happened_at", "2024-01-31 09:05 -0500", datetime(2024, 1, 31, 14, 5)),
        ("happened_at", "2024-01-31 09:05 UTC", datetime(2024, 1, 31, 9, 5)),
        ("happened_at", "2024-01-31 09:05 Europe/Berlin", datetime(2024, 1, 31, 8, 5)),
        ("happened_at", "2024-06-02 11:59", datetime(2024, 6, 2, 11, 59)),  # a clock may run a day ahead
        ("promised_at", "2030-01-01", datetime(2030, 1, 1)),
    ],
)
def test_what_can_be_read_is_read(tmp_path: Path, column: str, value: str, becomes: object) -> None:
    row = {"customer_id": "ann", "happened_at": "2024-01-05", column: value}
    check(tmp_path, now=NOW, orders=f"{' | '.join(row)}\n{' | '.join(row.values())}")
    assert [found[column] for found in clean(tmp_path)] == [becomes]


@pytest.mark.parametrize(
    ("words", "becomes"),
    [("true t yes Y 1 1.0", True), ("false F no n 0 0.0", False)],
)
def test_yes_and_no_have_several_words(tmp_path: Path, words: str, becomes: bool) -> None:
    lines = "\n".join(f"c{n} | 2020-01-01 | {word}" for n, word in enumerate(words.split()))
    check(tmp_path, customers=f"customer_id | joined_at | contact_allowed\n{lines}")
    assert [row["contact_allowed"] for row in clean(tmp_path, "customers")] == [becomes] * len(words.split())


def test_neither_yes_nor_no_is_set_aside(tmp_path: Path) -> None:
    readiness = check(tmp_path, customers="customer_id | joined_at | contact_allowed\nann | 2020-01-01 | maybe")
    assert problems(readiness, "customers")["contact_allowed", "not true or false"] == 1


def test_a_default_stands_in_for_a_column_that_is_not_mapped(tmp_path: Path) -> None:
    check(tmp_path, orders="customer_id | happened_at\nann | 2024-01-05")
    assert [row["kind"] for row in clean(tmp_path)] == ["purchase"]
    assert [row["contact_allowed"] for row in clean(tmp_path, "customers")] == [True]


def test_a_row_may_break_several_rules(tmp_path: Path) -> None:
    readiness = check(tmp_path, orders="customer_id | happened_at | amount | kind\nann | never | -1 | gift")
    (row,) = quarantined(tmp_path)
    assert row[1] == "kind: not one of purchase, return; amount: below 0; happened_at: not a time"
    assert problems(readiness).keys() >= {("amount", "below 0"), ("happened_at", "not a time")}


def test_typed_sources_keep_their_types(tmp_path: Path) -> None:
    check_company(
        tmp_path,
        company(
            tmp_path,
            """
            select 'ann' as customer_id, 1 as order_id, date '2024-01-05' as happened_at, 0.1::float as amount,
                   2 as items
            union all select 'ann', 2, date '2024-01-06', 'nan'::double, null
            union all select 'ann', 3, date '2024-01-07', 'inf'::double, 3
            """,
            time_zone="America/New_York",
        ),
    )
    assert [(row["order_id"], row["amount"], row["happened_at"]) for row in clean(tmp_path)] == [
        ("1", 0.1, datetime(2024, 1, 5, 5)),
        ("2", None, datetime(2024, 1, 6, 5)),
    ]
    assert [why for _, why, _ in quarantined(tmp_path)] == ["amount: not a number"]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"])
def test_a_typed_time_without_a_zone_needs_time_zone(tmp_path: Path, kind: str) -> None:
    sql = f"select 'ann' as customer_id, 1 as order_id, cast('2024-01-05' as {kind}) as happened_at"
    with pytest.raises(CannotRead, match=r'orders.*happened_at carry no zone.*tables\.orders\.time_zone = "UTC"'):
        check_company(tmp_path, company(tmp_path, sql))
    check_company(tmp_path, company(tmp_path, sql, time_zone="Asia/Tehran"))
    assert [row["happened_at"] for row in clean(tmp_path)] == [datetime(2024, 1, 4, 20, 30)]


def test_endless_typed_times_are_no_times(tmp_path: Path) -> None:
    sql = """select 'ann' as customer_id, 1 as order_id, timestamptz '2024-01-05 00:00Z' as happened_at,
                    timestamp 'infinity' as promised_at, date '-infinity' as delivered_at"""
    check_company(tmp_path, company(tmp_path, sql, time_zone="UTC"))
    assert [why for _, why, _ in quarantined(tmp_path)] == ["promised_at: not a time; delivered_at: not a time"]


def test_a_number_is_not_taken_for_a_time(tmp_path: Path) -> None:
    sql = "select 'ann' as customer_id, 1 as order_id, 1704412800 as happened_at"
    with pytest.raises(CannotRead, match=r"should be a time, but happened_at holds INTEGER; .*to_timestamp"):
        check_company(tmp_path, company(tmp_path, sql, time_zone="UTC"))


def test_text_times_without_a_zone_are_set_aside_without_time_zone(tmp_path: Path) -> None:
    orders = """
        customer_id | order_id | happened_at
        ann         | zoned    | 2024-01-05 10:00+01:00
        ann         | naive    | 2024-01-05 10:00
    """
    customers = "customer_id | joined_at\nann | 2020-01-01 00:00Z"
    readiness = check(tmp_path, customers=customers, orders=orders, time_zone=None)
    assert [row["order_id"] for row in clean(tmp_path)] == ["zoned"]
    assert "times without a zone need time_zone" in finding(readiness, "not a time").cure


@pytest.mark.parametrize(
    ("written", "how", "zone", "becomes"),
    [
        ("31/01/2024 14:05", "%d/%m/%Y %H:%M", "America/New_York", datetime(2024, 1, 31, 19, 5)),
        ("14:05 31-01-2024", "%H:%M %d-%m-%Y", "UTC", datetime(2024, 1, 31, 14, 5)),  # -2024 is no zone
        ("31/01/2024 14:05 +0330", "%d/%m/%Y %H:%M %z", None, datetime(2024, 1, 31, 10, 35)),
        ("01/31/2024 2:05 PM", "%m/%d/%Y %I:%M %p", "UTC", datetime(2024, 1, 31, 14, 5)),
        ("20240131", "%Y%m%d", "UTC", datetime(2024, 1, 31)),
    ],
)
def test_a_format_says_how_times_are_written(
    tmp_path: Path, written: str, how: str, zone: str | None, becomes: datetime
) -> None:
    sql = f"select 'ann' as who, '{written}' as moment union all select 'ann', 'never'"
    columns = {"customer_id": "who", "order_id": "moment", "happened_at": {"column": "moment", "format": how}}
    check_company(tmp_path, company(tmp_path, sql, time_zone=zone, columns=columns))
    assert [row["happened_at"] for row in clean(tmp_path)] == [becomes]
    assert [why for _, why, _ in quarantined(tmp_path)] == ["happened_at: not a time"]


def test_a_format_without_a_zone_needs_time_zone(tmp_path: Path) -> None:
    columns = {"customer_id": "who", "order_id": "who", "happened_at": {"column": "moment", "format": "%d/%m/%Y"}}
    sql = "select 'ann' as who, '31/01/2024' as moment"
    with pytest.raises(CannotRead, match="carry no zone"):
        check_company(tmp_path, company(tmp_path, sql, columns=columns))


# Keys: copies, versions, contradictions, strangers


def test_exact_copies_are_dropped_and_counted(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at | amount
            ann         | o1       | 2024-01-05  | 1
            ann         | o1       | 2024-01-05  | 1.0
            ann         | o1       | 2024-01-05  | 1
            ann         | o2       | 2024-01-05  | 1
        """,
    )
    found = finding(readiness, "exact duplicate rows")
    assert (found.rows, found.of_rows, found.severity) == (2, 4, "note")
    assert found.example == "row 2: order_id 'o1', kind 'purchase'"
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1", "o2"]
    report = readiness.tables[1]
    assert (report.rows_read, report.rows_clean, report.rows_quarantined, report.duplicates_dropped) == (4, 2, 0, 2)
    assert readiness.ready


def test_without_known_at_two_rows_of_a_key_contradict_each_other(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at | amount
            ann         | o1       | 2024-01-05  | 1
            ann         | o1       | 2024-01-09  | 2
            ann         | o2       | 2024-01-05  | 1
        """,
    )
    found = finding(readiness, "one key with two different rows")
    assert (found.column, found.rows, found.example) == ("order_id, kind", 2, "row 1: order_id 'o1', kind 'purchase'")
    assert "or map known_at" in found.cure
    assert [row["order_id"] for row in clean(tmp_path)] == ["o2"]
    assert [(number, why) for number, why, _ in quarantined(tmp_path)] == [
        (1, "order_id, kind: one key with two different rows known at the same moment"),
        (2, "order_id, kind: one key with two different rows known at the same moment"),
    ]


def test_with_known_at_only_rows_of_the_same_moment_contradict(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at | known_at   | amount
            ann         | o1       | 2024-01-05  | 2024-01-06 | 1
            ann         | o1       | 2024-01-05  | 2024-01-07 | 2
            ann         | o1       | 2024-01-05  | 2024-01-07 | 3
            ann         | o2       | 2024-01-05  | 2024-01-06 | 1
            ann         | o2       | 2024-01-05  | 2024-01-09 | 2
        """,
    )
    assert finding(readiness, "one key with two different rows").rows == 2
    assert [(row["order_id"], row["amount"], row["is_versioned"]) for row in clean(tmp_path)] == [
        ("o1", 1, False),
        ("o2", 1, True),
        ("o2", 2, True),
    ]


def test_a_return_with_the_number_of_its_purchase_is_a_row_of_its_own(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        orders="""
            customer_id | order_id | kind     | happened_at
            ann         | o1       | purchase | 2024-01-05
            ann         | o1       | return   | 2024-01-09
        """,
    )
    assert readiness.ready
    assert len(clean(tmp_path)) == 2


def test_rows_of_strangers_are_set_aside(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        customers="customer_id | joined_at\nann | 2020-01-01",
        orders="""
            customer_id | order_id | happened_at
            ann         | o1       | 2024-01-05
            zoe         | o2       | 2024-01-05
        """,
    )
    found = finding(readiness, "not in customers")
    assert (found.column, found.rows, found.example) == ("customer_id", 1, "row 2: (personal, not shown)")
    assert [(number, why, row["order_id"]) for number, why, row in quarantined(tmp_path)] == [
        (2, "customer_id: not in customers", "o2")
    ]


def test_without_a_sound_customer_everybody_is_a_stranger(tmp_path: Path) -> None:
    readiness = check(
        tmp_path, customers="customer_id | joined_at\nann | never", orders="customer_id | happened_at\nann | 2024-01-05"
    )
    assert problems(readiness)["customer_id", "not in customers"] == 1
    assert {(f.table, f.problem) for f in readiness.findings if f.severity == "stop"} == {
        ("customers", "no sound row is left"),
        ("orders", "no sound row is left"),
        ("orders", "no activity to learn from"),
    }
    assert not readiness.ready


MESSY = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["ann", "ben", "zoe", "", "nan"]),
        "order_id": st.sampled_from(["o1", "o2", "o3", ""]),
        "kind": st.sampled_from(["purchase", "return", "gift"]),
        "happened_at": st.sampled_from(["2024-01-05", "2024-01-06 10:00+01:00", "1901-01-01", "2999-01-01", "x", ""]),
        "amount": st.sampled_from(["1", "1.00", "-1", "1,5", ""]),
    }
)
KNOWN = st.sampled_from(["2024-01-08", "2024-01-09", "2024-01-01", "", "x"])


@given(lines=st.lists(MESSY, min_size=1, max_size=12), known=st.none() | st.lists(KNOWN, min_size=12, max_size=12))
def test_every_row_read_is_clean_or_quarantined_or_a_dropped_copy(
    tmp_path: Path, lines: list[dict[str, str]], known: list[str] | None
) -> None:
    if known is not None:
        lines = [{**line, "known_at": moment} for line, moment in zip(lines, known, strict=False)]
    drawing = "\n".join([" | ".join(lines[0]), *(" | ".join(line.values()) for line in lines)])
    customers = "customer_id | joined_at\nann | 2020-01-01\nben | 2020-01-01"
    readiness = check(tmp_path, now=NOW, customers=customers, orders=drawing)
    report = readiness.tables[1]
    good, bad = clean(tmp_path), quarantined(tmp_path)
    assert (report.rows_read, report.rows_clean, report.rows_quarantined) == (len(lines), len(good), len(bad))
    assert report.rows_read == report.rows_clean + report.rows_quarantined + report.duplicates_dropped
    assert report.duplicates_dropped == sum(
        f.rows for f in readiness.findings if f.table == "orders" and "exact duplicate" in f.problem
    )
    assert len({number for number, _, _ in bad}) == len(bad)
    # What came through is sound: typed, of a known customer, and one row a key and known_at.
    assert {row["customer_id"] for row in good} <= {"ann", "ben"}
    assert all(row["amount"] is None or row["amount"] >= 0 for row in good)
    keys = [(row["order_id"], row["kind"], row["known_at"] if known else None) for row in good]
    assert len(set(keys)) == len(keys)


# A table as a whole


def test_too_many_bad_rows_stop(tmp_path: Path) -> None:
    lines = "\n".join(f"ann | o{n} | {'2024-01-05' if n else 'never'}" for n in range(20))
    orders = f"customer_id | order_id | happened_at\n{lines}"
    within = check(tmp_path, orders=orders, tolerated_bad_share=0.05)
    assert within.ready
    beyond = check(tmp_path, orders=orders, tolerated_bad_share=0.04)
    assert not beyond.ready
    found = finding(beyond, "more bad rows than tolerated (4.0%)")
    assert (found.rows, found.of_rows, found.severity) == (1, 20, "stop")
    assert "tables.orders.tolerated_bad_share" in found.cure


def test_an_empty_table_stops(tmp_path: Path) -> None:
    readiness = check(
        tmp_path, customers="customer_id | joined_at\nann | 2020-01-01", orders="customer_id | happened_at"
    )
    assert {f.problem for f in readiness.findings} == {"the table is empty", "no activity to learn from"}
    assert {f.severity for f in readiness.findings} == {"stop"}
    assert readiness.tables[1].rows_read == 0
    assert not (tmp_path / "checked" / "orders.parquet").exists()


def test_mixed_currencies_stop(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        orders="""
            customer_id | happened_at | amount | currency
            ann         | 2024-01-05  | 1      | EUR
            ann         | 2024-01-06  | 1      | EUR
            ann         | 2024-01-07  | 1      | USD
            ann         | 2024-01-08  |        | IRR
        """,
    )
    found = finding(readiness, "mixed currencies")
    assert (found.rows, found.severity, found.example) == (1, "stop", "EUR (2 rows), USD (1 rows)")


def test_a_made_table_with_an_empty_column_is_nothing_that_a_mapping_could_mend(tmp_path: Path) -> None:
    def scores(folder: Path) -> Path:
        rows = pd.DataFrame({"customer_id": ["ann"], "text_of": "cases", "text_id": "k1", "topic": "billing"})
        file = folder / "made.parquet"
        rows.assign(happened_at=datetime(2024, 1, 5), sentiment=None).to_parquet(file, index=False)
        return file

    readiness = check(tmp_path, orders="customer_id | happened_at\nann | 2024-01-05", made={"text_scores": scores})
    assert [table.table for table in readiness.tables] == ["customers", "orders", "text_scores"]
    assert problems(readiness) == {}


def test_a_column_without_any_value_is_said(tmp_path: Path) -> None:
    readiness = check(tmp_path, orders="customer_id | happened_at | items\nann | 2024-01-05 |")
    assert problems(readiness) == {("items", "always empty"): 1}
    assert readiness.ready


@pytest.mark.parametrize(
    ("as_of", "stops"),
    [(None, False), (date(2024, 1, 9), False), (date(2024, 1, 10), True), (date(2023, 6, 1), False)],
)
def test_staleness_is_judged_by_as_of_not_by_today(tmp_path: Path, as_of: date | None, stops: bool) -> None:
    """The last order is of the 6th; three days may pass."""
    orders = "customer_id | happened_at\nann | 2024-01-06 10:00"
    readiness = check(tmp_path, orders=orders, as_of=as_of, stale_after_days=3)
    assert readiness.ready is not stops
    assert readiness.as_of == str(as_of or date(2024, 1, 7))
    if stops:
        found = finding(readiness, "stale")
        assert found.problem == "stale: nothing in the 3 days before 2024-01-10"
        assert found.example == "the last row is of 2024-01-06"


def test_a_stale_table_that_is_no_activity_warns(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        stale_after_days=3,
        orders="customer_id | happened_at\nann | 2024-01-20",
        contacts="customer_id | channel | direction | happened_at\nann | phone | inbound | 2024-01-06",
    )
    assert (finding(readiness, "stale").table, finding(readiness, "stale").severity) == ("contacts", "warning")
    assert readiness.ready


def test_what_lasts_may_be_without_a_new_row(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        stale_after_days=3,
        orders="customer_id | happened_at\nann | 2024-01-20",
        subscriptions="customer_id | subscription_id | plan | started_at\nann | s1 | basic | 2023-06-01",
        labels="customer_id | target | as_of | label\nann | late | 2023-06-01 | 1",
    )
    assert not [found for found in readiness.findings if found.problem.startswith("stale")]


def test_a_clock_that_runs_ahead_does_not_move_the_newest_as_of_past_today(tmp_path: Path) -> None:
    readiness = check(tmp_path, now=NOW, orders="customer_id | happened_at\nann | 2024-06-02 08:00")
    assert readiness.as_of == "2024-06-02"


def drawn_orders(count: int) -> str:
    return "customer_id | order_id | happened_at\n" + "\n".join(f"ann | o{n} | 2024-01-05" for n in range(count))


def test_a_table_that_shrank_stops_until_it_is_whole_again(tmp_path: Path) -> None:
    def run(count: int) -> Readiness:
        return check(tmp_path, orders=drawn_orders(count), tolerated_shrinkage=0.1)

    assert run(10).ready
    assert run(9).ready  # a tenth is tolerated
    stopped = run(8)
    found = finding(stopped, "fewer rows than at the last good check")
    assert (found.rows, found.of_rows, found.example, found.severity) == (1, 9, "9 then, 8 now", "stop")
    assert not run(8).ready  # the check that stopped is not the measure of the next
    assert run(9).ready


def test_a_table_without_any_sound_row_has_shrunk_too(tmp_path: Path) -> None:
    assert check(tmp_path, orders=drawn_orders(3), tolerated_shrinkage=0.1).ready
    strangers = check(
        tmp_path, customers="customer_id | joined_at\nben | 2020-01-01", orders=drawn_orders(3), tolerated_shrinkage=0.1
    )
    assert ("orders", "fewer rows than at the last good check") in {(f.table, f.problem) for f in strangers.findings}


def test_a_column_that_lost_its_values_stops_until_they_are_back(tmp_path: Path) -> None:
    """The rows are all there: only what stood in one column is gone, or part of it."""
    header = "customer_id | order_id | happened_at | amount\n"

    def run(filled: int, *, rows: int = 60, tolerated_shrinkage: float = 0.1) -> Readiness:
        lines = (f"ann | o{n} | 2024-01-05 | {5 if n < filled else ''}" for n in range(rows))
        return check(tmp_path, orders=header + "\n".join(lines), tolerated_shrinkage=tolerated_shrinkage)

    assert run(50).ready
    assert run(45).ready  # a tenth is tolerated
    stopped = run(40)
    found = finding(stopped, "fewer values than at the last good check")
    assert (found.table, found.column, found.severity) == ("orders", "amount", "stop")
    assert (found.rows, found.of_rows, found.example) == (5, 45, "45 then, 40 now")
    assert "tables.orders.columns" in found.cure
    assert not run(0).ready
    assert run(45, rows=200).ready, "values that many new rows do not have yet are not lost"
    assert run(0, tolerated_shrinkage=1).ready, "said to be right"
    assert run(0).ready


def test_a_table_that_shrank_says_so_once(tmp_path: Path) -> None:
    def run(rows: int) -> Readiness:
        return check(tmp_path, orders=drawn_orders(rows), tolerated_shrinkage=0.1)

    assert run(100).ready
    assert [found.problem for found in run(60).findings if found.severity == "stop"] == [
        "fewer rows than at the last good check"
    ]


def test_a_few_values_may_come_and_go(tmp_path: Path) -> None:
    header = "customer_id | order_id | happened_at | amount\n"

    def run(filled: int) -> Readiness:
        lines = (f"ann | o{n} | 2024-01-05 | {5 if n < filled else ''}" for n in range(60))
        return check(tmp_path, orders=header + "\n".join(lines), tolerated_shrinkage=0.1)

    assert run(FEW_VALUES - 1).ready
    assert run(0).ready


def test_findings_come_in_the_order_of_their_weight(tmp_path: Path) -> None:
    orders = "customer_id | order_id | happened_at\nann | o1 | 2024-01-05\nann | o1 | 2024-01-05\nann | o2 | x"
    readiness = check(tmp_path, orders=orders, tolerated_bad_share=0.0)
    assert [f.severity for f in readiness.findings] == ["stop", "warning", "note"]


# Nobody's id is shown


SECRET = "Änn O'Tool-4711"


def test_no_customer_id_in_the_report(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        customers=f"customer_id | joined_at | language\n{SECRET} | 2020-01-01 | en\n{SECRET} | 2020-01-01 | fa",
        orders=f"""
            customer_id | order_id | happened_at | amount
            {SECRET}    | o1       | 2024-01-05  | 1
            {SECRET}    | o1       | 2024-01-05  | 1
            {SECRET}    | o2       | never       | 1
        """,
        usage=f"""
            customer_id | event | happened_at | quantity
            {SECRET}    | login | 2024-01-05  | 1
            {SECRET}    | login | 2024-01-05  | 2
            {SECRET}    | login | 2024-01-06  | 2
            {SECRET}    | login | 2024-01-06  | 2
        """,
    )
    told = json.dumps(readiness.as_dict(), ensure_ascii=False)
    assert len(readiness.findings) >= 4
    assert SECRET not in told
    assert "4711" not in told


@pytest.mark.parametrize(
    "sql",
    [
        f"select '{SECRET.replace(chr(39), chr(39) * 2)}'::int as customer_id, 1 as order_id, now() as happened_at",
        "select (4711471147 + range)::int as customer_id, 1 as order_id, now() as happened_at from range(1)",
        "select strptime(who, '%Y')::text as customer_id, 1 as order_id, now() as happened_at "
        f"from (select unnest(['{SECRET.replace(chr(39), chr(39) * 2)}']) as who)",
    ],
)
def test_no_customer_id_in_an_error_nor_in_its_traceback(tmp_path: Path, sql: str) -> None:
    with pytest.raises(CannotRead, match=r"table orders: .*mend") as caught:
        check_company(tmp_path, company(tmp_path, sql))
    assert not [part for part in ("Änn", "Tool", "4711") if part in str(caught.value)]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


# What cannot be read at all


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (
            {"columns": {"customer_id": "custmer", "order_id": "oid", "happened_at": "ts"}},
            "customer_id is mapped to custmer, which the source does not have; did you mean Customer?",
        ),
        (
            {"columns": {"customer_id": "xyz", "order_id": "oid", "happened_at": "ts"}},
            "which the source does not have; it has Customer, oid, ts.",
        ),
        (
            {"columns": {"customer_id": "customer", "happened_at": "ts"}},
            r"order_id \(the order, or the return's own number\) is required and not mapped",
        ),
        ({}, r"customer_id \(whose row this is\) is required and not mapped; .*\[tables.orders.columns\].*oid, ts"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path, spec: dict[str, Any], says: str) -> None:
    sql = "select 'ann' as Customer, 'o1' as oid, timestamptz '2024-01-05 00:00Z' as ts"
    with pytest.raises(CannotRead, match=says):
        check_company(tmp_path, company(tmp_path, sql, **spec))


@pytest.mark.parametrize("sql", ["select nothing from nowhere", "selec 1"])
def test_a_select_that_cannot_run_says_so(tmp_path: Path, sql: str) -> None:
    with pytest.raises(CannotRead, match=r"table orders: its select cannot be run \(.*\); mend tables.orders"):
        check_company(tmp_path, company(tmp_path, sql))


def test_activity_must_be_a_table_that_can_say_so(tmp_path: Path) -> None:
    mapping = company(tmp_path, "select 1")
    with pytest.raises(CannotRead, match=r"contacts cannot say that a customer is active; .*orders, usage"):
        check_company(tmp_path, mapping, activity=("contacts",))


def test_capital_letters_in_column_names_do_not_matter(tmp_path: Path) -> None:
    sql = "select 'ann' as CUSTOMER_ID, 'o1' as Order_Id, timestamptz '2024-01-05 00:00Z' as Happened_At"
    check_company(tmp_path, company(tmp_path, sql))
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1"]


def test_any_column_name_can_be_mapped(tmp_path: Path) -> None:
    sql = (
        """select 'ann' as "شناسه مشتری", 'o1' as "order ""no"" 1", timestamptz '2024-01-05 00:00Z' as "row_number","""
        """ 5 as "it's; --" """
    )
    names = {
        "customer_id": "شناسه مشتری",
        "order_id": 'order "no" 1',
        "happened_at": "row_number",
        "amount": "it's; --",
        "category": {"value": "O'Neil's"},
    }
    check_company(tmp_path, company(tmp_path, sql, columns=names))
    shown = [(row["customer_id"], row["order_id"], row["amount"], row["category"]) for row in clean(tmp_path)]
    assert shown == [("ann", "o1", 5, "O'Neil's")]


# What is left on disk


GOOD = "select 'ann' as customer_id, 'o1' as order_id, timestamptz '2024-01-05 00:00Z' as happened_at"
BETTER = f"{GOOD} union all select 'ben', 'o2', timestamptz '2024-01-06 00:00Z'"


def test_a_check_that_dies_leaves_the_tables_of_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between customers and orders, or by a source that cannot be read: never half of each."""
    check_company(tmp_path, company(tmp_path, GOOD))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    everybody = "select unnest(['cem', 'dan']) as customer_id, timestamptz '2001-01-01 00:00Z' as joined_at"
    with monkeypatch.context() as patched:
        patched.setattr("contract.check.settle_orphans", _fails_at("orders", killed))
        with pytest.raises(KeyboardInterrupt):
            check_company(tmp_path, company(tmp_path, BETTER, customers=everybody))
    with pytest.raises(CannotRead):
        check_company(tmp_path, company(tmp_path, "select broken", customers=everybody))
    assert [row["customer_id"] for row in clean(tmp_path, "customers")] == ["1", "2", "3", "ann", "ben"]
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1"]

    check_company(tmp_path, company(tmp_path, BETTER))
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1", "o2"]
    assert len(list((tmp_path / "checked").iterdir())) == 2  # the manifest and one set: what the dead left is gone


def _fails_at(name: str, fail: Any) -> Any:
    from contract.fates import settle_orphans

    def settle(connection: Any, table: Any, *rest: Any) -> Any:
        return fail() if table.name == name else settle_orphans(connection, table, *rest)

    return settle


def test_the_first_check_that_dies_leaves_no_tables(tmp_path: Path) -> None:
    with pytest.raises(CannotRead):
        check_company(tmp_path, company(tmp_path, "select broken"))
    with pytest.raises(CannotRead, match="run vafa check first"):
        clean(tmp_path)


def test_tables_of_a_check_that_stopped_say_so(tmp_path: Path) -> None:
    connection = connect(EngineLimits(memory="300MB", threads=1))
    check_company(tmp_path, company(tmp_path, GOOD))
    assert open_checked(connection, tmp_path / "checked", UTC).ready
    stopped = check_company(tmp_path, company(tmp_path, BETTER), as_of=date(2024, 5, 1))
    tables = open_checked(connection, tmp_path / "checked", UTC)
    assert not stopped.ready
    assert not tables.ready
    assert tables.about["orders"].rows == 2  # the tables that the report speaks of


def test_the_quarantine_holds_the_last_check_only(tmp_path: Path) -> None:
    check(tmp_path, orders="customer_id | happened_at\nann | never\nann | 2024-01-05")
    assert len(quarantined(tmp_path)) == 1
    check(tmp_path, orders="customer_id | happened_at\nann | 2024-01-05")
    assert quarantined(tmp_path) == []


def test_the_same_rows_give_the_same_files(tmp_path: Path) -> None:
    def run(folder: Path, sql: str) -> pd.DataFrame:
        check_company(folder, company(folder, sql))
        (file,) = (folder / "checked").glob("set-*/orders.parquet")
        return pd.read_parquet(file)

    back_to_front = " union all ".join(reversed(BETTER.split(" union all "))).replace(
        "select 'ben', 'o2', timestamptz '2024-01-06 00:00Z'",
        "select 'ben' as customer_id, 'o2' as order_id, timestamptz '2024-01-06 00:00Z' as happened_at",
    )
    pd.testing.assert_frame_equal(run(tmp_path / "a", BETTER), run(tmp_path / "b", back_to_front))


def test_checked_tables_carry_the_columns_that_their_docstring_names(tmp_path: Path) -> None:
    check(tmp_path, orders="customer_id | happened_at | promised_at\nann | 2024-01-06 10:30 | 2024-01-08")
    (row,) = clean(tmp_path)
    contract = {column.name for column in TABLES["orders"].columns}
    local = {name: row[name] for name in row if name not in contract}
    assert local == {
        "promised_at_day": 19730,
        "delivered_at_day": None,
        "local_day": 19728,
        "local_weekday": 5,
        "local_hour": 10,
        "is_weekend": True,
        "is_holiday": False,
        "business_hours": UTC.business_hours_to(date(2024, 1, 6)),
        "is_versioned": False,
    }


def test_progress_names_each_table(tmp_path: Path) -> None:
    seen: list[str] = []
    check_company(tmp_path, company(tmp_path, GOOD), progress=seen.append)
    assert seen == ["checking customers", "checking orders"]


def test_a_row_known_long_after_it_happened_tells_so_in_the_report(tmp_path: Path) -> None:
    readiness = check(tmp_path, delay_hours=24, orders="customer_id | happened_at\nann | 2024-01-05 10:00")
    report = readiness.tables[1]
    assert (report.first_happened, report.last_known) == ("2024-01-05 10:00:00", "2024-01-06 10:00:00")
    assert clean(tmp_path)[0]["known_at"] - clean(tmp_path)[0]["happened_at"] == timedelta(hours=24)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1); ATTACH '{file}' AS company; DROP TABLE company.t; --",
        "select 1; ATTACH '{file}' AS company; DROP TABLE company.t",
        "ATTACH '{file}' AS company",
        "",
    ],
)
def test_sql_is_one_select_and_cannot_write(tmp_path: Path, sql: str) -> None:
    file = tmp_path / "company.duckdb"
    duckdb.connect(str(file)).execute("CREATE TABLE t (a INT)").close()
    with pytest.raises(CannotRead, match="orders"):
        check_company(tmp_path, company(tmp_path, sql.format(file=file) or "-- nothing"))
    assert duckdb.connect(str(file)).execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_select_may_end_in_a_semicolon_or_a_comment(tmp_path: Path) -> None:
    check_company(tmp_path, company(tmp_path, f"with a as ({GOOD}) from a; "))
    check_company(tmp_path, company(tmp_path, f"{GOOD} -- of ann"))
    assert [row["order_id"] for row in clean(tmp_path)] == ["o1"]


# Scales, orders of dates within a row, and values whose date is not mapped


def test_an_answer_outside_its_scale_goes_aside(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        surveys="""
            customer_id | survey_id | kind | invited_at       | responded_at     | score
            ann         | s1        | csat | 2024-03-01 10:00 | 2024-03-02 10:00 | 5
            ann         | s2        | csat | 2024-03-01 10:00 | 2024-03-02 10:00 | 9
            ann         | s3        | nps  | 2024-03-01 10:00 | 2024-03-02 10:00 | 9
            ann         | s4        | ces  | 2024-03-01 10:00 | 2024-03-02 10:00 | 0
            ann         | s5        | csat | 2024-03-01 10:00 |                  |
        """,
    )
    assert problems(readiness, "surveys") == {("score", "outside the scale of its kind"): 2}
    found = finding(readiness, "outside the scale")
    assert found.cure == "the scales are: nps from 0 to 10, csat from 1 to 5, ces from 1 to 7; convert yours"
    assert [row["survey_id"] for row in clean(tmp_path, "surveys")] == ["s1", "s3", "s5"]


def test_a_case_that_closed_before_it_was_opened_goes_aside(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        cases="""
            customer_id | case_id | kind    | opened_at        | closed_at
            ann         | c1      | request | 2024-03-01 10:00 | 2024-03-01 10:00
            ann         | c2      | request | 2024-03-01 10:00 | 2024-03-01 09:59
        """,
    )
    assert problems(readiness, "cases") == {("closed_at", "before opened_at"): 1}
    assert "one of opened_at and closed_at is wrong" in finding(readiness, "before opened_at").cure


def test_a_value_whose_date_is_not_mapped_is_refused(tmp_path: Path) -> None:
    """Left to itself it would be empty at every moment, and nobody would know why."""
    with pytest.raises(CannotRead, match=r"column score counts from its responded_at on.*columns\.responded_at"):
        check(
            tmp_path,
            surveys="""
                customer_id | survey_id | kind | invited_at | score
                ann         | s1        | csat | 2024-03-01 | 5
            """,
        )


def test_a_case_may_close_long_after_the_last_was_opened(tmp_path: Path) -> None:
    """The calendar of business hours reaches to the last moment whose hours are told."""
    check(
        tmp_path,
        cases="""
            customer_id | case_id | kind    | opened_at        | closed_at
            ann         | c1      | request | 2024-03-01 10:00 | 2024-05-01 12:00
        """,
    )
    (case,) = clean(tmp_path, "cases")
    assert case["closed_at_business_hours"] - case["business_hours"] == pytest.approx(8 * 43 + 2)
