"""How long ago each kind of thing last happened."""

from datetime import date, timedelta
from pathlib import Path

from features.recency import RECENCY
from tests.drawn import checked
from tests.features.companies import NEW_YORK, built, features_of


def test_days_since_the_last_of_each_kind(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        activity=("orders", "usage"),
        orders="""
            customer_id | kind     | happened_at
            ann         | purchase | 2024-03-01 12:00
            ann         | return   | 2024-03-03 00:00
            ben         | return   | 2024-03-09 06:00
        """,
        usage="""
            customer_id | event | happened_at
            ann         | login | 2024-03-02 18:00
        """,
        contacts="""
            customer_id | channel | direction | case_id | happened_at
            ann         | phone   | inbound   |         | 2024-03-01 00:00
            ann         | phone   | outbound  | s1      | 2024-03-08 00:00
            cyd         | phone   | outbound  |         | 2024-03-08 00:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [RECENCY]).frame
    assert features_of(frame, "ann") == {
        "days_since_last_activity": 8.25,
        "days_since_last_return": 8.0,
        "days_since_last_contact": 10.0,
    }
    # A return is no activity; and who did nothing has no last time.
    assert features_of(frame, "ben") == {
        "days_since_last_activity": None,
        "days_since_last_return": 1.75,
        "days_since_last_contact": None,
    }
    assert set(features_of(frame, "cyd").values()) == {None}


def test_the_day_on_which_clocks_go_forward_has_23_hours(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | happened_at
            ann         | 2024-03-10 00:00
            ben         | 2024-03-10 23:59:59
            cyd         | 2024-03-11 00:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [RECENCY], activity=("orders",)).frame
    assert features_of(frame, "ann", "days_since_last_activity") == {"days_since_last_activity": round(23 / 24, 6)}
    assert features_of(frame, "ben", "days_since_last_activity") == {"days_since_last_activity": round(1 / 86400, 6)}
    assert features_of(frame, "cyd", "days_since_last_activity") == {"days_since_last_activity": None}


def test_a_row_that_came_after_the_load_does_not_count(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at      | known_at
            ann         | 2024-03-01 00:00 | 2024-03-01 00:00
            ann         | 2024-03-10 00:00 | 2024-03-11 05:59
            ben         | 2024-03-01 00:00 | 2024-03-01 00:00
            ben         | 2024-03-10 00:00 | 2024-03-11 06:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [RECENCY], activity=("orders",), load_window=timedelta(hours=6)).frame
    assert features_of(frame, "ann", "days_since_last_activity") == {"days_since_last_activity": 1.0}
    assert features_of(frame, "ben", "days_since_last_activity") == {"days_since_last_activity": 10.0}
