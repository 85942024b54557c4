"""Expected value: what customers would spend over the horizon if they stayed, learned from those who did.

What is at stake with a customer is what the customer would bring by staying. Among all customers expected spend is
low where the risk is high, and risk times that would count the risk twice; so only those learn it who stayed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import TweedieRegressor

from contract.said import said
from features.family import Feature
from labels.target import Target
from models.evaluate import standard_error
from models.fit import forward_folds
from models.terms import Term, terms_of, weighted

#: Between Poisson (1) and gamma (2): many zeros, and a long tail of large sums (Jorgensen 1987).
POWER = 1.5
STRENGTH = 0.1
#: With fewer customers who stayed the own past rate is taken.
MINIMUM_CUSTOMERS = 200
OWN_RATE = "own past rate"
REGRESSION = "regression"


@dataclass(frozen=True, kw_only=True)
class SpendRegression:
    """Fitted Tweedie regression: exp(sum over terms of weight x (x - mean) / scale, plus the intercept).

    No customer is said to spend more than `largest`, what anybody it learned from did spend.
    """

    terms: tuple[Term, ...]
    intercept: float
    largest: float

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Money a row over the horizon, in the currency of the orders."""
        total = np.full(len(frame), self.intercept)
        for term in self.terms:
            total = total + term.weight * term.values(frame[term.column].to_numpy())
        spent: np.ndarray = np.minimum(np.exp(np.minimum(total, 700.0)), self.largest)
        return spent

    def texts(self) -> Mapping[str, str]:
        return {"spend.json": json.dumps(asdict(self), indent=1)}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> SpendRegression:
        kept = json.loads(texts["spend.json"])
        return cls(
            terms=tuple(Term(**term) for term in kept["terms"]), intercept=kept["intercept"], largest=kept["largest"]
        )


@dataclass(frozen=True, kw_only=True)
class SpendJudged:
    """How the regression did against the own past rate on forward folds, among those who stayed: pooled figures.

    `ratio` is what was said over what was spent. `basis` is what is taken, and `because` says why.
    """

    basis: str
    because: str
    rows: int
    deviance: float | None = None
    deviance_own_rate: float | None = None
    mean_error: float | None = None
    mean_error_own_rate: float | None = None
    ratio: float | None = None
    ratio_own_rate: float | None = None


def fit_spend(rows: pd.DataFrame, spent: np.ndarray, features: Sequence[Feature]) -> SpendRegression:
    """Fit on the rows of customers who stayed. `spent` is what each spent in the label window."""
    terms, inputs = terms_of(rows, features)
    regression = TweedieRegressor(power=POWER, link="log", alpha=STRENGTH, solver="newton-cholesky", max_iter=200)
    regression.fit(inputs, spent)
    return SpendRegression(
        terms=weighted(terms, regression.coef_), intercept=float(regression.intercept_), largest=float(spent.max())
    )


def forward_spend(
    rows: pd.DataFrame, spent: np.ndarray, own_rate: np.ndarray, features: Sequence[Feature], target: Target
) -> tuple[np.ndarray, SpendJudged]:
    """What every row's customer is worth by what was known at its date, and how the regression did.

    At each forward fold the regression learns from those who stayed at the dates known by then; where there are too
    few of them, and at dates without a fold, a row has its own past rate. The regression is taken for tonight when its
    Tweedie deviance is lower by a 95% interval of the paired difference, customers taken as the units that vary, and
    its mean error is no larger: a deviance alone punishes a rate of nothing so hard that too much is said of everybody.
    """
    worth = own_rate.astype("float64").copy()
    dates = sorted(pd.Timestamp(str(day)).date() for day in rows.as_of.unique())
    stayed = (rows.label == 0).to_numpy() & np.isfinite(spent)
    tested = np.zeros(len(rows), dtype=bool)
    for fold in forward_folds(dates, target):
        train = rows.as_of.isin([pd.Timestamp(day) for day in fold.train]).to_numpy() & stayed
        test = (rows.as_of == pd.Timestamp(fold.test)).to_numpy()
        if rows.customer_id[train].nunique() < MINIMUM_CUSTOMERS or not spent[train].any():
            continue
        worth[test] = fit_spend(rows[train], spent[train], features).predict(rows[test])
        tested |= test
    judged = tested & stayed
    if not judged.any():
        because = said(
            "fewer than {needed} customers stayed and spent at the dates known by any fold", needed=MINIMUM_CUSTOMERS
        )
        return own_rate, SpendJudged(basis=OWN_RATE, because=because, rows=0)
    truth, foretold, own = spent[judged], worth[judged], own_rate[judged]
    ours, theirs = deviance(truth, foretold), deviance(truth, own)
    gain, noise = theirs - ours, standard_error(theirs - ours, rows.customer_id[judged].to_numpy())
    nearer = float(np.abs(truth - foretold).mean()) <= float(np.abs(truth - own).mean())
    better = gain.mean() > 1.96 * noise and nearer
    told = said(
        "Tweedie deviance {ours:.4g} against {theirs:.4g} of the own past rate (gain {gain:.3g}, give or take "
        "{noise:.2g})",
        ours=float(ours.mean()),
        theirs=float(theirs.mean()),
        gain=float(gain.mean()),
        noise=float(1.96 * noise),
    )
    judged_as = SpendJudged(
        basis=REGRESSION if better else OWN_RATE,
        because=told,
        rows=int(judged.sum()),
        deviance=float(ours.mean()),
        deviance_own_rate=float(theirs.mean()),
        mean_error=float(np.abs(truth - foretold).mean()),
        mean_error_own_rate=float(np.abs(truth - own).mean()),
        ratio=float(foretold.sum() / truth.sum()),
        ratio_own_rate=float(own.sum() / truth.sum()),
    )
    return (worth if better else own_rate), judged_as


def deviance(spent: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The Tweedie deviance of every row, its power between 1 and 2. (Who is said to spend nothing, and does, would be
    infinitely wrong: nothing counts as a hundredth of the mean.)"""
    mean = np.maximum(said, 0.01 * spent.mean())
    first = np.maximum(spent, 0) ** (2 - POWER) / ((1 - POWER) * (2 - POWER))
    row: np.ndarray = 2 * (first - spent * mean ** (1 - POWER) / (1 - POWER) + mean ** (2 - POWER) / (2 - POWER))
    return row
