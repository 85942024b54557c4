"""How long ago the last of something was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from features.catalogue import FAMILIES
from features.last_dates import column_of, last_dates
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_the_day_is_that_of_the_very_row_whose_value_is_the_last(tmp_path: Path) -> None:
    """At 2024-06-01. Ann answered on 20 May what she was asked on the 1st; the invitation after it is unanswered, and
    the answer after that comes too late. Her newest order is not there yet, the one before came on 17 May. Of ben's
    last contact nobody said how it went. Cyd has done nothing."""
    tables = checked(
        tmp_path,
        customers="customer_id | joined_at\nann | 2024-01-01\nben | 2024-01-01\ncyd | 2024-01-01",
        orders="""
            customer_id | order_id | happened_at      | promised_at      | delivered_at
            ann         | o1       | 2024-05-10 12:00 | 2024-05-14 12:00 | 2024-05-17 12:00
            ann         | o2       | 2024-05-30 12:00 | 2024-06-03 12:00 |
        """,
        surveys="""
            customer_id | kind | invited_at       | responded_at     | score
            ann         | csat | 2024-05-01 12:00 | 2024-05-20 23:00 | 2
            ann         | csat | 2024-05-24 12:00 |                  |
            ann         | csat | 2024-05-28 12:00 | 2024-06-01 00:00 | 5
        """,
        contacts="""
            customer_id | contact_id | happened_at      | direction | channel | resolved | resolved_at
            ben         | c1         | 2024-04-01 12:00 | inbound   | phone   | false    | 2024-04-02 12:00
            ben         | c2         | 2024-05-31 12:00 | inbound   | phone   |          |
        """,
    )
    day = date(2024, 6, 1)
    values = built(tables, day, FAMILIES, activity=("orders",)).frame
    ages = built(tables, day, [last_dates(FAMILIES)], activity=("orders",)).frame
    shown = ("last_csat", "last_days_late", "last_contact_unresolved")

    def told(customer: str) -> dict[str, tuple[float | None, float | None]]:
        value, age = features_of(values, customer), features_of(ages, customer)
        return {name: (value[name], age[column_of(name)]) for name in shown}

    assert told("ann") == {
        "last_csat": (2.0, 12.0),
        "last_days_late": (3.0, 15.0),
        "last_contact_unresolved": (None, None),
    }
    assert told("ben") == {
        "last_csat": (None, None),
        "last_days_late": (None, None),
        "last_contact_unresolved": (1.0, 61.0),
    }
    assert set(features_of(ages, "cyd").values()) == {None}


def test_no_model_is_given_a_date_of_its_own_words() -> None:
    names = {feature.name for family in FAMILIES for feature in family.features}
    dates = {feature.name for feature in last_dates(FAMILIES).features}
    assert column_of("last_csat") in dates
    assert not names & dates
