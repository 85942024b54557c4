"""Score one matrix: the same columns as in training, nothing filled in that is not there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.baselines import Rule
from models.learner import Fitted


class CannotScore(Exception):
    """The model asks for columns that tonight's data do not give. The text names them, and the cure."""


def score(model: Fitted, frame: pd.DataFrame) -> pd.DataFrame:
    """One row a unit, in the frame's order: unit_id, customer_id, as_of, probability (NaN where a rule claims none)
    and score (the higher, the likelier)."""
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(f"score takes a frame, not a {type(frame).__name__}: give the frame of a panel (rows.frame)")
    missing = [name for name in model.columns if name not in frame.columns]
    if missing:
        raise CannotScore(
            f"the model reads {len(missing)} columns that tonight's tables do not give, first {missing[0]}: "
            "map the table that they come from again, or train without it (vafa train)"
        )
    probability = model.predict(frame)
    ranked = model.score(frame) if isinstance(model, Rule) else probability
    if not np.isfinite(ranked).all():
        raise CannotScore(f"{int((~np.isfinite(ranked)).sum())} of {len(ranked)} customers got no finite score")
    return frame[["unit_id", "customer_id", "as_of"]].assign(probability=probability, score=ranked)
