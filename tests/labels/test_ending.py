"""Ends of subscriptions, drawn: which end was the last, who left inside the gap, and who had left already."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contract.calendar import Calendar
from contract.checked import CheckedTables
from contract.cut import future
from labels.ending import GRACE_DAYS, final_ends, left_in_gap
from labels.inactivity import inactivity
from tests.drawn import checked, rows
from tests.labels.told import told

AS_OF = date(2024, 3, 5)
ORDERS = """
    customer_id | happened_at
    nobody      | 2024-02-01 10:00
"""


def ends(
    tables: CheckedTables, *, first_day: int | None = 0, end_day: int = 28, grace_days: int = 7
) -> dict[str, bool]:
    """By customer who left: whether it was the company's doing."""
    ahead = future(tables, AS_OF, gap_days=1, horizon_days=27, activity=("orders",))
    found = final_ends(ahead, first_day=first_day, end_day=end_day, grace_days=grace_days)
    return {row["customer_id"]: row["is_involuntary"] for row in rows(found, "customer_id", "is_involuntary")}


def test_the_days_are_half_open_and_local(tmp_path: Path) -> None:
    """In New York the 6th of March ends at 05:00 UTC of the 7th."""
    tables = checked(
        tmp_path,
        calendar=Calendar(zone="America/New_York"),
        orders=ORDERS,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            day 0       | s1              | 2024-01-01 | 2024-03-06 04:59:59.999999Z
            day 1       | s2              | 2024-01-01 | 2024-03-06 05:00Z
            end of 1    | s3              | 2024-01-01 | 2024-03-07 04:59:59.999999Z
            day 2       | s4              | 2024-01-01 | 2024-03-07 05:00Z
            before      | s5              | 2024-01-01 | 2024-03-04 23:59:59
            runs        | s6              | 2024-01-01 |
        """,
    )
    assert sorted(ends(tables, first_day=1, end_day=2)) == ["day 1", "end of 1"]
    assert sorted(ends(tables, first_day=0, end_day=1)) == ["day 0"]
    assert sorted(ends(tables, first_day=None, end_day=1)) == ["before", "day 0"]


def test_a_new_period_until_the_grace_is_over_renews_whichever_subscription_it_is(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id              | subscription_id | started_at       | ended_at
            ran beside it            | a1              | 2024-01-01       | 2024-03-10
            ran beside it            | a2              | 2024-02-01       |
            the same, at the end     | b1              | 2024-01-01       | 2024-03-10
            the same, at the end     | b1              | 2024-03-10       |
            another, at the end      | c1              | 2024-01-01       | 2024-03-10
            another, at the end      | c2              | 2024-03-10       |
            the same, last of grace  | d1              | 2024-01-01       | 2024-03-10
            the same, last of grace  | d1              | 2024-03-17 23:59 |
            another, last of grace   | e1              | 2024-01-01       | 2024-03-10
            another, last of grace   | e2              | 2024-03-17 23:59 |
            the same, after it       | f1              | 2024-01-01       | 2024-03-10
            the same, after it       | f1              | 2024-03-18       |
            another, after it        | g1              | 2024-01-01       | 2024-03-10
            another, after it        | g2              | 2024-03-18       |
        """,
    )
    assert ends(tables) == {"the same, after it": False, "another, after it": False}
    assert len(ends(tables, grace_days=6)) == 4
    assert len(ends(tables, grace_days=0)) == 4
    assert ends(tables, grace_days=8) == {}


def test_the_last_of_several_ends_counts(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id    | subscription_id | started_at | ended_at
            one after      | a1              | 2024-01-01 | 2024-03-10
            one after      | a2              | 2024-01-01 | 2024-03-20
            on one day     | b1              | 2024-01-01 | 2024-03-10 09:00
            on one day     | b2              | 2024-01-01 | 2024-03-10 17:00
            after the days | c1              | 2024-01-01 | 2024-03-10
            after the days | c2              | 2024-01-01 | 2024-04-20
            renewed, ended | d1              | 2024-01-01 | 2024-03-10
            renewed, ended | d1              | 2024-03-12 | 2024-03-15
            ended at once  | e1              | 2024-01-01 | 2024-03-10
            ended at once  | e1              | 2024-03-10 10:00 | 2024-03-10 11:00
        """,
    )
    assert sorted(ends(tables)) == ["ended at once", "on one day", "one after", "renewed, ended"]
    assert sorted(ends(tables, end_day=10)) == ["ended at once", "on one day"]  # until the 14th


def test_an_end_is_the_companys_only_where_it_says_so_of_all_that_ended_that_day(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id       | subscription_id | started_at | ended_at         | is_involuntary
            not paid          | a1              | 2024-01-01 | 2024-03-10       | true
            own choice        | b1              | 2024-01-01 | 2024-03-10       | false
            nothing said      | c1              | 2024-01-01 | 2024-03-10       |
            both on one day   | d1              | 2024-01-01 | 2024-03-10 09:00 | true
            both on one day   | d2              | 2024-01-01 | 2024-03-10 10:00 | false
            one, nothing said | e1              | 2024-01-01 | 2024-03-10 09:00 | true
            one, nothing said | e2              | 2024-01-01 | 2024-03-10 10:00 |
            own, then company | f1              | 2024-01-01 | 2024-03-10       | false
            own, then company | f2              | 2024-01-01 | 2024-03-11       | true
            company, then own | g1              | 2024-01-01 | 2024-03-10       | true
            company, then own | g2              | 2024-01-01 | 2024-03-11       | false
        """,
    )
    assert sorted(name for name, involuntary in ends(tables).items() if involuntary) == [
        "not paid",
        "own, then company",
    ]
    assert len(ends(tables)) == 7


def test_an_end_that_is_taken_back_is_none(tmp_path: Path) -> None:
    """The version known last counts, also for who chose it."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at   | is_involuntary | known_at
            taken back  | a1              | 2024-01-01 | 2024-03-10 | false          | 2024-03-10
            taken back  | a1              | 2024-01-01 |            |                | 2024-03-12
            put right   | b1              | 2024-01-01 | 2024-03-10 | false          | 2024-03-10
            put right   | b1              | 2024-01-01 | 2024-03-10 | true           | 2024-03-12
        """,
    )
    assert ends(tables) == {"put right": True}


def test_left_in_gap_is_from_the_decision_to_the_window(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            the day before | a | 2024-01-01 | 2024-03-04 23:59
            at as_of       | b | 2024-01-01 | 2024-03-05 00:00
            last of gap    | c | 2024-01-01 | 2024-03-07 23:59
            in the window  | d | 2024-01-01 | 2024-03-08
            renewed        | e | 2024-01-01 | 2024-03-06
            renewed        | e | 2024-03-13 |
            too late       | f | 2024-01-01 | 2024-03-06
            too late       | f | 2024-03-14 |
        """,
    )

    def left(gap_days: int, horizon_days: int) -> list[str]:
        ahead = future(tables, AS_OF, gap_days=gap_days, horizon_days=horizon_days, activity=("orders",))
        found = left_in_gap(ahead)
        assert found is not None
        return [row["customer_id"] for row in rows(found, "customer_id")]

    assert left(3, 28) == ["at as_of", "last of gap", "too late"]
    assert left(0, 28) == []
    # Renewed on the 13th: unknown when a window of five days from the 8th is over.
    assert left(3, 5) == ["at as_of", "last of gap", "renewed", "too late"]
    assert left(3, GRACE_DAYS) == left(3, 28)


def test_without_subscriptions_nobody_leaves_in_the_gap(tmp_path: Path) -> None:
    tables = checked(tmp_path, orders=ORDERS)
    assert left_in_gap(future(tables, AS_OF, gap_days=1, horizon_days=7, activity=("orders",))) is None


#: Who was active lately and had a subscription that is over, or not.
PAST = """
    customer_id    | subscription_id | started_at | ended_at         | known_at
    gone           | a1              | 2024-01-01 | 2024-03-02       |
    the same day   | b1              | 2024-01-01 | 2024-03-01 08:00 |
    something since| c1              | 2024-01-01 | 2024-02-29       |
    one runs on    | d1              | 2024-01-01 | 2024-03-02       |
    one runs on    | d2              | 2024-02-01 |                  |
    two, gone      | e1              | 2024-01-01 | 2024-02-20       |
    two, gone      | e2              | 2024-01-01 | 2024-03-02       |
    two, since     | f1              | 2024-01-01 | 2024-02-10       |
    two, since     | f2              | 2024-01-01 | 2024-02-20       |
    ends later     | g1              | 2024-01-01 | 2024-03-20       |
    at as_of       | h1              | 2024-01-01 | 2024-03-05 00:00 |
    not known yet  | i1              | 2024-01-01 |                  | 2024-01-01
    not known yet  | i1              | 2024-01-01 | 2024-03-02       | 2024-03-05 06:00
    begins later   | j1              | 2024-01-01 | 2024-03-02       |
    begins later   | j2              | 2024-03-06 |                  |
    none at all, really | k1         | 2024-03-06 |                  |
"""


def test_already_gone_stay_out_unless_they_did_something_since(tmp_path: Path) -> None:
    names = sorted({line.split("|")[0].strip() for line in PAST.strip().splitlines()[1:]})
    bought = "\n".join(f"{name} | 2024-03-01 12:00" for name in [*names, "never subscribed"])
    tables = checked(tmp_path, orders=f"customer_id | happened_at\n{bought}", subscriptions=PAST)
    target = inactivity(active_days=30, horizon_days=7, gap_days=0)
    assert sorted(set(names) - set(told(tables, target, AS_OF))) == [
        "begins later",
        "gone",
        "the same day",
        "two, gone",
    ]
    assert told(tables, target, AS_OF)["never subscribed"] == "yes"
    later = told(tables, target, date(2024, 3, 7))
    assert {"begins later", "none at all, really"} <= set(later)
    assert not {"not known yet", "at as_of", "gone"} & set(later)


@pytest.mark.parametrize(("gap_days", "word"), [(0, "yes"), (1, "gone")])
def test_who_leaves_inside_the_gap_leaves_the_cohort_of_inactivity(tmp_path: Path, gap_days: int, word: str) -> None:
    """What they buy afterwards makes no difference: it would choose by the label."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | happened_at
            leaves      | 2024-03-01 10:00
            buys on     | 2024-03-01 10:00
            buys on     | 2024-03-08 10:00
            stays       | 2024-03-01 10:00
        """,
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            leaves      | a1              | 2024-01-01 | 2024-03-05 00:00
            buys on     | b1              | 2024-01-01 | 2024-03-05 23:59
            stays       | c1              | 2024-01-01 | 2024-03-06 00:00
        """,
    )
    found = told(tables, inactivity(active_days=30, horizon_days=7, gap_days=gap_days), AS_OF)
    assert found == {"leaves": word, "buys on": "no" if gap_days == 0 else "gone", "stays": "yes"}
