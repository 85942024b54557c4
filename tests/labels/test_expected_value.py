"""Expected value, drawn: what customers spend in the label window. Times are local to the calendar (UTC)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from labels.expected_value import expected_value
from tests.drawn import checked
from tests.labels.labelled import labelled

AS_OF = date(2024, 3, 5)
TARGET = expected_value(active_days=30, horizon_days=7, gap_days=1)


def test_the_label_is_what_purchases_in_the_window_come_to(tmp_path: Path) -> None:
    """From the 6th to the 12th, to the cent: 0.1 and 0.2 are 0.3."""
    tables = checked(
        tmp_path,
        activity=("orders", "usage"),
        orders="""
            customer_id   | kind     | happened_at                | known_at         | amount
            exact         | purchase | 2024-03-01 10:00           | 2024-03-01 10:00 | 7
            exact         | purchase | 2024-03-06 00:00           | 2024-03-06 00:00 | 0.1
            exact         | purchase | 2024-03-12 23:59:59.999999 | 2024-09-01 10:00 | 0.2
            sends back    | purchase | 2024-03-01 10:00           | 2024-03-01 10:00 | 7
            sends back    | purchase | 2024-03-08 10:00           | 2024-03-08 10:00 | 20
            sends back    | return   | 2024-03-09 10:00           | 2024-03-09 10:00 | 20
            outside       | purchase | 2024-03-01 10:00           | 2024-03-01 10:00 | 7
            outside       | purchase | 2024-03-05 23:59:59.999999 | 2024-03-06 00:00 | 20
            outside       | purchase | 2024-03-13 00:00           | 2024-03-13 00:00 | 20
            not known     | purchase | 2024-03-01 10:00           | 2024-03-01 10:00 | 7
            not known     | purchase | 2024-03-08 10:00           | 2024-03-08 10:00 |
            was not there | purchase | 2024-02-03 23:59:59.999999 | 2024-02-04 00:00 | 7
            was not there | purchase | 2024-03-08 10:00           | 2024-03-08 10:00 | 20
        """,
        usage="""
            customer_id | event | happened_at
            only looks  | open  | 2024-03-01 10:00
        """,
    )
    assert labelled(tables, TARGET, AS_OF, activity=("orders", "usage")) == {
        "exact": 0.3,
        "sends back": 20.0,
        "outside": 0.0,
        "not known": 0.0,
        "only looks": 0.0,
    }


def test_it_is_an_amount() -> None:
    assert TARGET.kind == "amount"
