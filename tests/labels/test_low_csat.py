"""Low satisfaction, drawn: where the scale turns, of customers and of cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from labels.low_csat import case_low_csat, low_csat
from tests.drawn import checked
from tests.labels.told import told

AS_OF = date(2024, 3, 5)


def test_two_of_five_is_low_and_three_is_not(tmp_path: Path) -> None:
    scores = range(1, 6)
    tables = checked(
        tmp_path,
        orders="\n".join(["customer_id | happened_at", *(f"c{score} | 2024-03-04 10:00" for score in scores)]),
        cases="\n".join(
            ["customer_id | case_id | kind | opened_at", *(f"c{n} | k{n} | request | 2024-03-04 10:00" for n in scores)]
        ),
        surveys="\n".join(
            [
                "customer_id | about | kind | invited_at | responded_at | score",
                *(f"c{score} | k{score} | csat | 2024-03-06 | 2024-03-07 | {score}" for score in scores),
                *(f"c{score} | k{score} | nps | 2024-03-08 | 2024-03-09 | 0" for score in scores),
                *(f"c{score} | k{score} | ces | 2024-03-08 | 2024-03-09 | 1" for score in scores),
            ]
        ),
    )
    of_customers = told(tables, low_csat(active_days=30, horizon_days=7, gap_days=1), AS_OF)
    assert of_customers == {"c1": "yes", "c2": "yes", "c3": "no", "c4": "no", "c5": "no"}
    of_cases = told(tables, case_low_csat(horizon_days=7, gap_days=1), AS_OF)
    assert of_cases == {"k1": "yes", "k2": "yes", "k3": "no", "k4": "no", "k5": "no"}
