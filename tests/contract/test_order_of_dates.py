"""The order of dates, drawn: who comes before the customer joined or the subscription began, who does not, and why."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.calendar import Calendar
from contract.catalogue import TABLES
from contract.checked import open_checked
from contract.engine import EngineLimits, connect
from contract.order_of_dates import AFTER_JOINING, NOT_BEFORE, NotBefore
from contract.readiness import Finding, Readiness
from tests.drawn import check, rows

UTC, NEW_YORK = Calendar(zone="UTC"), Calendar(zone="America/New_York")
JOINED, BEGAN = "before its customer joined", "before its subscription began"


def early(readiness: Readiness, table: str = "orders") -> dict[str, Finding]:
    """What was found, by problem."""
    return {f.problem: f for f in readiness.findings if f.table == table and f.problem in (JOINED, BEGAN)}


def clean(folder: Path, table: str, column: str, *, calendar: Calendar = UTC) -> list[str]:
    connection = connect(EngineLimits(memory="300MB", threads=1))
    return [row[column] for row in rows(open_checked(connection, folder / "checked", calendar).frames[table], column)]


def reasons(folder: Path, table: str = "orders") -> list[tuple[int, str]]:
    file = folder / "quarantine" / f"{table}.parquet"
    return [(row[0], row[1]) for row in pd.read_parquet(file).itertuples(index=False)] if file.exists() else []


# Before the customer joined


ANN = "customer_id | joined_at\nann | 2024-03-05 12:00"


def test_a_row_of_a_day_before_its_customer_joined_goes_aside(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        customers=ANN,
        orders="""
            customer_id | order_id | happened_at
            ann         | on time  | 2024-03-06
            ann         | early    | 2024-03-04 23:59:59
            ann         | earlier  | 2024-01-02
        """,
    )
    found = early(readiness)[JOINED]
    assert (found.column, found.rows, found.of_rows, found.severity) == ("happened_at", 2, 3, "warning")
    assert found.example == "row 2: it is of 2024-03-04, and customers.joined_at is 2024-03-05"
    assert clean(tmp_path, "orders", "order_id") == ["on time"]
    assert reasons(tmp_path) == [(2, f"happened_at: {JOINED}"), (3, f"happened_at: {JOINED}")]
    assert readiness.ready


@pytest.mark.parametrize(("tolerated", "severity"), [(0.5, "warning"), (0.49, "stop")])
def test_many_of_them_stop_the_run_and_the_cure_says_where_to_look(
    tmp_path: Path, tolerated: float, severity: str
) -> None:
    orders = "customer_id | happened_at\nann | 2024-03-06\nann | 2024-03-01"
    readiness = check(tmp_path, customers=ANN, orders=orders, tolerated_bad_share=tolerated)
    found = early(readiness)[JOINED]
    assert found.severity == severity
    assert readiness.ready is (severity == "warning")
    for cure in ("customers.joined_at may be the date of a migration", "tables.orders.tolerated_bad_share"):
        assert cure in found.cure


def test_what_is_dated_the_day_of_joining_is_in_time(tmp_path: Path) -> None:
    """A day without an hour is its midnight: the sign-up came after it, and still on that day."""
    orders = "customer_id | happened_at\nann | 2024-03-05\nann | 2024-03-05 00:00:01"
    assert early(check(tmp_path, customers=ANN, orders=orders)) == {}


def test_days_are_those_of_the_business_zone(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        calendar=NEW_YORK,
        customers="customer_id | joined_at\nann | 2024-03-05 02:00Z",  # the evening of the 4th
        orders="""
            customer_id | order_id         | happened_at
            ann         | first of the 4th | 2024-03-04 05:00Z
            ann         | last of the 3rd  | 2024-03-04 04:59:59Z
        """,
    )
    assert early(readiness)[JOINED].example == "row 2: it is of 2024-03-03, and customers.joined_at is 2024-03-04"
    assert clean(tmp_path, "orders", "order_id", calendar=NEW_YORK) == ["first of the 4th"]


def test_of_several_versions_of_a_customer_the_earliest_joining_counts(tmp_path: Path) -> None:
    customers = """
        customer_id | joined_at  | known_at
        ann         | 2024-03-01 | 2024-03-01
        ann         | 2024-09-01 | 2024-09-01
    """
    orders = "customer_id | order_id | happened_at\nann | in time | 2024-03-01\nann | early | 2024-02-29"
    assert early(check(tmp_path, customers=customers, orders=orders))[JOINED].rows == 1
    assert clean(tmp_path, "orders", "order_id") == ["in time"]


def test_customers_who_joined_with_their_first_row_have_none_before(tmp_path: Path) -> None:
    """As in data without a list of customers: joined_at is the first order's moment."""
    customers = "customer_id | joined_at\nann | 2024-03-05 12:00\nben | 2024-01-01 00:00"
    orders = "customer_id | happened_at\nann | 2024-03-05 12:00\nann | 2024-03-09\nben | 2024-01-01 00:00"
    assert check(tmp_path, customers=customers, orders=orders).findings == ()


def test_what_the_company_began_may_come_before(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        customers=ANN,
        orders="customer_id | happened_at\nann | 2024-03-06",
        contacts="""
            customer_id | contact_id | channel | direction | case_id | happened_at
            ann         | campaign   | phone   | outbound  |         | 2024-02-01
            ann         | question   | chat    | inbound   |         | 2024-02-02
            ann         | answer     | phone   | outbound  | c1      | 2024-02-03
        """,
    )
    assert early(readiness, "contacts")[JOINED].rows == 2
    assert clean(tmp_path, "contacts", "contact_id") == ["campaign"]


# Before the subscription began


SUBSCRIPTIONS = """
    customer_id | subscription_id | plan  | started_at | ended_at
    ann         | s1              | basic | 2024-04-01 | 2024-06-01
    ann         | s1              | pro   | 2024-06-01 |
    ann         | s2              | pro   | 2024-08-01 | 2024-08-31
"""


def test_usage_of_a_day_before_its_subscription_began_goes_aside(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        activity=("usage",),
        customers=ANN,
        subscriptions=SUBSCRIPTIONS,
        usage="""
            customer_id | event                     | subscription_id | happened_at
            ann         | the first day             | s1              | 2024-04-01
            ann         | the day before            | s1              | 2024-03-31
            ann         | in the second period      | s1              | 2024-07-01
            ann         | before another            | s2              | 2024-07-01
            ann         | after the end             | s2              | 2024-09-01
            ann         | no subscription           |                 | 2024-03-31
            ann         | an unknown subscription   | s3              | 2024-03-31
        """,
    )
    found = early(readiness, "usage")
    assert found.keys() == {BEGAN}
    assert (found[BEGAN].rows, found[BEGAN].of_rows, found[BEGAN].column) == (2, 7, "happened_at")
    assert found[BEGAN].example == "row 2: it is of 2024-03-31, and subscriptions.started_at of 's1' is 2024-04-01"
    assert reasons(tmp_path, "usage") == [(2, f"happened_at: {BEGAN}"), (4, f"happened_at: {BEGAN}")]


def test_usage_without_a_table_of_subscriptions_is_not_judged_by_it(tmp_path: Path) -> None:
    usage = "customer_id | event | subscription_id | happened_at\nann | login | s1 | 2024-03-31"
    assert check(tmp_path, activity=("usage",), customers=ANN, usage=usage).findings == ()


def test_a_subscription_cannot_begin_before_its_customer_joined(tmp_path: Path) -> None:
    """Its happened_at is its started_at, and the report names the column that was mapped."""
    readiness = check(
        tmp_path,
        customers=ANN,
        orders="customer_id | happened_at\nann | 2024-03-06",
        subscriptions="customer_id | subscription_id | started_at\nann | s1 | 2024-03-05\nann | s2 | 2024-03-04",
    )
    assert early(readiness, "subscriptions")[JOINED].column == "started_at"
    assert reasons(tmp_path, "subscriptions") == [(2, f"started_at: {JOINED}")]


# Together with what else can be wrong


def test_a_row_may_have_several_reasons_and_goes_aside_once(tmp_path: Path) -> None:
    readiness = check(
        tmp_path,
        activity=("usage",),
        customers=ANN,
        subscriptions=SUBSCRIPTIONS,
        usage="""
            customer_id | event | subscription_id | happened_at | quantity
            ann         | login | s1              | 2024-01-01  | 1
            ann         | login | s1              | 2024-01-01  | 2
            ann         | login | s1              | 2024-01-02  | 1
            ann         | login | s1              | 2024-01-02  | 1
            ann         | login | s1              | 2024-05-01  | 1
        """,
    )
    # A dropped copy is counted as a copy and as nothing else.
    assert {problem: found.rows for problem, found in early(readiness, "usage").items()} == {JOINED: 3, BEGAN: 3}
    both = f"happened_at: {JOINED}; happened_at: {BEGAN}"
    contradicting = (
        "customer_id, event, happened_at, subscription_id: one key with two different rows known at the same moment"
    )
    assert reasons(tmp_path, "usage") == [(1, f"{contradicting}; {both}"), (2, f"{contradicting}; {both}"), (3, both)]
    report = next(table for table in readiness.tables if table.table == "usage")
    assert (report.rows_read, report.rows_clean, report.rows_quarantined, report.duplicates_dropped) == (5, 1, 3, 1)


@given(
    joined=st.lists(st.integers(0, 20), min_size=1, max_size=4),
    orders=st.lists(
        st.tuples(st.integers(0, 3), st.integers(-10, 30), st.integers(0, 86_399)), min_size=1, max_size=12
    ),
)
def test_those_who_are_early_are_named_to_the_row(
    tmp_path: Path, joined: list[int], orders: list[tuple[int, int, int]]
) -> None:
    """Against plain Python; over the night of the 10th of March, when New York's clocks went forward."""
    first = date(2024, 3, 1)
    noon = "\n".join(f"c0 | {first + timedelta(days=day)} 12:00 | {n + 1}" for n, day in enumerate(joined))
    lines = [
        f"c{who} | o{n} | {first + timedelta(days=day)} {second // 3600:02}:{second // 60 % 60:02}"
        for n, (who, day, second) in enumerate(orders)
    ]
    readiness = check(
        tmp_path,
        calendar=NEW_YORK,
        customers=f"customer_id | joined_at | segment\n{noon}" + "".join(f"\nc{n} | {first} | 1" for n in (1, 2)),
        orders="\n".join(["customer_id | order_id | happened_at", *lines]),
    )
    # Two rows of c0 that tell another day of joining contradict each other: then nobody knows who c0 is.
    starts = {1: 0, 2: 0, **({0: joined[0]} if len(joined) == 1 else {})}
    known = [(n, who, day) for n, (who, day, _) in enumerate(orders) if who in starts]
    wanted = [n + 1 for n, who, day in known if day < starts[who]]
    assert [number for number, why in reasons(tmp_path) if JOINED in why] == wanted
    found = early(readiness).get(JOINED)
    assert (found.rows if found else 0) == len(wanted)
    report = next(table for table in readiness.tables if table.table == "orders")
    assert report.rows_read == report.rows_clean + report.rows_quarantined + report.duplicates_dropped


# The rules themselves


@pytest.mark.parametrize("rule", NOT_BEFORE, ids=lambda rule: rule.problem)
def test_a_rule_names_what_there_is_and_what_was_read_before(rule: NotBefore) -> None:
    order = list(TABLES)
    since = TABLES[rule.other].column(rule.since)
    assert since in TABLES[rule.other].timestamps
    assert since.required
    assert TABLES[rule.other].column(rule.by)
    for name in rule.tables:
        assert TABLES[name].column(rule.by)
        assert order.index(rule.other) < order.index(name)


def test_every_table_is_held_to_the_day_of_joining_or_is_known_not_to_be() -> None:
    """Labels are of a day of decision and no deed of a customer."""
    assert set(TABLES) - set(AFTER_JOINING.tables) <= {"customers", "labels"}
