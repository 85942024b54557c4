"""How often the customer was quiet for a whole period before."""

from datetime import date
from pathlib import Path

from features.outcomes import OUTCOMES
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_quiet_periods_since_the_first_activity(tmp_path: Path) -> None:
    """Before 2024-07-01: ann was active 150, 113, 56 and 29 days ago; ben 30; cyd 27; dan 28, the whole of a period."""
    tables = checked(
        tmp_path,
        orders="""
            customer_id | kind     | happened_at
            ann         | purchase | 2024-02-02 12:00
            ann         | purchase | 2024-03-10 12:00
            ann         | return   | 2024-04-20 12:00
            ann         | purchase | 2024-05-06 12:00
            ann         | purchase | 2024-06-02 12:00
            ben         | purchase | 2024-06-01 12:00
            cyd         | purchase | 2024-06-04 12:00
            dan         | purchase | 2024-06-03 12:00
            eve         | return   | 2024-02-03 12:00
        """,
    )
    frame = built(tables, date(2024, 7, 1), [OUTCOMES], activity=("orders",)).frame
    # Periods of ann, the newest first: quiet, active, quiet, quiet, active; the sixth is not complete.
    assert features_of(frame, "ann") == {
        "periods_28d": 5.0,
        "quiet_periods_28d": 3.0,
        "quiet_periods_28d_of_last_3": 2.0,
        "quiet_share_28d": 0.6,
    }
    assert features_of(frame, "ben") == {
        "periods_28d": 1.0,
        "quiet_periods_28d": 1.0,
        "quiet_periods_28d_of_last_3": 1.0,
        "quiet_share_28d": 1.0,
    }
    assert features_of(frame, "dan") == {
        "periods_28d": 1.0,
        "quiet_periods_28d": 0.0,
        "quiet_periods_28d_of_last_3": 0.0,
        "quiet_share_28d": 0.0,
    }
    assert set(features_of(frame, "cyd").values()) == {None}
    assert set(features_of(frame, "eve").values()) == {None}
