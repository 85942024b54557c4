"""Ridge logistic regression on logged and standardised columns, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from features.family import Feature
from models.learner import probability_of
from models.terms import Term, terms_of, weighted


@dataclass(frozen=True, kw_only=True)
class RidgeLogistic:
    """Fitted ridge logistic regression: sum over terms of weight x (x - mean) / scale, plus the intercept."""

    terms: tuple[Term, ...]
    intercept: float
    names: tuple[str, ...]
    kind: str = "logistic"

    @property
    def columns(self) -> list[str]:
        return list(self.names)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return probability_of(self.intercept + self.contributions(frame).to_numpy().sum(axis=1))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        parts = {name: np.zeros(len(frame)) for name in self.names}
        for term in self.terms:
            parts[term.column] = parts[term.column] + term.weight * term.values(frame[term.column].to_numpy())
        return pd.DataFrame(parts, index=frame.index)

    def texts(self) -> Mapping[str, str]:
        return {"logistic.json": json.dumps(asdict(self), indent=1)}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> RidgeLogistic:
        kept = json.loads(texts["logistic.json"])
        return cls(
            terms=tuple(Term(**term) for term in kept["terms"]),
            intercept=kept["intercept"],
            names=tuple(kept["names"]),
        )


def fit_logistic(
    frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature], *, strength: float
) -> RidgeLogistic:
    """Fit on the rows of `frame`. `strength` is C: the smaller, the more the weights are held back.

    Counts, days and money are logged (they are skewed), shares are not. Nulls get the median and, where there are
    enough of them, an indicator. Everything is learned from these rows alone.
    """
    return fit_path(frame, label, features, strengths=[strength])[strength]


def fit_path(
    frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature], *, strengths: Sequence[float]
) -> dict[float, RidgeLogistic]:
    """By strength what `fit_logistic` gives, on inputs that are made once; each fit begins where the one before it,
    which was held back more, ended."""
    terms, inputs = terms_of(frame, features)
    names = tuple(feature.name for feature in features)
    if not terms or label.min() == label.max():
        # Nothing to tell rows apart by, or only one class to learn from: everybody gets the share.
        base = float(np.clip(label.mean(), 1e-6, 1 - 1e-6))
        share = RidgeLogistic(terms=(), intercept=float(np.log(base / (1 - base))), names=names)
        return dict.fromkeys(strengths, share)
    # Newton steps: exact to the last digits on these narrow matrices, and the same on every run.
    regression = LogisticRegression(solver="newton-cholesky", max_iter=100, tol=1e-8, warm_start=True)
    fitted = {}
    for strength in sorted(strengths):
        regression.set_params(C=strength).fit(inputs, label)
        fitted[strength] = RidgeLogistic(
            terms=weighted(terms, regression.coef_[0]), intercept=float(regression.intercept_[0]), names=names
        )
    return fitted
