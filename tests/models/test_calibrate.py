"""Recalibration: what each kind does to probabilities, from what it is fitted, and when it is taken."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from models import calibrate as room
from models.calibrate import (
    KINDS,
    NONE,
    SEASON_DAYS,
    SEASON_TOLERANCE,
    SLOPES,
    Calibrated,
    Recalibration,
    Said,
    choose_recalibration,
    cross_fitted,
    platt,
    recalibrations,
    shift_to,
)
from models.candidates import fit_candidate
from models.evaluate import log_loss_rows
from models.learner import log_odds, probability_of
from tests.models.panels import FEATURES, QUICK, chosen, labelled_rows, what_rules_cannot_see

DAY = date(2024, 6, 1)
PROBABILITIES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=30).map(np.array)


def people(rows: int, seed: int, *, shift: float = 0.0, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """What is said of many, and what comes of it: the true log-odds are shift + slope x the log-odds that are said."""
    drawn = np.random.default_rng(seed)
    said = probability_of(drawn.normal(-1.5, 1.0, rows))
    truth = probability_of(shift + slope * log_odds(said))
    return said, (drawn.random(rows) < truth).astype("float64")


def said_at(day: date, *, seed: int = 1, rows: int = 400, shift: float = 0.0, slope: float = 1.0) -> Said:
    said, label = people(rows, seed, shift=shift, slope=slope)
    return Said(day, said, label, np.arange(rows))


# To a level


@given(PROBABILITIES, st.floats(0.0001, 0.9999))
def test_after_the_shift_the_mean_is_the_level(said: np.ndarray, level: float) -> None:
    """However few they are: the level of many dates is not bounded by how many are scored tonight."""
    assert probability_of(log_odds(said) + shift_to(said, level)).mean() == pytest.approx(level, rel=1e-6)


@given(PROBABILITIES)
def test_a_level_of_nobody_or_everybody_is_half_an_outcome_away(said: np.ndarray) -> None:
    half = 0.5 / (len(said) + 1)
    for level, wanted in ((0.0, half), (1.0, 1 - half)):
        assert probability_of(log_odds(said) + shift_to(said, level)).mean() == pytest.approx(wanted, rel=1e-6)


def test_certain_probabilities_can_be_brought_to_a_level_too() -> None:
    shift = shift_to(np.array([0.0, 0.0, 1.0]), 0.5)
    assert np.isfinite(shift)
    assert probability_of(log_odds(np.array([0.0, 0.0, 1.0])) + shift).mean() == pytest.approx(0.5)


# Platt


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 1.0), (-0.7, 1.0), (0.5, 0.7), (0.0, 1.6)])
def test_platt_finds_the_shift_and_the_slope_that_were_planted(shift: float, slope: float) -> None:
    said, label = people(100_000, seed=3, shift=shift, slope=slope)
    found = platt(said, label)
    assert found == pytest.approx((shift, slope), abs=0.05)
    # A maximum of the likelihood: the mean is the share of outcomes.
    assert probability_of(found[0] + found[1] * log_odds(said)).mean() == pytest.approx(label.mean(), abs=1e-6)


@pytest.mark.parametrize("true_slope", [-1.0, 0.0, 0.1, 5.0])
def test_a_slope_beyond_its_bounds_is_not_followed_but_the_level_is(true_slope: float) -> None:
    said, label = people(20_000, seed=4, slope=true_slope)
    shift, slope = platt(said, label)
    assert slope == (SLOPES[1] if true_slope > 1 else SLOPES[0])
    assert probability_of(shift + slope * log_odds(said)).mean() == pytest.approx(label.mean(), abs=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("said", "label"),
    [
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0]),
        ([0.1, 0.2, 0.3, 0.4], [1, 1, 1, 1]),
        ([0.2, 0.2, 0.2, 0.2], [0, 1, 0, 0]),
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]),  # told apart without an error: the best slope is infinite
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0]),
        ([0.0, 0.5, 0.5, 1.0], [0, 1, 0, 1]),
        ([0.3], [1]),
    ],
)
def test_platt_of_little_is_finite_and_bounded(said: list[float], label: list[int]) -> None:
    shift, slope = platt(np.array(said), np.array(label, dtype="float64"))
    assert np.isfinite(shift)
    assert SLOPES[0] <= slope <= SLOPES[1]


# What can be fitted


def test_every_kind_is_fitted_on_what_is_given_alone() -> None:
    old, new = said_at(DAY - timedelta(days=SEASON_DAYS), seed=1), said_at(DAY - timedelta(days=28), seed=2, shift=1.0)
    cohort, levels = people(300, seed=5)[0], {old.as_of: 0.2, new.as_of: 0.3}
    found = recalibrations(cohort, [old, new], levels, as_of=DAY)
    shift, slope = platt(new.probability, new.label)
    assert found == {
        "none": NONE,
        "level": Recalibration(kind="level", shift=shift_to(cohort, 0.25)),
        "freshest": Recalibration(kind="freshest", shift=shift, slope=slope),
        "season": Recalibration(kind="season", shift=shift_to(old.probability, float(old.label.mean()))),
    }
    assert list(found) == [kind for kind in KINDS if kind != "cross-fitted"]
    # Another cohort, other levels, or other dates change only what is made of them.
    assert recalibrations(cohort[:9], [old, new], levels, as_of=DAY) | {"level": found["level"]} == found
    assert recalibrations(cohort, [old, new], {DAY: 0.9}, as_of=DAY) | {"level": found["level"]} == found
    other = recalibrations(cohort, [said_at(old.as_of, seed=8), new], levels, as_of=DAY)
    assert other | {"season": found["season"]} == found
    assert other["season"] != found["season"]
    assert recalibrations(cohort, [new], levels, as_of=DAY).keys() == {"none", "level", "freshest"}


def test_without_a_cohort_or_a_level_nothing_is_brought_to_one() -> None:
    one = said_at(DAY)
    assert recalibrations(None, [], {}, as_of=DAY) == {"none": NONE}
    assert "level" not in recalibrations(None, [one], {DAY: 0.2}, as_of=DAY)
    assert "level" not in recalibrations(np.array([]), [one], {DAY: 0.2}, as_of=DAY)
    assert "level" not in recalibrations(one.probability, [one], {}, as_of=DAY)


@pytest.mark.parametrize(
    ("days", "is_season"),
    [
        (SEASON_DAYS, True),
        (SEASON_DAYS - SEASON_TOLERANCE, True),
        (SEASON_DAYS + SEASON_TOLERANCE, True),
        (SEASON_DAYS - SEASON_TOLERANCE - 1, False),
        (SEASON_DAYS + SEASON_TOLERANCE + 1, False),
        (28, False),
        (2 * SEASON_DAYS, False),
    ],
)
def test_a_season_is_a_year_back_give_or_take_three_weeks(days: int, is_season: bool) -> None:
    assert ("season" in recalibrations(None, [said_at(DAY - timedelta(days=days))], {}, as_of=DAY)) == is_season


def test_of_several_dates_of_last_years_season_the_nearest_counts() -> None:
    dates = [said_at(DAY - timedelta(days=SEASON_DAYS + days), seed=days + 30) for days in (14, -7, 21)]
    season = recalibrations(None, dates, {}, as_of=DAY)["season"]
    shift = shift_to(dates[1].probability, float(dates[1].label.mean()))
    assert season == Recalibration(kind="season", shift=shift)


def test_none_leaves_probabilities_to_the_last_bit() -> None:
    said = people(100, seed=1)[0]
    assert NONE.apply(said) is said


# What is taken


def test_the_kind_that_helped_is_taken_and_told() -> None:
    """All that is said is too low by the same shift at every date."""
    folds = []
    for number in range(4):
        one = said_at(DAY + timedelta(days=28 * number), seed=number, shift=0.8)
        useless = Recalibration(kind="season", shift=-0.5)
        folds.append(
            room.tested(one, {"none": NONE, "level": Recalibration(kind="level", shift=0.8), "season": useless})
        )
    kind, because = choose_recalibration(folds, ["none", "level", "season"])
    assert kind == "level"
    assert because.startswith("log loss gained by recalibrating, over folds: level +0.0")
    assert "over 4, season -0." in because
    # What cannot be fitted now cannot be taken, however much it would have helped.
    assert choose_recalibration(folds, ["none", "season"])[0] == "none"


def test_of_two_that_help_the_better_is_taken() -> None:
    fitted = {kind: Recalibration(kind=kind, shift=shift) for kind, shift in (("level", 0.4), ("freshest", 0.8))}
    folds = [room.tested(said_at(DAY, seed=number, shift=0.8), {"none": NONE, **fitted}) for number in range(4)]
    for there in (["none", "level", "freshest"], ["freshest", "level", "none"]):
        assert choose_recalibration(folds, there)[0] == "freshest"


def test_a_kind_is_compared_where_it_could_be_fitted() -> None:
    level = Recalibration(kind="level", shift=0.8)
    with_it = room.tested(said_at(DAY, shift=0.8), {"none": NONE, "level": level})
    without = [room.tested(said_at(DAY, seed=number), {"none": NONE}) for number in range(5)]
    kind, because = choose_recalibration([*without, with_it], ["none", "level"])
    assert kind == "level"
    assert because.endswith("over 1")


@pytest.mark.parametrize("folds", [[], [room.tested(said_at(DAY), {"none": NONE})]])
def test_without_a_fold_on_which_one_could_be_tried_none_is_taken(folds: list[room.Tested]) -> None:
    told = ("none", "no fold was over on which a recalibration could be tried")
    assert choose_recalibration(folds, ["none", "level", "freshest"]) == told


def test_a_gain_must_be_more_than_noise_and_customers_are_what_varies() -> None:
    """The same gain on the same rows: clear when every row is a customer, noise when one customer has all of it."""
    gain = np.where(np.arange(400) < 40, 0.3, -0.01)
    for customers, kind in ((np.arange(400), "level"), (np.arange(400) // 40, "none")):
        fold = room.Tested({"none": np.full(400, 0.7), "level": 0.7 - gain}, customers)
        assert choose_recalibration([fold], ["none", "level"])[0] == kind


def test_what_is_calibrated_already_is_seldom_touched_and_then_hardly_harmed() -> None:
    """Six folds of 300 rows, 200 times: what is fitted on other draws of the same world helps by luck alone, and mostly
    loses a little by its own noise. A bar of one standard error lets about one in forty through."""
    taken, cost = 0, []
    for world in range(200):
        dates = [said_at(DAY + timedelta(days=28 * n), seed=world * 100 + n, rows=300) for n in range(8)]
        folds = []
        for at in range(2, 8):
            known = dates[: at - 1]
            levels = {one.as_of: float(one.label.mean()) for one in known}
            fitted = recalibrations(dates[at].probability, known, levels, as_of=dates[at].as_of)
            folds.append(room.tested(dates[at], fitted))
        kind, _ = choose_recalibration(folds, ["none", "level", "freshest"])
        if kind != "none":
            taken += 1
            levels = {one.as_of: float(one.label.mean()) for one in dates}
            fresh, label = people(20_000, seed=world)
            made = recalibrations(fresh[:300], dates, levels, as_of=DAY + timedelta(days=300))[kind]
            cost.append((log_loss_rows(made.apply(fresh), label) - log_loss_rows(fresh, label)).mean())
    assert 0 < taken <= 12
    assert np.mean(cost) < 0.003


# With one date


def test_cross_fitting_gains_where_something_is_wrong_and_not_where_nothing_is() -> None:
    fold = np.arange(2000) % 5
    for shift, kind in ((1.0, "cross-fitted"), (0.0, "none")):
        said, label = people(2000, seed=6, shift=shift)
        found = cross_fitted(said, label, fold, np.arange(2000))
        assert choose_recalibration([found], ["none", "cross-fitted"])[0] == kind


def test_no_outcome_of_a_fold_has_a_part_in_how_the_fold_is_recalibrated() -> None:
    said, label = people(500, seed=7)
    fold = np.arange(500) % 5
    here = fold == 2
    turned = np.where(here, 1 - label, label)
    one, other = (cross_fitted(said, outcome, fold, np.arange(500)) for outcome in (label, turned))
    # Both losses together tell the probability: -log p and -log (1 - p).
    recalibrated = np.exp(-one.losses["cross-fitted"][here]) + np.exp(-other.losses["cross-fitted"][here])
    np.testing.assert_allclose(recalibrated, 1.0)
    assert not np.allclose(one.losses["cross-fitted"][~here], other.losses["cross-fitted"][~here])
    np.testing.assert_array_equal(one.losses["none"], log_loss_rows(said, label))


def test_several_rows_of_a_customer_are_one_in_cross_fitting() -> None:
    said, label = people(200, seed=8)
    whose = np.arange(200) // 2
    assert cross_fitted(said, label, whose % 5, whose).customers.tolist() == whose.tolist()


# A calibrated model


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return labelled_rows(what_rules_cannot_see, customers=500)


@given(shift=st.floats(-3, 3), slope=st.floats(*SLOPES))
def test_a_recalibrated_model_keeps_its_order_and_its_contributions_explain_it(
    frame: pd.DataFrame, shift: float, slope: float
) -> None:
    model = fit_candidate(frame, frame.label.to_numpy(), FEATURES, chosen("logistic"), QUICK)
    calibrated = Calibrated(model, Recalibration(kind="freshest", shift=shift, slope=slope))
    raw, said = model.predict(frame), calibrated.predict(frame)
    order = np.argsort(raw, kind="stable")
    assert (np.diff(said[order]) >= 0).all()
    assert roc_auc_score(frame.label, said) == pytest.approx(roc_auc_score(frame.label, raw))
    odds = log_odds(said)
    parts = calibrated.contributions(frame).sum(axis=1).to_numpy()
    np.testing.assert_allclose(parts - parts[0], odds - odds[0], atol=1e-7)
    assert (calibrated.kind, calibrated.columns) == (model.kind, model.columns)
    assert calibrated.texts() == model.texts()
