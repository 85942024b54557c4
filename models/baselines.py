"""The simple rules that a model must beat: random, recency, own past rate, and the five-feature logistic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from features.family import Feature
from models.logistic import RidgeLogistic, fit_logistic

#: Names of the five columns of the five-feature logistic.
FIVE: tuple[str, ...] = (
    "activities_ever",
    "days_from_first_to_last_activity",
    "days_since_first_activity",
    "days_since_last_activity",
    "activities_last_91d",
)
RECENCY = "days_since_last_activity"
OWN_RATE = "quiet_share_28d"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A ranking by one column, highest first: no probabilities are claimed. A null ranks like `fill`."""

    column: str
    fill: float
    kind: str = "rule"

    @property
    def columns(self) -> list[str]:
        return [self.column]

    def score(self, frame: pd.DataFrame) -> np.ndarray:
        return frame[self.column].fillna(self.fill).to_numpy()

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.full(len(frame), np.nan)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """How far the column stands above the middle of the training rows, in its own unit: the rule looks at nothing
        else. (Not above the middle of these rows: of a list, half would stand below it and get no reason.)"""
        return pd.DataFrame({self.column: self.score(frame) - self.fill}, index=frame.index)

    def texts(self) -> Mapping[str, str]:
        return {"rule.json": json.dumps(asdict(self), indent=1)}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Rule:
        kept = json.loads(texts["rule.json"])
        return cls(column=kept["column"], fill=kept["fill"])


def fit_rule(frame: pd.DataFrame, column: str) -> Rule:
    """The rule; a customer without the column ranks like the middle of the training rows.

    Where nobody has the column all rank alike.
    """
    middle = float(frame[column].median())
    return Rule(column=column, fill=0.0 if np.isnan(middle) else middle)


def fit_five(frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature]) -> RidgeLogistic:
    """log1p of the five columns, standardised, L2 with C = 1."""
    five = [feature for feature in features if feature.name in FIVE]
    return fit_logistic(frame, label, five, strength=1.0)


def random_order(frame: pd.DataFrame) -> np.ndarray:
    """Calling at random: everybody ties, and ties share the places at the edge of a list. So its figures are what a
    random order gives on average, without the luck of one draw."""
    return np.zeros(len(frame))
