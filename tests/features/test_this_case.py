"""This case, drawn. Rows are about a case; `customer_id` in the family's history is the case."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contract.cut import history
from features.build import build_features
from features.this_case import THIS_CASE
from tests.drawn import checked

CASES = """
    customer_id | case_id | kind      | severity | channel | opened_at        | first_response_at | closed_at        | resolved | reopened_at
    ann         | k1      | complaint | 4        | social  | 2024-03-01 10:00 | 2024-03-04 11:00  | 2024-03-06 12:00 | false    |
    ann         | k2      | request   |          | phone   | 2024-03-05 10:00 |                   |                  |          |
    ben         | k3      | request   | 1        | phone   | 2024-03-01 10:00 | 2024-03-01 10:30  | 2024-03-04 10:00 | true     | 2024-03-06 09:00
    ben         | k4      | request   | 1        | phone   | 2024-03-08 10:00 |                   |                  |          |
"""  # noqa: E501 - a drawing
CONTACTS = """
    customer_id | contact_id | channel | direction | case_id | happened_at      | wait_seconds | transfers
    ann         | c1         | phone   | inbound   | k1      | 2024-03-01 10:00 | 600          | 1
    ann         | c2         | chat    | inbound   | k1      | 2024-03-04 10:00 | 60           | 2
    ann         | c3         | phone   | outbound  | k1      | 2024-03-04 11:00 | 900          |
    ann         | c4         | phone   | inbound   | k2      | 2024-03-05 10:00 |              |
    ann         | c5         | phone   | inbound   |         | 2024-03-05 11:00 | 9999         | 9
    ann         | c6         | e-mail  | inbound   | k1      | 2024-03-07 10:00 |              |
"""


def of_cases(tmp_path: Path, as_of: date, units: dict[str, str]) -> dict[str, dict[str, Any]]:
    tables = checked(tmp_path, cases=CASES, contacts=CONTACTS, orders="customer_id | happened_at\nann | 2024-03-01")
    past = history(tables, as_of, load_window=timedelta(0), activity=("orders",))
    spine = pd.DataFrame({"unit_id": list(units), "customer_id": list(units.values()), "as_of": pd.Timestamp(as_of)})
    built = build_features(tables.frames["cases"].get_backend(), past, spine, (THIS_CASE,), unit="case")
    frame = built.frame.set_index("unit_id").drop(columns=["customer_id", "as_of"])
    return {
        unit: {name: (None if pd.isna(value) else value) for name, value in row.items()}
        for unit, row in frame.to_dict("index").items()
    }


def test_a_case_with_what_it_cost_so_far(tmp_path: Path) -> None:
    found = of_cases(tmp_path, date(2024, 3, 7), {"k2": "ann", "k1": "ann"})
    assert list(found) == ["k2", "k1"]
    assert found["k1"] == {
        "case_is_complaint": 1,
        "case_severity": 4,
        "case_is_open": 0,
        "case_is_unresolved": 1,
        "case_was_reopened": 0,
        "case_days": pytest.approx(5 + 14 / 24),
        "case_contacts": 2,
        "case_transfers": 3,
        "case_channels": 2,
        "case_longest_wait_minutes": 10,
        # Friday 10 to 17, Monday 9 to 11; then to Wednesday 12.
        "case_response_hours": pytest.approx(9),
        "case_response_to_expected": pytest.approx(9),
        "case_hours": pytest.approx(9 + 6 + 8 + 3),
    }
    assert found["k2"] == {
        "case_is_complaint": 0,
        "case_severity": None,
        "case_is_open": 1,
        "case_is_unresolved": None,
        "case_was_reopened": 0,
        "case_days": pytest.approx(1 + 14 / 24),
        "case_contacts": 1,
        "case_transfers": 0,
        "case_channels": 1,
        "case_longest_wait_minutes": None,
        "case_response_hours": pytest.approx(15),  # still waiting
        "case_response_to_expected": pytest.approx(15 / 4),
        "case_hours": pytest.approx(15),
    }


def test_a_case_that_was_opened_again_is_open(tmp_path: Path) -> None:
    found = of_cases(tmp_path, date(2024, 3, 7), {"k3": "ben"})["k3"]
    assert (found["case_is_open"], found["case_was_reopened"], found["case_is_unresolved"]) == (1, 1, None)
    assert found["case_hours"] == pytest.approx(7 + 8 * 3)
    closed = of_cases(tmp_path, date(2024, 3, 6), {"k3": "ben"})["k3"]
    assert (closed["case_is_open"], closed["case_was_reopened"], closed["case_is_unresolved"]) == (0, 0, 0)


def test_of_a_case_that_nobody_has_heard_of_nothing_is_known(tmp_path: Path) -> None:
    found = of_cases(tmp_path, date(2024, 3, 7), {"k4": "ben"})["k4"]
    assert {name for name, value in found.items() if value is not None} == {
        "case_contacts",
        "case_transfers",
        "case_channels",
    }
