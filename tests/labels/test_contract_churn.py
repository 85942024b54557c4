"""Contract churn, drawn: who has a contract, who ended it, who renewed after all."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calendar import Calendar
from contract.checked import CheckedTables
from labels.contract_churn import contract_churn
from tests.drawn import checked
from tests.labels.told import told

AS_OF = date(2024, 3, 5)
ORDERS = """
    customer_id | happened_at
    nobody      | 2024-02-01 10:00
"""


def ended(
    tables: CheckedTables,
    as_of: date = AS_OF,
    *,
    horizon_days: int = 7,
    gap_days: int = 1,
    grace_days: int = 7,
    load_hours: float = 6,
) -> dict[str, str]:
    target = contract_churn(horizon_days=horizon_days, gap_days=gap_days, grace_days=grace_days)
    return told(tables, target, as_of, load_hours=load_hours)


def test_cohort_is_whose_subscription_runs_at_as_of(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        customers="""
            customer_id | joined_at  | profiling_allowed
            forbids     | 2020-01-01 | false
            runs        | 2020-01-01 |
            ends later  | 2020-01-01 |
            ended       | 2020-01-01 |
            at as_of    | 2020-01-01 |
            begins then | 2020-01-01 |
            one of two  | 2020-01-01 |
            bought only | 2020-01-01 |
        """,
        orders="""
            customer_id | happened_at
            bought only | 2024-03-04 10:00
            ended       | 2024-03-04 23:59:59.999999
        """,
        subscriptions="""
            customer_id | subscription_id | started_at                 | ended_at
            forbids     | a1              | 2024-01-01                 |
            runs        | b1              | 2024-03-04 23:59:59.999999 |
            ends later  | c1              | 2020-01-01                 | 2025-01-01
            ended       | d1              | 2024-01-01                 | 2024-03-04 23:59:59.999999
            at as_of    | e1              | 2024-01-01                 | 2024-03-05 00:00
            begins then | f1              | 2024-03-05 00:00           |
            one of two  | g1              | 2024-01-01                 | 2024-02-01
            one of two  | g2              | 2024-02-15                 |
        """,
    )
    assert ended(tables) == {"runs": "no", "ends later": "no", "at as_of": "gone", "one of two": "no"}
    assert ended(tables, gap_days=0)["at as_of"] == "yes"


def test_label_window_is_half_open(tmp_path: Path) -> None:
    """As of the 5th, with a gap of one day and seven days ahead, the window is the 6th to the 12th."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id    | subscription_id | started_at | ended_at
            first moment   | a1              | 2024-01-01 | 2024-03-06 00:00
            last moment    | b1              | 2024-01-01 | 2024-03-12 23:59:59.999999
            just too early | c1              | 2024-01-01 | 2024-03-05 23:59:59.999999
            just too late  | d1              | 2024-01-01 | 2024-03-13 00:00
            never          | e1              | 2024-01-01 |
        """,
    )
    assert ended(tables) == {
        "first moment": "yes",
        "last moment": "yes",
        "just too early": "gone",
        "just too late": "no",
        "never": "no",
    }


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tehran"])
def test_days_are_those_of_the_business_zone(tmp_path: Path, zone: str) -> None:
    """The last moment of the 12th is the 13th in UTC for New York; the first of the 6th is the 5th for Tehran."""
    moments = {
        "America/New_York": ("2024-03-06 05:00Z", "2024-03-13 03:59:59Z", "2024-03-13 04:00Z"),
        "Asia/Tehran": ("2024-03-05 20:30Z", "2024-03-12 20:29:59Z", "2024-03-12 20:30Z"),
    }
    first, last, after = moments[zone]
    tables = checked(
        tmp_path,
        calendar=Calendar(zone=zone),
        orders=ORDERS,
        subscriptions=f"""
            customer_id | subscription_id | started_at | ended_at
            first       | a1              | 2024-01-01 | {first}
            last        | b1              | 2024-01-01 | {last}
            after       | c1              | 2024-01-01 | {after}
        """,
    )
    assert ended(tables) == {"first": "yes", "last": "yes", "after": "no"}


def test_who_renews_within_the_grace_stays(tmp_path: Path) -> None:
    """Also when the new period begins after the window; a change of plan is a period that ends as the next begins."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id     | subscription_id | plan  | started_at       | ended_at
            plan change     | a1              | basic | 2024-01-01       | 2024-03-08 12:00
            plan change     | a1              | pro   | 2024-03-08 12:00 |
            overlaps        | b1              | basic | 2024-01-01       | 2024-03-08
            overlaps        | b2              | pro   | 2024-03-07       |
            last of grace   | c1              | basic | 2024-01-01       | 2024-03-12
            last of grace   | c1              | basic | 2024-03-19 23:59 |
            after the grace | d1              | basic | 2024-01-01       | 2024-03-12
            after the grace | d1              | basic | 2024-03-20       |
            other, in grace | e1              | basic | 2024-01-01       | 2024-03-12
            other, in grace | e2              | basic | 2024-03-19       |
            other, after    | f1              | basic | 2024-01-01       | 2024-03-12
            other, after    | f2              | basic | 2024-03-20       |
            changes, ends   | g1              | basic | 2024-01-01       | 2024-03-08
            changes, ends   | g1              | pro   | 2024-03-08       | 2024-03-11
            changes, later  | h1              | basic | 2024-01-01       | 2024-03-08
            changes, later  | h1              | pro   | 2024-03-08       | 2024-03-14
        """,
    )
    stays, leaves = "no", "yes"
    assert ended(tables) == {
        "plan change": stays,
        "overlaps": stays,
        "last of grace": stays,
        "after the grace": leaves,
        "other, in grace": stays,
        "other, after": leaves,
        "changes, ends": leaves,
        "changes, later": stays,
    }
    assert [name for name, word in ended(tables, grace_days=0).items() if word == "yes"] == [
        "after the grace",
        "changes, ends",
        "last of grace",
        "other, after",
        "other, in grace",
    ]


def test_the_label_is_known_once_the_grace_is_over() -> None:
    """The last end is of the 12th; a period that begins on the 19th still renews it: known with the 20th."""
    assert contract_churn(horizon_days=7, gap_days=1).known_on(AS_OF) == date(2024, 3, 20)
    assert contract_churn(horizon_days=7, gap_days=1, delay_days=3).known_on(AS_OF) == date(2024, 3, 20)
    assert contract_churn(horizon_days=7, gap_days=1, delay_days=9).known_on(AS_OF) == date(2024, 3, 22)
    assert contract_churn(horizon_days=7, gap_days=1, grace_days=0).known_on(AS_OF) == date(2024, 3, 13)


def test_an_end_that_the_customer_did_not_choose_stands_apart(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id        | subscription_id | started_at | ended_at   | is_involuntary
            not paid           | a1              | 2024-01-01 | 2024-03-08 | true
            not paid, renewed  | b1              | 2024-01-01 | 2024-03-08 | true
            not paid, renewed  | b1              | 2024-03-10 |            |
            not paid in gap    | c1              | 2024-01-01 | 2024-03-05 | true
            not paid, too late | d1              | 2024-01-01 | 2024-03-13 | true
            own choice         | e1              | 2024-01-01 | 2024-03-08 |
            one by each        | f1              | 2024-01-01 | 2024-03-08 | true
            one by each        | f2              | 2024-01-01 | 2024-03-09 |
        """,
    )
    assert ended(tables) == {
        "not paid": "apart",
        "not paid, renewed": "no",
        "not paid in gap": "gone",
        "not paid, too late": "no",
        "own choice": "yes",
        "one by each": "yes",
    }


def test_with_several_subscriptions_only_the_last_end_is_an_end(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id       | subscription_id | started_at | ended_at
            one of two        | a1              | 2024-01-01 | 2024-03-08
            one of two        | a2              | 2024-01-01 |
            both              | b1              | 2024-01-01 | 2024-03-08
            both              | b2              | 2024-01-01 | 2024-03-11
            gap and window    | c1              | 2024-01-01 | 2024-03-05
            gap and window    | c2              | 2024-01-01 | 2024-03-11
            window and later  | d1              | 2024-01-01 | 2024-03-08
            window and later  | d2              | 2024-01-01 | 2024-03-20
            both in the gap   | e1              | 2024-01-01 | 2024-03-05
            both in the gap   | e2              | 2024-01-01 | 2024-03-05
        """,
    )
    assert ended(tables) == {
        "one of two": "no",
        "both": "yes",
        "gap and window": "yes",
        "window and later": "no",
        "both in the gap": "gone",
    }


def test_who_had_left_before_the_night_knew_is_no_example_of_staying(tmp_path: Path) -> None:
    """The end of the 3rd came with the loads of the 6th: the night of the 5th had the customer in its cohort."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id    | subscription_id | started_at | ended_at   | known_at
            known late     | a1              | 2024-01-01 |            | 2024-01-01
            known late     | a1              | 2024-01-01 | 2024-03-03 | 2024-03-06
            known, renewed | b1              | 2024-01-01 |            | 2024-01-01
            known, renewed | b1              | 2024-01-01 | 2024-03-03 | 2024-03-06
            known, renewed | b1              | 2024-03-07 |            | 2024-03-07
            had a pause    | c1              | 2023-01-01 | 2023-06-01 | 2023-06-01
            had a pause    | c1              | 2024-01-01 |            | 2024-01-01
            paused, ends   | d1              | 2023-01-01 | 2023-06-01 | 2023-06-01
            paused, ends   | d1              | 2024-01-01 | 2024-03-08 | 2024-01-01
            paused, late   | e1              | 2023-01-01 | 2023-06-01 | 2023-06-01
            paused, late   | e1              | 2024-01-01 |            | 2024-01-01
            paused, late   | e1              | 2024-01-01 | 2024-03-03 | 2024-03-06
        """,
    )
    assert ended(tables) == {
        "known late": "gone",
        "known, renewed": "no",
        "had a pause": "no",
        "paused, ends": "yes",
        "paused, late": "gone",
    }


def test_an_end_that_is_loaded_with_the_delay_of_its_source_is_known_late_too(tmp_path: Path) -> None:
    subscriptions = """
        customer_id | subscription_id | started_at | ended_at
        yesterday   | a1              | 2024-01-01 | 2024-03-04 20:00
    """
    slow = checked(tmp_path / "slow", delay_hours=24, orders=ORDERS, subscriptions=subscriptions)
    assert ended(slow) == {"yesterday": "gone"}
    fast = checked(tmp_path / "fast", orders=ORDERS, subscriptions=subscriptions)
    assert ended(fast) == {}


def drawing(periods: list[tuple[str, int, int | None]]) -> str:
    """Periods as (customer, day of begin, day of end) from 2024-01-01 on."""
    first = date(2024, 1, 1)
    lines = [
        f"{who} | {who}-{number} | {first + timedelta(days=began)} | "
        f"{'' if stopped is None else first + timedelta(days=stopped)}"
        for number, (who, began, stopped) in enumerate(periods)
    ]
    return "\n".join(["customer_id | subscription_id | started_at | ended_at", *lines])


PERIODS = st.lists(
    st.tuples(st.sampled_from(["ann", "ben", "cem"]), st.integers(0, 60), st.one_of(st.none(), st.integers(1, 40))).map(
        lambda drawn: (drawn[0], drawn[1], None if drawn[2] is None else drawn[1] + drawn[2])
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=6, deadline=None)
@given(periods=PERIODS)
def test_windows_that_follow_each_other_tile(tmp_path: Path, periods: list[tuple[str, int, int | None]]) -> None:
    """Each end for good is a positive at one date and no other: the end of whoever has nothing that goes on."""
    tables = checked(tmp_path, orders=ORDERS, subscriptions=drawing(periods))
    final = {
        (who, stopped)
        for who, _, stopped in periods
        if stopped is not None
        and not any(
            other == who and began <= stopped + 7 and (end is None or end > stopped) for other, began, end in periods
        )
    }
    # In the cohort is who runs at the date: a period that begins inside the window is first seen at the next one.
    found: list[tuple[str, int]] = []
    expected: list[tuple[str, int]] = []
    for day in range(0, 112, 7):
        words = ended(tables, date(2024, 1, 1) + timedelta(days=day), gap_days=0)
        found += [(who, day) for who, word in words.items() if word == "yes"]
        running = {who for who, began, end in periods if began < day and (end is None or end >= day)}
        assert set(words) == running
        expected += sorted({(who, day) for who, stopped in final if day <= stopped < day + 7 and who in running})
    assert sorted(found) == sorted(expected)


@settings(max_examples=6, deadline=None)
@given(
    periods=PERIODS,
    later=st.lists(st.tuples(st.sampled_from(["ann", "ben", "cem"]), st.integers(0, 30)), min_size=1, max_size=4),
    gap=st.integers(0, 3),
)
def test_what_happens_once_the_label_is_known_changes_nothing(
    tmp_path: Path, periods: list[tuple[str, int, int | None]], later: list[tuple[str, int]], gap: int
) -> None:
    """Periods that begin then, and ends that come then."""
    as_of = date(2024, 2, 12)
    target = contract_churn(horizon_days=7, gap_days=gap)
    known = (target.known_on(as_of) - date(2024, 1, 1)).days
    before = [period for period in periods if period[1] < known]
    cut = [(who, began, end if end is not None and end < known else None) for who, began, end in before]
    added = [(who, known + after, None) for who, after in later]
    whole = checked(tmp_path, orders=ORDERS, subscriptions=drawing([*before, *added]))
    with_more = told(whole, target, as_of)
    alone = told(checked(tmp_path, orders=ORDERS, subscriptions=drawing([*cut, ("dee", 0, None)])), target, as_of)
    assert alone.pop("dee") == "no"
    assert with_more == alone
