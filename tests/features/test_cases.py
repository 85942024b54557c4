"""What is open now, how many complaints there were and how grave, and how they ended."""

from datetime import date
from pathlib import Path

from features.cases import CASES
from tests.drawn import checked
from tests.features.companies import built, features_of

AS_OF = date(2024, 3, 11)


def test_what_is_open_now(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        cases="""
            customer_id | case_id | kind      | severity | opened_at        | closed_at        | reopened_at
            ann         | s1      | request   | 2        | 2024-03-08 16:00 |                  |
            ann         | s2      | complaint | 3        | 2024-03-10 12:00 | 2024-03-11 00:00 |
            ann         | s3      | complaint |          | 2024-03-06 12:00 | 2024-03-07 12:00 | 2024-03-08 09:00
            ann         | s4      | complaint | 5        | 2024-03-01 12:00 | 2024-03-07 12:00 | 2024-03-07 15:00
            ann         | s5      | complaint | 5        | 2024-03-01 12:00 | 2024-03-07 12:00 | 2024-03-02 15:00
            ann         | s6      | request   | 4        | 2024-03-01 12:00 | 2024-03-03 12:00 | 2024-03-11 00:00
            ann         | s7      | request   | 1        | 2024-03-01 12:00 | 2024-03-04 12:00 |
            ann         | s9      | request   | 1        | 2024-03-05 12:00 | 2024-03-05 15:00 | 2024-03-05 15:00
            ben         | s8      | request   | 1        | 2023-01-01 12:00 | 2024-03-03 23:59 |
        """,
    )
    frame = built(tables, AS_OF, [CASES], activity=()).frame
    names = (
        "open_cases",
        "open_complaints",
        "reopened_open_cases",
        "oldest_open_case_days",
        "oldest_open_case_hours",
        "highest_open_severity",
        "cases_closed_last_7d",
    )
    # s1, s2 (closed at the very midnight), s3 and s4, which were opened again; s9 was so at the moment of its closing.
    assert features_of(frame, "ann", *names) == {
        "open_cases": 4.0,
        "open_complaints": 3.0,
        "reopened_open_cases": 2.0,
        "oldest_open_case_days": 9.5,
        "oldest_open_case_hours": 45.0,
        "highest_open_severity": 5.0,
        # s5 four days ago, s9 on the sixth day, s7 on the seventh; s6 on the eighth.
        "cases_closed_last_7d": 3.0,
    }
    assert features_of(frame, "ben", *names) == {
        "open_cases": 0.0,
        "open_complaints": 0.0,
        "reopened_open_cases": 0.0,
        "oldest_open_case_days": None,
        "oldest_open_case_hours": None,
        "highest_open_severity": None,
        "cases_closed_last_7d": 0.0,
    }
    # A day later both midnights lie behind: s2 is closed, s6 is open again.
    frame = built(tables, date(2024, 3, 12), [CASES], activity=()).frame
    assert features_of(frame, "ann", "open_cases", "open_complaints", "reopened_open_cases") == {
        "open_cases": 4.0,
        "open_complaints": 2.0,
        "reopened_open_cases": 3.0,
    }


def test_a_case_is_what_it_was_known_to_be(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        cases="""
            customer_id | case_id | kind      | severity | opened_at        | known_at
            ann         | s1      | request   | 2        | 2024-03-08 16:00 | 2024-03-08 16:00
            ann         | s1      | complaint | 4        | 2024-03-08 16:00 | 2024-03-09 16:00
        """,
    )
    frame = built(tables, date(2024, 3, 9), [CASES], activity=()).frame
    assert features_of(frame, "ann", "open_complaints", "highest_open_severity") == {
        "open_complaints": 0.0,
        "highest_open_severity": 2.0,
    }
    frame = built(tables, date(2024, 3, 10), [CASES], activity=()).frame
    assert features_of(frame, "ann", "open_cases", "open_complaints", "highest_open_severity") == {
        "open_cases": 1.0,
        "open_complaints": 1.0,
        "highest_open_severity": 4.0,
    }


def test_complaints_by_window_and_how_they_ended(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        cases="""
            customer_id | case_id | kind      | severity | resolved | opened_at        | closed_at
            ann         | s1      | complaint | 4        | false    | 2024-03-08 16:00 | 2024-03-10 00:00
            ann         | s2      | request   |          | true     | 2024-03-07 09:00 | 2024-03-08 17:00
            ann         | s3      | complaint | 1        | true     | 2024-03-07 09:00 | 2024-03-11 00:00
            ann         | s4      | complaint | 2        |          | 2024-02-11 23:59 | 2024-02-12 09:20
            ann         | s5      | complaint | 5        | true     | 2023-09-10 10:00 | 2023-09-11 10:00
            ann         | s6      | request   | 3        | false    | 2023-03-12 10:00 | 2023-03-13 10:00
        """,
    )
    frame = built(tables, AS_OF, [CASES], activity=()).frame
    names = [feature.name for feature in CASES.features][6:]
    assert features_of(frame, "ann", *names) == {
        "complaints_last_28d": 2.0,
        "complaints_last_91d": 3.0,
        "complaints_last_364d": 4.0,
        "days_since_last_complaint": round(2 + 8 / 24, 6),
        "requests_last_91d": 1.0,
        "requests_last_364d": 1.0,
        "average_severity_last_364d": 3.0,
        "highest_severity_last_91d": 4.0,
        "highest_severity_last_364d": 5.0,
        # An hour, sixteen hours and twenty minutes; s5, of 183 days ago, a working hour on Monday.
        "average_hours_to_close_last_182d": round((1 + 16 + 0.3333) / 3, 6),
        "average_hours_to_close_last_364d": round((1 + 16 + 0.3333 + 1) / 4, 6),
        "last_hours_to_close": 1.0,
        "unresolved_cases_share_last_182d": 0.5,
        "unresolved_cases_share_last_364d": round(1 / 3, 6),
        "cases_closed_last_7d": 2.0,
        "complaint_share_last_364d": 0.8,
    }
