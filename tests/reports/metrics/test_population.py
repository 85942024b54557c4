"""Who was with us and what they pay, on drawn rows, by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.metrics.population import active_customers, population_rows
from reports.metrics.seen import NO_COLUMN, NO_TABLE, Lack, Seen
from tests.reports.metrics.conftest import sums

# At the end of February ann, bob, cem, eve and flo are there; at the end of March ann, cem, eve, flo and dia.
SUBSCRIPTIONS = """
    customer_id | subscription_id | started_at       | ended_at         | monthly_amount | is_involuntary
    old         | s0              | 2023-12-01       | 2024-01-10       | 99             | false
    ann         | s1              | 2024-01-01       |                  | 10             |
    bob         | s2              | 2024-01-05       | 2024-03-10       | 20             | true
    cem         | s3              | 2024-01-05       | 2024-02-29 23:59 | 20             | false
    cem         | s3              | 2024-03-01       |                  | 30             |
    dia         | s4              | 2024-03-05       |                  | 40             |
    eve         | s5              | 2024-01-20       | 2024-03-31 10:00 | 50             | false
    flo         | s6              | 2024-01-01       | 2024-03-31 09:00 | 10             | false
    flo         | s6              | 2024-03-31 09:00 |                  | 15             |
"""
MARCH = 1


@pytest.fixture
def seen(see_at: Callable[..., Seen]) -> Seen:
    return see_at("2024-04-01", subscriptions=SUBSCRIPTIONS)


def test_who_stays_by_subscription(seen: Seen) -> None:
    rows, lacking = population_rows(seen)
    assert lacking == {}
    assert sums(rows["retention"], MARCH) == (4, 5)
    assert sums(rows["churn"], MARCH) == (1, 5)
    assert sums(rows["involuntary_churn"], MARCH) == (1, 5)
    # dia, for each hundred of five.
    assert sums(rows["newcomers"], MARCH) == (100, 5)
    churn = rows["churn"]
    assert set(churn[(churn.month == MARCH) & (churn.num == 1)].customer_id) == {"bob"}


def test_revenue_kept(seen: Seen) -> None:
    rows, _ = population_rows(seen)
    # cem pays 10 more and flo 5 more (the later period alone), bob's 20 are lost, dia is new.
    assert sums(rows["net_retention"], MARCH) == (10 + 30 + 50 + 15, 110)
    assert sums(rows["gross_retention"], MARCH) == (10 + 20 + 50 + 10, 110)


def test_who_ends_on_the_last_day_is_lost_in_the_next_month(see_at: Callable[..., Seen]) -> None:
    rows, _ = population_rows(see_at("2024-05-01", subscriptions=SUBSCRIPTIONS))
    april = rows["churn"][rows["churn"].month == 1]
    assert set(april[april.num == 1].customer_id) == {"eve"}


def test_months_begin_with_the_first_end_that_the_table_has(see_at: Callable[..., Seen]) -> None:
    """Before it, the table may hold only who is left."""
    seen = see_at("2024-04-01", full=6, subscriptions=SUBSCRIPTIONS)
    rows, _ = population_rows(seen)
    assert [seen.months[place].key for place in sorted(rows["churn"].month.unique())] == ["2024-02", "2024-03"]


def test_amounts_and_ends_that_are_nowhere_are_named(see_at: Callable[..., Seen]) -> None:
    plain = """
        customer_id | subscription_id | started_at | ended_at
        ann         | s1              | 2024-01-01 |
        bob         | s2              | 2024-01-01 | 2024-01-20
    """
    rows, lacking = population_rows(see_at("2024-04-01", subscriptions=plain))
    assert set(rows) == {"retention", "churn", "newcomers"}
    amounts = Lack(NO_COLUMN, "subscriptions.monthly_amount")
    assert lacking == {
        "net_retention": amounts,
        "gross_retention": amounts,
        "involuntary_churn": Lack(NO_COLUMN, "subscriptions.is_involuntary"),
    }
    assert amounts.of("NPS", "CSAT") == (
        "subscriptions.monthly_amount is empty everywhere, so these are not measured: NPS, CSAT. Map it in vafa.toml."
    )


def test_a_customer_of_whom_an_amount_is_unknown_is_left_out_of_revenue_alone(see_at: Callable[..., Seen]) -> None:
    unknown = SUBSCRIPTIONS + "    gil | s7 | 2024-01-01 | | |\n"
    rows, _ = population_rows(see_at("2024-04-01", subscriptions=unknown))
    assert sums(rows["churn"], MARCH) == (1, 6)
    assert sums(rows["net_retention"], MARCH) == (105, 110)


ORDERS = """
    customer_id | happened_at
    ann         | 2023-06-01
    ann         | 2023-12-02 00:00
    bob         | 2023-12-01 23:59
    cem         | 2024-02-10
    cem         | 2024-03-10
    dia         | 2024-03-30
"""


def test_who_stays_by_activity(see_at: Callable[..., Seen]) -> None:
    """March begins on day 61: 90 days before it is 2 December. It ends with the 31st: 90 days before is 2 January."""
    rows, lacking = population_rows(see_at("2024-04-01", orders=ORDERS))
    march = rows["churn"][rows["churn"].month == MARCH].set_index("customer_id").num.to_dict()
    assert march == {"ann": 1, "cem": 0}
    assert sums(rows["newcomers"], MARCH) == (100, 2)
    assert set(lacking) == {"involuntary_churn", "net_retention", "gross_retention"}
    assert set(lacking.values()) == {Lack(NO_TABLE, "subscriptions")}


def test_a_month_that_the_history_does_not_reach_is_left_out(see_at: Callable[..., Seen]) -> None:
    short = (
        ORDERS.replace("2023-06-01", "2023-12-10")
        .replace("2023-12-02 00:00", "2023-12-11")
        .replace("2023-12-01", "2023-12-12")
    )
    rows, _ = population_rows(see_at("2024-04-01", orders=short))
    # 1 March less 90 days lies before 10 December.
    assert rows == {}


def test_active_is_with_a_subscription_or_active(see_at: Callable[..., Seen]) -> None:
    found = active_customers(see_at("2024-04-01", subscriptions=SUBSCRIPTIONS, orders=ORDERS))
    assert found is not None
    active, first = found
    assert first == 0
    # bob was there until 10 March; old ended long ago.
    assert set(active[active.month == MARCH].customer_id) == {"ann", "bob", "cem", "dia", "eve", "flo"}
    assert not active.duplicated().any()
