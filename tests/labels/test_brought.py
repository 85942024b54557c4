"""Labels that the company brings, drawn: rows of one as_of and target, by unit, as now known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from contract.calendar import Calendar
from contract.checked import CheckedTables
from contract.cut import future, history
from contract.readiness import CannotRead
from labels.brought import brought
from labels.target import labels_of
from tests.drawn import checked, rows
from tests.labels.labelled import labelled

AS_OF = date(2024, 3, 5)
TARGET = brought(name="late_payer", active_days=30, horizon_days=28, gap_days=1, delay_days=14)
ORDERS = """
    customer_id | happened_at
    ann         | 2024-03-01 10:00
    ben         | 2024-03-01 10:00
    cem         | 2024-03-01 10:00
    gone        | 2024-02-03 10:00
"""


def said(tables: CheckedTables, *units: tuple[str, str]) -> list[float | None]:
    """The labels of these units: (unit_id, customer_id)."""
    ahead = future(tables, AS_OF, gap_days=1, horizon_days=28, activity=("orders",))
    spine = pd.DataFrame(units, columns=["unit_id", "customer_id"], dtype="str").assign(as_of=pd.Timestamp(AS_OF))
    label = labels_of(tables.frames["customers"].get_backend(), ahead, TARGET, spine)
    return [row["label"] for row in rows(label.to_frame())]


def test_labels_are_those_of_this_target_and_as_of(tmp_path: Path) -> None:
    """The cohort is who is scored: active in the last 30 days, labelled or not."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        labels="""
            customer_id | target      | as_of      | label
            ann         | late_payer  | 2024-03-05 | 1
            ann         | other       | 2024-03-05 | 0
            ann         | late_payer  | 2024-03-04 | 0
            ann         | late_payer  | 2024-03-06 | 0
            ben         | other       | 2024-03-05 | 1
            ben         | late_payer  | 2024-02-05 | 1
            gone        | late_payer  | 2024-03-05 | 1
        """,
    )
    assert labelled(tables, TARGET, AS_OF) == {"ann": 1.0, "ben": None, "cem": None}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tehran"])
def test_a_date_without_a_time_is_the_local_midnight(tmp_path: Path, zone: str) -> None:
    tables = checked(
        tmp_path,
        calendar=Calendar(zone=zone),
        orders=ORDERS,
        labels="""
            customer_id | target      | as_of      | label
            ann         | late_payer  | 2024-03-05 | 1
        """,
    )
    assert labelled(tables, TARGET, AS_OF)["ann"] == 1.0


def test_a_moment_counts_for_the_local_day_that_it_lies_in(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=Calendar(zone="America/New_York"),
        orders=ORDERS,
        labels="""
            customer_id | target      | as_of             | label
            ann         | late_payer  | 2024-03-05 05:00Z | 1
            ben         | late_payer  | 2024-03-05 04:59Z | 1
            cem         | late_payer  | 2024-03-06 04:59Z | 1
        """,
    )
    assert labelled(tables, TARGET, AS_OF) == {"ann": 1.0, "ben": None, "cem": 1.0}


def test_a_customer_may_have_several_units_and_without_one_is_the_unit(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        labels="""
            customer_id | unit_id | target      | as_of      | label
            ann         | case 1  | late_payer  | 2024-03-05 | 1
            ann         | case 2  | late_payer  | 2024-03-05 | 0
            ben         |         | late_payer  | 2024-03-05 | 1
            cem         | case 3  | late_payer  | 2024-03-05 | 1
        """,
    )
    units = [("case 2", "ann"), ("ben", "ben"), ("ann", "ann"), ("case 3", "cem"), ("case 1", "ann"), ("cem", "cem")]
    assert said(tables, *units) == [0.0, 1.0, None, 1.0, 1.0, None]


def test_an_empty_label_is_not_known_and_the_newest_version_counts(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        labels="""
            customer_id | target     | as_of      | label | known_at
            ann         | late_payer | 2024-03-05 | 1     | 2024-05-01
            ann         | late_payer | 2024-03-05 | 0     | 2024-06-01
            ben         | late_payer | 2024-03-05 | 1     | 2024-05-01
            ben         | late_payer | 2024-03-05 |       | 2024-06-01
            cem         | late_payer | 2024-03-05 |       | 2024-05-01
            cem         | late_payer | 2024-03-05 | 1     | 2024-06-01
        """,
    )
    assert labelled(tables, TARGET, AS_OF) == {"ann": 0.0, "ben": None, "cem": 1.0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann | case 1 | late_payer | 2024-03-05", "ben | case 1 | late_payer | 2024-03-05"),
        ("ann |        | late_payer | 2024-03-05", "ann | ann    | late_payer | 2024-03-05"),
        ("ann |        | late_payer | 2024-03-05", "ann |        | late_payer | 2024-03-05 12:00"),
    ],
)
def test_two_labels_of_one_unit_are_refused_without_naming_anybody(tmp_path: Path, one: str, other: str) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        labels=f"customer_id | unit_id | target | as_of | label\n{one} | 1\n{other} | 0",
    )
    with pytest.raises(CannotRead, match=r"late_payer: 1 labels at 2024-03-05 .* that has one already") as error:
        said(tables, ("ann", "ann"), ("case 1", "ben"))
    assert "case 1" not in str(error.value)


def test_what_is_neither_1_nor_0_goes_into_quarantine(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        labels="""
            customer_id | target     | as_of      | label
            ann         | late_payer | 2024-03-05 | 2
            ben         | late_payer | 2024-03-05 | -1
            cem         | late_payer | 2024-03-05 | 0.5
            gone        | late_payer | 2024-03-05 | 1
        """,
    )
    assert rows(tables.frames["labels"], "customer_id") == [{"customer_id": "gone"}]
    (file,) = tmp_path.glob("quarantine/**/labels.parquet")
    reasons = duckdb.sql(f"SELECT reasons FROM '{file}' ORDER BY row_number").fetchall()
    assert reasons == [("label: above 1",), ("label: below 0",), ("label: not a whole number",)]


def test_labels_are_never_history(tmp_path: Path) -> None:
    labels = "customer_id | target | as_of | label | known_at\nann | late_payer | 2024-01-05 | 1 | 2024-01-06"
    tables = checked(tmp_path, orders=ORDERS, labels=labels)
    past = history(tables, AS_OF, load_window=timedelta(hours=6), activity=("orders",))
    assert "labels" in tables
    assert "labels" not in past
    assert "labels" not in past.reach
    assert "labels" not in future(tables, AS_OF, gap_days=1, horizon_days=28, activity=("orders",)).previous


def test_what_it_is_called() -> None:
    assert (TARGET.name, TARGET.title) == ("late_payer", "Late payer")
    assert TARGET.brought
    assert TARGET.known_on(AS_OF) == date(2024, 4, 17)
