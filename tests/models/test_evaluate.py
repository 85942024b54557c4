"""Metrics against scikit-learn and against slow references; intervals against simulations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.evaluate import (
    Called,
    Draws,
    Estimate,
    Metric,
    Ranks,
    auroc,
    average_precision,
    brier,
    calibration_bins,
    calibration_in_the_large,
    calibration_noise,
    draws,
    estimates,
    expected_calibration_error,
    lift_at,
    lift_curve,
    log_loss_rows,
    precision_at,
    profit_at,
    recall_at,
    standard_error,
    wilson,
)

#: Rows as score (few values, so that many tie), label, weight, and date.
ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=40
)


def columns(drawn: Sequence[tuple[int, bool, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    score, label, weight, day = (np.array(column) for column in zip(*drawn, strict=True))
    return score / 6, label.astype("float64"), weight.astype("float64"), day


def one(metric: Metric, weight: np.ndarray | None = None, *, rows: int = 0) -> float:
    return float(metric((np.ones(rows) if weight is None else weight)[:, None])[0])


# Against scikit-learn


@given(ROWS)
def test_auroc_with_ties_and_weights_is_scikit_learns(drawn: list[tuple[int, bool, int, int]]) -> None:
    score, label, weight, _ = columns(drawn)
    assume((weight * label).sum() > 0)
    assume((weight * (1 - label)).sum() > 0)
    assert one(auroc(score, label), weight) == pytest.approx(roc_auc_score(label, score, sample_weight=weight))


@given(ROWS)
def test_average_precision_with_ties_and_weights_is_scikit_learns(drawn: list[tuple[int, bool, int, int]]) -> None:
    score, label, weight, _ = columns(drawn)
    assume((weight * label).sum() > 0)
    expected = average_precision_score(label, score, sample_weight=weight)
    assert one(average_precision(score, label), weight) == pytest.approx(expected)


@given(ROWS)
def test_brier_with_weights_is_scikit_learns(drawn: list[tuple[int, bool, int, int]]) -> None:
    score, label, weight, _ = columns(drawn)
    assume(weight.sum() > 0)
    expected = brier_score_loss(label, score, sample_weight=weight, pos_label=1)
    assert one(brier(score, label), weight) == pytest.approx(expected)


# A weight of n is n rows


@given(ROWS, st.integers(1, 12))
def test_every_metric_takes_a_weight_of_n_for_n_rows(drawn: list[tuple[int, bool, int, int]], capacity: int) -> None:
    score, label, weight, day = columns(drawn)
    again = np.repeat(np.arange(len(label)), weight.astype(int))
    assume(len(again) and set(day) == set(day[again]))

    def all_of(rows: np.ndarray) -> dict[str, Metric]:
        s, y, d = score[rows], label[rows], day[rows]
        return {
            "auroc": auroc(s, y),
            "average precision": average_precision(s, y),
            "precision": precision_at(s, y, d, capacity=capacity),
            "recall": recall_at(s, y * 3, d, capacity=capacity),
            "lift": lift_at(s, y, d, capacity=capacity),
            "profit": profit_at(s, y * 5, d, capacity=capacity, save_rate=0.3, cost=1),
            "brier": brier(s, y),
            "calibration": calibration_in_the_large(s, y),
            "ece": expected_calibration_error(s, y),
        }

    weighted, repeated = all_of(np.arange(len(label))), all_of(again)
    for name, metric in weighted.items():
        expected = one(repeated[name], rows=len(again))
        assert one(metric, weight) == pytest.approx(expected, nan_ok=True), name


@given(ROWS)
def test_many_weightings_at_once_are_each_alone(drawn: list[tuple[int, bool, int, int]]) -> None:
    score, label, weight, day = columns(drawn)
    several = np.column_stack([weight, np.ones(len(label)), weight[::-1]])
    metrics = (
        auroc(score, label),
        average_precision(score, label),
        lift_at(score, label, day, capacity=2),
        expected_calibration_error(score, label),
    )
    for metric in metrics:
        alone = [one(metric, several[:, [column]].ravel()) for column in range(3)]
        np.testing.assert_array_equal(metric(several), alone)


def test_metrics_that_share_their_work_forget_the_last_weighting() -> None:
    score, label = np.array([0.9, 0.5, 0.1]), np.array([0.0, 1.0, 0.0])
    ranks, called = Ranks(score, label), Called(score, label, np.zeros(3), capacity=1)
    first, second = np.ones((3, 1)), np.array([[0.0], [1.0], [1.0]])
    for weights, area, precision in ((first, 0.5, 0.0), (second, 1.0, 1.0), (first, 0.5, 0.0)):
        assert ranks.auroc(weights)[0] == area
        assert called.precision(weights)[0] == precision


# At capacity, against a slow reference


def expected_hits(score: np.ndarray, amount: np.ndarray, day: np.ndarray, capacity: int) -> tuple[float, float]:
    """Row by row: those above the edge in full, those at the edge share the places that are left."""
    held = places = 0.0
    for one_day in set(day):
        s, a = score[day == one_day], amount[day == one_day]
        for value in sorted(set(s), reverse=True):
            above, tied = (s > value).sum(), (s == value).sum()
            taken = min(max(capacity - above, 0), tied)
            held += a[s == value].sum() * taken / tied
            places += taken
    return held, places


@given(ROWS, st.integers(1, 12))
def test_the_figures_at_capacity_are_the_slow_ones(drawn: list[tuple[int, bool, int, int]], capacity: int) -> None:
    score, label, _, day = columns(drawn)
    worth = label * (1 + np.arange(len(label)))
    held, places = expected_hits(score, label, day, capacity)
    money, _ = expected_hits(score, worth, day, capacity)
    n = len(label)
    assert one(precision_at(score, label, day, capacity=capacity), rows=n) == pytest.approx(held / places)
    profit = one(profit_at(score, worth, day, capacity=capacity, save_rate=0.2, cost=0.5), rows=n)
    assert profit == pytest.approx((0.2 * money - 0.5 * places) / len(set(day)))
    if label.sum():
        assert one(recall_at(score, label, day, capacity=capacity), rows=n) == pytest.approx(held / label.sum())
        assert one(recall_at(score, worth, day, capacity=capacity), rows=n) == pytest.approx(money / worth.sum())
        lift = one(lift_at(score, label, day, capacity=capacity), rows=n)
        assert lift == pytest.approx(held / places / label.mean())


def test_a_weighting_that_empties_the_head_of_the_order_calls_those_below() -> None:
    score, label = np.linspace(1, 0, 50), np.zeros(50)
    label[40] = 1
    weight = np.zeros(50)
    weight[40] = weight[45] = 1  # far below three times the capacity
    assert one(precision_at(score, label, np.zeros(50), capacity=2), weight) == 0.5


def test_a_list_longer_than_the_cohort_is_the_cohort() -> None:
    score, label = np.array([0.3, 0.2, 0.1]), np.array([1.0, 0.0, 0.0])
    assert one(precision_at(score, label, np.zeros(3), capacity=100), rows=3) == pytest.approx(1 / 3)
    assert one(lift_at(score, label, np.zeros(3), capacity=100), rows=3) == pytest.approx(1)


def test_without_positives_nothing_is_said_of_them() -> None:
    score, label = np.array([0.3, 0.2, 0.1]), np.zeros(3)
    for metric in (auroc, average_precision):
        assert np.isnan(one(metric(score, label), rows=3))
    for at in (recall_at, lift_at):
        assert np.isnan(one(at(score, label, np.zeros(3), capacity=1), rows=3))
    assert one(precision_at(score, label, np.zeros(3), capacity=1), rows=3) == 0
    assert np.isnan(one(auroc(score, np.ones(3)), rows=3))


def test_a_score_that_tells_nobody_apart_is_a_coin() -> None:
    label = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    assert one(auroc(np.zeros(5), label), rows=5) == 0.5
    assert one(average_precision(np.zeros(5), label), rows=5) == pytest.approx(0.4)
    assert one(lift_at(np.zeros(5), label, np.zeros(5), capacity=2), rows=5) == pytest.approx(1)


# Calibration


def test_expected_calibration_error_by_hand() -> None:
    probability = np.array([0.05, 0.05, 0.95, 1.0])  # two in the lowest bin, two in the highest: 1.0 has no bin above
    label = np.array([0.0, 1.0, 1.0, 1.0])
    assert one(expected_calibration_error(probability, label), rows=4) == pytest.approx((0.9 + 0.05) / 4)
    assert one(calibration_in_the_large(probability, label), rows=4) == pytest.approx((2.05 - 3) / 4)


@pytest.mark.parametrize("bins", [{0.25: 400}, {0.05: 900, 0.95: 100}, {0.15: 50, 0.35: 200, 0.55: 800}])
def test_calibration_noise_is_the_mean_of_folded_normals(bins: dict[float, int]) -> None:
    """The error of a bin is nearly normal around 0, and the mean of its size is sqrt(2 / pi) of its deviation."""
    probability = np.concatenate([np.full(rows, share) for share, rows in bins.items()])
    expected = sum(np.sqrt(2 / np.pi * rows * share * (1 - share)) for share, rows in bins.items()) / len(probability)
    assert calibration_noise(probability, seed=1, times=4000) == pytest.approx(expected, rel=0.04)
    assert calibration_noise(probability, seed=1) == pytest.approx(expected, rel=0.2)


def test_calibration_noise_is_what_a_perfect_model_shows() -> None:
    """Of 300 worlds whose outcomes are drawn from the probabilities, the mean error is the noise."""
    drawn = np.random.default_rng(2)
    probability = drawn.beta(1, 6, 500)
    errors = [
        one(expected_calibration_error(probability, (drawn.random(500) < probability).astype("float64")), rows=500)
        for _ in range(300)
    ]
    assert calibration_noise(probability, seed=1) == pytest.approx(np.mean(errors), rel=0.1)


def test_calibration_noise_is_the_seeds_and_certainty_has_none() -> None:
    probability = np.linspace(0.01, 0.99, 200)
    assert calibration_noise(probability, seed=1) == calibration_noise(probability, seed=1)
    assert calibration_noise(probability, seed=1) != calibration_noise(probability, seed=2)
    assert calibration_noise(np.array([0.0, 1.0, 1.0]), seed=1) == 0.0


def test_calibration_bins_hold_all_rows_alike() -> None:
    probability = np.linspace(0.01, 0.99, 95)
    label = (np.arange(95) % 3 == 0).astype("float64")
    bins = calibration_bins(probability, label)
    assert [found.units for found in bins] == [10] * 5 + [9] * 5
    assert sum(found.units * found.observed for found in bins) == pytest.approx(label.sum())
    assert all(found.low <= found.observed <= found.high for found in bins)
    assert [found.predicted for found in bins] == sorted(found.predicted for found in bins)
    assert len(calibration_bins(probability[:3], label[:3])) == 3


def test_wilson_gives_the_published_intervals() -> None:
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)


def test_log_loss_of_a_certain_error_is_large_and_finite() -> None:
    loss = log_loss_rows(np.array([0.5, 0.0, 1.0]), np.array([1.0, 1.0, 1.0]))
    assert loss == pytest.approx([np.log(2), -np.log(1e-12), 0], abs=1e-9)


def test_the_lift_curve_ends_at_one_for_everybody() -> None:
    score, label = np.array([0.9, 0.8, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert lift_curve(score, label, np.zeros(4), [1, 2, 4]) == ((1, 2.0), (2, 2.0), (4, 1.0))


# Intervals


def share(label: np.ndarray) -> Metric:
    return lambda weights: label @ weights / weights.sum(axis=0)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    drawn = np.random.default_rng(5)
    score, label = drawn.random(300), (drawn.random(300) < 0.3).astype("float64")
    customers = pd.Series(drawn.integers(0, 100, 300).astype("str"))
    metrics = {"auroc": auroc(score, label), "ece": expected_calibration_error(score, label)}
    first = draws(metrics, customers, seed=1, replicates=60)
    second = draws(metrics, customers, seed=1, replicates=60)
    other = draws(metrics, customers, seed=2, replicates=60)
    for name in metrics:
        np.testing.assert_array_equal(first[name].drawn, second[name].drawn)
        assert not np.array_equal(first[name].drawn, other[name].drawn)
        assert len(first[name].drawn) == 60


def test_chunks_do_not_change_how_many_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.evaluate.CHUNK", 70)
    label = np.repeat([0.0, 1.0], 5)
    found = draws({"share": share(label)}, pd.Series(np.arange(10)), seed=1, replicates=23)["share"]
    assert len(found.drawn) == 23  # seven at a time, and two
    assert found.drawn.mean() == pytest.approx(0.5, abs=0.15)


def test_intervals_cover_the_truth_when_customers_repeat() -> None:
    """The mean of 60 customers with five like rows each. An interval that took rows for independent would cover in
    about 60 of 100 cases; this one should in about 95, of which 200 worlds and 60 customers leave 88 to 99."""
    drawn = np.random.default_rng(11)
    covered = 0
    for world in range(200):
        own = drawn.random(60) < 0.4
        customers = pd.Series(np.repeat(np.arange(60), 5))
        label = np.repeat(own, 5).astype("float64")
        found = estimates({"share": share(label)}, customers, seed=world, replicates=200)["share"]
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.4 <= found.high
    assert 176 <= covered <= 198


@pytest.mark.parametrize("rows_each", [1, 6])
def test_the_standard_error_of_a_mean_is_that_of_the_cluster_bootstrap(rows_each: int) -> None:
    """Rows of a customer have much in common; how many rows a customer has varies."""
    drawn = np.random.default_rng(12)
    own = drawn.normal(size=400)
    whose = np.repeat(np.arange(400), drawn.integers(1, rows_each + 1, 400))
    difference = own[whose] + 0.5 * drawn.normal(size=len(whose))
    found = draws({"mean": share(difference)}, pd.Series(whose), seed=1, replicates=3000)["mean"]
    assert standard_error(difference, whose) == pytest.approx(found.drawn.std(), rel=0.05)
    if rows_each == 1:
        assert standard_error(difference, whose) == pytest.approx(difference.std() / np.sqrt(len(difference)))
    else:
        assert standard_error(difference, whose) > 1.5 * difference.std() / np.sqrt(len(difference))
    names = np.array([f"c{number}" for number in whose], dtype=object)
    assert standard_error(difference, names) == pytest.approx(standard_error(difference, whose))


def test_a_paired_difference_is_narrower_than_two_apart() -> None:
    drawn = np.random.default_rng(3)
    label = (drawn.random(800) < 0.3).astype("float64")
    good = label + drawn.normal(0, 1.0, 800)
    better = good + 0.1 * label
    customers = pd.Series(np.arange(800))
    found = draws({"good": auroc(good, label), "better": auroc(better, label)}, customers, seed=1, replicates=300)
    paired = found["better"].less(found["good"]).estimate
    assert paired.value == pytest.approx(found["better"].value - found["good"].value)
    assert paired.low is not None
    assert paired.high is not None
    assert paired.low > 0
    alone = found["good"].estimate
    assert alone.low is not None
    assert alone.high is not None
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_a_figure_that_no_reweighting_gives_has_no_interval() -> None:
    unknown = Draws(float("nan"), np.array([np.nan, np.nan])).estimate
    assert (unknown.low, unknown.high, unknown.has_interval) == (None, None, False)
    assert Draws(1.0, np.array([np.nan, 1.0, 3.0])).estimate == Estimate(1.0, pytest.approx(1.05), pytest.approx(2.95))


def test_metrics_do_not_change_what_they_are_given() -> None:
    score, label, day = np.array([0.1, 0.9, 0.5]), np.array([0.0, 1.0, 0.0]), np.array([1, 1, 2])
    weights = np.array([[1.0, 0.0], [2.0, 1.0], [1.0, 1.0]])
    for array in (score, label, day, weights):
        array.flags.writeable = False
    for metric in (
        auroc(score, label),
        average_precision(score, label),
        lift_at(score, label, day, capacity=1),
        profit_at(score, label, day, capacity=1, save_rate=0.1, cost=0),
        expected_calibration_error(score, label),
    ):
        assert metric(weights).shape == (2,)
