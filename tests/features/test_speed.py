"""How long customers wait for somebody, and how soon their cases hear of a person, beside what they expect."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from contract.expectations import Expectations
from features.speed import SPEED
from tests.drawn import checked
from tests.features.companies import built, features_of

AS_OF = date(2024, 3, 11)


def test_waits_beside_what_is_expected_of_the_channel(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | case_id | wait_seconds | happened_at
            ann         | phone   | inbound   |         | 90           | 2024-03-10 10:00
            ann         | Chat    | inbound   |         | 90           | 2024-03-09 10:00
            ann         | phone   | inbound   |         |              | 2024-03-10 12:00
            ann         | phone   | outbound  | s1      | 9000         | 2024-03-10 12:00
            ann         | phone   | inbound   |         | 100          | 2024-02-01 10:00
            ann         | phone   | inbound   |         | 120          | 2024-01-01 10:00
            ann         | phone   | inbound   |         | 6000         | 2023-05-01 10:00
            ben         | phone   | outbound  | s2      | 60           | 2023-01-01 10:00
        """,
    )
    frame = built(tables, AS_OF, [SPEED], activity=()).frame
    assert features_of(frame, "ann") == {
        "average_wait_minutes_last_28d": 1.5,
        "average_wait_minutes_last_91d": round((1.5 + 1.5 + 1.6667 + 2) / 4, 6),
        "average_wait_minutes_last_364d": round((1.5 + 1.5 + 1.6667 + 2 + 100) / 5, 6),
        "longest_wait_minutes_last_28d": 1.5,
        "longest_wait_minutes_last_91d": 2.0,
        "longest_wait_minutes_last_364d": 100.0,
        # Of the last contact of which a wait is known.
        "last_wait_minutes": 1.5,
        "long_waits_last_28d": 1.0,
        # Exactly as long as expected is not too long.
        "long_waits_last_91d": 1.0,
        "long_wait_share_last_91d": 0.25,
        "long_wait_share_last_364d": 0.4,
        "average_wait_to_expected_last_28d": round((0.75 + 1.5) / 2, 6),
        "average_wait_to_expected_last_91d": round((0.75 + 1.5 + 0.83 + 1) / 4, 6),
        # From 29 to 364 days ago: 100, 120 and 6000 seconds.
        "usual_wait_minutes_low": round(110 / 60, 6),
        "usual_wait_minutes_high": 51.0,
    }
    assert {name for name, value in features_of(frame, "ben").items() if value is not None} == {
        "long_waits_last_28d",
        "long_waits_last_91d",
    }
    # Fewer than three earlier waits are no habit; and nobody expects to wait ten hours, however little was expected.
    own = replace(tables, expectations=Expectations(wait_seconds={"phone": 0, "chat": 1}))
    frame = built(own, date(2024, 3, 10), [SPEED], activity=()).frame
    assert features_of(frame, "ann", "average_wait_to_expected_last_28d", "long_waits_last_91d") == {
        "average_wait_to_expected_last_28d": 10.0,
        "long_waits_last_91d": 3.0,
    }
    frame = built(tables, date(2024, 2, 20), [SPEED], activity=()).frame
    assert features_of(frame, "ann", "usual_wait_minutes_low", "usual_wait_minutes_high") == {
        "usual_wait_minutes_low": None,
        "usual_wait_minutes_high": None,
    }


def test_first_responses_in_business_hours(tmp_path: Path) -> None:
    """2024-03-08 is a Friday; business hours are from 9 to 17."""
    tables = checked(
        tmp_path,
        cases="""
            customer_id | case_id | kind      | channel | opened_at        | first_response_at | closed_at
            ann         | s1      | request   | e-mail  | 2024-03-07 16:00 | 2024-03-08 16:00  |
            ann         | s2      | complaint | e-mail  | 2024-03-07 16:00 | 2024-03-08 16:00:01 |
            ann         | s3      | request   | social  | 2024-03-08 16:30 | 2024-03-09 12:00  | 2024-03-09 12:00
            ann         | s4      | request   | e-mail  | 2024-03-08 12:00 | 2024-03-11 00:00  |
            ann         | s5      | request   | social  | 2024-03-08 16:00 |                   |
            ann         | s6      | request   | social  | 2024-03-08 15:59 |                   |
            ann         | s7      | request   | social  | 2024-03-08 10:00 |                   | 2024-03-08 16:00
            ann         | s8      | request   | social  | 2023-12-08 10:00 | 2023-12-08 12:00  |
            ben         | s9      | request   | social  | 2023-03-06 10:00 |                   | 2023-12-08 12:00
        """,
    )
    frame = built(tables, AS_OF, [SPEED], activity=()).frame
    assert features_of(frame, "ann") == {
        # 8 hours, 8 hours and a second, half an hour.
        "average_response_hours_last_91d": round((8 + 8.0003 + 0.5) / 3, 6),
        "average_response_hours_last_364d": round((8 + 8.0003 + 0.5 + 2) / 4, 6),
        "last_response_hours": 0.5,
        "late_response_share_last_91d": round(1 / 3, 6),
        "late_response_share_last_364d": 0.5,
        # s6 by a minute. s4 has until the next working day, s5 an hour exactly, and s7 is closed.
        "cases_without_response": 1.0,
    }
    assert features_of(frame, "ben") == {
        "average_response_hours_last_91d": None,
        "average_response_hours_last_364d": None,
        "last_response_hours": None,
        "late_response_share_last_91d": None,
        "late_response_share_last_364d": None,
        "cases_without_response": 0.0,
    }
