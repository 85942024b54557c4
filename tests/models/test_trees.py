"""Bagged trees: deterministic, read again to the last bit, and explained so that it adds up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.learner import log_odds
from models.trees import BaggedTrees, fit_trees
from tests.models.panels import FEATURES, labelled_rows, two_together

NAMES = [feature.name for feature in FEATURES]


@pytest.fixture(scope="module")
def train() -> pd.DataFrame:
    return labelled_rows(two_together, customers=800, seed=1)


def fitted(train: pd.DataFrame, *, rounds: int = 40, bags: int = 2, seed: int = 1, threads: int = 1) -> BaggedTrees:
    return fit_trees(train, train.label.to_numpy(), NAMES, rounds=rounds, seed=seed, bags=bags, threads=threads)


def test_contributions_add_up_to_the_raw_score_less_what_is_expected(train: pd.DataFrame) -> None:
    model = fitted(train)
    raw = np.mean([tree.predict(train[NAMES].to_numpy(), raw_score=True) for tree in model.boosters], axis=0)
    parts, expected = model.explained(train)
    assert list(parts.columns) == NAMES
    np.testing.assert_allclose(parts.sum(axis=1), raw - expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(log_odds(model.predict(train)), raw, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(model.contributions(train), parts)


def test_fewer_rounds_are_the_beginning_of_more(train: pd.DataFrame) -> None:
    np.testing.assert_array_equal(
        fitted(train, rounds=40).predict(train, rounds=15), fitted(train, rounds=15).predict(train)
    )


def test_what_is_written_is_read_again_to_the_last_bit(train: pd.DataFrame) -> None:
    model = fitted(train)
    again = BaggedTrees.from_texts(model.texts())
    assert (again.names, again.rounds) == (model.names, model.rounds)
    np.testing.assert_array_equal(again.predict(train), model.predict(train))
    np.testing.assert_array_equal(again.contributions(train), model.contributions(train))


def test_two_fits_are_the_same_text_with_any_threads_and_change_nothing(train: pd.DataFrame) -> None:
    before = train.copy()
    assert fitted(train, threads=1).texts() == fitted(train, threads=2).texts()
    pd.testing.assert_frame_equal(train, before)


def test_seeds_differ_and_the_bag_is_their_mean(train: pd.DataFrame) -> None:
    one, two = fitted(train, bags=1, seed=1), fitted(train, bags=1, seed=2)
    assert one.texts() != two.texts()
    together = log_odds(fitted(train, bags=2, seed=1).predict(train))
    np.testing.assert_allclose(together, (log_odds(one.predict(train)) + log_odds(two.predict(train))) / 2, atol=1e-9)


def test_one_class_alone_is_no_error(train: pd.DataFrame) -> None:
    model = fit_trees(train, np.zeros(len(train)), NAMES, rounds=5, seed=1, bags=1, threads=1)
    assert (model.predict(train) < 1e-6).all()
