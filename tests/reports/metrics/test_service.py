"""Complaints, time to close and first-contact resolution, on drawn rows, by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.metrics.seen import NO_COLUMN, NO_TABLE, Lack, Seen
from reports.metrics.service import service_rows
from tests.reports.metrics.conftest import sums

# Working days are Monday to Friday, 9 to 17. 5 February 2024 is a Monday.
CASES = """
    customer_id | case_id | kind      | channel | team  | opened_at        | closed_at        | reopened_at
    zoe         | k0      | request   | phone   | north | 2024-01-02 09:00 | 2024-01-02 10:00 |
    ann         | k1      | complaint | phone   | north | 2024-02-05 10:00 | 2024-02-05 13:00 |
    ann         | k2      | complaint | mail    | south | 2024-02-05 16:00 | 2024-02-06 10:00 |
    bob         | k3      | request   | phone   | north | 2024-02-05 09:00 |                  |
    cem         | k4      | request   | phone   | north | 2024-02-05 09:00 | 2024-02-05 10:00 | 2024-02-07
    dia         | k5      | request   | phone   | north | 2024-02-05 09:00 | 2024-03-29 10:00 |
    eve         | k6      | complaint | phone   | north | 2024-02-28 09:00 | 2024-02-28 11:00 |
"""
ORDERS = """
    customer_id | happened_at
    old         | 2023-06-01
    ann         | 2024-02-01
    bob         | 2024-02-01
    cem         | 2024-02-01
    fay         | 2024-02-01
"""
FEBRUARY = 0


def test_time_to_close_in_business_hours(see_at: Callable[..., Seen]) -> None:
    rows, _ = service_rows(see_at("2024-04-01", cases=CASES))
    hours = rows["close_mean"][rows["close_mean"].month == FEBRUARY]
    # Open, opened again and closed after more than ten working days: each counts as 80 hours.
    assert sorted(hours.num.tolist()) == pytest.approx([2, 2, 3, 80, 80, 80])
    assert sums(rows["close_mean"], FEBRUARY, "team") == {
        "north": (pytest.approx(245), 5),
        "south": (pytest.approx(2), 1),
    }
    assert rows["close_median"] is not None


def test_cases_of_less_than_ten_working_days_are_left_out(see_at: Callable[..., Seen]) -> None:
    rows, _ = service_rows(see_at("2024-03-06", full=1, cases=CASES))
    # Of 28 February only five working days have passed; that it is closed already is no reason to count it.
    assert sums(rows["close_mean"], FEBRUARY)[1] == 5
    assert sums(service_rows(see_at("2024-03-13", full=1, cases=CASES))[0]["close_mean"], FEBRUARY)[1] == 6


def test_complaints_are_held_against_all_active_customers(see_at: Callable[..., Seen]) -> None:
    rows, _ = service_rows(see_at("2024-04-01", cases=CASES, orders=ORDERS))
    # Three complaints; ann, bob, cem and fay were active. eve, who was not, complained all the same.
    assert sums(rows["complaints"], FEBRUARY) == (300, 4)
    assert sums(rows["complaints"], FEBRUARY, "channel") == {"phone": (200, 0), "mail": (100, 0), None: (0, 4)}


def test_without_anybody_active_complaints_are_not_measured(see_at: Callable[..., Seen]) -> None:
    rows, lacking = service_rows(see_at("2024-04-01", cases=CASES))
    assert "complaints" not in rows
    assert lacking["complaints"] == Lack(NO_TABLE, "subscriptions")
    assert lacking["first_contact"] == Lack(NO_TABLE, "contacts")


def test_cases_that_are_never_closed_tell_no_time(see_at: Callable[..., Seen]) -> None:
    open_cases = """
        customer_id | kind      | opened_at
        ann         | complaint | 2024-01-02
        ann         | complaint | 2024-02-05
    """
    rows, lacking = service_rows(see_at("2024-04-01", cases=open_cases, orders=ORDERS))
    assert set(rows) == {"complaints"}
    assert lacking["close_mean"] == Lack(NO_COLUMN, "cases.closed_at")


CONTACTS = """
    customer_id | channel | direction | topic   | case_id | team  | happened_at      | resolved | resolved_at
    zoe         | phone   | inbound   | billing |         | north | 2024-01-02 10:00 |          |
    ann         | phone   | inbound   | billing |         | north | 2024-02-01 10:00 |          |
    ann         | phone   | inbound   | billing |         | north | 2024-02-08 10:00 |          |
    bob         | phone   | inbound   | billing |         | north | 2024-02-01 10:00 |          |
    bob         | mail    | inbound   | billing |         | south | 2024-02-08 10:01 |          |
    cem         | phone   | inbound   | billing |         | north | 2024-02-01 10:00 | false    | 2024-02-01 11:00
    dia         | phone   | inbound   | billing |         | north | 2024-02-01 10:00 | true     | 2024-02-01 11:00
    dia         | phone   | inbound   | account |         | north | 2024-02-03 10:00 |          |
    eve         | phone   | inbound   | billing | k1      | north | 2024-02-01 10:00 |          |
    eve         | phone   | outbound  | billing | k1      | north | 2024-02-02 10:00 |          |
    eve         | phone   | inbound   | account | k1      | north | 2024-02-03 10:00 |          |
    fay         | phone   | inbound   |         |         | north | 2024-02-26 10:00 |          |
"""


def test_an_issue_is_settled_by_its_first_contact_or_not(see_at: Callable[..., Seen]) -> None:
    rows, _ = service_rows(see_at("2024-04-01", contacts=CONTACTS))
    by_customer = (
        rows["first_contact"][rows["first_contact"].month == FEBRUARY].groupby("customer_id")[["num", "den"]].sum()
    )
    assert {name: (row.num, row.den) for name, row in by_customer.iterrows()} == {
        "ann": (0, 1),  # came again just within seven days: one issue, not settled
        "bob": (2, 2),  # came again after that: two issues, both settled
        "cem": (0, 1),  # was told that it was not settled
        "dia": (2, 2),  # two topics
        "eve": (0, 1),  # one case, whatever the topics
        "fay": (1, 1),
    }
    assert sums(rows["first_contact"], FEBRUARY, "team") == {"north": (4, 7), "south": (1, 1)}


def test_issues_of_less_than_a_week_are_left_out(see_at: Callable[..., Seen]) -> None:
    rows, _ = service_rows(see_at("2024-03-04", full=1, contacts=CONTACTS))
    assert "fay" not in set(rows["first_contact"].customer_id)
    rows, _ = service_rows(see_at("2024-03-05", full=1, contacts=CONTACTS))
    assert "fay" in set(rows["first_contact"].customer_id)
    # A source that is a day late beyond the load window: the second contact may still be on its way.
    rows, _ = service_rows(see_at("2024-03-05", full=1, delay_hours=30, contacts=CONTACTS))
    assert "fay" not in set(rows["first_contact"].customer_id)
