"""On which days and at which hours a customer is active, by the business calendar."""

from datetime import date
from pathlib import Path

from features.calendar import CALENDAR
from features.frequency import FREQUENCY
from tests.drawn import checked
from tests.features.companies import TEHRAN, built, features_of


def test_weekends_holidays_and_evenings_are_those_of_the_calendar(tmp_path: Path) -> None:
    """In Tehran Thursday and Friday are the weekend, and 2024-03-20 (a Wednesday) is Nowruz."""
    tables = checked(
        tmp_path,
        calendar=TEHRAN,
        orders="""
            customer_id | happened_at
            ann         | 2024-03-14 16:59
            ann         | 2024-03-15 17:00
            ann         | 2024-03-16 23:59
            ann         | 2024-03-20 10:00
            ann         | 2024-03-20 20:30Z
            ann         | 2023-09-01 18:00
            ann         | 2023-08-01 18:00
            ben         | 2023-08-01 18:00
        """,
    )
    frame = built(tables, date(2024, 3, 22), [FREQUENCY, CALENDAR], activity=("orders",)).frame
    names = [feature.name for feature in CALENDAR.features]
    # 20:30 UTC is midnight of Thursday the 21st, which is a holiday as well.
    assert features_of(frame, "ann", *names) == {
        "weekend_activities_last_182d": 3.0,
        "holiday_activities_last_182d": 2.0,
        "evening_activities_last_182d": 2.0,
        "weekend_share_last_182d": 0.6,
        "holiday_share_last_182d": 0.4,
        "evening_share_last_182d": 0.4,
    }
    assert features_of(frame, "ben", *names) == {
        "weekend_activities_last_182d": 0.0,
        "holiday_activities_last_182d": 0.0,
        "evening_activities_last_182d": 0.0,
        "weekend_share_last_182d": None,
        "holiday_share_last_182d": None,
        "evening_share_last_182d": None,
    }
