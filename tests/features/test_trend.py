"""Adjacent windows compared."""

from datetime import date
from pathlib import Path

from features.frequency import FREQUENCY
from features.trend import TREND
from features.value import VALUE
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_the_newer_window_as_a_share_of_both(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | amount | happened_at
            ann         | 30     | 2024-03-10 12:00
            ann         | 10     | 2024-02-11 23:00
            ann         | 20     | 2024-02-11 01:00
            ann         | 20     | 2024-01-15 00:00
            ann         | 99     | 2023-12-10 12:00
            ann         | 5      | 2023-09-10 00:00
            ann         | 5      | 2023-09-10 23:00
            ann         | 5      | 2023-03-13 00:00
            ann         | 5      | 2023-03-12 23:59
            ben         | 10     | 2024-01-20 12:00
            cyd         | 10     | 2024-03-01 12:00
            dan         | 10     | 2023-02-01 12:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [FREQUENCY, VALUE, TREND], activity=("orders",)).frame
    assert features_of(frame, "ann", *[feature.name for feature in TREND.features]) == {
        "active_days_29_to_56d_ago": 2.0,
        "active_days_92_to_182d_ago": 1.0,
        "active_days_183_to_364d_ago": 2.0,
        "orders_29_to_56d_ago": 3.0,
        "orders_92_to_182d_ago": 1.0,
        "amount_29_to_56d_ago": 50.0,
        "amount_92_to_182d_ago": 99.0,
        "active_days_trend_28d": round(1 / 3, 6),
        "active_days_trend_91d": 0.75,
        "orders_trend_28d": 0.25,
        "orders_trend_91d": 0.8,
        "amount_trend_28d": 0.375,
        "amount_trend_91d": round(80 / 179, 6),
        "active_days_newest_share": round(1 / 3, 6),
    }
    shown = ("orders_trend_28d", "orders_trend_91d")
    assert features_of(frame, "ben", *shown) == {"orders_trend_28d": 0.0, "orders_trend_91d": 1.0}
    assert features_of(frame, "cyd", *shown) == {"orders_trend_28d": 1.0, "orders_trend_91d": 1.0}
    assert features_of(frame, "dan", *shown) == {"orders_trend_28d": None, "orders_trend_91d": None}


def test_a_trend_over_a_short_history_is_null_and_listed(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | amount | happened_at
            ann         | 30     | 2024-01-31 12:00
        """,
    )
    made = built(tables, date(2024, 3, 11), [FREQUENCY, VALUE, TREND], activity=("orders",))
    assert "orders_last_28d" not in made.censored
    assert {"orders_29_to_56d_ago", "orders_trend_28d", "amount_trend_91d"} <= set(made.censored)
    assert features_of(made.frame, "ann", "orders_trend_28d") == {"orders_trend_28d": None}
