"""The figures of several methods on the same rows: each metric with its interval, and paired differences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from models.evaluate import (
    Called,
    Draws,
    Estimate,
    Metric,
    Ranks,
    brier,
    calibration_in_the_large,
    draws,
    expected_calibration_error,
)


@dataclass(frozen=True, kw_only=True)
class Calls:
    """How many can be called at a date, and what is assumed of calling: for what share of those called to whom it would
    happen it is averted, and what a call costs."""

    capacity: int
    save_rate: float = 0.3
    contact_cost: float = 0.0


@dataclass(frozen=True)
class Figures:
    """By method and metric, a figure with its interval. All are drawn on the same reweightings of customers."""

    found: dict[tuple[str, str], Draws] = field(repr=False)

    def of(self, method: str) -> dict[str, Estimate]:
        return {metric: drawn.estimate for (name, metric), drawn in self.found.items() if name == method}

    def gain(self, method: str, against: str) -> dict[str, Estimate]:
        """What `method` has more than `against`, metric by metric: a paired interval. (Of a Brier score less is
        better.)"""
        return {
            metric: drawn.less(self.found[against, metric]).estimate
            for (name, metric), drawn in self.found.items()
            if name == method and (against, metric) in self.found
        }

    def frame(self) -> pd.DataFrame:
        """One row a method and metric: method, metric, value, low, high."""
        rows = [
            {"method": name, "metric": metric, "value": e.value, "low": e.low, "high": e.high}
            for (name, metric), e in ((key, drawn.estimate) for key, drawn in self.found.items())
        ]
        return pd.DataFrame(rows)


def figures(
    rows: pd.DataFrame,
    methods: Sequence[str],
    calls: Calls,
    *,
    claims: Collection[str] | None = None,
    seed: int = 1,
    replicates: int = 1000,
) -> Figures:
    """Figures of every method on `rows`: one row a unit and date with customer_id, as_of, label (1 or 0), optionally
    value (money at stake), and a column of scores a method.

    `claims` names the methods whose scores are probabilities; by default those with all scores between 0 and 1.
    Intervals are of 95%, by `replicates` reweightings of customers. Raises ValueError where a score is not finite.
    """
    absent = [name for name in ("customer_id", "as_of", "label", *methods) if name not in rows.columns]
    if absent:
        raise ValueError(f"the rows have no column {absent[0]}; there are {', '.join(map(str, rows.columns))}")
    broken = [name for name in methods if not np.isfinite(rows[name].to_numpy("float64")).all()]
    if broken:
        raise ValueError(f"{broken[0]} has {int((~np.isfinite(rows[broken[0]])).sum())} scores that are no number")
    if claims is None:
        claims = [name for name in methods if rows[name].between(0, 1).all() and rows[name].nunique() > 1]
    metrics = {
        f"{name}|{metric}": function
        for name in methods
        for metric, function in metrics_of(rows, name, calls, claims=name in claims).items()
    }
    found = draws(metrics, rows.customer_id, seed=seed, replicates=replicates)
    return Figures({(key.partition("|")[0], key.partition("|")[2]): drawn for key, drawn in found.items()})


def metrics_of(rows: pd.DataFrame, name: str, calls: Calls, *, claims: bool) -> dict[str, Metric]:
    """Every metric of one method on these rows. Without a column `value` everybody is worth 1."""
    score, label = rows[name].to_numpy("float64"), rows.label.to_numpy("float64")
    worth = rows.value.to_numpy("float64") if "value" in rows.columns else np.ones(len(rows))
    dates = rows.as_of.to_numpy()
    # The list is ordered by what is at risk where there are probabilities, by the rule itself where there are none.
    priority = score * worth if claims else score
    ranks = Ranks(score, label)
    called = Called(score, label, dates, capacity=calls.capacity)
    priced = Called(priority, label * worth, dates, capacity=calls.capacity)
    metrics: dict[str, Metric] = {
        "auroc": ranks.auroc,
        "average_precision": ranks.average_precision,
        "precision_at_k": called.precision,
        "recall_at_k": called.recall,
        "lift_at_k": called.lift,
        "list_precision_at_k": Called(priority, label, dates, capacity=calls.capacity).precision,
        "value_at_k": priced.recall,
        "profit_at_k": partial(priced.profit, save_rate=calls.save_rate, cost=calls.contact_cost),
    }
    if claims:
        metrics["brier"] = brier(score, label)
        metrics["ece"] = expected_calibration_error(score, label)
        metrics["calibration_in_the_large"] = calibration_in_the_large(score, label)
    return metrics
