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

#: A column that is null in fewer rows than this gets no indicator of its own.
MINIMUM_NULL_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class _Term:
    """One input of the regression: a column, or whether it is null."""

    column: str
    is_null: bool
    logged: bool
    fill: float
    mean: float
    scale: float
    weight: float


@dataclass(frozen=True, kw_only=True)
class RidgeLogistic:
    """Fitted ridge logistic regression: sum over terms of weight x (x - mean) / scale, plus the intercept."""

    terms: tuple[_Term, ...]
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
            parts[term.column] = parts[term.column] + term.weight * _standardised(frame[term.column].to_numpy(), term)
        return pd.DataFrame(parts, index=frame.index)

    def texts(self) -> Mapping[str, str]:
        return {"logistic.json": json.dumps(asdict(self), indent=1)}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> RidgeLogistic:
        kept = json.loads(texts["logistic.json"])
        return cls(
            terms=tuple(_Term(**term) for term in kept["terms"]),
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
    terms: list[_Term] = []
    inputs: list[np.ndarray] = []
    for feature in features:
        values = frame[feature.name].to_numpy()
        null = np.isnan(values)
        if null.all():
            continue
        logged = feature.unit != "share"
        known = _logged(values[~null]) if logged else values[~null]
        fill = float(np.median(known))
        shares = [(False, np.where(null, fill, _logged(values) if logged else values))]
        if MINIMUM_NULL_SHARE <= null.mean() <= 1 - MINIMUM_NULL_SHARE:
            shares.append((True, null.astype(float)))
        for is_null, column in shares:
            scale = float(column.std())
            if scale < 1e-9:
                continue
            term = _Term(
                column=feature.name,
                is_null=is_null,
                logged=logged,
                fill=fill,
                mean=float(column.mean()),
                scale=scale,
                weight=0.0,
            )
            terms.append(term)
            inputs.append(_standardised(values, term))
    names = tuple(feature.name for feature in features)
    if not terms or label.min() == label.max():
        # Nothing to tell rows apart by, or only one class to learn from: everybody gets the share.
        base = float(np.clip(label.mean(), 1e-6, 1 - 1e-6))
        return RidgeLogistic(terms=(), intercept=float(np.log(base / (1 - base))), names=names)
    # Newton steps: exact to the last digits on these narrow matrices, and the same on every run.
    regression = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100, tol=1e-8)
    regression.fit(np.column_stack(inputs), label)
    weighted = tuple(
        _Term(**{**asdict(term), "weight": float(weight)})
        for term, weight in zip(terms, regression.coef_[0], strict=True)
    )
    return RidgeLogistic(terms=weighted, intercept=float(regression.intercept_[0]), names=names)


def _logged(values: np.ndarray) -> np.ndarray:
    logged: np.ndarray = np.sign(values) * np.log1p(np.abs(values))
    return logged


def _standardised(values: np.ndarray, term: _Term) -> np.ndarray:
    null = np.isnan(values)
    if term.is_null:
        column = null.astype(float)
    else:
        column = np.where(null, term.fill, _logged(values) if term.logged else values)
    standardised: np.ndarray = (column - term.mean) / term.scale
    return standardised
