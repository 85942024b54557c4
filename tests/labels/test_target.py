"""The spine of a target and its labels: who is in it, in which order, and what is said of whom nothing is known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from contract.checked import CheckedTables
from contract.cut import Future, History, future, history
from labels.target import Target, labels_of, spine_of
from tests.drawn import checked, rows

AS_OF = date(2024, 3, 5)


def everybody(past: History) -> ir.Table:
    return past["customers"].select("customer_id")


def bought(ahead: Future, cohort: ir.Table) -> ir.Table:
    """Only of those who bought something is it known how much."""
    orders = ahead["orders"]
    spent = orders.group_by("customer_id").agg(label=(orders.amount.sum() > 10).cast("int64"))
    return spent.semi_join(cohort, "customer_id")


SPENDS = Target(
    name="spends",
    title="Spends",
    meaning="spends more than 10",
    horizon_days=7,
    gap_days=1,
    cohort=everybody,
    outcome=bought,
)


def past_of(tables: CheckedTables, as_of: date = AS_OF) -> History:
    return history(tables, as_of, load_window=timedelta(hours=6), activity=("orders",))


def ahead_of(tables: CheckedTables) -> Future:
    return future(tables, AS_OF, gap_days=1, horizon_days=7, activity=("orders",))


@pytest.fixture
def tables(tmp_path: Path) -> CheckedTables:
    return checked(
        tmp_path,
        customers="""
            customer_id  | joined_at        | known_at         | profiling_allowed
            zoe          | 2024-01-01 10:00 | 2024-01-01 10:00 | true
            ann          | 2024-01-01 10:00 | 2024-01-01 10:00 |
            forbids      | 2024-01-01 10:00 | 2024-01-01 10:00 | false
            forbade once | 2024-01-01 10:00 | 2024-01-01 10:00 | false
            forbade once | 2024-01-01 10:00 | 2024-03-01 10:00 | true
            will forbid  | 2024-01-01 10:00 | 2024-01-01 10:00 | true
            will forbid  | 2024-01-01 10:00 | 2024-03-06 10:00 | false
            joins later  | 2024-03-05 00:00 | 2024-03-05 00:00 | true
        """,
        orders="""
            customer_id | happened_at      | amount
            zoe         | 2024-03-07 10:00 | 20
            ann         | 2024-03-07 10:00 | 5
        """,
    )


def test_spine_is_one_row_a_customer_of_the_cohort_who_allows_profiling_by_customer_id(tables: CheckedTables) -> None:
    spine = spine_of(tables.frames["customers"].get_backend(), past_of(tables), SPENDS, AS_OF)
    assert list(spine.columns) == ["unit_id", "customer_id", "as_of"]
    assert list(spine.customer_id) == ["ann", "forbade once", "will forbid", "zoe"]
    assert (spine.unit_id == spine.customer_id).all()
    assert set(spine.as_of) == {pd.Timestamp(AS_OF)}


def test_from_the_night_on_which_it_is_known_profiling_is_forbidden(tables: CheckedTables) -> None:
    spine = spine_of(tables.frames["customers"].get_backend(), past_of(tables, date(2024, 3, 7)), SPENDS, AS_OF)
    assert list(spine.customer_id) == ["ann", "forbade once", "joins later", "zoe"]


def test_labels_come_in_the_order_of_the_spine_and_are_nan_where_nothing_can_be_said(tables: CheckedTables) -> None:
    connection = tables.frames["customers"].get_backend()
    spine = spine_of(connection, past_of(tables), SPENDS, AS_OF).sort_values("customer_id", ascending=False)
    before = spine.copy()
    label = labels_of(connection, ahead_of(tables), SPENDS, spine)
    found = rows(pd.DataFrame({"customer": spine.customer_id, "label": label}))
    assert found == [
        {"customer": "zoe", "label": 1.0},
        {"customer": "will forbid", "label": None},
        {"customer": "forbade once", "label": None},
        {"customer": "ann", "label": 0.0},
    ]
    assert label.index.equals(spine.index)
    pd.testing.assert_frame_equal(spine, before)


def test_several_units_of_a_customer_have_the_customers_label(tables: CheckedTables) -> None:
    spine = pd.DataFrame({"unit_id": ["1", "2", "3"], "customer_id": ["zoe", "ann", "zoe"], "as_of": AS_OF})
    label = labels_of(tables.frames["customers"].get_backend(), ahead_of(tables), SPENDS, spine)
    assert label.tolist() == [1.0, 0.0, 1.0]


def test_a_cohort_without_anybody_gives_no_rows(tables: CheckedTables) -> None:
    connection = tables.frames["customers"].get_backend()
    nobody = past_of(tables, date(2023, 1, 1))
    spine = spine_of(connection, nobody, SPENDS, date(2023, 1, 1))
    assert spine.empty
    assert labels_of(connection, ahead_of(tables), SPENDS, spine).empty


@pytest.mark.parametrize(
    ("gap_days", "horizon_days", "delay_days", "known"),
    [(0, 1, 0, date(2024, 3, 6)), (1, 28, 0, date(2024, 4, 3)), (1, 28, 14, date(2024, 4, 17))],
)
def test_labels_are_known_when_window_and_delay_are_over(
    gap_days: int, horizon_days: int, delay_days: int, known: date
) -> None:
    target = Target(
        name="t",
        title="T",
        meaning="t",
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=everybody,
        outcome=lambda ahead, cohort: cohort.mutate(label=ibis.literal(1)),
    )
    assert target.known_on(AS_OF) == known
    assert target.label_days == (known - AS_OF).days
