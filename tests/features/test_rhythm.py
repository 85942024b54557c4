"""Is the customer overdue, by the customer's own habit?"""

from datetime import date
from pathlib import Path

from features.recency import RECENCY
from features.rhythm import RHYTHM
from tests.drawn import checked
from tests.features.companies import built, features_of

NAMES = [feature.name for feature in RHYTHM.features]


def test_gaps_are_between_days_with_activity(tmp_path: Path) -> None:
    """Ann's days: 40, 30, 24, 10 and 4 days ago (two orders on one day): gaps of 10, 6, 14 and 6."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | amount | happened_at
            ann         | purchase | 1      | 2024-01-31 00:00
            ann         | purchase | 1      | 2024-02-10 00:00
            ann         | purchase | 1      | 2024-02-16 08:00
            ann         | purchase | 1      | 2024-02-16 20:00
            ann         | return   | 1      | 2024-02-20 00:00
            ann         | purchase | 1      | 2024-03-01 23:59
            ann         | purchase | 1      | 2024-03-07 00:00
            ben         | purchase | 1      | 2024-02-01 00:00
            ben         | purchase | 1      | 2024-02-08 00:00
            ben         | purchase | 1      | 2024-02-15 00:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [RECENCY, RHYTHM], activity=("orders",)).frame
    assert features_of(frame, "ann", *NAMES) == {
        "gaps": 4.0,
        "usual_days_between": 8.0,
        "usual_longest_gap": 12.8,
        "longest_gap": 14.0,
        "usual_orders_28d_low": None,
        "usual_orders_28d_high": None,
        "usual_amount_28d_low": None,
        "usual_amount_28d_high": None,
        "overdue_ratio": 0.5,
        "days_past_longest_gap": -8.8,
        "gap_spread": 1.6,
    }
    assert set(features_of(frame, "ben", *NAMES).values()) == {None}, "two gaps are no habit"


def test_what_is_usual_counts_empty_periods_but_not_the_current_one(tmp_path: Path) -> None:
    """Five complete periods of 28 days: 9, 2, 0, 1 and 4 orders, the newest first; the first day begins the fifth."""
    days = [1] * 9 + [29, 56] + [85] + [113, 120, 130, 140]
    lines = [f"ann | {10 * days.count(day)} | {date.fromordinal(date(2024, 7, 1).toordinal() - day)}" for day in days]
    lines.append("ben | 5 | 2024-03-12")  # 111 days ago: three complete periods
    lines.append("cyd | 5 | 2024-03-11")  # 112 days ago: four
    tables = checked(tmp_path, orders="\n".join(["customer_id | amount | happened_at", *lines]))
    frame = built(tables, date(2024, 7, 1), [RHYTHM], activity=("orders",)).frame
    assert features_of(frame, "ann", *NAMES[4:8]) == {
        "usual_orders_28d_low": 0.75,
        "usual_orders_28d_high": 2.5,
        "usual_amount_28d_low": 7.5,
        "usual_amount_28d_high": 25.0,
    }
    assert features_of(frame, "ben", "usual_orders_28d_high") == {"usual_orders_28d_high": None}
    assert features_of(frame, "cyd", "usual_orders_28d_low", "usual_orders_28d_high", "usual_amount_28d_high") == {
        "usual_orders_28d_low": 0.0,
        "usual_orders_28d_high": 0.5,
        "usual_amount_28d_high": 2.5,
    }
