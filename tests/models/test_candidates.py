"""The candidates: what each is, how one is chosen, and that what is kept predicts the same."""

from __future__ import annotations

import json
from typing import cast

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from contract.catalogue import TABLES
from contract.cut import ACTIVITY
from features.build import available
from features.catalogue import FAMILIES
from models import candidates as room
from models.baselines import FIVE, Rule
from models.calibrate import Calibrated, Recalibration
from models.candidates import (
    CANDIDATES,
    CURATED,
    CURATED_BELOW,
    DEFAULT_LOGISTIC,
    DEFAULT_ROUNDS,
    DEFAULT_SMALL,
    INTERVAL_BELOW,
    KINDS,
    LOGISTICS,
    ROUNDS,
    Choice,
    Logistic,
    Mean,
    Settings,
    Trial,
    choose,
    columns_of,
    fit_candidate,
    keep,
    read,
    try_all,
)
from models.learner import Fitted, log_odds, probability_of
from tests.models.panels import (
    FEATURES,
    OWN_RATE,
    QUICK,
    Planted,
    a_coin,
    chosen,
    labelled_rows,
    only_recency,
    two_together,
    what_rules_cannot_see,
)

NAMES = [feature.name for feature in FEATURES]
#: The columns of made-up rows that are among the curated ones.
FEW = [name for name in NAMES if name in CURATED]
MANY = INTERVAL_BELOW


@pytest.fixture(scope="module")
def train() -> pd.DataFrame:
    return labelled_rows(two_together, customers=800, seed=1)


@pytest.fixture(scope="module")
def test() -> pd.DataFrame:
    return labelled_rows(two_together, customers=300, seed=2)


def fitted(train: pd.DataFrame, choice: str | Choice, settings: Settings = QUICK) -> Fitted:
    choice = chosen(choice) if isinstance(choice, str) else choice
    return fit_candidate(train, train.label.to_numpy(), FEATURES, choice, settings)


@pytest.mark.parametrize("recalibration", [None, Recalibration(kind="freshest", shift=1 / 3, slope=1.1)])
@pytest.mark.parametrize("columns", ["all", "curated"])
@pytest.mark.parametrize("candidate", CANDIDATES)
def test_every_candidate_is_kept_as_text_and_read_again_to_the_last_bit(
    train: pd.DataFrame, test: pd.DataFrame, candidate: str, columns: str, recalibration: Recalibration | None
) -> None:
    model = fitted(train, chosen(candidate, columns=columns), Settings(bags=2, seed=1, threads=1))
    if recalibration:
        model = Calibrated(model, recalibration)
    texts = keep(model)
    assert all(isinstance(text, str) for text in texts.values())
    assert ("recalibration.json" in texts) == (recalibration is not None)
    names = FEW if (candidate, columns) == ("logistic", "curated") else NAMES
    assert json.loads(texts["model.json"]) == {"kind": candidate, "columns": names}
    again = read(texts)
    assert (again.kind, again.columns) == (candidate, names)
    assert not recalibration or cast(Calibrated, again).recalibration == recalibration
    np.testing.assert_array_equal(again.predict(test), model.predict(test))
    np.testing.assert_array_equal(again.contributions(test), model.contributions(test))
    assert keep(again) == texts


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rule_is_kept_too(sign: int) -> None:
    rule = Rule(column="one", fill=0.1, sign=sign)
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


@pytest.mark.parametrize("columns", ["all", "curated"])
def test_contributions_of_the_mean_add_up_to_what_its_log_odds_differ_by(
    train: pd.DataFrame, test: pd.DataFrame, columns: str
) -> None:
    mean = cast(Mean, fitted(train, chosen("mean", columns=columns)))
    parts = mean.contributions(test)
    expected = mean.trees.explained(test)[1]
    start = log_odds(probability_of(np.array([mean.logistic.intercept, expected])).mean())
    np.testing.assert_allclose(parts.sum(axis=1), log_odds(mean.predict(test)) - start, rtol=0, atol=1e-9)
    assert list(parts.columns) == mean.columns


def one_in_twenty(frame: pd.DataFrame) -> np.ndarray:
    return probability_of(1.2 * frame.one.to_numpy() - 3.5)


@pytest.mark.regression
@pytest.mark.parametrize("candidate", CANDIDATES)
def test_what_is_rare_is_said_to_be_rare(candidate: str) -> None:
    """The mistake: weights that make both classes equal, after which a probability of a half means one in twenty."""
    rare, later = (labelled_rows(one_in_twenty, customers=3000, seed=seed) for seed in (1, 2))
    truth, label = one_in_twenty(later), later.label.to_numpy()
    assert 0.04 < truth.mean() < 0.06

    def off(said: np.ndarray) -> float:
        return float(((said - label) ** 2).mean())

    said = fitted(rare, chosen(candidate, strength=0.3, rounds=60)).predict(later)
    assert said.mean() == pytest.approx(truth.mean(), abs=0.01)
    constant = off(np.full(len(later), rare.label.mean()))
    assert off(said) < constant
    both = [frame[["one"]].to_numpy() for frame in (rare, later)]
    weighted = LogisticRegression(class_weight="balanced").fit(both[0], rare.label).predict_proba(both[1])[:, 1]
    assert weighted.mean() > 5 * truth.mean()
    assert off(weighted) > 2 * constant, "worse than to say the base rate of everybody"


# Curated columns


def test_every_curated_column_is_a_feature_that_there_is() -> None:
    """A renamed feature would drop out of the few columns in silence."""
    there = available(FAMILIES, {*TABLES, ACTIVITY}, unit="case")
    assert sorted(feature.name for feature in columns_of("curated", there)) == sorted(CURATED)
    assert set(FIVE) < set(CURATED)
    assert columns_of("all", there) == list(there)


def test_of_the_curated_columns_those_that_are_there_are_read(train: pd.DataFrame) -> None:
    assert [*FIVE, OWN_RATE] == FEW
    model = fitted(train, chosen("logistic", columns="curated"))
    assert model.columns == FEW
    np.testing.assert_array_equal(model.predict(train.assign(one=9.0, two=9.0)), model.predict(train))


# What the folds say


def test_a_trial_tries_every_setting_on_rows_that_it_did_not_learn_from(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    before = train.copy(), test.copy()
    trial = try_all(train, test, FEATURES, QUICK)
    assert (tuple(trial.logistic), tuple(trial.trees)) == (LOGISTICS, ROUNDS)
    for candidate in CANDIDATES:
        for columns in ("curated", "all"):
            choice = chosen(candidate, columns=columns, strength=0.3, rounds=50)
            # A strength that was reached from the one before it is the same but for the last digits.
            np.testing.assert_allclose(trial.of(choice), fitted(train, choice).predict(test), rtol=1e-7)
    unlabelled = try_all(train, test.assign(label=1 - test.label), FEATURES, QUICK)
    np.testing.assert_array_equal(unlabelled.trees[50], trial.trees[50])
    pd.testing.assert_frame_equal(train, before[0])
    pd.testing.assert_frame_equal(test, before[1])


def test_of_a_small_company_only_a_few_columns_are_tried_and_no_trees(
    train: pd.DataFrame, test: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = try_all(train, test, FEATURES, QUICK)
    monkeypatch.setattr(room, "fit_trees", None)
    trial = try_all(train, test, FEATURES, QUICK, small=True)
    assert trial.trees == {}
    assert {columns for columns, _ in trial.logistic} == {"curated"}
    for one, said in trial.logistic.items():
        np.testing.assert_array_equal(said, whole.logistic[one])


def trials_of(planted: Planted, *, customers: int, number: int = 2) -> list[Trial]:
    return [
        try_all(
            labelled_rows(planted, customers=customers, seed=10 + fold),
            labelled_rows(planted, customers=customers, seed=20 + fold),
            FEATURES,
            QUICK,
        )
        for fold in range(number)
    ]


def test_noise_gets_the_simplest_candidate_held_back_the_most() -> None:
    trials = trials_of(a_coin, customers=400)
    choice = choose(trials, customers=MANY)
    assert (choice.candidate, choice.rounds) == ("logistic", min(ROUNDS))
    assert choice.strength == min(strength for columns, strength in LOGISTICS if columns == choice.columns)


def test_a_straight_line_gets_the_logistic_that_reads_it() -> None:
    choice = choose(trials_of(what_rules_cannot_see, customers=600), customers=MANY)
    assert (choice.candidate, choice.columns) == ("logistic", "all")
    assert choose(trials_of(only_recency, customers=400, number=1), customers=MANY).columns == "curated"


def test_two_columns_that_only_speak_together_get_the_trees() -> None:
    choice = choose(trials_of(two_together, customers=1500), customers=1234)
    assert choice.candidate == "trees"
    assert choice.rounds > min(ROUNDS)
    assert choice.customers == 1234
    assert choice.because.startswith("1,234 customers of the rarer class; log loss over 2 forward folds: logistic 0.")
    assert ", mean 0." in choice.because
    assert ", trees 0." in choice.because


@pytest.mark.parametrize(
    ("customers", "logistic"), [(CURATED_BELOW - 1, DEFAULT_SMALL), (CURATED_BELOW, DEFAULT_LOGISTIC)]
)
def test_without_a_fold_the_simplest_is_taken(customers: int, logistic: Logistic) -> None:
    assert logistic in LOGISTICS
    assert DEFAULT_ROUNDS in ROUNDS
    choice = choose([], customers=customers)
    assert (choice.candidate, choice.columns, choice.strength) == ("logistic", *logistic)
    assert (choice.rounds, choice.customers) == (DEFAULT_ROUNDS, customers)
    assert (
        choice.because == f"{customers} customers of the rarer class; no fold was over yet, so the simplest "
        "candidate is taken"
    )


#: Everybody leaves or stays by a coin; what is said of them decides the log loss.
ROWS = 400


def told(
    logistic: float | dict[Logistic, float] = 0.5,
    trees: float | dict[int, float] = 0.5,
    *,
    lucky: int = ROWS,
    customers: np.ndarray | None = None,
    small: bool = False,
) -> Trial:
    """A trial in which every setting gives the true outcome this probability, the trees only for the `lucky` first
    rows, and for the others a little less than even."""
    label = (np.random.default_rng(4).random(ROWS) < 0.5).astype("float64")

    def right(probability: float) -> np.ndarray:
        return np.where(label == 1, probability, 1 - probability)

    by_setting = logistic if isinstance(logistic, dict) else dict.fromkeys(LOGISTICS, logistic)
    by_rounds = trees if isinstance(trees, dict) else dict.fromkeys(ROUNDS, trees)
    return Trial(
        logistic={one: right(probability) for one, probability in by_setting.items()},
        trees={}
        if small
        else {
            rounds: np.where(np.arange(ROWS) < lucky, right(probability), right(0.49))
            for rounds, probability in by_rounds.items()
        },
        label=label,
        customers=np.arange(ROWS) if customers is None else customers,
    )


@pytest.mark.parametrize("best", LOGISTICS)
def test_the_chosen_logistic_is_the_one_with_the_least_log_loss(best: Logistic) -> None:
    """Over all folds together: the one that is best in one of them alone is not."""
    other = next(one for one in LOGISTICS if one != best)
    steady = {one: 0.6 if one == best else 0.55 for one in LOGISTICS}
    trials = [told(steady), told({**steady, other: 0.61}), told(steady)]
    choice = choose(trials, customers=MANY)
    assert (choice.columns, choice.strength) == best


@pytest.mark.parametrize("best", ROUNDS)
def test_the_chosen_rounds_are_those_with_the_least_log_loss(best: int) -> None:
    choice = choose([told(trees={rounds: 0.7 if rounds == best else 0.65 for rounds in ROUNDS})], customers=MANY)
    assert (choice.candidate, choice.rounds) == ("trees", best)


@pytest.mark.parametrize(("customers", "candidate"), [(CURATED_BELOW - 1, "logistic"), (CURATED_BELOW, "trees")])
def test_below_five_hundred_customers_the_trees_are_not_asked(customers: int, candidate: str) -> None:
    """However good they would be; nor is the logistic regression on all columns."""
    on_all = {one: 0.7 if one[0] == "all" else 0.5 + one[1] / 10 for one in LOGISTICS}
    choice = choose([told(on_all, 0.9)], customers=customers)
    assert choice.candidate == candidate
    assert choice.columns == ("curated" if candidate == "logistic" else "all")
    if candidate == "logistic":
        assert choice.strength == 0.3
        assert choice.because.startswith("499 customers of the rarer class: a logistic regression on few columns")


def test_folds_without_trees_choose_among_what_all_of_them_tried() -> None:
    curated = {one: 0.6 for one in LOGISTICS if one[0] == "curated"}
    choice = choose([told(0.9, 0.9), told(curated, small=True)], customers=CURATED_BELOW)
    assert (choice.candidate, choice.columns) == ("logistic", "curated")


def test_a_gain_must_be_more_than_noise_and_customers_are_what_varies() -> None:
    """The same gain on the same rows: clear when every row is a customer, noise when few customers have them all."""
    trial = told(0.5, 0.75, lucky=40)
    assert choose([trial], customers=MANY).candidate == "trees"
    few = told(0.5, 0.75, lucky=40, customers=np.arange(ROWS) // 40)
    assert choose([few], customers=MANY).candidate == "mean"


@pytest.mark.parametrize(
    ("lucky", "few", "many"),
    [
        # What the mean gains over the logistic, and the trees over the mean, in standard errors:
        (17, "logistic", "logistic"),  # -0.07, -1.02
        (18, "mean", "mean"),  # 0.18, -0.75
        (26, "mean", "mean"),  # 1.78, 0.99
        (27, "mean", "trees"),  # 1.95, 1.18
        (31, "mean", "trees"),  # 2.57, 1.85
        (32, "trees", "trees"),  # 2.72, 2.01
    ],
)
def test_below_five_thousand_customers_the_trees_alone_need_a_95_percent_interval(
    lucky: int, few: str, many: str
) -> None:
    """And from there on one standard error. The mean of both need only have the lower log loss: it hedges."""
    trial = told(0.5, 0.75, lucky=lucky)
    assert choose([trial], customers=INTERVAL_BELOW - 1).candidate == few
    assert choose([trial], customers=INTERVAL_BELOW).candidate == many
