"""What a customer would spend over the next horizon."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from outreach.value import value_at_risk

NAN = math.nan


def test_spend_a_day_times_the_horizon_drawn() -> None:
    drawn = [
        # amount_last_182d, amount_last_91d, days_since_first_activity, value over 28 days
        (182.0, 999.0, 400.0, 28.00),  # old customer: divided by the whole window
        (100.0, 999.0, 100.0, 28.00),  # newer than the window: divided by its own days
        (100.0, 999.0, 3.0, 100.00),  # three days old: divided by 28, not by 3
        (182.0, 999.0, NAN, 28.00),  # unknown first day: divided by the window
        (NAN, 999.0, 400.0, 0.00),  # unknown spend
        (-50.0, 999.0, 400.0, 0.00),  # returned more than bought
        (math.inf, 999.0, 400.0, 0.00),  # broken data may not lead the list
    ]
    frame = pd.DataFrame(drawn, columns=["amount_last_182d", "amount_last_91d", "days_since_first_activity", "value"])
    value = value_at_risk(frame, horizon_days=28)
    assert value.series.tolist() == frame["value"].tolist()
    assert value.basis == "amount_last_182d"


@pytest.mark.parametrize(
    ("amount_182", "amount_91", "ever", "basis", "value"),
    [
        ([182.0, NAN], [1.0, 1.0], [1.0, 1.0], "amount_last_182d", [28.0, 0.0]),
        ([NAN, NAN], [91.0, 182.0], [1.0, 1.0], "amount_last_91d", [28.0, 56.0]),
        ([NAN, NAN], [NAN, NAN], [400.0, 200.0], "amount_ever", [28.0, 14.0]),
        ([NAN, NAN], [NAN, NAN], [NAN, NAN], "none", [1.0, 1.0]),
        ([0.0, 0.0], [0.0, 0.0], [0.0, NAN], "none", [1.0, 1.0]),  # orders that carry no amounts
    ],
)
def test_one_window_serves_the_whole_frame(
    amount_182: list[float], amount_91: list[float], ever: list[float], basis: str, value: list[float]
) -> None:
    frame = pd.DataFrame(
        {
            "amount_last_182d": amount_182,
            "amount_last_91d": amount_91,
            "amount_ever": ever,
            "days_since_first_activity": [400.0, 400.0],
        },
        index=["a", "b"],
    )
    before = frame.copy()
    result = value_at_risk(frame, horizon_days=28)
    assert (result.basis, result.series.to_dict()) == (basis, dict(zip("ab", value, strict=True)))
    pd.testing.assert_frame_equal(frame, before)


def test_company_without_amounts_counts_everybody_as_one_and_says_so() -> None:
    value = value_at_risk(pd.DataFrame({"usage_days_last_28d": [1, 2, 3]}), horizon_days=28)
    assert (value.series.tolist(), value.basis) == ([1.0, 1.0, 1.0], "none")


def test_money_is_rounded_half_even_to_cents() -> None:
    frame = pd.DataFrame({"amount_last_91d": [0.125, 0.375, 0.3333], "days_since_first_activity": 28.0})
    assert value_at_risk(frame, horizon_days=28).series.tolist() == [0.12, 0.38, 0.33]


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="horizon_days is 0"):
        value_at_risk(pd.DataFrame({"amount_ever": [1.0]}), horizon_days=0)
    with pytest.raises(ValueError, match="add the family that makes days_since_first_activity"):
        value_at_risk(pd.DataFrame({"amount_ever": [1.0]}), horizon_days=28)
