"""What every learner gives back: a fitted model that predicts, explains itself, and is kept as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd


class Fitted(Protocol):
    """A fitted model. Frames have one row a unit and at least the columns that it was fitted on."""

    @property
    def kind(self) -> str:
        """The word by which it is kept."""
        ...

    @property
    def columns(self) -> list[str]:
        """The feature columns that it reads, in order."""
        ...

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """The probability of the outcome, one a row."""
        ...

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What each column adds to the log-odds of the row against the average row: rows by columns.

        A rule claims no odds: there it is in the unit of the rule's column.
        """
        ...

    def texts(self) -> Mapping[str, str]:
        """The model as text files by name, from which it can be read again: no pickles."""
        ...


def log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    odds: np.ndarray = np.log(clipped / (1 - clipped))
    return odds


def probability_of(odds: np.ndarray) -> np.ndarray:
    probability: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700)))
    return probability
