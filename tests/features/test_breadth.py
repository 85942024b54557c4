"""In how many ways a customer is tied to the company."""

from datetime import date
from pathlib import Path

from features.breadth import BREADTH
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_different_values_by_window(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | category | categories | happened_at
            ann         | purchase | milk     | 2          | 2024-03-10 12:00
            ann         | purchase | milk     |            | 2024-03-01 12:00
            ann         | purchase |          | 5          | 2024-03-01 12:00
            ann         | purchase | fish     | 3          | 2023-12-11 00:00
            ann         | purchase | tea      | 1          | 2023-12-10 23:00
            ann         | return   | bread    | 9          | 2024-03-02 12:00
            ann         | purchase | milk     | 2          | 2023-10-01 12:00
            ben         | purchase |          |            | 2024-03-01 12:00
            ben         | purchase | milk     | 1          | 2023-01-01 12:00
        """,
        contacts="""
            customer_id | channel | topic    | direction | case_id | happened_at
            ann         | phone   | bill     | inbound   |         | 2024-03-10 10:00
            ann         | phone   |          | inbound   |         | 2024-03-09 10:00
            ann         | chat    | bill     | inbound   |         | 2024-03-08 10:00
            ann         | e-mail  | delivery | outbound  | s1      | 2024-03-08 10:00
            ann         | shop    | price    | inbound   |         | 2023-12-10 10:00
            ben         | shop    | price    | inbound   |         | 2023-12-10 10:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [BREADTH], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "categories_last_91d": 2.0,
        "categories_last_182d": 3.0,
        "categories_92_to_182d_ago": 2.0,
        "average_categories_last_91d": round(10 / 3, 6),
        "average_categories_92_to_182d_ago": 1.5,
        "channels_last_91d": 2.0,
        "topics_last_91d": 1.0,
        "average_categories_trend_91d": round((10 / 3) / (10 / 3 + 1.5), 6),
    }
    assert features_of(frame, "ben") == {
        "categories_last_91d": 0.0,
        "categories_last_182d": 0.0,
        "categories_92_to_182d_ago": 0.0,
        "average_categories_last_91d": None,
        "average_categories_92_to_182d_ago": None,
        "channels_last_91d": 0.0,
        "topics_last_91d": 0.0,
        "average_categories_trend_91d": None,
    }
