"""Where customers stand in the contract, what it costs them, and whether they pay."""

from datetime import date
from pathlib import Path

from features.renewal import RENEWAL
from tests.drawn import checked
from tests.features.companies import built, features_of

AS_OF = date(2024, 6, 1)


def test_periods_plans_and_prices(tmp_path: Path) -> None:
    """At 2024-06-01. Ann went from basic to plus, paid more a year later, and took a second subscription, which should
    have been renewed yesterday. Ben's ended; the end that is filled in on the day itself is not known: cyd's runs on.
    Dan's first period was never ended; eve's free one came to cost something, and her plan is not told."""
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\nfay | 2024-01-01 10:00",
        subscriptions="""
            customer_id | subscription_id | plan  | monthly_amount | started_at       | renews_at  | ended_at
            ann         | s1              | basic | 10             | 2022-06-01 12:00 | 2023-06-01 | 2023-06-08 12:00
            ann         | s1              | plus  | 20             | 2023-06-08 12:00 | 2024-06-08 | 2024-05-02 12:00
            ann         | s1              | plus  | 25             | 2024-05-02 12:00 | 2025-05-02 |
            ann         | s2              | basic | 4.5            | 2024-05-12 12:00 | 2024-05-31 |
            ben         | s3              | basic | 10             | 2024-01-01 12:00 | 2024-02-01 | 2024-02-01 12:00
            ben         | s3              | plus  | 9              | 2024-02-01 12:00 | 2024-03-01 | 2024-03-03 12:00
            cyd         | s4              | basic | 10             | 2024-05-01 12:00 | 2024-06-01 | 2024-06-01 00:00
            dan         | s5              | basic | 8              | 2024-04-01 12:00 | 2024-05-01 |
            dan         | s5              | basic | 6              | 2024-05-01 12:00 | 2024-06-11 |
            eve         | s6              |       | 0              | 2024-04-01 12:00 | 2024-05-01 | 2024-05-01 12:00
            eve         | s6              | basic | 6              | 2024-05-01 12:00 | 2024-06-01 |
        """,
    )
    frame = built(tables, AS_OF, [RENEWAL], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "days_to_renewal": -1.0,
        "days_since_period_began": 19.5,
        "days_since_first_subscription": 730.5,
        "running_subscriptions": 2.0,
        "renewals_due_28d": 0.0,
        "plan_changes_last_364d": 1.0,
        "days_since_last_plan_change": 358.5,
        "monthly_amount": 29.5,
        "price_change": 0.25,
        "days_since_last_price_rise": 29.5,
        "days_since_last_end": None,
    }
    assert features_of(frame, "ben") == {
        "days_to_renewal": None,
        "days_since_period_began": None,
        "days_since_first_subscription": 151.5,
        "running_subscriptions": 0.0,
        "renewals_due_28d": 0.0,
        "plan_changes_last_364d": 1.0,
        "days_since_last_plan_change": 120.5,
        "monthly_amount": 0.0,
        "price_change": None,
        "days_since_last_price_rise": None,
        "days_since_last_end": 90.0,
    }
    told = (
        "days_to_renewal",
        "renewals_due_28d",
        "running_subscriptions",
        "monthly_amount",
        "price_change",
        "days_since_last_end",
    )
    assert list(features_of(frame, "cyd", *told).values()) == [0.0, 1.0, 1.0, 10.0, None, None]
    assert list(features_of(frame, "dan", *told).values()) == [10.0, 1.0, 1.0, 6.0, -0.25, None]
    changes = ("price_change", "days_since_last_price_rise", "plan_changes_last_364d", "days_since_last_plan_change")
    assert list(features_of(frame, "eve", *changes).values()) == [None, 30.5, 0.0, None]
    told_of_fay = {name: value for name, value in features_of(frame, "fay").items() if value is not None}
    assert told_of_fay == {
        "running_subscriptions": 0.0,
        "renewals_due_28d": 0.0,
        "plan_changes_last_364d": 0.0,
        "monthly_amount": 0.0,
    }


def test_payments_that_failed(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\ncyd | 2024-01-01 10:00",
        payments="""
            customer_id | succeeded | happened_at
            ann         | false     | 2024-05-31 12:00
            ann         | true      | 2024-05-30 12:00
            ann         | true      | 2024-05-04 00:00
            ann         | false     | 2024-05-03 23:00
            ann         | false     | 2023-06-03 00:00
            ann         | false     | 2023-06-02 23:00
            ben         | true      | 2024-05-30 12:00
        """,
    )
    frame = built(tables, AS_OF, [RENEWAL], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "failed_payments_last_28d": 1.0,
        "failed_payments_last_91d": 2.0,
        "failed_payments_last_364d": 3.0,
        "failed_payment_share_last_91d": 0.5,
        "failed_payment_share_last_364d": 0.6,
        "days_since_last_failed_payment": 0.5,
    }
    assert list(features_of(frame, "ben").values()) == [0.0, 0.0, 0.0, 0.0, 0.0, None]
    assert list(features_of(frame, "cyd").values()) == [0.0, 0.0, 0.0, None, None, None]
