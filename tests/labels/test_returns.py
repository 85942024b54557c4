"""Return, drawn: who bought, and who sends something back. Times are local to the calendar (UTC)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from labels.returns import returns
from tests.drawn import checked
from tests.labels.labelled import labelled
from tests.labels.told import told

AS_OF = date(2024, 3, 5)
TARGET = returns(active_days=30, horizon_days=7, gap_days=1)


def test_the_cohort_is_who_bought_in_the_last_days(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        activity=("orders", "usage"),
        orders="""
            customer_id        | kind     | happened_at                | known_at
            30 days ago        | purchase | 2024-02-04 00:00           | 2024-02-04 00:00
            a tick too early   | purchase | 2024-02-03 23:59:59.999999 | 2024-02-04 00:00
            yesterday          | purchase | 2024-03-04 23:59:59.999999 | 2024-03-05 05:59
            known too late     | purchase | 2024-03-04 10:00           | 2024-03-05 06:00
            at as_of           | purchase | 2024-03-05 00:00           | 2024-03-05 00:00
            sent back, no more | return   | 2024-03-01 10:00           | 2024-03-01 10:00
        """,
        usage="""
            customer_id | event | happened_at
            only looked | open  | 2024-03-01 10:00
        """,
    )
    assert labelled(tables, TARGET, AS_OF, activity=("orders", "usage")) == {"30 days ago": 0.0, "yesterday": 0.0}


def test_the_label_is_a_return_in_the_window(tmp_path: Path) -> None:
    """From the 6th to the 12th: with a gap of one day and seven days ahead."""
    bought = "\n".join(
        f"{who} | purchase | 2024-03-01 10:00 | 2024-03-01 10:00"
        for who in ("first moment", "last moment", "in the gap", "too late", "known later", "buys again", "twice")
    )
    tables = checked(
        tmp_path,
        orders=f"""
            customer_id   | kind     | happened_at                | known_at
            {bought}
            first moment  | return   | 2024-03-06 00:00           | 2024-03-06 00:00
            last moment   | return   | 2024-03-12 23:59:59.999999 | 2024-03-13 00:00
            in the gap    | return   | 2024-03-05 23:59:59.999999 | 2024-03-06 00:00
            too late      | return   | 2024-03-13 00:00           | 2024-03-13 00:00
            known later   | return   | 2024-03-08 10:00           | 2024-09-01 10:00
            buys again    | purchase | 2024-03-08 10:00           | 2024-03-08 10:00
            twice         | return   | 2024-03-08 10:00           | 2024-03-08 10:00
            twice         | return   | 2024-03-09 10:00           | 2024-03-09 10:00
            never bought  | return   | 2024-03-08 10:00           | 2024-03-08 10:00
        """,
    )
    assert labelled(tables, TARGET, AS_OF) == {
        "first moment": 1.0,
        "last moment": 1.0,
        "in the gap": 0.0,
        "too late": 0.0,
        "known later": 1.0,
        "buys again": 0.0,
        "twice": 1.0,
    }


def test_who_has_left_already_or_leaves_inside_the_gap_is_out(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at
            gone before | 2024-02-20
            in the gap  | 2024-02-20
            stays       | 2024-02-20
        """,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            gone before | s1              | 2023-01-01 | 2024-02-25
            in the gap  | s2              | 2023-01-01 | 2024-03-05
            stays       | s3              | 2023-01-01 |
        """,
    )
    target = returns(active_days=30, horizon_days=7, gap_days=1)
    assert told(tables, target, date(2024, 3, 5)) == {"in the gap": "gone", "stays": "no"}
