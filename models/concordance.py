"""How well a score orders rows inside strata, with an error that costs one sort: no reweighting of customers.

For the many columns of a leak test. What is reported of models has the intervals of models/evaluate.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

#: Half of a 95% interval in standard errors.
Z = 1.96
#: Values of one column that are told apart: enough for a status in the middle of others.
BINS = 20


@dataclass(frozen=True)
class Auroc:
    """How often the higher score is the outcome's, within strata; and what each row adds to its error.

    A pair is one row with the outcome and one without in the same stratum. The error knows that customers repeat
    (Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data"). `rarer` are the customers on the side that
    has fewer of them.
    """

    value: float
    influence: np.ndarray
    customers: np.ndarray
    rarer: int

    @classmethod
    def of(cls, score: np.ndarray, label: np.ndarray, strata: np.ndarray, customers: np.ndarray) -> Auroc:
        """`strata` and `customers` are numbers from 0 on; ties count half; a null stands nowhere and is not allowed."""
        order = np.lexsort((score, strata))
        ranked, inside, is_positive = score[order], strata[order], label[order] > 0
        new_stratum = np.r_[True, inside[1:] != inside[:-1]]
        new_run = new_stratum | np.r_[True, ranked[1:] != ranked[:-1]]
        run, stratum = np.cumsum(new_run) - 1, np.cumsum(new_stratum) - 1
        positive, negative = is_positive.astype(float), 1.0 - is_positive
        ours, theirs = np.bincount(stratum, positive), np.bincount(stratum, negative)
        pairs = float((ours * theirs).sum())
        if pairs == 0:
            return cls(np.nan, np.zeros(len(score)), customers, 0)
        won = _below(negative, run, stratum, ours + theirs, theirs)
        lost = ours[stratum] - _below(positive, run, stratum, ours + theirs, ours)
        of_row = np.where(is_positive, won, lost)
        against = np.where(is_positive, theirs[stratum], ours[stratum])
        total = np.bincount(stratum, np.where(is_positive, won, 0.0))
        by_stratum = np.divide(total, ours * theirs, out=np.zeros_like(total), where=ours * theirs > 0)
        influence = np.empty(len(score))
        influence[order] = (of_row - by_stratum[stratum] * against) / pairs
        counted = (ours * theirs > 0)[stratum]
        whose = customers[order]
        rarer = min(len(np.unique(whose[counted & is_positive])), len(np.unique(whose[counted & ~is_positive])))
        return cls(float(total.sum() / pairs), influence, customers, rarer)

    @property
    def told(self) -> Auroc:
        """The same, whichever way round it tells."""
        return self if not self.value < 0.5 else replace(self, value=1 - self.value, influence=-self.influence)

    @property
    def error(self) -> float:
        return float(np.sqrt((np.bincount(self.customers, self.influence) ** 2).sum()))

    @property
    def low(self) -> float:
        """The lower end of the 95% interval, as if a coin had told of one customer more: a few customers who stand in
        perfect order by chance have no spread, and prove nothing."""
        if not self.rarer:
            return 0.0
        held = (self.value * self.rarer + 0.5) / (self.rarer + 1)
        return held - Z * max(self.error, float(np.sqrt(held * (1 - held) / self.rarer)))

    def less(self, other: Auroc) -> tuple[float, float]:
        """The difference on the same rows, and its error."""
        error = np.sqrt((np.bincount(self.customers, self.influence - other.influence) ** 2).sum())
        return self.value - other.value, float(error)


def _below(weight: np.ndarray, run: np.ndarray, stratum: np.ndarray, rows: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The weight that stands below each row inside its stratum, ties half."""
    in_run = np.bincount(run, weight)
    before_run = np.cumsum(in_run) - in_run
    before_stratum = np.cumsum(there) - there
    below: np.ndarray = before_run[run] + in_run[run] / 2 - before_stratum[stratum]
    return below


def binned(
    learned: np.ndarray, label: np.ndarray, asked: np.ndarray, *, bins: int = BINS
) -> tuple[np.ndarray, np.ndarray]:
    """The share of outcomes among like values of one column, by the rows it is learned from: of these rows, and of
    those asked. A null is a value of its own."""
    known = learned[~np.isnan(learned)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)

    def place(values: np.ndarray) -> np.ndarray:
        # Two bins an edge: what equals it lies by itself, so that a value of many rows is one.
        inside = np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right")
        return np.where(np.isnan(values), 2 * len(edges) + 1, inside)

    where, many = place(learned), 2 * len(edges) + 2
    rows = np.bincount(where, minlength=many)
    # Held towards the mean as if by one more row.
    share = (np.bincount(where, label, minlength=many) + label.mean()) / (rows + 1)
    return share[where], share[place(asked)]
