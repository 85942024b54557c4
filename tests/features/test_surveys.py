"""What customers answered when they were asked, and whether they still answer."""

from datetime import date
from pathlib import Path

from features.surveys import SURVEYS
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_answers_by_kind_and_shares_of_invitations(tmp_path: Path) -> None:
    """At 2024-06-01. Ann answered csat 5, 4, then 2, and nps 9 long ago; her ces answer comes on the day itself, and
    the last csat invitation is too fresh to say anything. Ben never answers. Cyd gave no score."""
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\ndan | 2024-01-01 10:00",
        surveys="""
            customer_id | kind | invited_at       | responded_at     | score
            ann         | csat | 2022-05-01 12:00 | 2022-05-02 12:00 | 5
            ann         | csat | 2024-01-01 12:00 | 2024-01-03 12:00 | 4
            ann         | csat | 2024-05-01 12:00 | 2024-05-20 23:00 | 2
            ann         | csat | 2024-05-28 12:00 |                  |
            ann         | nps  | 2022-05-01 12:00 | 2022-05-02 12:00 | 9
            ann         | ces  | 2024-05-24 12:00 | 2024-06-01 00:00 | 7
            ben         | csat | 2024-05-24 12:00 |                  |
            ben         | csat | 2024-05-25 00:00 |                  |
            cyd         | nps  | 2024-05-01 12:00 | 2024-05-31 12:00 |
        """,
    )
    frame = built(tables, date(2024, 6, 1), [SURVEYS], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "last_csat": 2.0,
        "mean_csat_last_364d": 3.0,
        "mean_csat_ever": round(11 / 3, 6),
        "csat_change": -2.5,
        "last_nps": 9.0,
        "mean_nps_last_364d": None,
        "mean_nps_ever": 9.0,
        "nps_change": None,
        "last_ces": None,
        "mean_ces_last_364d": None,
        "mean_ces_ever": None,
        "ces_change": None,
        "days_since_last_answer": 12.0,
        "answered_share_last_364d": round(2 / 3, 6),
        "answered_share_ever": 0.8,
        "last_invitation_answered": 0.0,
    }
    told = {name: value for name, value in features_of(frame, "ben").items() if value is not None}
    assert told == {"answered_share_last_364d": 0.0, "answered_share_ever": 0.0, "last_invitation_answered": 0.0}
    told = {name: value for name, value in features_of(frame, "cyd").items() if value is not None}
    assert told == {
        "days_since_last_answer": 1.0,
        "answered_share_last_364d": 1.0,
        "answered_share_ever": 1.0,
        "last_invitation_answered": 1.0,
    }
    assert set(features_of(frame, "dan").values()) == {None}


def test_a_change_compares_with_what_stood_before_the_last_moment(tmp_path: Path) -> None:
    """Two answers to invitations of the same moment are both the last: the lower one speaks, neither is before it."""
    tables = checked(
        tmp_path,
        surveys="""
            customer_id | kind | invited_at       | responded_at     | score
            ann         | nps  | 2024-05-01 12:00 | 2024-05-02 12:00 | 6
            ann         | nps  | 2024-05-01 12:00 | 2024-05-02 12:00 | 8
            ann         | nps  | 2024-04-01 12:00 | 2024-04-02 12:00 | 10
            ben         | nps  | 2024-05-01 12:00 | 2024-05-02 12:00 | 6
            ben         | nps  | 2024-05-01 12:00 | 2024-05-02 12:00 | 8
        """,
        orders="customer_id | happened_at\nann | 2024-01-01 10:00",
    )
    frame = built(tables, date(2024, 6, 1), [SURVEYS], activity=("orders",)).frame
    assert features_of(frame, "ann", "last_nps", "nps_change") == {"last_nps": 6.0, "nps_change": -4.0}
    assert features_of(frame, "ben", "last_nps", "nps_change") == {"last_nps": 6.0, "nps_change": None}
