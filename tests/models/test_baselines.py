"""The simple rules: a ranking by one column, and the five-feature logistic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.baselines import FIVE, OWN_RATE, RECENCY, Rule, fit_five, fit_rule, random_order
from models.evaluate import auroc, lift_at
from models.logistic import fit_logistic
from tests.models.panels import FEATURES, labelled_rows, only_recency


def test_a_rule_ranks_by_its_column_and_claims_no_probability() -> None:
    frame = pd.DataFrame({RECENCY: [3.0, 90.0, np.nan, 10.0]})
    rule = Rule(column=RECENCY, fill=20.0)
    assert rule.score(frame).tolist() == [3.0, 90.0, 20.0, 10.0]
    assert np.isnan(rule.predict(frame)).all()
    assert frame[RECENCY].isna().sum() == 1  # the frame is as it was


def test_who_has_no_column_ranks_like_the_middle_of_the_training_rows() -> None:
    assert fit_rule(pd.DataFrame({OWN_RATE: [0.0, 0.2, 0.9, np.nan]}), OWN_RATE) == Rule(column=OWN_RATE, fill=0.2)


def test_where_nobody_has_the_column_all_rank_alike() -> None:
    nobody = pd.DataFrame({OWN_RATE: [np.nan, np.nan]})
    assert fit_rule(nobody, OWN_RATE).score(nobody).tolist() == [0.0, 0.0]


def test_every_row_of_a_list_by_a_rule_has_its_reason() -> None:
    """The listed stand above the middle of all, so the column raises every one of them, whoever else is listed."""
    everybody = pd.DataFrame({RECENCY: np.arange(101.0)})
    rule = fit_rule(everybody, RECENCY)
    listed = everybody.iloc[-20:]
    parts = rule.contributions(listed)
    assert list(parts.columns) == [RECENCY]
    assert (parts[RECENCY] > 0).all()
    pd.testing.assert_frame_equal(rule.contributions(listed.iloc[:1]), parts.iloc[:1])
    assert rule.contributions(pd.DataFrame({RECENCY: [np.nan]})).to_numpy().tolist() == [[0.0]]


def test_a_rule_is_read_again_as_it_was() -> None:
    rule = Rule(column=RECENCY, fill=1 / 3)
    assert Rule.from_texts(rule.texts()) == rule


def test_the_five_feature_logistic_reads_the_five_alone() -> None:
    frame = labelled_rows(only_recency)
    label = frame.label.to_numpy()
    five = fit_five(frame, label, FEATURES)
    assert sorted(five.columns) == sorted(FIVE)
    alone = fit_logistic(frame, label, [feature for feature in FEATURES if feature.name in FIVE], strength=1.0)
    assert five.texts() == alone.texts()
    np.testing.assert_array_equal(five.predict(frame.assign(one=99.0)), five.predict(frame))


def test_random_is_the_average_of_random_orders() -> None:
    label = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    frame = pd.DataFrame({"label": label})
    dates = np.repeat(np.datetime64("2024-01-01"), len(label))
    rows = np.ones((len(label), 1))
    assert auroc(random_order(frame), label)(rows)[0] == 0.5
    assert lift_at(random_order(frame), label, dates, capacity=3)(rows)[0] == pytest.approx(1.0)
