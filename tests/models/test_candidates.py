"""The candidates: what each is, how one is chosen, and that what is kept predicts the same."""

from __future__ import annotations

import json
from typing import cast

import numpy as np
import pandas as pd
import pytest

from models.baselines import Rule
from models.candidates import (
    CANDIDATES,
    DEFAULT_ROUNDS,
    DEFAULT_STRENGTH,
    KINDS,
    ROUNDS,
    STRENGTHS,
    Choice,
    Mean,
    Settings,
    Trial,
    choose,
    fit_candidate,
    keep,
    read,
    try_all,
)
from models.learner import Fitted, log_odds
from tests.models.panels import FEATURES, QUICK, a_coin, labelled_rows, two_together, what_rules_cannot_see

NAMES = [feature.name for feature in FEATURES]


def chosen(candidate: str) -> Choice:
    return Choice(candidate=candidate, strength=0.03, rounds=30, because="")


@pytest.fixture(scope="module")
def train() -> pd.DataFrame:
    return labelled_rows(two_together, customers=800, seed=1)


@pytest.fixture(scope="module")
def test() -> pd.DataFrame:
    return labelled_rows(two_together, customers=300, seed=2)


def fitted(train: pd.DataFrame, candidate: str, settings: Settings = QUICK) -> Fitted:
    return fit_candidate(train, train.label.to_numpy(), FEATURES, chosen(candidate), settings)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_every_candidate_is_kept_as_text_and_read_again_to_the_last_bit(
    train: pd.DataFrame, test: pd.DataFrame, candidate: str
) -> None:
    model = fitted(train, candidate, Settings(bags=2, seed=1, threads=1))
    texts = keep(model)
    assert all(isinstance(text, str) for text in texts.values())
    assert json.loads(texts["model.json"]) == {"kind": candidate, "columns": NAMES}
    again = read(texts)
    assert (again.kind, again.columns) == (candidate, NAMES)
    np.testing.assert_array_equal(again.predict(test), model.predict(test))
    np.testing.assert_array_equal(again.contributions(test), model.contributions(test))
    assert keep(again) == texts


def test_a_rule_is_kept_too() -> None:
    rule = Rule(column="one", fill=0.1)
    assert read(keep(rule)) == rule


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="kind 'oracle' is not known; there are logistic"):
        read({"model.json": json.dumps({"kind": "oracle"})})
    frame = labelled_rows(a_coin)
    with pytest.raises(ValueError, match="oracle is no candidate; there are logistic"):
        fitted(frame, "oracle")


def test_every_candidate_can_be_read_again() -> None:
    assert set(CANDIDATES) | {"rule"} == set(KINDS)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_two_fits_are_the_same_texts_and_change_nothing(train: pd.DataFrame, candidate: str) -> None:
    before = train.copy()
    assert keep(fitted(train, candidate)) == keep(fitted(train, candidate))
    pd.testing.assert_frame_equal(train, before)


def test_the_mean_says_what_both_say_on_average(train: pd.DataFrame, test: pd.DataFrame) -> None:
    both = [fitted(train, candidate).predict(test) for candidate in ("logistic", "trees")]
    np.testing.assert_array_equal(fitted(train, "mean").predict(test), (both[0] + both[1]) / 2)


def test_contributions_of_the_mean_add_up_to_what_its_log_odds_differ_by(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    mean = cast(Mean, fitted(train, "mean"))
    parts = mean.contributions(test)
    expected = mean.trees.explained(test)[1]
    start = log_odds((1 / (1 + np.exp(-np.array([mean.logistic.intercept, expected])))).mean())
    np.testing.assert_allclose(parts.sum(axis=1), log_odds(mean.predict(test)) - start, rtol=0, atol=1e-9)
    assert list(parts.columns) == mean.columns


# What the folds say


def test_a_trial_tries_every_setting_on_rows_that_it_did_not_learn_from(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    before = train.copy(), test.copy()
    trial = try_all(train, test, FEATURES, QUICK)
    assert (tuple(trial.logistic), tuple(trial.trees)) == (STRENGTHS, ROUNDS)
    for candidate in CANDIDATES:
        choice = Choice(candidate=candidate, strength=0.3, rounds=50, because="")
        refitted = fit_candidate(train, train.label.to_numpy(), FEATURES, choice, QUICK)
        np.testing.assert_array_equal(trial.probability(candidate, 0.3, 50), refitted.predict(test))
    unlabelled = try_all(train, test.assign(label=1 - test.label), FEATURES, QUICK)
    np.testing.assert_array_equal(unlabelled.trees[50], trial.trees[50])
    pd.testing.assert_frame_equal(train, before[0])
    pd.testing.assert_frame_equal(test, before[1])


def trials_of(planted: object, *, customers: int, number: int = 2) -> list[Trial]:
    return [
        try_all(
            labelled_rows(planted, customers=customers, seed=10 + fold),  # type: ignore[arg-type]
            labelled_rows(planted, customers=customers, seed=20 + fold),  # type: ignore[arg-type]
            FEATURES,
            QUICK,
        )
        for fold in range(number)
    ]


def test_noise_gets_the_simplest_candidate_held_back_the_most() -> None:
    choice = choose(trials_of(a_coin, customers=400))
    assert (choice.candidate, choice.strength, choice.rounds) == ("logistic", min(STRENGTHS), min(ROUNDS))


def test_a_straight_line_gets_the_logistic() -> None:
    assert choose(trials_of(what_rules_cannot_see, customers=600)).candidate == "logistic"


def test_two_columns_that_only_speak_together_get_the_trees() -> None:
    choice = choose(trials_of(two_together, customers=1500))
    assert choice.candidate == "trees"
    assert choice.rounds > min(ROUNDS)
    assert choice.because.startswith("log loss over 2 folds: logistic 0.")


def test_without_a_fold_the_simplest_is_taken() -> None:
    choice = choose([])
    assert (choice.candidate, choice.strength, choice.rounds) == ("logistic", DEFAULT_STRENGTH, DEFAULT_ROUNDS)


def said(label: np.ndarray, logistic: np.ndarray, trees: np.ndarray, customers: np.ndarray) -> Trial:
    return Trial(
        logistic=dict.fromkeys(STRENGTHS, logistic),
        trees=dict.fromkeys(ROUNDS, trees),
        label=label,
        customers=customers,
    )


def test_a_gain_must_be_more_than_noise_and_customers_are_what_varies() -> None:
    """The same gain on the same rows: clear when every row is a customer, noise when few customers have them all."""
    drawn = np.random.default_rng(4)
    label = (drawn.random(400) < 0.5).astype("float64")
    logistic = np.full(400, 0.5)
    # Forty rows of one customer in ten are foreseen a little; the others a very little worse.
    lucky = np.arange(400) < 40
    trees = np.where(lucky, np.where(label == 1, 0.75, 0.25), np.where(label == 1, 0.49, 0.51))
    alone = choose([said(label, logistic, trees, np.arange(400))])
    assert alone.candidate != "logistic"
    few = choose([said(label, logistic, trees, np.arange(400) // 40)])
    assert few.candidate == "logistic"
