"""Complaints, drawn: who can complain, who did."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calendar import Calendar
from contract.checked import CheckedTables
from labels.complaint import complaint
from tests.drawn import checked
from tests.labels.told import told

AS_OF = date(2024, 3, 5)


def complained(
    tables: CheckedTables, as_of: date = AS_OF, *, horizon_days: int = 7, gap_days: int = 1
) -> dict[str, str]:
    return told(tables, complaint(active_days=30, horizon_days=horizon_days, gap_days=gap_days), as_of)


def bought(*names: str) -> str:
    return "\n".join(["customer_id | happened_at", *(f"{name} | 2024-03-01 10:00" for name in names)])


def test_label_window_is_half_open(tmp_path: Path) -> None:
    """As of the 5th, with a gap of one day and seven days ahead, the window is the 6th to the 12th."""
    tables = checked(
        tmp_path,
        orders=bought("first moment", "last moment", "just too early", "just too late", "earlier", "never"),
        cases="""
            customer_id    | kind      | opened_at
            first moment   | complaint | 2024-03-06 00:00
            last moment    | complaint | 2024-03-12 23:59:59.999999
            just too early | complaint | 2024-03-05 23:59:59.999999
            just too late  | complaint | 2024-03-13 00:00
            earlier        | complaint | 2024-03-01 10:00
            not active     | complaint | 2024-03-08 10:00
        """,
    )
    assert complained(tables) == {
        "first moment": "yes",
        "last moment": "yes",
        "just too early": "no",
        "just too late": "no",
        "earlier": "no",
        "never": "no",
    }
    assert complained(tables, gap_days=0)["just too early"] == "yes"


def test_the_day_is_that_of_the_business_zone(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=Calendar(zone="Asia/Tehran"),
        orders=bought("last of gap", "first", "last", "after"),
        cases="""
            customer_id | kind      | opened_at
            last of gap | complaint | 2024-03-05 20:29:59Z
            first       | complaint | 2024-03-05 20:30Z
            last        | complaint | 2024-03-12 20:29:59Z
            after       | complaint | 2024-03-12 20:30Z
        """,
    )
    assert complained(tables) == {"last of gap": "no", "first": "yes", "last": "yes", "after": "no"}


def test_a_request_is_no_complaint_and_what_is_known_last_says_which_it_was(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("asks", "twice", "turned into one", "was none", "closed later"),
        cases="""
            customer_id     | case_id | kind      | opened_at        | closed_at        | known_at
            asks            | a       | request   | 2024-03-08 10:00 |                  |
            twice           | b       | complaint | 2024-03-08 10:00 | 2024-03-08 11:00 |
            twice           | c       | complaint | 2024-03-09 10:00 |                  |
            turned into one | d       | request   | 2024-03-08 10:00 |                  | 2024-03-08 10:00
            turned into one | d       | complaint | 2024-03-08 10:00 |                  | 2024-04-08 10:00
            was none        | e       | complaint | 2024-03-08 10:00 |                  | 2024-03-08 10:00
            was none        | e       | request   | 2024-03-08 10:00 |                  | 2024-03-09 10:00
            closed later    | f       | complaint | 2024-03-01 10:00 | 2024-03-08 10:00 |
        """,
    )
    assert complained(tables) == {
        "asks": "no",
        "twice": "yes",
        "turned into one": "yes",
        "was none": "no",
        "closed later": "no",
    }


def test_who_left_or_forbids_profiling_is_not_in_the_cohort(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        customers="""
            customer_id   | joined_at  | profiling_allowed
            gone          | 2020-01-01 |
            leaves in gap | 2020-01-01 |
            leaves later  | 2020-01-01 |
            forbids       | 2020-01-01 | false
        """,
        orders=bought("gone", "leaves in gap", "leaves later", "forbids"),
        subscriptions="""
            customer_id   | subscription_id | started_at | ended_at
            gone          | a1              | 2024-01-01 | 2024-03-02
            leaves in gap | b1              | 2024-01-01 | 2024-03-05
            leaves later  | c1              | 2024-01-01 | 2024-03-08
        """,
        cases="""
            customer_id   | kind      | opened_at
            gone          | complaint | 2024-03-08 10:00
            leaves in gap | complaint | 2024-03-08 10:00
            leaves later  | complaint | 2024-03-08 10:00
            forbids       | complaint | 2024-03-08 10:00
        """,
    )
    assert complained(tables) == {"leaves in gap": "gone", "leaves later": "yes"}
    assert complained(tables, gap_days=0) == {"leaves in gap": "yes", "leaves later": "yes"}


WHO = ("ann", "ben", "cem")
#: Complaints by customer and the hour from as_of on.
COMPLAINTS = st.lists(st.tuples(st.sampled_from(WHO), st.integers(-20 * 24, 20 * 24)), min_size=1, max_size=8)
MORE = st.lists(st.tuples(st.sampled_from(WHO), st.integers(0, 30 * 24)), min_size=1, max_size=6)


def opened(complaints: list[tuple[str, int]]) -> str:
    start = Calendar(zone="America/New_York").midnight(date(2024, 3, 5))
    lines = [f"{who} | complaint | {start + timedelta(hours=hours):%Y-%m-%d %H:%M}Z" for who, hours in complaints]
    return "\n".join(["customer_id | kind | opened_at", *lines])


@settings(max_examples=8, deadline=None)
@given(complaints=COMPLAINTS, more=MORE, gap=st.integers(0, 3))
def test_what_happens_before_as_of_or_after_the_window_changes_no_label(
    tmp_path: Path, complaints: list[tuple[str, int]], more: list[tuple[str, int]], gap: int
) -> None:
    """The clocks change on the 10th of March: the window is an hour shorter than its days."""
    zone = Calendar(zone="America/New_York")
    orders = "\n".join(f"{who} | 2024-03-01 10:00" for who in WHO)
    orders = f"customer_id | happened_at\n{orders}"
    hours = int((zone.midnight(date(2024, 3, 12 + gap)) - zone.midnight(date(2024, 3, 5))).total_seconds() // 3600)
    alone = complained(checked(tmp_path, calendar=zone, orders=orders, cases=opened(complaints)), gap_days=gap)
    beside = [(who, -1 - ahead % (30 * 24)) for who, ahead in more] + [(who, hours + ahead) for who, ahead in more]
    earlier = "\n".join(f"{who} | 2024-02-{1 + ahead % 28:02d} 10:00" for who, ahead in more)
    later = "\n".join(f"{who} | 2024-04-{1 + ahead % 28:02d} 10:00" for who, ahead in more)
    whole = checked(tmp_path, calendar=zone, orders=f"{orders}\n{earlier}\n{later}", cases=opened(complaints + beside))
    assert complained(whole, gap_days=gap) == alone
    inside = {
        who
        for who, ahead in complaints
        if gap
        <= (zone.local_day(zone.midnight(date(2024, 3, 5)) + timedelta(hours=ahead)) - date(2024, 3, 5)).days
        < gap + 7
    }
    assert alone == {who: "yes" if who in inside else "no" for who in WHO}
