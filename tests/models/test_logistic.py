"""The ridge logistic: scikit-learn's, with contributions that add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.learner import log_odds
from models.logistic import RidgeLogistic, fit_logistic
from tests.models.panels import FEATURES, labelled_rows, what_rules_cannot_see


@pytest.fixture(scope="module")
def train() -> pd.DataFrame:
    return labelled_rows(what_rules_cannot_see, seed=1)


@pytest.fixture(scope="module")
def test() -> pd.DataFrame:
    return labelled_rows(what_rules_cannot_see, seed=2)


def fitted(train: pd.DataFrame, strength: float = 0.3) -> RidgeLogistic:
    return fit_logistic(train, train.label.to_numpy(), FEATURES, strength=strength)


def by_hand(frame: pd.DataFrame, medians: pd.Series) -> pd.DataFrame:
    """Shares as they are, all else logged; nulls filled with the training median, and marked where they are many."""
    columns = {}
    for feature in FEATURES:
        filled = frame[feature.name].fillna(medians[feature.name])
        columns[feature.name] = filled if feature.unit == "share" else np.sign(filled) * np.log1p(filled.abs())
        if feature.name in ("quiet_share_28d", "two"):
            columns[f"{feature.name} is null"] = frame[feature.name].isna().astype(float)
    return pd.DataFrame(columns)


@pytest.mark.parametrize("strength", [0.003, 0.3, 1.0])
def test_it_predicts_what_a_pipeline_of_scikit_learn_predicts(
    train: pd.DataFrame, test: pd.DataFrame, strength: float
) -> None:
    medians = train[[feature.name for feature in FEATURES]].median()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=strength, tol=1e-10, max_iter=1000))
    pipeline.fit(by_hand(train, medians), train.label)
    expected = pipeline.predict_proba(by_hand(test, medians))[:, 1]
    np.testing.assert_allclose(fitted(train, strength).predict(test), expected, atol=2e-5)


def test_contributions_are_what_the_log_odds_differ_by_from_the_average_row(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    model = fitted(train)
    parts = model.contributions(test)
    assert list(parts.columns) == model.columns == [feature.name for feature in FEATURES]
    assert parts.index.equals(test.index)
    np.testing.assert_allclose(parts.sum(axis=1), log_odds(model.predict(test)) - model.intercept, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.contributions(train).mean(), 0, atol=1e-9)


def test_a_column_that_says_nothing_is_left_out_and_counts_as_nothing(train: pd.DataFrame) -> None:
    dull = train.assign(one=np.nan, two=7.0)
    model = fitted(dull)
    assert {"one", "two"}.isdisjoint(term.column for term in model.terms)
    assert (model.contributions(dull)[["one", "two"]] == 0).all(axis=None)
    assert np.isfinite(model.predict(train)).all()  # and rows that do have the column later can be scored


def test_a_null_that_training_never_saw_is_an_ordinary_row(train: pd.DataFrame, test: pd.DataFrame) -> None:
    holed = test.assign(one=np.nan)
    predicted = fitted(train).predict(holed)
    assert np.isfinite(predicted).all()
    np.testing.assert_array_equal(predicted, fitted(train).predict(test.assign(one=train.one.median())))


@pytest.mark.parametrize(("label", "share"), [(0.0, 1e-6), (1.0, 1 - 1e-6)])
def test_one_class_alone_gives_everybody_its_share(train: pd.DataFrame, label: float, share: float) -> None:
    model = fit_logistic(train, np.full(len(train), label), FEATURES, strength=0.3)
    assert model.predict(train) == pytest.approx(share)


def test_two_fits_are_the_same_text_and_change_nothing(train: pd.DataFrame) -> None:
    before = train.copy()
    assert fitted(train).texts() == fitted(train).texts()
    pd.testing.assert_frame_equal(train, before)


def test_the_order_of_rows_does_not_matter(train: pd.DataFrame, test: pd.DataFrame) -> None:
    shuffled = train.sample(frac=1, random_state=1)
    np.testing.assert_allclose(fitted(shuffled).predict(test), fitted(train).predict(test), rtol=1e-9)


def test_what_is_written_is_read_again_to_the_last_bit(train: pd.DataFrame, test: pd.DataFrame) -> None:
    model = fitted(train)
    again = RidgeLogistic.from_texts(model.texts())
    assert again == model
    np.testing.assert_array_equal(again.predict(test), model.predict(test))
