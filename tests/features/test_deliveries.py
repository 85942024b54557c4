"""Whether orders came when they were promised, and what is overdue now."""

from datetime import date
from pathlib import Path

from features.deliveries import DELIVERIES
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_late_deliveries_and_what_is_overdue(tmp_path: Path) -> None:
    """At 2024-06-01. Of ann's orders one came 4 days late, one early, one later on the promised day itself, an old one
    10 days late. One is overdue since yesterday, one for 30 days, one too long to be still awaited; one is promised for
    today, and one is delivered only today. What was not promised, and returns, say nothing."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | happened_at      | promised_at      | delivered_at
            ann         | purchase | 2023-07-01 12:00 | 2023-07-10 12:00 | 2023-07-20 12:00
            ann         | purchase | 2023-08-01 12:00 | 2023-08-10 12:00 |
            ann         | purchase | 2024-04-01 12:00 | 2024-04-04 23:00 | 2024-04-08 01:00
            ann         | purchase | 2024-04-02 12:00 | 2024-04-10 12:00 | 2024-04-05 12:00
            ann         | purchase | 2024-05-01 12:00 | 2024-05-02 09:00 | 2024-05-02 18:00
            ann         | purchase | 2024-04-20 12:00 | 2024-05-02 12:00 |
            ann         | purchase | 2024-05-20 12:00 | 2024-05-31 12:00 |
            ann         | purchase | 2024-05-21 12:00 | 2024-06-01 12:00 |
            ann         | purchase | 2024-05-22 12:00 | 2024-06-09 12:00 | 2024-06-01 00:00
            ann         | purchase | 2024-05-23 12:00 |                  |
            ann         | return   | 2024-05-24 12:00 | 2024-05-25 12:00 | 2024-05-29 12:00
            ben         | purchase | 2024-05-23 12:00 |                  | 2024-05-24 12:00
            cyd         | purchase | 2023-01-01 12:00 |                  |
        """,
    )
    frame = built(tables, date(2024, 6, 1), [DELIVERIES], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "late_share_last_91d": round(1 / 3, 6),
        "late_share_last_364d": 0.5,
        "mean_days_late_last_91d": round(4 / 3, 6),
        "mean_days_late_last_364d": 3.5,
        "most_days_late_last_364d": 10.0,
        "last_days_late": 0.0,
        "overdue_orders": 2.0,
        "days_overdue": 30.0,
        "days_since_last_late_delivery": 54.0,
        "orders_on_the_way": 2.0,
    }
    assert features_of(frame, "ben") == {
        "late_share_last_91d": None,
        "late_share_last_364d": None,
        "mean_days_late_last_91d": None,
        "mean_days_late_last_364d": None,
        "most_days_late_last_364d": None,
        "last_days_late": None,
        "overdue_orders": 0.0,
        "days_overdue": None,
        "days_since_last_late_delivery": None,
        "orders_on_the_way": 0.0,
    }
