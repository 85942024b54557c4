"""How well the customer's contacts went, by the call-quality form."""

from datetime import date
from pathlib import Path

from features.reviews import REVIEWS
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_last_mean_and_lowest_of_each_area(tmp_path: Path) -> None:
    """The last review says nothing of the process; one of more than 364 days ago counts for no mean; one was corrected
    before as_of, and once more too late."""
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\nben | 2024-01-01 10:00",
        reviews="""
            customer_id | review_id | contact_id | soft_skills | process | outcome | reviewed_at      | known_at
            ann         | r0        | n0         | 10          | 10      | 10      | 2023-05-01 12:00 | 2023-05-01 12:00
            ann         | r1        | n1         | 100         | 40      | 80      | 2024-03-01 12:00 | 2024-03-01 12:00
            ann         | r1        | n1         | 90          | 40      | 80      | 2024-03-01 12:00 | 2024-03-09 12:00
            ann         | r1        | n1         | 1           | 1       | 1       | 2024-03-01 12:00 | 2024-06-09 12:00
            ann         | r2        | n2         | 60          |         | 0       | 2024-05-01 12:00 | 2024-05-01 12:00
        """,
    )
    frame = built(tables, date(2024, 6, 1), [REVIEWS], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "last_soft_skills": 60.0,
        "mean_soft_skills_last_364d": 75.0,
        "lowest_soft_skills_last_364d": 60.0,
        "last_process": 40.0,
        "mean_process_last_364d": 40.0,
        "lowest_process_last_364d": 40.0,
        "last_compliance": None,
        "mean_compliance_last_364d": None,
        "lowest_compliance_last_364d": None,
        "last_outcome": 0.0,
        "mean_outcome_last_364d": 40.0,
        "lowest_outcome_last_364d": 0.0,
    }
    assert set(features_of(frame, "ben").values()) == {None}
