"""What a model must beat: calling at random, the simple rules of its target, and the five-feature logistic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from features.family import Feature
from labels.target import SimpleRule, Target
from models.logistic import RidgeLogistic, fit_logistic

#: Names of the five columns of the five-feature logistic.
FIVE: tuple[str, ...] = (
    "activities_ever",
    "days_from_first_to_last_activity",
    "days_since_first_activity",
    "days_since_last_activity",
    "activities_last_91d",
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A ranking by one column, highest first (or, with a sign of -1, lowest first): no probabilities are claimed.
    A null ranks like `fill`."""

    column: str
    fill: float
    sign: int = 1
    kind: str = "rule"

    @property
    def columns(self) -> list[str]:
        return [self.column]

    def score(self, frame: pd.DataFrame) -> np.ndarray:
        return self.sign * frame[self.column].fillna(self.fill).to_numpy()

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.full(len(frame), np.nan)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """How far the column stands above the middle (or the safest) of the training rows, in its own unit: the rule
        looks at nothing else. (Not above the middle of these rows: of a list, half would stand below it and get no
        reason.)"""
        return pd.DataFrame({self.column: self.score(frame) - self.sign * self.fill}, index=frame.index)

    def texts(self) -> Mapping[str, str]:
        return {"rule.json": json.dumps(asdict(self), indent=1)}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Rule:
        kept = json.loads(texts["rule.json"])
        return cls(column=kept["column"], fill=kept["fill"], sign=kept.get("sign", 1))


def rules_of(target: Target, features: Sequence[Feature]) -> dict[str, SimpleRule]:
    """The target's simple rules whose column these features give, by name."""
    there = {feature.name for feature in features}
    return {rule.name: rule for rule in target.rules if rule.column in there}


def fit_rule(frame: pd.DataFrame, rule: SimpleRule) -> Rule:
    """The rule; a customer without the column ranks like the middle of the training rows, or like the safest of them.

    Where nobody has the column all rank alike.
    """
    values = frame[rule.column]
    safest = values.min() if rule.high_is_risky else values.max()
    fill = float(safest if rule.null_is_safe else values.median())
    return Rule(column=rule.column, fill=0.0 if np.isnan(fill) else fill, sign=1 if rule.high_is_risky else -1)


def fit_five(frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature]) -> RidgeLogistic:
    """log1p of the five columns, standardised, L2 with C = 1."""
    five = [feature for feature in features if feature.name in FIVE]
    return fit_logistic(frame, label, five, strength=1.0)


def random_order(frame: pd.DataFrame) -> np.ndarray:
    """Calling at random: everybody ties, and ties share the places at the edge of a list. So its figures are what a
    random order gives on average, without the luck of one draw."""
    return np.zeros(len(frame))
