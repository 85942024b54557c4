"""How long a customer has been with us."""

from datetime import date
from pathlib import Path

from features.frequency import FREQUENCY
from features.recency import RECENCY
from features.tenure import TENURE
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_since_the_first_activity_and_since_joining(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        customers="""
            customer_id | joined_at
            ann         | 2024-01-01 00:00
            ben         | 2024-03-01 12:00
            cyd         | 2024-03-10 00:00
        """,
        orders="""
            customer_id | kind     | happened_at
            ann         | return   | 2023-12-01 00:00
            ann         | purchase | 2024-01-15 00:00
            ann         | purchase | 2024-01-15 00:00
            ann         | purchase | 2024-03-09 12:00
            ben         | purchase | 2024-03-10 00:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [RECENCY, FREQUENCY, TENURE], activity=("orders",)).frame
    names = [feature.name for feature in TENURE.features]
    assert features_of(frame, "ann", *names) == {
        "days_since_first_activity": 56.0,
        "days_since_joined": 70.0,
        "days_from_first_to_last_activity": 54.5,
        "activities_per_28d": 1.5,
    }
    # One order of yesterday is measured as if over four weeks.
    assert features_of(frame, "ben", *names) == {
        "days_since_first_activity": 1.0,
        "days_since_joined": 9.5,
        "days_from_first_to_last_activity": 0.0,
        "activities_per_28d": 1.0,
    }
    assert features_of(frame, "cyd", *names) == {
        "days_since_first_activity": None,
        "days_since_joined": 1.0,
        "days_from_first_to_last_activity": None,
        "activities_per_28d": None,
    }
