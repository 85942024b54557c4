"""The inputs of a linear model: columns logged where they are skewed, standardised, nulls filled and marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from features.family import Feature

#: A column that is null in fewer rows than this gets no indicator of its own.
MINIMUM_NULL_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Term:
    """One input of a linear model: a column, or whether it is null."""

    column: str
    is_null: bool
    logged: bool
    fill: float
    mean: float
    scale: float
    weight: float

    def values(self, column: np.ndarray) -> np.ndarray:
        """The input's standardised values of a column of rows."""
        null = np.isnan(column)
        if self.is_null:
            raw = null.astype(float)
        else:
            raw = np.where(null, self.fill, logged(column) if self.logged else column)
        standardised: np.ndarray = (raw - self.mean) / self.scale
        return standardised


def terms_of(frame: pd.DataFrame, features: Sequence[Feature]) -> tuple[list[Term], np.ndarray]:
    """The terms of these rows without weights, and their values: rows by terms.

    Counts, days and money are logged (they are skewed), shares are not. Nulls get the median and, where there are
    enough of them, an indicator; a column that says nothing gets no term. All is learned from these rows alone.
    """
    terms: list[Term] = []
    for feature in features:
        values = frame[feature.name].to_numpy()
        null = np.isnan(values)
        if null.all():
            continue
        is_logged = feature.unit != "share"
        known = logged(values[~null]) if is_logged else values[~null]
        fill = float(np.median(known))
        shares = [(False, np.where(null, fill, logged(values) if is_logged else values))]
        if MINIMUM_NULL_SHARE <= null.mean() <= 1 - MINIMUM_NULL_SHARE:
            shares.append((True, null.astype(float)))
        for is_null, column in shares:
            scale = float(column.std())
            if scale >= 1e-9:
                terms.append(
                    Term(
                        column=feature.name,
                        is_null=is_null,
                        logged=is_logged,
                        fill=fill,
                        mean=float(column.mean()),
                        scale=scale,
                        weight=0.0,
                    )
                )
    inputs = [term.values(frame[term.column].to_numpy()) for term in terms]
    return terms, np.column_stack(inputs) if inputs else np.zeros((len(frame), 0))


def weighted(terms: Sequence[Term], weights: np.ndarray) -> tuple[Term, ...]:
    return tuple(Term(**{**asdict(term), "weight": float(weight)}) for term, weight in zip(terms, weights, strict=True))


def logged(values: np.ndarray) -> np.ndarray:
    with_sign: np.ndarray = np.sign(values) * np.log1p(np.abs(values))
    return with_sign
