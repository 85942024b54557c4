"""Partial churn, drawn: who spent, and who spends half of it or less. Times are local to the calendar.

As of the 5th of March, with a gap of one day and seven days ahead: spent from the 27th of February to the 4th of March
(2024 is a leap year), and from the 6th to the 12th.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from contract.calendar import Calendar
from contract.checked import CheckedTables
from labels.partial_churn import partial_churn
from tests.drawn import checked
from tests.labels.labelled import labelled
from tests.labels.told import told

AS_OF = date(2024, 3, 5)


def churned(
    tables: CheckedTables, as_of: date = AS_OF, *, gap_days: int = 1, load_hours: float = 6
) -> dict[str, float | None]:
    return labelled(tables, partial_churn(horizon_days=7, gap_days=gap_days), as_of, load_hours=load_hours)


def test_half_is_churn_and_a_cent_more_is_not(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id  | happened_at      | amount
            half         | 2024-03-01 10:00 | 33.33
            half         | 2024-03-02 10:00 | 0.01
            half         | 2024-03-08 10:00 | 16.67
            a cent more  | 2024-03-01 10:00 | 33.34
            a cent more  | 2024-03-08 10:00 | 16.60
            a cent more  | 2024-03-09 10:00 | 0.08
            half of dime | 2024-03-01 10:00 | 0.1
            half of dime | 2024-03-02 10:00 | 0.2
            half of dime | 2024-03-08 10:00 | 0.15
            nothing      | 2024-03-01 10:00 | 33.34
            much more    | 2024-03-01 10:00 | 33.34
            much more    | 2024-03-08 10:00 | 500
        """,
    )
    assert churned(tables) == {
        "half": 1.0,
        "a cent more": 0.0,
        "half of dime": 1.0,
        "nothing": 1.0,
        "much more": 0.0,
    }


def test_the_label_window_is_half_open_and_begins_after_the_gap(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id  | happened_at                | amount
            in the gap   | 2024-03-01 10:00           | 100
            in the gap   | 2024-03-05 23:59:59.999999 | 100
            first moment | 2024-03-01 10:00           | 100
            first moment | 2024-03-06 00:00           | 100
            last moment  | 2024-03-01 10:00           | 100
            last moment  | 2024-03-12 23:59:59.999999 | 100
            too late     | 2024-03-01 10:00           | 100
            too late     | 2024-03-13 00:00           | 100
        """,
    )
    assert churned(tables) == {"in the gap": 1.0, "first moment": 0.0, "last moment": 0.0, "too late": 1.0}
    assert churned(tables, gap_days=0) == {"in the gap": 0.0, "first moment": 0.0, "last moment": 1.0, "too late": 1.0}


def test_the_window_before_ends_with_as_of_and_is_as_long(tmp_path: Path) -> None:
    """Who spent only outside of it is not in the cohort; and what was spent outside is not compared with."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id      | happened_at                | amount
            first moment     | 2024-02-27 00:00           | 100
            last moment      | 2024-03-04 23:59:59.999999 | 100
            a tick too early | 2024-02-26 23:59:59.999999 | 100
            at as_of         | 2024-03-05 00:00           | 100
            more before that | 2024-02-26 23:59:59.999999 | 100
            more before that | 2024-03-01 10:00           | 10
            more before that | 2024-03-08 10:00           | 6
            more in the gap  | 2024-03-01 10:00           | 10
            more in the gap  | 2024-03-05 00:00           | 100
            more in the gap  | 2024-03-08 10:00           | 6
            all of it counts | 2024-02-27 00:00           | 6
            all of it counts | 2024-03-04 23:59:59.999999 | 6
            all of it counts | 2024-03-08 10:00           | 6
        """,
    )
    assert churned(tables) == {
        "first moment": 1.0,
        "last moment": 1.0,
        "more before that": 0.0,
        "more in the gap": 0.0,
        "all of it counts": 1.0,
    }


@pytest.mark.parametrize(
    ("zone", "as_of", "begins", "ends"),
    [
        # The clock jumps ahead on the 10th of March, and back on the 3rd of November.
        ("America/New_York", date(2024, 3, 12), datetime(2024, 3, 5, 5), datetime(2024, 3, 12, 4)),
        ("America/New_York", date(2024, 11, 5), datetime(2024, 10, 29, 4), datetime(2024, 11, 5, 5)),
        ("Asia/Tehran", date(2024, 3, 5), datetime(2024, 2, 26, 20, 30), datetime(2024, 3, 4, 20, 30)),
    ],
)
def test_both_windows_are_of_whole_local_days(
    tmp_path: Path, zone: str, as_of: date, begins: datetime, ends: datetime
) -> None:
    """Seven days are not always 168 hours; `begins` and `ends` are in UTC."""
    tick = timedelta(microseconds=1)
    tables = checked(
        tmp_path,
        calendar=Calendar(zone=zone),
        orders=f"""
            customer_id | happened_at     | amount
            too early   | {begins - tick}Z | 10
            first       | {begins}Z        | 10
            last        | {ends - tick}Z   | 10
            too late    | {ends}Z          | 10
            spends on   | {begins}Z        | 10
            spends on   | {ends}Z          | 10
        """,
    )
    assert churned(tables, as_of, gap_days=0, load_hours=0) == {"first": 1.0, "last": 1.0, "spends on": 0.0}


def test_returns_count_on_neither_side(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id           | kind     | happened_at      | amount
            only sends back       | return   | 2024-03-01 10:00 | 100
            sent much back before | purchase | 2024-03-01 10:00 | 10
            sent much back before | return   | 2024-03-02 10:00 | 9
            sent much back before | purchase | 2024-03-08 10:00 | 5
            returns are no money  | purchase | 2024-03-01 10:00 | 10
            returns are no money  | return   | 2024-03-08 10:00 | 10
            sends all back        | purchase | 2024-03-01 10:00 | 10
            sends all back        | purchase | 2024-03-08 10:00 | 10
            sends all back        | return   | 2024-03-09 10:00 | 10
        """,
    )
    assert churned(tables) == {"sent much back before": 1.0, "returns are no money": 1.0, "sends all back": 0.0}


def test_the_cohort_is_as_known_then_and_both_windows_as_known_now(tmp_path: Path) -> None:
    """The night of the 5th knows what was loaded by 06:00; what came later counts where it happened all the same."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id        | order_id | happened_at      | known_at         | amount
            known too late     | 1        | 2024-03-01 10:00 | 2024-03-05 06:00 | 10
            known in time      | 2        | 2024-03-01 10:00 | 2024-03-05 05:59 | 10
            more came to light | 3        | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            more came to light | 4        | 2024-03-02 10:00 | 2024-09-01 10:00 | 90
            more came to light | 5        | 2024-03-08 10:00 | 2024-03-08 10:00 | 10
            bought after all   | 6        | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            bought after all   | 7        | 2024-03-08 10:00 | 2024-09-01 10:00 | 10
            was corrected      | 8        | 2024-03-01 10:00 | 2024-03-01 10:00 | 100
            was corrected      | 8        | 2024-03-01 10:00 | 2024-09-01 10:00 | 10
            was corrected      | 9        | 2024-03-08 10:00 | 2024-03-08 10:00 | 10
        """,
    )
    assert churned(tables) == {
        "known in time": 1.0,
        "more came to light": 1.0,
        "bought after all": 0.0,
        "was corrected": 0.0,
    }


def test_who_by_now_has_no_purchase_left_before_cannot_be_labelled(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | kind     | happened_at      | known_at         | amount
            cancelled   | 1        | purchase | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            cancelled   | 1        | purchase | 2024-03-01 10:00 | 2024-03-20 10:00 | 0
            no amount   | 2        | purchase | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            no amount   | 2        | purchase | 2024-03-01 10:00 | 2024-03-20 10:00 |
            was earlier | 3        | purchase | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            was earlier | 3        | purchase | 2024-02-20 10:00 | 2024-03-20 10:00 | 10
            one is left | 4        | purchase | 2024-03-01 10:00 | 2024-03-01 10:00 | 10
            one is left | 4        | purchase | 2024-03-01 10:00 | 2024-03-20 10:00 | 0
            one is left | 5        | purchase | 2024-03-02 10:00 | 2024-03-02 10:00 | 4
        """,
    )
    assert churned(tables) == {"cancelled": None, "no amount": None, "was earlier": None, "one is left": 1.0}


def test_purchases_of_nothing_are_no_spend(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id     | happened_at      | amount
            for nothing     | 2024-03-01 10:00 | 0
            not known       | 2024-03-01 10:00 |
            gets it for 0   | 2024-03-01 10:00 | 10
            gets it for 0   | 2024-03-08 10:00 | 0
            one of unknown  | 2024-03-01 10:00 | 10
            one of unknown  | 2024-03-02 10:00 |
            one of unknown  | 2024-03-08 10:00 | 6
            one of unknown  | 2024-03-09 10:00 |
        """,
    )
    assert churned(tables) == {"gets it for 0": 1.0, "one of unknown": 0.0}


def test_who_has_left_already_or_leaves_inside_the_gap_is_out(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at | amount
            gone before | 2024-02-28  | 10
            in the gap  | 2024-02-28  | 10
            stays       | 2024-02-28  | 10
        """,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            gone before | s1              | 2023-01-01 | 2024-02-29
            in the gap  | s2              | 2023-01-01 | 2024-03-05
            stays       | s3              | 2023-01-01 |
        """,
    )
    assert told(tables, partial_churn(horizon_days=7, gap_days=1), date(2024, 3, 5)) == {
        "in the gap": "gone",
        "stays": "yes",
    }
