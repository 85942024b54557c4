"""What a customer would spend over the next horizon if nothing changed: one number a unit."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

#: The amounts that can serve, longest window first, with their window in days (None: all that is known).
WINDOWS: dict[str, int | None] = {"amount_last_182d": 182, "amount_last_91d": 91, "amount_ever": None}

#: A customer of three days who spent once would otherwise be worth a purchase every third day.
SHORTEST_DAYS = 28

#: The basis when no spend is known for anybody.
NO_AMOUNTS = "none"


@dataclass(frozen=True, kw_only=True)
class Value:
    """One number a unit, indexed as the frame that was asked about.

    `basis` names the column that the spend was read from. It is "none" when the company has no amounts: then
    everybody counts as 1, the list is ordered by risk alone, and no money may be claimed.
    """

    series: pd.Series[float]
    basis: str


def value_at_risk(frame: pd.DataFrame, *, horizon_days: int) -> Value:
    """One amount a unit: its spend a day so far, times `horizon_days`, rounded half-even to 2 decimals.

    The frame has one row a unit. One window serves the whole frame, so that customers are compared alike: the
    longest whose column is not null or 0 throughout (orders that carry no amounts add up to 0). The spend is divided
    by the days that the customer can have spent in: the window, or less when the customer is newer, but at least 28
    days. Unknown and negative spend (more returned than bought) is worth 0.

    Raises ValueError when `horizon_days` is not positive, or when only `amount_ever` is known and the frame does
    not say since when (`days_since_first_activity`).
    """
    if horizon_days <= 0:
        raise ValueError(f"horizon_days is {horizon_days}; give the days that the value is to cover, at least 1")
    basis = next((name for name in WINDOWS if name in frame.columns and frame[name].fillna(0).ne(0).any()), NO_AMOUNTS)
    if basis == NO_AMOUNTS:
        return Value(series=pd.Series(1.0, index=frame.index, name="value_at_risk", dtype="float64"), basis=basis)

    amount = frame[basis].astype("float64")
    a_day = amount / _days(frame, basis)
    # Infinity comes only from broken data: such a row must not take the top of the list.
    worth = (a_day * horizon_days).replace(float("inf"), 0.0).fillna(0.0).clip(lower=0.0).round(2)
    return Value(series=worth.rename("value_at_risk"), basis=basis)


def _days(frame: pd.DataFrame, basis: str) -> pd.Series[float]:
    """Days that the amount was spent in: one a unit."""
    window = WINDOWS[basis]
    since_first = "days_since_first_activity"
    if since_first not in frame.columns:
        if window is None:
            raise ValueError(
                f"{basis} is the only amount known, and there is no column {since_first} to say over how many days "
                f"it was spent; add the family that makes {since_first}"
            )
        return pd.Series(float(window), index=frame.index)
    days = frame[since_first].astype("float64")
    if window is not None:
        days = days.fillna(window).clip(upper=window)
    return days.clip(lower=SHORTEST_DAYS)
