"""How what customers write sounds, and how many things it is about."""

from datetime import date
from pathlib import Path

from features.texts import TEXTS
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_sentiment_and_topics(tmp_path: Path) -> None:
    """At 2024-06-01. A text of 0.5 is not unhappy; one without sentiment still has a topic; the topics of answers to
    surveys are left out."""
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\ncyd | 2024-01-01 10:00",
        text_scores="""
            customer_id | text_of  | text_id | sentiment | topic    | happened_at
            ann         | contacts | t1      | 0.5       | bill     | 2024-05-31 12:00
            ann         | cases    | t2      | 0.9       | bill     | 2024-05-01 12:00
            ann         | surveys  | t3      | 0.7       | price    | 2024-04-01 12:00
            ann         | contacts | t4      |           | app      | 2024-05-01 12:00
            ann         | contacts | t5      | 0.1       | delivery | 2024-01-01 12:00
            ann         | contacts | t6      | 1         |          | 2023-01-01 12:00
            ben         | surveys  | t1      | 0.2       | bill     | 2024-01-01 12:00
        """,
    )
    frame = built(tables, date(2024, 6, 1), [TEXTS], activity=("orders",)).frame
    assert features_of(frame, "ann") == {
        "last_sentiment": 0.5,
        "mean_sentiment_last_91d": 0.7,
        "mean_sentiment_last_364d": 0.55,
        "unhappy_share_last_91d": round(2 / 3, 6),
        "unhappy_share_last_364d": 0.5,
        "text_topics_last_91d": 2.0,
        "days_since_last_unhappy_text": 30.5,
        "sentiment_change_91d": 0.15,
    }
    assert features_of(frame, "ben") == {
        "last_sentiment": 0.2,
        "mean_sentiment_last_91d": None,
        "mean_sentiment_last_364d": 0.2,
        "unhappy_share_last_91d": None,
        "unhappy_share_last_364d": 0.0,
        "text_topics_last_91d": 0.0,
        "days_since_last_unhappy_text": None,
        "sentiment_change_91d": None,
    }
    assert [value for value in features_of(frame, "cyd").values() if value is not None] == [0.0]
