"""High effort, drawn: where the scale turns, of customers and of cases. More is worse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from labels.high_effort import case_high_effort, high_effort
from tests.drawn import checked
from tests.labels.told import told

AS_OF = date(2024, 3, 5)


def test_five_of_seven_is_high_and_four_is_not(tmp_path: Path) -> None:
    scores = range(1, 8)
    tables = checked(
        tmp_path,
        orders="\n".join(["customer_id | happened_at", *(f"c{score} | 2024-03-04 10:00" for score in scores)]),
        cases="\n".join(
            ["customer_id | case_id | kind | opened_at", *(f"c{n} | k{n} | request | 2024-03-04 10:00" for n in scores)]
        ),
        surveys="\n".join(
            [
                "customer_id | about | kind | invited_at | responded_at | score",
                *(f"c{score} | k{score} | ces | 2024-03-06 | 2024-03-07 | {score}" for score in scores),
                *(f"c{score} | k{score} | csat | 2024-03-08 | 2024-03-09 | 5" for score in scores),
            ]
        ),
    )
    of_customers = told(tables, high_effort(active_days=30, horizon_days=7, gap_days=1), AS_OF)
    assert [name for name, word in of_customers.items() if word == "yes"] == ["c5", "c6", "c7"]
    assert [name for name, word in of_customers.items() if word == "no"] == ["c1", "c2", "c3", "c4"]
    of_cases = told(tables, case_high_effort(horizon_days=7, gap_days=1), AS_OF)
    assert of_cases == {unit.replace("c", "k"): word for unit, word in of_customers.items()}
