"""What customers spend, and at what price."""

from datetime import date
from pathlib import Path

from features.family import Family
from features.frequency import FREQUENCY
from features.value import VALUE
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_money_by_window(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | amount | discount | happened_at
            ann         | purchase | 10.10  | 1.00     | 2024-03-10 12:00
            ann         | purchase |        | 9.00     | 2024-03-10 12:00
            ann         | purchase | 20.20  |          | 2024-02-12 00:00
            ann         | purchase | 40.40  |          | 2024-02-11 12:00
            ann         | return   | 5.05   |          | 2024-03-09 12:00
            ann         | purchase | 80.80  |          | 2023-03-01 12:00
            ben         | purchase |        |          | 2024-03-10 12:00
            cyd         | return   | 7.00   |          | 2024-03-10 12:00
        """,
    )
    families: tuple[Family, ...] = (FREQUENCY, VALUE)
    frame = built(tables, date(2024, 3, 11), families, activity=("orders",)).frame
    names = [feature.name for feature in VALUE.features]
    assert features_of(frame, "ann", *names) == {
        "amount_last_28d": 30.3,
        "amount_last_91d": 70.7,
        "amount_last_182d": 70.7,
        "amount_last_364d": 70.7,
        "amount_ever": 151.5,
        "largest_order_last_91d": 40.4,
        "last_order_amount": 10.1,
        "discount_last_91d": 10.0,
        "returned_amount_last_364d": 5.05,
        "average_order_last_28d": 10.1,
        "average_order_last_91d": 17.675,
        "discount_share_last_91d": round(10 / 80.7, 6),
        "returned_share_last_364d": round(5.05 / 70.7, 6),
    }
    # An order without an amount is an order of nothing known: no largest, no last, no share.
    assert features_of(frame, "ben", *names) == {
        "amount_last_28d": 0.0,
        "amount_last_91d": 0.0,
        "amount_last_182d": 0.0,
        "amount_last_364d": 0.0,
        "amount_ever": 0.0,
        "largest_order_last_91d": None,
        "last_order_amount": None,
        "discount_last_91d": 0.0,
        "returned_amount_last_364d": 0.0,
        "average_order_last_28d": 0.0,
        "average_order_last_91d": 0.0,
        "discount_share_last_91d": None,
        "returned_share_last_364d": None,
    }
    assert features_of(frame, "cyd", "amount_ever", "returned_amount_last_364d", "returned_share_last_364d") == {
        "amount_ever": 0.0,
        "returned_amount_last_364d": 7.0,
        "returned_share_last_364d": None,
    }


def test_the_last_of_several_at_the_same_moment_is_the_smallest(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | amount | happened_at
            ann         | 30     | 2024-03-10 12:00
            ann         | 20     | 2024-03-10 12:00
            ann         |        | 2024-03-10 18:00
            ann         | 10     | 2024-03-09 12:00
            ben         | 5      | 2024-01-01 12:00
            ben         | 6      | 2023-01-01 12:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [VALUE], activity=("orders",)).frame
    assert features_of(frame, "ann", "last_order_amount") == {"last_order_amount": 20.0}
    assert features_of(frame, "ben", "last_order_amount") == {"last_order_amount": 5.0}


def test_a_corrected_row_counts_as_it_was_known(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | order_id | amount | happened_at      | known_at
            ann         | o1       | 10     | 2024-03-01 12:00 | 2024-03-01 13:00
            ann         | o1       | 15     | 2024-03-01 12:00 | 2024-03-05 13:00
            ann         | o1       | 12     | 2024-02-28 12:00 | 2024-03-20 13:00
            ben         | o2       | 7      | 2020-01-01 12:00 | 2020-01-01 12:00
        """,
    )
    told = {
        as_of: features_of(built(tables, as_of, [VALUE], activity=("orders",)).frame, "ann", "amount_ever")
        for as_of in (date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 6), date(2024, 3, 21))
    }
    assert told == {
        date(2024, 3, 1): {"amount_ever": 0.0},
        date(2024, 3, 2): {"amount_ever": 10.0},
        date(2024, 3, 6): {"amount_ever": 15.0},
        date(2024, 3, 21): {"amount_ever": 12.0},
    }
