"""Detractors, drawn: where the scale turns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from labels.nps_detractor import nps_detractor
from tests.drawn import checked
from tests.labels.told import told


def test_six_of_ten_detracts_and_seven_does_not(tmp_path: Path) -> None:
    scores = range(11)
    tables = checked(
        tmp_path,
        orders="\n".join(["customer_id | happened_at", *(f"c{score:02d} | 2024-03-04 10:00" for score in scores)]),
        surveys="\n".join(
            [
                "customer_id | kind | invited_at | responded_at | score",
                *(f"c{score:02d} | nps | 2024-03-06 | 2024-03-07 | {score}" for score in scores),
                *(f"c{score:02d} | csat | 2024-03-08 | 2024-03-09 | 5" for score in scores),
                *(f"c{score:02d} | ces | 2024-03-08 | 2024-03-09 | 7" for score in scores),
            ]
        ),
    )
    found = told(tables, nps_detractor(active_days=30, horizon_days=7, gap_days=1), date(2024, 3, 5))
    assert found == {f"c{score:02d}": "yes" if score <= 6 else "no" for score in scores}
