"""Scores: one row a unit in the frame's order, or an error that says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.baselines import Rule
from models.candidates import fit_candidate
from models.learner import Fitted
from models.score import CannotScore, score
from tests.models.panels import FEATURES, QUICK, RECENCY, chosen, labelled_rows, what_rules_cannot_see


@pytest.fixture(scope="module")
def model() -> Fitted:
    frame = labelled_rows(what_rules_cannot_see)
    return fit_candidate(frame, frame.label.to_numpy(), FEATURES, chosen("mean", rounds=10), QUICK)


def test_scores_come_in_the_frames_order_whatever_else_it_has(model: Fitted) -> None:
    frame = labelled_rows(what_rules_cannot_see, seed=2).drop(columns="label").sample(frac=1, random_state=1)
    before = frame.copy()
    scored = score(model, frame[[*reversed(frame.columns)]].assign(new_column="x"))
    assert list(scored.columns) == ["unit_id", "customer_id", "as_of", "probability", "score"]
    assert scored.unit_id.tolist() == frame.unit_id.tolist()
    np.testing.assert_array_equal(scored.probability, model.predict(frame))
    np.testing.assert_array_equal(scored.score, scored.probability)
    pd.testing.assert_frame_equal(frame, before)


def test_a_rule_scores_without_a_probability() -> None:
    frame = labelled_rows(what_rules_cannot_see)
    scored = score(Rule(column=RECENCY, fill=1.0), frame)
    assert scored.probability.isna().all()
    assert scored.score.tolist() == frame[RECENCY].tolist()


def test_a_missing_column_is_named_with_the_cure(model: Fitted) -> None:
    frame = labelled_rows(what_rules_cannot_see).drop(columns=["two", "one"])
    with pytest.raises(CannotScore, match=r"2 columns .* first one: map the table .* or train without it"):
        score(model, frame)


@pytest.mark.regression
def test_a_customer_without_a_finite_score_stops_the_night() -> None:
    """The mistake: who could not be scored is left out, and nobody misses them on the list."""
    frame = labelled_rows(what_rules_cannot_see)
    frame.loc[3, RECENCY] = np.inf
    with pytest.raises(CannotScore, match="1 of 400 customers got no finite score"):
        score(Rule(column=RECENCY, fill=1.0), frame)
