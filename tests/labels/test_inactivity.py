"""Inactivity churn, drawn: who can churn, who did. Times in the drawings are local to the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from contract.calendar import Calendar
from contract.checked import CheckedTables
from labels.inactivity import inactivity
from tests.drawn import checked
from tests.labels.labelled import labelled

NEW_YORK = Calendar(zone="America/New_York")
TEHRAN = Calendar(zone="Asia/Tehran", weekend=("thursday", "friday"))


def churned(
    tables: CheckedTables,
    as_of: date,
    *,
    active_days: int = 30,
    horizon_days: int = 7,
    gap_days: int = 1,
    load_hours: float = 6,
    activity: tuple[str, ...] = ("orders",),
) -> dict[str, float | None]:
    """By customer of the cohort: 1.0 churned, 0.0 did not."""
    target = inactivity(active_days=active_days, horizon_days=horizon_days, gap_days=gap_days)
    return labelled(tables, target, as_of, load_hours=load_hours, activity=activity)


def test_cohort_is_who_was_active_in_the_last_days(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id       | happened_at
            30 days ago       | 2024-02-04 00:00
            31 days ago       | 2024-02-03 23:59:59.999999
            yesterday         | 2024-03-04 23:59:59.999999
            today             | 2024-03-05 00:00
            long ago and now  | 2023-01-01 10:00
            long ago and now  | 2024-03-01 10:00
        """,
    )
    assert sorted(churned(tables, date(2024, 3, 5))) == ["30 days ago", "long ago and now", "yesterday"]


def test_label_window_is_half_open(tmp_path: Path) -> None:
    """As of the 5th, with a gap of one day and seven days ahead, the window is the 6th to the 12th."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id     | happened_at
            first moment    | 2024-03-01 10:00
            first moment    | 2024-03-06 00:00
            last moment     | 2024-03-01 10:00
            last moment     | 2024-03-12 23:59:59.999999
            just too early  | 2024-03-01 10:00
            just too early  | 2024-03-05 23:59:59.999999
            just too late   | 2024-03-01 10:00
            just too late   | 2024-03-13 00:00
            never           | 2024-03-01 10:00
        """,
    )
    assert churned(tables, date(2024, 3, 5)) == {
        "first moment": 0.0,
        "last moment": 0.0,
        "just too early": 1.0,
        "just too late": 1.0,
        "never": 1.0,
    }


@pytest.mark.regression
@pytest.mark.parametrize("comes_back", [True, False])
def test_whose_log_has_gone_silent_has_left(tmp_path: Path, comes_back: bool) -> None:
    """The mistake: the label is looked for at the next event, and who has no next event drops out with it."""
    log = [("stays", "2024-03-01"), ("back too late", "2024-03-01"), ("silent", "2024-03-01"), ("silent", "2024-03-04")]
    log += [("stays", "2024-03-08"), ("back too late", "2024-03-20")] if comes_back else []
    tables = checked(tmp_path, orders="\n".join(["customer_id | happened_at", *(" | ".join(row) for row in log)]))
    assert churned(tables, date(2024, 3, 5)) == {
        "stays": 0.0 if comes_back else 1.0,
        "back too late": 1.0,
        "silent": 1.0,
    }
    events = pd.DataFrame(log, columns=["customer_id", "day"])
    following = events.assign(following=events.groupby("customer_id").day.shift(-1))
    found = following[(following.day < "2024-03-05") & (following.following >= "2024-03-05")]
    assert found.customer_id.tolist() == (["stays", "back too late"] if comes_back else [])


def test_what_happens_in_the_gap_neither_saves_nor_loses(tmp_path: Path) -> None:
    drawing = """
        customer_id         | happened_at
        in the gap only     | 2024-03-01 10:00
        in the gap only     | 2024-03-06 10:00
        in the gap and on   | 2024-03-01 10:00
        in the gap and on   | 2024-03-06 10:00
        in the gap and on   | 2024-03-10 10:00
        joins in the gap    | 2024-03-06 10:00
        joins in the gap    | 2024-03-10 10:00
    """
    tables = checked(tmp_path, orders=drawing)
    assert churned(tables, date(2024, 3, 5), gap_days=3) == {"in the gap only": 1.0, "in the gap and on": 0.0}
    assert churned(tables, date(2024, 3, 5), gap_days=0) == {"in the gap only": 0.0, "in the gap and on": 0.0}


def test_without_a_gap_the_window_begins_with_as_of(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id   | happened_at
            at as_of      | 2024-03-04 10:00
            at as_of      | 2024-03-05 00:00
            a tick before | 2024-03-04 10:00
            a tick before | 2024-03-04 23:59:59.999999
        """,
    )
    assert churned(tables, date(2024, 3, 5), gap_days=0, load_hours=0) == {"at as_of": 0.0, "a tick before": 1.0}


@pytest.mark.parametrize(
    ("calendar", "as_of", "before", "after"),
    [
        (NEW_YORK, date(2024, 3, 10), "2024-03-10 04:59:59Z", "2024-03-10 05:00Z"),  # the clock jumps ahead at 2
        (NEW_YORK, date(2024, 11, 4), "2024-11-04 04:59:59Z", "2024-11-04 05:00Z"),  # yesterday had 25 hours
        (TEHRAN, date(2024, 3, 5), "2024-03-04 20:29:59Z", "2024-03-04 20:30Z"),
    ],
)
def test_as_of_is_a_midnight_of_the_business_zone(
    tmp_path: Path, calendar: Calendar, as_of: date, before: str, after: str
) -> None:
    tables = checked(
        tmp_path,
        calendar=calendar,
        orders=f"""
            customer_id | happened_at
            before      | {before}
            after       | {after}
        """,
    )
    assert sorted(churned(tables, as_of, load_hours=0)) == ["before"]
    assert sorted(churned(tables, as_of + timedelta(days=1), load_hours=0)) == ["after", "before"]


def test_a_window_across_a_change_of_clocks_has_whole_local_days(tmp_path: Path) -> None:
    """Seven days from the 6th end with the 12th, in whose night New York's clocks are four hours behind, not five."""
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | happened_at
            inside      | 2024-03-01 10:00
            inside      | 2024-03-13 03:59:59Z
            outside     | 2024-03-01 10:00
            outside     | 2024-03-13 04:00Z
        """,
    )
    assert churned(tables, date(2024, 3, 5)) == {"inside": 0.0, "outside": 1.0}


def test_cohort_is_as_known_then_and_label_as_known_now(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id     | happened_at      | known_at
            known too late  | 2024-03-01 10:00 | 2024-03-05 06:00
            known in time   | 2024-03-01 10:00 | 2024-03-05 05:59:59
            came back       | 2024-03-01 10:00 | 2024-03-01 10:00
            came back       | 2024-03-08 10:00 | 2024-09-01 10:00
        """,
    )
    assert churned(tables, date(2024, 3, 5)) == {"known in time": 1.0, "came back": 0.0}


def test_a_return_and_a_call_from_the_company_are_no_activity(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id   | kind     | happened_at
            sends back    | purchase | 2024-03-01 10:00
            sends back    | return   | 2024-03-08 10:00
            is called     | purchase | 2024-03-01 10:00
            only returned | return   | 2024-03-01 10:00
            buys          | purchase | 2024-03-01 10:00
            buys          | purchase | 2024-03-08 10:00
        """,
        contacts="""
            customer_id | channel | direction | happened_at
            is called   | phone   | outbound  | 2024-03-08 10:00
            only called | phone   | outbound  | 2024-03-01 10:00
        """,
    )
    assert churned(tables, date(2024, 3, 5)) == {"sends back": 1.0, "is called": 1.0, "buys": 0.0}


def test_contacts_cannot_be_named_as_activity(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at
            ann         | 2024-03-01 10:00
        """,
        contacts="""
            customer_id | channel | direction | happened_at
            ann         | phone   | outbound  | 2024-03-01 10:00
        """,
    )
    with pytest.raises(ValueError, match="contacts does not say which of its rows are activity"):
        churned(tables, date(2024, 3, 5), activity=("orders", "contacts"))


def test_any_table_of_activity_saves(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        activity=("orders", "usage"),
        orders="""
            customer_id | happened_at
            buys        | 2024-03-01 10:00
            buys        | 2024-03-08 10:00
            stops       | 2024-03-01 10:00
        """,
        usage="""
            customer_id | event | happened_at
            uses        | open  | 2024-03-01 10:00
            uses        | open  | 2024-03-08 10:00
            switches    | open  | 2024-03-01 10:00
        """,
    )
    both = churned(tables, date(2024, 3, 5), activity=("orders", "usage"))
    assert both == {"buys": 0.0, "stops": 1.0, "uses": 0.0, "switches": 1.0}
    assert churned(tables, date(2024, 3, 5)) == {"buys": 0.0, "stops": 1.0}
