"""Figures of several methods on the same rows, and which of them are told at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from models.figures import Calls, figures
from tests.models.panels import labelled_rows, only_recency

CALLS = Calls(capacity=30)
OF_PROBABILITIES = {"brier", "ece", "calibration_in_the_large"}


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    rows = labelled_rows(only_recency, customers=300)
    return rows.assign(
        model=only_recency(rows), rule=rows.days_since_last_activity, random=0.0, value=rows.amount_last_91d
    )


def test_by_default_scores_between_nothing_and_certainty_are_probabilities(scored: pd.DataFrame) -> None:
    """Unless all are alike: that is calling at random."""
    found = figures(scored, ["model", "rule", "random"], CALLS, replicates=20)
    assert set(found.of("model")) >= OF_PROBABILITIES
    for name in ("rule", "random"):
        assert not set(found.of(name)) & OF_PROBABILITIES
    assert found.of("model")["auroc"].value == pytest.approx(roc_auc_score(scored.label, scored.model))
    assert found.of("model")["brier"].value == pytest.approx(brier_score_loss(scored.label, scored.model))
    said = figures(scored, ["model", "random"], CALLS, claims=["random"], replicates=20)
    assert not set(said.of("model")) & OF_PROBABILITIES
    assert set(said.of("random")) >= OF_PROBABILITIES


def test_gains_are_of_what_both_have_and_paired(scored: pd.DataFrame) -> None:
    found = figures(scored, ["model", "rule"], CALLS, replicates=50)
    gain = found.gain("model", "rule")
    assert set(gain) == set(found.of("rule"))
    for metric, figure in gain.items():
        assert figure.value == pytest.approx(found.of("model")[metric].value - found.of("rule")[metric].value)
    nothing = found.gain("model", "model")["auroc"]
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0)


def test_without_a_value_everybody_is_worth_one(scored: pd.DataFrame) -> None:
    found = figures(scored.drop(columns="value"), ["model"], Calls(capacity=30, save_rate=0.5, contact_cost=0.1)).of(
        "model"
    )
    assert found["value_at_k"] == found["recall_at_k"]
    hits = scored.nlargest(30, "model").label.sum()
    assert found["profit_at_k"].value == pytest.approx(0.5 * hits - 0.1 * 30)


def test_a_frame_of_figures_has_one_row_a_method_and_metric(scored: pd.DataFrame) -> None:
    found = figures(scored, ["model", "rule"], CALLS, replicates=20)
    frame = found.frame()
    assert list(frame.columns) == ["method", "metric", "value", "low", "high"]
    assert not frame.duplicated(["method", "metric"]).any()
    assert len(frame) == len(found.of("model")) + len(found.of("rule"))


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused(scored: pd.DataFrame, broken: float) -> None:
    spoiled = scored.assign(model=scored.model.where(scored.index > 1, broken))
    with pytest.raises(ValueError, match="model has 2 scores that are no number"):
        figures(spoiled, ["rule", "model"], CALLS, replicates=20)
