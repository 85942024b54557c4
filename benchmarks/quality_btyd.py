"""BG/NBD, the best known model of buying till you die: the published rival on one as_of, fitted again here.

Fader, Hardie and Lee 2005, "Counting your customers the easy way". That our figures of it come near the published ones
says that the protocol is the same.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln


def fit_bgnbd(rows: pd.DataFrame) -> np.ndarray:
    """Logs of r, alpha, a and b by maximum likelihood, from the five columns of the five-feature logistic."""
    x, last, first = _summary(rows)

    def loss(logs: np.ndarray) -> float:
        r, alpha, a, b = np.exp(logs)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        common = common + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + first)
        gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
        return float(-(common + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))).mean())

    found = minimize(loss, np.log([0.5, 5.0, 0.8, 2.0]), method="Nelder-Mead", options={"maxiter": 4000})
    return np.asarray(found.x)


def quiet_probability(logs: np.ndarray, rows: pd.DataFrame, *, horizon_days: int) -> np.ndarray:
    """The probability of no purchase in the horizon, one a row."""
    r, alpha, a, b = np.exp(logs)
    x, last, first = _summary(rows)
    ratio = ((alpha + first) / (alpha + last)) ** (r + x)
    alive = 1 / (1 + np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ratio, 0))
    buys = 1 - ((alpha + first) / (alpha + first + horizon_days / 7)) ** (r + x)
    quiet: np.ndarray = 1 - alive * buys
    return quiet


def _summary(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Repeat purchases, and weeks from the first purchase to the last and to as_of."""
    x = rows.activities_ever.to_numpy() - 1
    last = rows.days_from_first_to_last_activity.to_numpy() / 7
    first = rows.days_since_first_activity.to_numpy() / 7
    return x, last, first
