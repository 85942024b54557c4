"""How much, how often and how widely the product is used, and whether that falls."""

from datetime import date
from pathlib import Path

from features.usage import USAGE
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_days_quantities_and_different_things(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        activity=("usage",),
        usage="""
            customer_id | event  | quantity | happened_at
            ann         | login  | 1        | 2024-03-10 12:00
            ann         | export | 2.5      | 2024-03-10 12:00
            ann         | login  |          | 2024-03-03 12:00
            ann         | share  | 4        | 2024-02-11 12:00
            ann         | login  | 1        | 2023-12-11 00:00
            ann         | print  | 1        | 2023-12-10 23:00
            ben         | login  | 1        | 2023-11-01 12:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [USAGE], activity=("usage",)).frame
    assert features_of(frame, "ann") == {
        "days_since_last_usage": 0.5,
        "usage_days_last_7d": 1.0,
        "usage_days_last_28d": 2.0,
        "usage_days_last_91d": 4.0,
        "usage_days_29_to_56d_ago": 1.0,
        "usage_quantity_last_28d": 3.5,
        "usage_quantity_last_91d": 8.5,
        "usage_quantity_29_to_56d_ago": 4.0,
        "usage_events_last_28d": 2.0,
        "usage_events_last_91d": 3.0,
        "usual_usage_days_28d_low": None,
        "usual_usage_days_28d_high": None,
        "usage_days_trend_28d": round(2 / 3, 6),
        "usage_quantity_trend_28d": round(3.5 / 7.5, 6),
    }
    # Four complete periods, empty but for the first day of the oldest one, which is not complete.
    assert features_of(frame, "ben") == {
        "days_since_last_usage": 130.5,
        "usage_days_last_7d": 0.0,
        "usage_days_last_28d": 0.0,
        "usage_days_last_91d": 0.0,
        "usage_days_29_to_56d_ago": 0.0,
        "usage_quantity_last_28d": 0.0,
        "usage_quantity_last_91d": 0.0,
        "usage_quantity_29_to_56d_ago": 0.0,
        "usage_events_last_28d": 0.0,
        "usage_events_last_91d": 0.0,
        "usual_usage_days_28d_low": 0.0,
        "usual_usage_days_28d_high": 0.0,
        "usage_days_trend_28d": None,
        "usage_quantity_trend_28d": None,
    }
