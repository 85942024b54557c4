"""Metrics at the team's capacity and beyond, each with an interval that knows that customers repeat.

Every metric is written for weighted rows, and works on many weightings at once: an interval is the same code run on
a thousand reweightings of customers (the cluster bootstrap; Field and Welsh 2007, "Bootstrapping clustered data").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

#: Rows times reweightings held at once: what stays in a processor's cache is added up several times faster.
CHUNK = 1_000_000
BINS = 10

#: values(weights) -> one number a weighting; weights has one row a row and one column a weighting.
Metric = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval; without `low` and `high` where none can be given."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return all(end is not None and np.isfinite(end) for end in (self.low, self.high))


@dataclass(frozen=True)
class _Order:
    """Rows sorted by score, highest first, and where each run of equal scores begins."""

    rows: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, score: np.ndarray) -> _Order:
        rows = np.argsort(-score, kind="stable")
        ranked = score[rows]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        return cls(rows=rows, starts=starts)

    def top(self, places: int) -> _Order:
        """The runs that hold the first `places` rows."""
        runs = int(np.searchsorted(self.starts, places, side="left"))
        end = self.starts[runs] if runs < len(self.starts) else len(self.rows)
        return _Order(rows=self.rows[:end], starts=self.starts[:runs])

    def sums(self, ranked: np.ndarray) -> np.ndarray:
        """What is given by row of this order, added up over runs of equal scores: ties are one step, in no order."""
        if len(self.starts) == len(self.rows):
            return ranked
        summed: np.ndarray = np.add.reduceat(ranked, self.starts, axis=0)
        return summed


class Ranks:
    """How one score orders positives and negatives. Its methods are metrics, and share the work on one weighting.

    Only the runs of equal scores that hold a positive are steps of these curves: all rows between two of them are
    added up at once.
    """

    def __init__(self, score: np.ndarray, label: np.ndarray) -> None:
        order = _Order.of(score)
        is_positive = label[order.rows] > 0
        run = np.searchsorted(order.starts, np.arange(len(order.rows)), side="right") - 1
        stepping = np.unique(run[is_positive])
        ends = np.append(order.starts[1:], len(order.rows))
        # Rows fall into stretches: a step, the rows up to the next step, that step, ... A stretch may be empty.
        self._edges = np.column_stack([order.starts[stepping], ends[stepping]]).ravel()
        self._rows = order.rows
        self._positives = order.rows[is_positive]
        self._first_of_step = np.searchsorted(run[is_positive], stepping)
        self._seen: np.ndarray | None = None
        self._steps = (np.empty(0), np.empty(0), np.empty(0))

    def auroc(self, weights: np.ndarray) -> np.ndarray:
        """Area under the ROC curve: how often a positive stands above a negative, ties half."""
        positive, before, after = self._sums(weights)
        positives = positive.sum(axis=0)
        negatives = weights.sum(axis=0) - positives
        inside = after - before - positive
        above = before - (np.cumsum(positive, axis=0) - positive)
        # A positive wins against the negatives that stand below it.
        won = (positive * (negatives - above - inside / 2)).sum(axis=0)
        return _ratio(won, positives * negatives)

    def average_precision(self, weights: np.ndarray) -> np.ndarray:
        """Mean of the precision at each positive, ties as one step."""
        positive, _, after = self._sums(weights)
        precision = _ratio(np.cumsum(positive, axis=0), after, otherwise=0.0)
        return _ratio((precision * positive).sum(axis=0), positive.sum(axis=0))

    def _sums(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Steps by weightings: the weight of the step's positives, of all rows above the step, and down to its end."""
        if weights is not self._seen:
            self._steps, self._seen = self._summed(weights), weights
        return self._steps

    def _summed(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not len(self._edges):
            nothing = np.zeros((0, weights.shape[1]))
            return nothing, nothing, nothing
        ranked = weights[self._rows[: self._edges[-1]]]
        upto = np.cumsum(_between(ranked, self._edges), axis=0)
        positive = np.add.reduceat(weights[self._positives], self._first_of_step, axis=0)
        return positive, upto[0::2], upto[1::2]


def _between(ranked: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Rows added up from the beginning to the first edge, from there to the second, and so on. Edges may coincide."""
    begins = np.append(0, edges[:-1])
    summed: np.ndarray = np.add.reduceat(ranked, np.minimum(begins, len(ranked) - 1), axis=0)
    # reduceat gives an empty stretch the row that it would begin with.
    summed[begins == edges] = 0
    return summed


def auroc(score: np.ndarray, label: np.ndarray) -> Metric:
    """Area under the ROC curve: how often a positive stands above a negative, ties half."""
    return Ranks(score, label).auroc


def average_precision(score: np.ndarray, label: np.ndarray) -> Metric:
    """Mean of the precision at each positive, ties as one step."""
    return Ranks(score, label).average_precision


class Called:
    """The `capacity` highest scores of every date, and how much of `amount` (a label, or money) they hold.

    Equal scores at the edge share the places that are left. The methods are metrics, and share the work on one
    weighting.
    """

    def __init__(self, score: np.ndarray, amount: np.ndarray, dates: np.ndarray, *, capacity: int) -> None:
        self._amount, self._capacity = amount, capacity
        self._orders = []
        for day in np.unique(dates):
            rows = np.flatnonzero(dates == day)
            order = _Order.of(score[rows])
            self._orders.append(_Order(rows=rows[order.rows], starts=order.starts))
        # Nobody far below the edge is ever called, so only the head of an order is added up, unless a weighting
        # empties it.
        self._heads = [order.top(3 * capacity) for order in self._orders]
        self._seen: np.ndarray | None = None
        self._found = (np.empty(0), np.empty(0), np.empty(0))

    def captured(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How much those called hold, how many rows they are, and how much there is at all, over all dates."""
        if weights is not self._seen:
            self._found, self._seen = self._captured(weights), weights
        return self._found

    def precision(self, weights: np.ndarray) -> np.ndarray:
        """What one who is called holds on average; of a label, the share of positives."""
        held, places, _ = self.captured(weights)
        return _ratio(held, places)

    def recall(self, weights: np.ndarray) -> np.ndarray:
        """The share of all there is that those called hold."""
        held, _, there_is = self.captured(weights)
        return _ratio(held, there_is)

    def lift(self, weights: np.ndarray) -> np.ndarray:
        """How many times better than calling at random."""
        _, _, there_is = self.captured(weights)
        return _ratio(self.precision(weights), _ratio(there_is, weights.sum(axis=0)))

    def profit(self, weights: np.ndarray, *, save_rate: float, cost: float) -> np.ndarray:
        """Money a date: save rate x what those called hold, less the cost of all calls."""
        held, places, _ = self.captured(weights)
        money: np.ndarray = (save_rate * held - cost * places) / len(self._orders)
        return money

    def _captured(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        held = np.zeros(weights.shape[1])
        places = np.zeros(weights.shape[1])
        for whole, head in zip(self._orders, self._heads, strict=True):
            order, ranked = head, weights[head.rows]
            if len(head.rows) < len(whole.rows) and (ranked.sum(axis=0) < self._capacity).any():
                order, ranked = whole, weights[whole.rows]
            every = order.sums(ranked)
            inside = order.sums(ranked * self._amount[order.rows][:, None])
            before = np.cumsum(every, axis=0) - every
            taken = np.clip(self._capacity - before, 0, every)
            held += (_ratio(taken, every, otherwise=0.0) * inside).sum(axis=0)
            places += taken.sum(axis=0)
        return held, places, _total(self._amount, weights)


def precision_at(score: np.ndarray, label: np.ndarray, dates: np.ndarray, *, capacity: int) -> Metric:
    """The share of positives among the `capacity` highest scores of every date."""
    return Called(score, label, dates, capacity=capacity).precision


def recall_at(score: np.ndarray, amount: np.ndarray, dates: np.ndarray, *, capacity: int) -> Metric:
    """The share of all positives (or of all value at stake) that the `capacity` highest of every date hold."""
    return Called(score, amount, dates, capacity=capacity).recall


def lift_at(score: np.ndarray, label: np.ndarray, dates: np.ndarray, *, capacity: int) -> Metric:
    """Precision at capacity over the base rate: how many times better than calling at random."""
    return Called(score, label, dates, capacity=capacity).lift


def profit_at(
    score: np.ndarray, worth: np.ndarray, dates: np.ndarray, *, capacity: int, save_rate: float, cost: float
) -> Metric:
    """Money a date: save rate x worth of the positives called, less the cost of all calls."""
    return partial(Called(score, worth, dates, capacity=capacity).profit, save_rate=save_rate, cost=cost)


def brier(probability: np.ndarray, label: np.ndarray) -> Metric:
    """Mean squared distance of probability and outcome."""
    squared = (probability - label) ** 2
    return lambda weights: _ratio(_total(squared, weights), weights.sum(axis=0))


def calibration_in_the_large(probability: np.ndarray, label: np.ndarray) -> Metric:
    """Mean probability less the share of positives: above zero promises too many."""
    distance = probability - label
    return lambda weights: _ratio(_total(distance, weights), weights.sum(axis=0))


def expected_calibration_error(probability: np.ndarray, label: np.ndarray) -> Metric:
    """Mean distance of probability and share of positives over ten equal-width bins, weighted by rows.

    A distance has no sign, so chance adds to it, and once more in every reweighting: its interval leans upwards.
    """
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = _Order.of(place)
    distance = (probability - label)[bins.rows][:, None]

    def metric(weights: np.ndarray) -> np.ndarray:
        by_bin = bins.sums(weights[bins.rows] * distance)
        return _ratio(np.abs(by_bin).sum(axis=0), weights.sum(axis=0))

    return metric


def log_loss_rows(probability: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The log loss of every row."""
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    loss: np.ndarray = -(label * np.log(clipped) + (1 - label) * np.log(1 - clipped))
    return loss


def standard_error(difference: np.ndarray, customers: np.ndarray) -> float:
    """Of a mean over rows of which several belong to one customer."""
    centred = pd.Series(difference - difference.mean()).groupby(customers).sum().to_numpy()
    return float(np.sqrt((centred**2).sum()) / len(difference))


def calibration_noise(probability: np.ndarray, *, seed: int, times: int = 200) -> float:
    """The expected calibration error that a perfect model with these probabilities would show by chance alone:
    outcomes are drawn from the probabilities themselves, `times` times, and the mean is given."""
    random = np.random.default_rng(seed)
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    errors = []
    for _ in range(times):
        drawn = (random.random(len(probability)) < probability).astype(float)
        errors.append(np.abs(np.bincount(place, weights=probability - drawn, minlength=BINS)).sum() / len(probability))
    return float(np.mean(errors))


@dataclass(frozen=True)
class Draws:
    """A figure on the rows as they are, and on every reweighting of the customers."""

    value: float
    drawn: np.ndarray

    def less(self, other: Draws) -> Draws:
        """The difference on the same reweightings: its interval is a paired one."""
        return Draws(self.value - other.value, self.drawn - other.drawn)

    @property
    def estimate(self) -> Estimate:
        """The figure with the 2.5th and 97.5th percentile of the reweightings."""
        finite = self.drawn[np.isfinite(self.drawn)]
        if not len(finite):
            return Estimate(self.value)
        low, high = np.percentile(finite, [2.5, 97.5])
        return Estimate(self.value, float(low), float(high))


def draws(metrics: Mapping[str, Metric], customers: pd.Series, *, seed: int, replicates: int) -> dict[str, Draws]:
    """Each metric on the rows as they are and on reweighted customers; all metrics see the same reweightings."""
    codes, names = pd.factorize(customers)
    rows = np.ones((len(codes), 1))
    values = {name: float(metric(rows)[0]) for name, metric in metrics.items()}
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in metrics}
    random = np.random.default_rng(seed)
    width = max(1, min(replicates, CHUNK // max(1, len(codes))))
    for begin in range(0, replicates, width):
        weights = _picked(random, len(names), min(width, replicates - begin))[codes]
        for name, metric in metrics.items():
            drawn[name].append(metric(weights))
    return {name: Draws(value, np.concatenate(drawn[name])) for name, value in values.items()}


def _picked(random: np.random.Generator, customers: int, times: int) -> np.ndarray:
    """How often each customer is picked when as many are drawn as there are: customers by times."""
    picks = random.integers(customers, size=(times, customers)) + customers * np.arange(times)[:, None]
    counted = np.bincount(picks.ravel(), minlength=times * customers).reshape(times, customers)
    return np.ascontiguousarray(counted.T, dtype="float64")


def estimates(
    metrics: Mapping[str, Metric], customers: pd.Series, *, seed: int, replicates: int
) -> dict[str, Estimate]:
    """Each metric with its 95% interval over reweighted customers."""
    return {name: found.estimate for name, found in draws(metrics, customers, seed=seed, replicates=replicates).items()}


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Rows with like probabilities: one a bin. The interval is Wilson's (1927) for the observed share."""

    predicted: float
    observed: float
    low: float
    high: float
    units: int


def calibration_bins(probability: np.ndarray, label: np.ndarray) -> tuple[CalibrationBin, ...]:
    """Ten bins with as many rows each, from the least likely to the most."""
    order = np.argsort(probability, kind="stable")
    bins = []
    for rows in np.array_split(order, min(BINS, len(order))):
        low, high = wilson(float(label[rows].sum()), len(rows))
        bins.append(
            CalibrationBin(
                predicted=float(probability[rows].mean()),
                observed=float(label[rows].mean()),
                low=low,
                high=high,
                units=len(rows),
            )
        )
    return tuple(bins)


def wilson(hits: float, rows: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    z = 1.959963984540054
    share = hits / rows
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return float(middle - half), float(middle + half)


def lift_curve(
    score: np.ndarray, label: np.ndarray, dates: np.ndarray, lengths: Sequence[int]
) -> tuple[tuple[int, float], ...]:
    """Lift by length of the list."""
    rows = np.ones((len(label), 1))
    return tuple((n, float(lift_at(score, label, dates, capacity=n)(rows)[0])) for n in lengths)


def _total(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    # Not `values @ weights`: what BLAS gives depends on its threads, and on a busy machine they wait for each other.
    total: np.ndarray = np.einsum("r,rw->w", values, weights)
    return total


def _ratio(above: np.ndarray, below: np.ndarray, *, otherwise: float = np.nan) -> np.ndarray:
    shape = np.broadcast(above, below).shape
    ratio: np.ndarray = np.divide(above, below, out=np.full(shape, otherwise), where=np.broadcast_to(below > 0, shape))
    return ratio
