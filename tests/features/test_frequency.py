"""How often, by window."""

from datetime import date
from pathlib import Path

from features.frequency import FREQUENCY
from tests.drawn import checked
from tests.features.companies import NEW_YORK, built, features_of


def test_counts_by_window(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | items | happened_at
            ann         | purchase | 2     | 2024-03-10 23:59
            ann         | purchase |       | 2024-03-10 23:59
            ann         | purchase | 3     | 2024-03-04 00:00
            ann         | purchase | 5     | 2024-03-03 23:59
            ann         | purchase | 7     | 2024-02-12 00:00
            ann         | purchase | 11    | 2024-02-11 23:59
            ann         | return   | 2     | 2024-03-05 12:00
            ann         | purchase | 1     | 2023-03-13 00:00
            ann         | purchase | 1     | 2023-03-12 23:59
            ben         | return   |       | 2023-12-01 12:00
        """,
        contacts="""
            customer_id | channel | direction | case_id | happened_at
            ann         | phone   | inbound   |         | 2024-03-10 10:00
            ann         | chat    | inbound   | s1      | 2024-02-11 10:00
            ann         | phone   | outbound  | s1      | 2024-03-10 10:00
            ann         | phone   | outbound  |         | 2024-03-10 10:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [FREQUENCY], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "activities_last_28d": 5.0,
        "activities_last_91d": 6.0,
        "activities_last_182d": 6.0,
        "activities_ever": 8.0,
        "active_days_last_14d": 3.0,
        "active_days_last_28d": 4.0,
        "active_days_last_91d": 5.0,
        "active_days_last_182d": 5.0,
        "orders_last_7d": 3.0,
        "orders_last_28d": 5.0,
        "orders_last_91d": 6.0,
        "orders_last_364d": 7.0,
        "items_last_28d": 17.0,
        "items_last_91d": 28.0,
        "returns_last_91d": 1.0,
        "returns_last_364d": 1.0,
        "contacts_last_28d": 1.0,
        "contacts_last_91d": None,
        "contacts_last_364d": None,
    }
    assert features_of(frame, "ben", "activities_ever", "orders_last_364d", "returns_last_364d", "items_last_91d") == {
        "activities_ever": 0.0,
        "orders_last_364d": 0.0,
        "returns_last_364d": 1.0,
        "items_last_91d": 0.0,
    }


def test_days_are_those_of_the_business_time_zone(tmp_path: Path) -> None:
    """Three moments on both sides of New York's midnight, which in UTC is at 05:00 in winter and 04:00 in summer."""
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | happened_at
            ann         | 2024-03-09 04:59Z
            ann         | 2024-03-09 05:00Z
            ann         | 2024-03-11 03:59Z
            ann         | 2024-03-11 04:00Z
            ann         | 2023-01-01 12:00Z
        """,
    )
    names = ("orders_last_7d", "active_days_last_14d")
    frame = built(tables, date(2024, 3, 11), [FREQUENCY], activity=("orders",)).frame
    assert features_of(frame, "ann", *names) == {"orders_last_7d": 3.0, "active_days_last_14d": 3.0}
    frame = built(tables, date(2024, 3, 12), [FREQUENCY], activity=("orders",)).frame
    assert features_of(frame, "ann", *names) == {"orders_last_7d": 4.0, "active_days_last_14d": 4.0}
    # Seven days before the 16th begin with the 9th: the first moment is of the 8th.
    frame = built(tables, date(2024, 3, 16), [FREQUENCY], activity=("orders",)).frame
    assert features_of(frame, "ann", *names) == {"orders_last_7d": 3.0, "active_days_last_14d": 4.0}


def test_a_window_longer_than_the_history_is_null_and_listed(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at
            ann         | 2024-02-12 10:00
            ben         | 2024-03-01 10:00
        """,
    )
    made = built(tables, date(2024, 3, 11), [FREQUENCY], activity=("orders",))
    assert made.censored == (
        "activities_last_91d",
        "activities_last_182d",
        "active_days_last_91d",
        "active_days_last_182d",
        "orders_last_91d",
        "orders_last_364d",
        "items_last_91d",
        "returns_last_91d",
        "returns_last_364d",
    )
    assert made.frame[list(made.censored)].isna().all().all()
    assert features_of(made.frame, "ben", "activities_last_28d", "activities_ever") == {
        "activities_last_28d": 1.0,
        "activities_ever": 1.0,
    }
    # One day earlier the history is 27 days long.
    assert "activities_last_28d" in built(tables, date(2024, 3, 10), [FREQUENCY], activity=("orders",)).censored
