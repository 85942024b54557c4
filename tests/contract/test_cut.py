"""The cut: what history and the label window contain, drawn. Times in the drawings are local to the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calendar import Calendar, day_number
from contract.catalogue import TABLES
from contract.checked import newest_as_of
from contract.cut import ACTIVITY, History, as_known, by_case, future, history, label_known_on
from contract.expectations import Expectations
from tests.drawn import checked, rows

NEW_YORK = Calendar(zone="America/New_York")


def at(tables: object, day: date, *, load_hours: float = 0, activity: tuple[str, ...] = ("orders",)) -> History:
    return history(tables, day, load_window=timedelta(hours=load_hours), activity=activity)  # type: ignore[arg-type]


def ids(table: object, column: str = "order_id") -> list[str]:
    return [row[column] for row in rows(table, column)]  # type: ignore[arg-type]


def test_history_ends_strictly_before_as_of(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id      | happened_at
            ann         | a moment ago  | 2024-03-04 23:59:59.999999
            ann         | at as_of      | 2024-03-05 00:00:00
            ann         | a moment late | 2024-03-05 00:00:00.000001
        """,
    )
    assert ids(at(tables, date(2024, 3, 5), load_hours=6)["orders"]) == ["a moment ago"]


def test_history_takes_what_was_known_within_the_load_window(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id  | happened_at      | known_at
            ann         | in time   | 2024-03-04 10:00 | 2024-03-05 05:59:59.999999
            ann         | too late  | 2024-03-04 10:00 | 2024-03-05 06:00:00
            ann         | next week | 2024-03-04 10:00 | 2024-03-12 10:00
        """,
    )
    assert ids(at(tables, date(2024, 3, 5), load_hours=6)["orders"]) == ["in time"]
    assert ids(at(tables, date(2024, 3, 5), load_hours=0)["orders"]) == []
    assert ids(at(tables, date(2024, 3, 13))["orders"]) == ["in time", "next week", "too late"]


def test_a_source_without_known_at_is_known_after_its_delay(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        delay_hours=30,
        orders="""
            customer_id | order_id | happened_at
            ann         | old      | 2024-03-03 23:00
            ann         | new      | 2024-03-04 02:00
        """,
    )
    assert ids(at(tables, date(2024, 3, 5), load_hours=6)["orders"]) == ["old"]  # new: known at 08:00 on the 5th


def test_the_version_in_force_counts(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at      | known_at         | amount
            ann         | o1       | 2024-03-01 10:00 | 2024-03-01 12:00 | 20
            ann         | o1       | 2024-03-01 10:00 | 2024-03-08 12:00 | 25
            ann         | o2       | 2024-03-02 10:00 | 2024-03-02 12:00 | 7
        """,
    )
    before = [{"order_id": "o1", "amount": 20}, {"order_id": "o2", "amount": 7}]
    after = [{"order_id": "o1", "amount": 25}, {"order_id": "o2", "amount": 7}]
    assert rows(at(tables, date(2024, 3, 5))["orders"], "order_id", "amount") == before
    assert rows(at(tables, date(2024, 3, 8))["orders"], "order_id", "amount") == before
    assert rows(at(tables, date(2024, 3, 9))["orders"], "order_id", "amount") == after


def test_a_correction_to_a_later_day_does_not_erase_what_was_known(tmp_path: Path) -> None:
    """Both clocks filter first, then the version in force is chosen: a row moved past as_of leaves its older self."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at      | known_at         | amount
            ann         | o1       | 2024-03-01 10:00 | 2024-03-01 12:00 | 20
            ann         | o1       | 2024-03-06 10:00 | 2024-03-06 12:00 | 20
        """,
    )
    assert rows(at(tables, date(2024, 3, 5))["orders"], "order_id", "days_ago") == [{"order_id": "o1", "days_ago": 4}]
    assert rows(at(tables, date(2024, 3, 7))["orders"], "order_id", "days_ago") == [{"order_id": "o1", "days_ago": 1}]


def test_customers_are_seen_in_the_version_of_the_day(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        customers="""
            customer_id | joined_at        | known_at         | segment
            ann         | 2024-01-01 09:00 | 2024-01-01 09:00 | new
            ann         | 2024-01-01 09:00 | 2024-03-01 09:00 | gold
            ben         | 2024-03-04 09:00 | 2024-03-04 09:00 | new
        """,
        orders="""
            customer_id | happened_at
            ann         | 2024-02-01
        """,
    )
    assert rows(at(tables, date(2024, 2, 20))["customers"], "customer_id", "joined_days_ago", "segment") == [
        {"customer_id": "ann", "joined_days_ago": 50, "segment": "new"},
    ]
    assert rows(at(tables, date(2024, 3, 5))["customers"], "customer_id", "joined_days_ago", "segment") == [
        {"customer_id": "ann", "joined_days_ago": 64, "segment": "gold"},
        {"customer_id": "ben", "joined_days_ago": 1, "segment": "new"},
    ]


CONTACTS = """
    customer_id | contact_id | channel | direction | case_id | happened_at      | resolved | resolved_at
    ann         | call       | phone   | inbound   |         | 2024-03-01 10:00 | true     | 2024-03-04 09:00
    ann         | answer     | phone   | outbound  | case 7  | 2024-03-02 10:00 |          |
    ann         | campaign   | e-mail  | outbound  |         | 2024-03-03 10:00 |          |
"""
ORDERS = """
    customer_id | order_id | happened_at
    ann         | o1       | 2024-03-01
"""


def test_a_value_filled_in_later_is_null_until_its_date(tmp_path: Path) -> None:
    tables = checked(tmp_path, contacts=CONTACTS, orders=ORDERS)
    shown = ("contact_id", "resolved", "resolved_days_ago")
    assert rows(at(tables, date(2024, 3, 4))["contacts"], *shown) == [
        {"contact_id": "answer", "resolved": None, "resolved_days_ago": None},
        {"contact_id": "call", "resolved": None, "resolved_days_ago": None},
    ]
    assert rows(at(tables, date(2024, 3, 5))["contacts"], *shown) == [
        {"contact_id": "answer", "resolved": None, "resolved_days_ago": None},
        {"contact_id": "call", "resolved": True, "resolved_days_ago": 1},
    ]


@pytest.mark.parametrize(("day", "resolved"), [(date(2024, 3, 5), None), (date(2024, 3, 6), True)])
def test_a_value_filled_in_later_comes_with_the_delay_of_its_source(
    tmp_path: Path, day: date, resolved: bool | None
) -> None:
    """Resolved on the 4th at 09:00, loaded a day and a half later: the night of the 5th cannot have it."""
    tables = checked(tmp_path, delay_hours=36, contacts=CONTACTS, orders=ORDERS)
    shown = rows(at(tables, day, load_hours=6)["contacts"], "contact_id", "resolved")
    assert {"contact_id": "call", "resolved": resolved} in shown


def test_a_value_that_comes_at_as_of_is_not_there_yet(tmp_path: Path) -> None:
    orders = """
        customer_id | order_id | happened_at      | delivered_at
        ann         | o1       | 2024-03-01 10:00 | 2024-03-05 00:00
    """
    tables = checked(tmp_path, orders=orders)
    assert rows(at(tables, date(2024, 3, 5), load_hours=6)["orders"], "delivered_days_ago") == [
        {"delivered_days_ago": None}
    ]
    assert rows(at(tables, date(2024, 3, 6))["orders"], "delivered_days_ago") == [{"delivered_days_ago": 1}]


def test_a_planned_day_is_signed(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at      | promised_at
            ann         | o1       | 2024-03-01 10:00 | 2024-03-03 18:00
            ann         | o2       | 2024-03-01 10:00 | 2024-03-05 09:00
            ann         | o3       | 2024-03-01 10:00 | 2024-03-12 18:00
            ann         | o4       | 2024-03-01 10:00 |
        """,
    )
    assert rows(at(tables, date(2024, 3, 5))["orders"], "order_id", "promised_days_ago") == [
        {"order_id": "o1", "promised_days_ago": 2},
        {"order_id": "o2", "promised_days_ago": 0},
        {"order_id": "o3", "promised_days_ago": -7},
        {"order_id": "o4", "promised_days_ago": None},
    ]


SUBSCRIPTIONS = """
    customer_id | subscription_id | plan  | monthly_amount | started_at | renews_at  | ended_at   | end_reason
    ann         | s1              | basic | 19             | 2024-01-05 | 2024-02-05 | 2024-02-05 | moved up
    ann         | s1              | pro   | 49             | 2024-02-05 | 2024-05-05 |            |
    ben         | s2              | pro   | 49.5           | 2024-03-01 | 2024-06-01 | 2024-04-01 | too dear
    cem         | s3              | pro   | 49             | 2024-03-05 |            |            |
"""


def test_a_subscription_that_ends_later_runs_on_as_far_as_history_knows(tmp_path: Path) -> None:
    """The planned renewal is there with its sign; the end and its reason come with the day on which it ended."""
    tables = checked(tmp_path, subscriptions=SUBSCRIPTIONS, orders=ORDERS)
    past = at(tables, date(2024, 3, 5))["subscriptions"]
    shown = ("subscription_id", "started_days_ago", "renews_days_ago", "ended_days_ago", "end_reason")
    assert [tuple(row.values()) for row in rows(past, *shown)] == [
        ("s1", 29, -61, None, None),
        ("s1", 60, 29, 29, "moved up"),
        ("s2", 4, -88, None, None),
    ]
    assert rows(past, "plan", "monthly_amount")[0] == {"plan": "basic", "monthly_amount": 19}
    later = at(tables, date(2024, 4, 2))["subscriptions"]
    ended = [row for row in rows(later, *shown) if row["subscription_id"] == "s2"]
    assert [tuple(row.values()) for row in ended] == [("s2", 32, -60, 1, "too dear")]


def test_a_later_version_of_a_subscription_period_replaces_it(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=ORDERS,
        subscriptions="""
            customer_id | subscription_id | started_at | renews_at  | known_at
            ann         | s1              | 2024-01-05 | 2024-02-05 | 2024-01-05
            ann         | s1              | 2024-01-05 | 2024-03-05 | 2024-02-05
        """,
    )
    for day, renews in {date(2024, 2, 5): 0, date(2024, 2, 6): -28}.items():
        found = rows(at(tables, day)["subscriptions"], "subscription_id", "renews_days_ago")
        assert found == [{"subscription_id": "s1", "renews_days_ago": renews}]


def test_what_the_company_started_is_absent(tmp_path: Path) -> None:
    tables = checked(tmp_path, contacts=CONTACTS, orders=ORDERS)
    assert ids(at(tables, date(2024, 3, 5))["contacts"], "contact_id") == ["answer", "call"]
    ahead = future(tables, date(2024, 3, 1), gap_days=0, horizon_days=28, activity=("orders",))
    assert ids(ahead["contacts"], "contact_id") == ["answer", "call"]


def test_days_end_at_the_midnight_of_the_business_zone(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | order_id | happened_at
            ann         | in       | 2024-01-05 04:59:59Z
            ann         | out      | 2024-01-05 05:00:00Z
        """,
    )
    shown = ("order_id", "days_ago", "local_hour", "local_weekday")
    assert rows(at(tables, date(2024, 1, 5))["orders"], *shown) == [
        {"order_id": "in", "days_ago": 1, "local_hour": 23, "local_weekday": 3}
    ]
    assert rows(at(tables, date(2024, 1, 6))["orders"], *shown) == [
        {"order_id": "in", "days_ago": 2, "local_hour": 23, "local_weekday": 3},
        {"order_id": "out", "days_ago": 1, "local_hour": 0, "local_weekday": 4},
    ]


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 23), (date(2024, 7, 1), 24), (date(2024, 11, 3), 25)])
def test_the_day_of_a_clock_change_is_one_day(tmp_path: Path, day: date, hours: int) -> None:
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders=f"""
            customer_id | order_id | happened_at
            ann         | first    | {day} 00:00
        """,
    )
    assert rows(at(tables, day + timedelta(days=1))["orders"], "days_ago", "age_seconds") == [
        {"days_ago": 1, "age_seconds": hours * 3600}
    ]


def test_an_hour_that_comes_twice_is_taken_as_the_later(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | happened_at
            ann         | 2024-11-03 01:30
        """,
    )
    assert rows(at(tables, date(2024, 11, 4))["orders"], "age_seconds") == [{"age_seconds": 22.5 * 3600}]


def test_ages_in_business_hours_leave_out_nights_weekends_and_holidays(tmp_path: Path) -> None:
    calendar = Calendar(
        zone="Asia/Tehran",
        weekend=("thursday", "friday"),
        holidays=(date(2024, 2, 11),),
        opens=time(8),
        closes=time(16),
    )
    tables = checked(
        tmp_path,
        calendar=calendar,
        orders="""
            customer_id | order_id        | happened_at
            ann         | 1 Wed morning   | 2024-02-07 07:00
            ann         | 2 Wed noon      | 2024-02-07 12:30
            ann         | 3 Wed evening   | 2024-02-07 20:00
            ann         | 4 Friday        | 2024-02-09 12:00
            ann         | 5 Saturday      | 2024-02-10 15:00
            ann         | 6 Sunday's feast| 2024-02-11 12:00
        """,
    )
    found = rows(at(tables, date(2024, 2, 12))["orders"], "order_id", "business_hours_ago", "is_weekend", "is_holiday")
    assert [tuple(row.values()) for row in found] == [
        ("1 Wed morning", 16, False, False),
        ("2 Wed noon", 11.5, False, False),
        ("3 Wed evening", 8, False, False),
        ("4 Friday", 8, True, False),
        ("5 Saturday", 1, False, False),
        ("6 Sunday's feast", 0, False, True),
    ]


def test_the_label_window_is_half_open_in_local_days(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | order_id     | happened_at
            ann         | in the gap   | 2024-03-05 23:59:59.999999
            ann         | first        | 2024-03-06 00:00
            ann         | last         | 2024-03-12 23:59:59.999999
            ann         | after        | 2024-03-13 00:00
        """,
    )
    window = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=7, activity=("orders",))
    assert rows(window["orders"], "order_id", "days_ahead") == [
        {"order_id": "first", "days_ahead": 1},
        {"order_id": "last", "days_ahead": 7},
    ]


def test_the_future_is_told_as_now_known(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at      | known_at         | amount
            ann         | o1       | 2024-03-06 10:00 | 2024-03-06 12:00 | 20
            ann         | o1       | 2024-03-06 10:00 | 2024-09-01 12:00 | 0
        """,
    )
    window = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=7, activity=("orders",))
    assert rows(window["orders"], "order_id", "amount") == [{"order_id": "o1", "amount": 0}]


def test_the_window_before_is_as_long_and_ends_with_as_of(tmp_path: Path) -> None:
    """Local days across a change of clocks: the 10th of March has 23 hours. The gap is no part of it."""
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders="""
            customer_id | order_id     | happened_at
            ann         | too early    | 2024-03-04 23:59:59.999999
            ann         | first        | 2024-03-05 00:00
            ann         | last         | 2024-03-11 23:59:59.999999
            ann         | at as_of     | 2024-03-12 00:00
        """,
    )
    before = future(tables, date(2024, 3, 12), gap_days=3, horizon_days=7, activity=("orders",)).previous
    assert rows(before["orders"], "order_id", "days_ahead") == [
        {"order_id": "first", "days_ahead": -7},
        {"order_id": "last", "days_ahead": -1},
    ]
    assert rows(before[ACTIVITY], "customer_id", "days_ahead") == [
        {"customer_id": "ann", "days_ahead": -7},
        {"customer_id": "ann", "days_ahead": -1},
    ]


def test_the_window_before_is_as_now_known_and_without_what_the_company_started(tmp_path: Path) -> None:
    orders = """
        customer_id | order_id  | happened_at      | known_at         | amount
        ann         | corrected | 2024-03-01 10:00 | 2024-03-01 12:00 | 20
        ann         | corrected | 2024-03-01 10:00 | 2024-09-01 12:00 | 5
        ann         | late      | 2024-03-02 10:00 | 2024-09-01 12:00 | 7
        ann         | moved     | 2024-03-03 10:00 | 2024-03-03 12:00 | 9
        ann         | moved     | 2024-03-06 10:00 | 2024-09-01 12:00 | 9
    """
    tables = checked(tmp_path, orders=orders, contacts=CONTACTS)
    window = future(tables, date(2024, 3, 5), gap_days=0, horizon_days=7, activity=("orders",))
    assert rows(window.previous["orders"], "order_id", "amount") == [
        {"order_id": "corrected", "amount": 5},
        {"order_id": "late", "amount": 7},
    ]
    assert ids(window["orders"]) == ["moved"]
    assert ids(window.previous["contacts"], "contact_id") == ["answer", "call"]
    assert all(table.schema() == window[name].schema() for name, table in window.previous.items())


LABELS = """
    customer_id | unit_id | target | as_of            | label | known_at
    ann         |         | late   | 2024-03-05       | 1     | 2024-04-02
    ann         |         | late   | 2024-03-05       | 0     | 2024-05-02
    ann         | case 1  | late   | 2024-03-05       |       | 2024-04-02
    ben         |         | other  | 2024-03-05 05:00Z| 1     | 2024-04-02
    ben         |         | late   | 2024-03-05 04:59Z| 1     | 2024-04-02
    ben         |         | late   | 2024-03-06       | 1     | 2024-04-02
    ben         |         | late   | 2024-02-05       | 1     | 2024-02-05
"""


def test_labels_of_the_company_are_of_the_future_with_their_own_as_of(tmp_path: Path) -> None:
    """In the version known last; whatever gap and horizon are; never history, though known long ago."""
    tables = checked(tmp_path, calendar=NEW_YORK, orders=ORDERS, labels=LABELS)
    for gap_days, horizon_days in ((0, 1), (1, 28)):
        window = future(tables, date(2024, 3, 5), gap_days=gap_days, horizon_days=horizon_days, activity=("orders",))
        assert [tuple(row.values()) for row in rows(window["labels"], "customer_id", "unit_id", "target", "label")] == [
            ("ann", None, "late", 0),
            ("ann", "case 1", "late", None),
            ("ben", None, "other", 1),
        ]
        assert set(window.previous) == {"customers", "orders", ACTIVITY}
    past = at(tables, date(2024, 3, 7), load_hours=6)
    assert set(past) == set(past.reach) == {"customers", "orders", ACTIVITY}


@settings(max_examples=10)
@given(
    offsets=st.lists(st.integers(0, 70 * 24 * 60), min_size=5, max_size=30, unique=True),
    horizon=st.integers(5, 28),
    gap=st.integers(0, 7),
)
def test_consecutive_windows_tile(tmp_path: Path, offsets: list[int], horizon: int, gap: int) -> None:
    """Every order falls into exactly one of the windows that follow each other, whatever the clocks did in March."""
    start = NEW_YORK.midnight(date(2024, 1, 20))
    moments = [start + timedelta(minutes=offset) for offset in offsets]
    drawing = "\n".join(f"ann | o{n} | {moment:%Y-%m-%d %H:%M}Z" for n, moment in enumerate(moments))
    tables = checked(tmp_path, calendar=NEW_YORK, orders=f"customer_id | order_id | happened_at\n{drawing}")
    seen: list[str] = []
    day = date(2024, 1, 20) - timedelta(days=gap)
    while day + timedelta(days=gap) < date(2024, 4, 1):
        window = future(tables, day, gap_days=gap, horizon_days=horizon, activity=("orders",))
        found = rows(window["orders"], "order_id", "days_ahead")
        assert all(gap <= row["days_ahead"] < gap + horizon for row in found)
        seen += [row["order_id"] for row in found]
        day += timedelta(days=horizon)
    assert sorted(seen) == sorted(f"o{n}" for n in range(len(moments)))


@settings(max_examples=10)
@given(offsets=st.lists(st.integers(-3 * 24 * 60, 3 * 24 * 60), min_size=1, max_size=20, unique=True))
def test_history_and_future_without_a_gap_are_everything(tmp_path: Path, offsets: list[int]) -> None:
    day = date(2024, 11, 3)  # of 25 hours
    moments = [NEW_YORK.midnight(day) + timedelta(minutes=offset) for offset in offsets]
    drawing = "\n".join(f"ann | o{n} | {moment:%Y-%m-%d %H:%M}Z" for n, moment in enumerate(moments))
    tables = checked(tmp_path, calendar=NEW_YORK, orders=f"customer_id | order_id | happened_at\n{drawing}")
    past = at(tables, day)
    ahead = future(tables, day, gap_days=0, horizon_days=30, activity=("orders",))
    assert sorted(ids(past["orders"]) + ids(ahead["orders"])) == sorted(f"o{n}" for n in range(len(moments)))
    assert all(row["age_seconds"] > 0 and row["days_ago"] > 0 for row in rows(past["orders"]))


def test_activity_is_what_customers_did_in_any_of_its_tables(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        activity=("orders", "usage"),
        orders="""
            customer_id | order_id | kind     | happened_at
            ann         | o1       | purchase | 2024-03-01
            ann         | o2       | return   | 2024-03-02
            ben         | o3       | purchase | 2024-03-06
        """,
        usage="""
            customer_id | event | happened_at
            ben         | login | 2024-03-03
            ben         | login | 2024-03-07
        """,
    )
    past = at(tables, date(2024, 3, 5), activity=("orders", "usage"))
    assert rows(past[ACTIVITY], "customer_id", "days_ago") == [
        {"customer_id": "ann", "days_ago": 4},
        {"customer_id": "ben", "days_ago": 2},
    ]
    assert past.activity == ("orders", "usage")
    assert dict(past.reach) == {"customers": day_number(date(2024, 3, 5)) - 10957, "orders": 4, "usage": 2, ACTIVITY: 4}
    ahead = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=28, activity=("orders", "usage"))
    assert rows(ahead[ACTIVITY], "customer_id", "days_ahead") == [
        {"customer_id": "ben", "days_ahead": 1},
        {"customer_id": "ben", "days_ahead": 2},
    ]


def test_an_activity_table_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    tables = checked(tmp_path, orders=ORDERS)
    past = at(tables, date(2024, 3, 5), activity=("orders", "usage"))
    assert past.activity == ("orders",)
    assert set(past) == {"customers", "orders", ACTIVITY}


def test_history_and_future_carry_no_dates(tmp_path: Path) -> None:
    """What families and targets cannot see they cannot leak."""
    tables = checked(tmp_path, contacts=CONTACTS, orders=ORDERS, subscriptions=SUBSCRIPTIONS)
    ahead = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=7, activity=("orders",))
    for view in (at(tables, date(2024, 3, 5)), ahead, ahead.previous):
        for name, table in view.items():
            assert not [column for column, kind in table.schema().items() if kind.is_temporal()], name
            assert not {"local_day", "known_at", "happened_at"} & set(table.columns), name


def test_the_label_is_known_when_the_window_and_its_delay_are_over() -> None:
    assert label_known_on(date(2024, 3, 5), gap_days=1, horizon_days=28, delay_days=2) == date(2024, 4, 5)


def test_the_newest_as_of_is_the_day_after_the_last_activity(tmp_path: Path) -> None:
    tables = checked(tmp_path, contacts=CONTACTS, orders=ORDERS)
    assert newest_as_of(tables.about, ("orders", "usage")) == "2024-03-02"


def test_every_table_that_may_be_activity_says_which_rows_are() -> None:
    assert {name for name, table in TABLES.items() if table.is_activity is not None} == {"orders", "usage"}


# Records that change: cases and surveys

CASES = """
    customer_id | case_id | kind      | opened_at        | first_response_at | closed_at        | resolved | reopened_at
    ann         | open    | complaint | 2024-03-01 10:00 | 2024-03-04 11:00  | 2024-03-06 12:00 | true     | 2024-03-08
"""


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        (date(2024, 3, 4), {"first_response_age_seconds": None, "closed_days_ago": None, "resolved": None}),
        (date(2024, 3, 5), {"first_response_age_seconds": 13 * 3600, "closed_days_ago": None, "resolved": None}),
        (
            date(2024, 3, 7),
            {
                "first_response_age_seconds": 61 * 3600,
                "closed_days_ago": 1,
                "resolved": True,
                "reopened_days_ago": None,
            },
        ),
        (date(2024, 3, 9), {"closed_days_ago": 3, "resolved": True, "reopened_days_ago": 1}),
    ],
)
def test_a_case_is_seen_as_it_stood(tmp_path: Path, day: date, seen: dict[str, object]) -> None:
    tables = checked(tmp_path, cases=CASES, orders=ORDERS)
    assert rows(at(tables, day)["cases"], *seen) == [seen]


def test_the_business_hours_of_a_timed_moment_skip_the_weekend(tmp_path: Path) -> None:
    """Opened on Friday at 10, answered on Monday at 11: seven hours of Friday and two of Monday."""
    tables = checked(tmp_path, cases=CASES, orders=ORDERS)
    (case,) = rows(at(tables, date(2024, 3, 20))["cases"])
    assert case["business_hours_ago"] - case["first_response_business_hours_ago"] == pytest.approx(9)
    assert case["first_response_business_hours_ago"] - case["closed_business_hours_ago"] == pytest.approx(6 + 8 + 3)


def test_an_answer_is_known_once_it_was_given(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        surveys="""
            customer_id | survey_id | kind | invited_at       | responded_at     | score | comment
            ann         | s1        | csat | 2024-03-01 10:00 | 2024-03-04 11:00 | 2     | slow
            ann         | s2        | nps  | 2024-03-02 10:00 |                  |       |
        """,
        orders=ORDERS,
    )
    shown = ("survey_id", "responded_days_ago", "score", "comment")
    unanswered = {"survey_id": "s2", "responded_days_ago": None, "score": None, "comment": None}
    assert rows(at(tables, date(2024, 3, 4))["surveys"], *shown) == [
        {"survey_id": "s1", "responded_days_ago": None, "score": None, "comment": None},
        unanswered,
    ]
    assert rows(at(tables, date(2024, 3, 5))["surveys"], *shown) == [
        {"survey_id": "s1", "responded_days_ago": 1, "score": 2, "comment": "slow"},
        unanswered,
    ]


def test_records_go_on_after_they_began(tmp_path: Path) -> None:
    """A subscription that began long ago and ends in the label window: the label needs the end, whenever it began."""
    tables = checked(
        tmp_path,
        subscriptions="""
            customer_id | subscription_id | started_at | renews_at  | ended_at   | end_reason
            ann         | a               | 2023-03-10 | 2024-03-10 | 2024-03-10 | moved away
            ben         | b               | 2024-03-20 | 2025-03-20 |            |
        """,
        orders=ORDERS,
    )
    ahead = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=28, activity=("orders",))
    assert (ahead.first_day, ahead.end_day) == (1, 29)
    assert rows(
        ahead.records["subscriptions"], "customer_id", "days_ahead", "ended_days_ahead", "renews_days_ahead"
    ) == [
        {"customer_id": "ann", "days_ahead": -361, "ended_days_ahead": 5, "renews_days_ahead": 5},
        {"customer_id": "ben", "days_ahead": 15, "ended_days_ahead": None, "renews_days_ahead": 380},
    ]


def test_what_is_expected_of_a_channel_stands_beside_what_happened(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | contact_id | channel | direction | happened_at
            ann         | c1         | Phone   | inbound   | 2024-03-01 10:00
            ann         | c2         | pigeon  | inbound   | 2024-03-01 10:00
        """,
        cases="""
            customer_id | case_id | kind    | channel | opened_at
            ann         | k1      | request | social  | 2024-03-01 10:00
            ann         | k2      | request |         | 2024-03-01 10:00
        """,
        orders=ORDERS,
    )
    own = replace(tables, expectations=Expectations(wait_seconds={"phone": 45}, other_wait_seconds=7))
    assert rows(at(own, date(2024, 3, 5))["contacts"], "contact_id", "expected_wait_seconds") == [
        {"contact_id": "c1", "expected_wait_seconds": 45},
        {"contact_id": "c2", "expected_wait_seconds": 7},
    ]
    assert rows(at(tables, date(2024, 3, 5))["cases"], "case_id", "expected_response_hours") == [
        {"case_id": "k1", "expected_response_hours": 1},
        {"case_id": "k2", "expected_response_hours": 8},
    ]


def test_a_history_by_case_has_the_rows_of_cases_under_the_case(tmp_path: Path) -> None:
    """Two cases of one customer are two; what belongs to no case, and what the company started, is not there."""
    tables = checked(
        tmp_path,
        orders=ORDERS,
        cases="""
            customer_id | case_id | kind      | opened_at
            ann         | k1      | complaint | 2024-03-01 10:00
            ann         | k2      | request   | 2024-03-02 10:00
            ben         | k3      | request   | 2024-03-05 00:00
        """,
        contacts="""
            customer_id | contact_id | channel | direction | case_id | happened_at
            ann         | c1         | phone   | inbound   | k1      | 2024-03-01 10:00
            ann         | c2         | phone   | outbound  | k1      | 2024-03-03 10:00
            ann         | c3         | phone   | inbound   |         | 2024-03-03 10:00
            ann         | c4         | phone   | outbound  |         | 2024-03-03 10:00
            ann         | c5         | phone   | inbound   | k2      | 2024-03-05 00:00
            ben         | c6         | phone   | inbound   | unknown | 2024-03-04 10:00
        """,
        text_scores="""
            customer_id | text_of  | text_id | sentiment | happened_at
            ann         | cases    | k1      | 0.75      | 2024-03-01 10:00
            ann         | contacts | c1      | 0.25      | 2024-03-01 10:00
        """,
    )
    past = at(tables, date(2024, 3, 5))
    cut = by_case(past)
    assert set(cut) == set(cut.reach) == {"cases", "contacts", "text_scores"}
    assert cut.activity == ()
    assert all(cut.reach[name] == past.reach[name] for name in cut)
    assert all(set(cut[name].columns) == set(past[name].columns) for name in cut)
    assert rows(cut["cases"], "customer_id", "case_id", "kind", "days_ago") == [
        {"customer_id": "k1", "case_id": "k1", "kind": "complaint", "days_ago": 4},
        {"customer_id": "k2", "case_id": "k2", "kind": "request", "days_ago": 3},
    ]
    assert rows(cut["contacts"], "customer_id", "contact_id") == [
        {"customer_id": "k1", "contact_id": "c1"},
        {"customer_id": "k1", "contact_id": "c2"},
        {"customer_id": "unknown", "contact_id": "c6"},
    ]
    assert rows(cut["text_scores"], "customer_id", "sentiment") == [{"customer_id": "k1", "sentiment": 0.75}]
    assert rows(past["cases"], "customer_id") == [{"customer_id": "ann"}, {"customer_id": "ann"}]
    assert set(by_case(at(checked(tmp_path / "none", orders=ORDERS), date(2024, 3, 5)))) == set()


def test_the_records_of_a_table_that_changes_are_in_the_version_known_last(tmp_path: Path) -> None:
    """Of all rows, whenever they began, with the days of every date; the cut of the window leaves them whole."""
    tables = checked(
        tmp_path,
        calendar=NEW_YORK,
        orders=ORDERS,
        surveys="""
            customer_id | survey_id | kind | invited_at           | responded_at         | score | known_at
            ann         | s1        | csat | 2024-03-01 10:00     |                      |       | 2024-03-01 10:00
            ann         | s1        | csat | 2024-03-01 10:00     | 2024-03-06 04:59:59Z | 2     | 2024-03-07 10:00
            ben         | s2        | csat | 2024-09-01 10:00     | 2024-09-02 10:00     | 4     |
        """,
    )
    ahead = future(tables, date(2024, 3, 5), gap_days=1, horizon_days=7, activity=("orders",))
    assert set(ahead.records) == {"customers", "orders", "surveys"}
    assert rows(ahead.records["surveys"], "survey_id", "days_ahead", "responded_days_ahead", "score") == [
        {"survey_id": "s1", "days_ahead": -4, "responded_days_ahead": 0, "score": 2},
        {"survey_id": "s2", "days_ahead": 180, "responded_days_ahead": 181, "score": 4},
    ]


# The world as it stood


def test_the_label_window_as_it_was_known_on_a_later_day(tmp_path: Path) -> None:
    """Decided on 5 March, looked at again on the 20th: late orders and corrections are not in yet, and of the case is
    not known that it was closed."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id  | happened_at      | known_at         | amount
            ann         | in time   | 2024-03-08 10:00 | 2024-03-08 12:00 | 10
            ann         | late      | 2024-03-08 11:00 | 2024-03-21 12:00 | 20
            ann         | corrected | 2024-03-09 10:00 | 2024-03-09 12:00 | 30
            ann         | corrected | 2024-03-09 10:00 | 2024-03-25 12:00 | 99
        """,
        cases="""
            customer_id | case_id | kind    | opened_at        | closed_at
            ann         | soon    | request | 2024-03-06 10:00 | 2024-03-07 10:00
            ann         | later   | request | 2024-03-06 10:00 | 2024-03-22 10:00
        """,
    )
    decided = date(2024, 3, 5)

    def seen(world: object) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        ahead = future(world, decided, gap_days=1, horizon_days=14, activity=("orders",))  # type: ignore[arg-type]
        return rows(ahead["orders"], "order_id", "amount"), rows(ahead.records["cases"], "case_id", "closed_days_ahead")

    then = as_known(tables, date(2024, 3, 20), load_window=timedelta(hours=6))
    assert seen(then) == (
        [{"order_id": "corrected", "amount": 30.0}, {"order_id": "in time", "amount": 10.0}],
        [{"case_id": "later", "closed_days_ahead": None}, {"case_id": "soon", "closed_days_ahead": 2}],
    )
    assert seen(tables) == (
        [
            {"order_id": "corrected", "amount": 99.0},
            {"order_id": "in time", "amount": 10.0},
            {"order_id": "late", "amount": 20.0},
        ],
        [{"case_id": "later", "closed_days_ahead": 17}, {"case_id": "soon", "closed_days_ahead": 2}],
    )
    everything = as_known(tables, date(2024, 4, 20), load_window=timedelta(hours=6))
    assert seen(everything) == seen(tables)


def test_history_is_the_same_in_the_world_as_it_stood(tmp_path: Path) -> None:
    """What a night knew is cut from later tables as from those of that night."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | happened_at      | known_at         | promised_at      | delivered_at
            ann         | o1       | 2024-03-01 10:00 | 2024-03-01 12:00 | 2024-03-03 12:00 | 2024-03-02 10:00
            ann         | o2       | 2024-03-02 10:00 | 2024-03-02 12:00 | 2024-03-03 12:00 | 2024-03-09 10:00
            ann         | o3       | 2024-03-02 11:00 | 2024-03-07 12:00 | 2024-03-03 12:00 | 2024-03-04 10:00
        """,
    )
    day = date(2024, 3, 5)
    stood = as_known(tables, day, load_window=timedelta(hours=6))
    columns = ("order_id", "delivered_days_ago")
    now, then = (rows(at(world, day, load_hours=6)["orders"], *columns) for world in (tables, stood))
    assert now == then
    assert now == [{"order_id": "o1", "delivered_days_ago": 3}, {"order_id": "o2", "delivered_days_ago": None}]
