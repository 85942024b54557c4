"""A figure and its interval: a ratio of two sums over rows of which a customer may have many.

The variance is linearised and clustered by customer (Woodruff 1971; Cochran 1977, "Sampling Techniques", 6.8): a
customer's rows are added up first, so that ten answers of one customer do not pass for ten customers. The interval is
Wilson's with the effective number of rows where rows are bounded (Korn and Graubard 1998), and that of the logarithm
where they are not: neither leaves the range that the figure can have, and both hold near its ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from models.evaluate import Estimate
from reports.metrics.definitions import FEWEST, Metric

#: -ln(0.025): the upper end of the interval for a count of which none was seen, if it is Poisson's.
NONE_SEEN = 3.689


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure of one part or month: `estimate` is None where fewer than FEWEST customers speak, or nothing is there.
    `weight` is what it is held against: customers, answers, cases or money."""

    estimate: Estimate | None
    customers: int
    weight: float

    @property
    def too_few(self) -> bool:
        return self.customers < FEWEST


@dataclass(frozen=True)
class Sums:
    """By customer, what is counted (`num`) and what it is held against (`den`): the two arrays are aligned."""

    num: np.ndarray
    den: np.ndarray

    @property
    def ratio(self) -> float:
        return float(self.num.sum() / self.den.sum())

    @property
    def influence(self) -> np.ndarray:
        """By how much each customer moves the ratio."""
        return np.asarray((self.num - self.ratio * self.den) / self.den.sum())


def standard_error(influence: np.ndarray, customers: int) -> float:
    """Of a figure with these influences of `customers`; others in the array have none."""
    return float(np.sqrt(customers / (customers - 1) * np.square(influence).sum())) if customers > 1 else np.nan


def cell(metric: Metric, rows: pd.DataFrame, *, weight: float | None = None) -> Cell:
    """The figure of these rows (columns customer, num, den). With `weight` that is what it is held against instead,
    as a known number: complaints of one channel for each hundred of all customers."""
    codes, customers = _codes(rows)
    if metric.is_median:
        return _median(rows, codes, customers)
    sums = Sums(
        np.bincount(codes, weights=rows.num.to_numpy("float64"), minlength=customers),
        np.bincount(codes, weights=rows.den.to_numpy("float64"), minlength=customers),
    )
    total = float(sums.den.sum()) if weight is None else weight
    if customers < FEWEST or total <= 0:
        return Cell(estimate=None, customers=customers, weight=total)
    if weight is not None:
        value, influence = float(sums.num.sum() / weight), sums.num / weight
    else:
        value, influence = sums.ratio, sums.influence
    error = standard_error(influence, customers)
    return Cell(estimate=_interval(metric, value, error, customers, total), customers=customers, weight=total)


def _codes(rows: pd.DataFrame) -> tuple[np.ndarray, int]:
    """A number from 0 a customer for every row, and how many customers there are."""
    codes, found = pd.factorize(rows.customer)
    return codes, len(found)


def _interval(metric: Metric, value: float, error: float, customers: int, total: float) -> Estimate:
    reach = float(stats.t.ppf(0.975, customers - 1))
    if metric.bounds is not None:
        low, high = metric.bounds
        ends = _wilson((value - low) / (high - low), error / (high - low), customers, reach)
        return Estimate(value=value, low=low + ends[0] * (high - low), high=low + ends[1] * (high - low))
    if value <= 0:
        # Nothing was counted, so nothing varies.
        per = 100.0 if metric.unit == "per_100" else 1.0
        return Estimate(value=0.0, low=0.0, high=NONE_SEEN * per / total)
    times = float(np.exp(reach * error / value))
    return Estimate(value=value, low=value / times, high=value * times)


def _wilson(share: float, error: float, customers: int, reach: float) -> tuple[float, float]:
    """Wilson's interval of a mean of values from 0 to 1, with as many rows as its standard error is worth."""
    # Where all rows are alike the customers are what is known to be independent.
    worth = share * (1 - share) / error**2 if error > 0 else customers
    squared = reach**2 / worth
    middle = (share + squared / 2) / (1 + squared)
    half = reach * float(np.sqrt(share * (1 - share) / worth + squared / (4 * worth))) / (1 + squared)
    # At an end itself the sums differ from it by a rounding.
    return max(0.0, middle - half if share > 0 else 0.0), min(1.0, middle + half if share < 1 else 1.0)


def _median(rows: pd.DataFrame, codes: np.ndarray, customers: int) -> Cell:
    """The median of `num`, with the interval of Woodruff (1952): that of the share at or below it, turned back."""
    values = np.sort(rows.num.to_numpy("float64"))
    if customers < FEWEST:
        return Cell(estimate=None, customers=customers, weight=float(len(values)))
    median = float(np.quantile(values, 0.5))
    below = np.bincount(codes, weights=rows.num.to_numpy("float64") <= median, minlength=customers)
    sums = Sums(below, np.bincount(codes, minlength=customers).astype("float64"))
    error = standard_error(sums.influence, customers)
    half = float(stats.t.ppf(0.975, customers - 1)) * error
    low, high = (float(np.quantile(values, min(1.0, max(0.0, 0.5 + side * half)))) for side in (-1, 1))
    return Cell(estimate=Estimate(value=median, low=low, high=high), customers=customers, weight=float(len(values)))
