"""Rates when most stay silent: by hand, by what must not matter, and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from models import nonresponse
from models.evaluate import auroc
from models.learner import probability_of
from models.nonresponse import (
    TEMPLATES,
    Answers,
    CohortRate,
    Message,
    TooFewAnswers,
    cohort_rate,
    cross_fit,
    effective,
    folds_of,
    reweighted,
    stabilise,
    tilted,
    weighted_metrics,
)

FEATURES = tuple(
    Feature(name=name, description=name, unit=unit, group="made_up")
    for name, unit in (("orders", "events"), ("late_share", "share"))
)

#: Half of four customers answered, one of them dissatisfied.
FOUR = Answers(
    customers=np.array(["a", "b", "c", "d"]),
    answered=np.array([True, True, False, False]),
    label=np.array([1.0, 0.0, 0.0, 0.0]),
    stabilised=np.array([0.5, 1.5, 1.0, 1.0]),
    clipped=np.array([False, False, False, False]),
    propensity=np.array([0.5, 0.25, 0.5, 0.5]),
    outcome=np.array([0.5, 0.5, 0.2, 0.4]),
)


def cohort(customers: int = 1500, seed: int = 1, *, dates: int = 1) -> pd.DataFrame:
    """Late customers are dissatisfied and silent: answers alone say too little. A tenth of the shares are null."""
    random = np.random.default_rng(seed)
    late, orders = random.standard_normal((2, customers))
    dissatisfied = random.random(customers) < probability_of(-1.3 + 1.1 * late)
    answered = random.random(customers) < probability_of(-1.0 - 0.9 * late + 0.4 * orders)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(customers)],
            "as_of": pd.Timestamp("2024-05-01"),
            "orders": np.floor(np.exp(2 + 0.7 * orders)),
            "late_share": np.where(random.random(customers) < 0.1, np.nan, probability_of(late)),
            "label": np.where(answered, dissatisfied.astype(float), np.nan),
            "truth": dissatisfied.astype(float),
        }
    )
    return pd.concat([rows] * dates, ignore_index=True)


def told(rows: pd.DataFrame, **settings: float) -> CohortRate:
    found = cohort_rate(rows, FEATURES, **settings)  # type: ignore[arg-type]
    assert isinstance(found, CohortRate)
    return found


def answering(*, dissatisfied: int, satisfied: int, silent: int) -> pd.DataFrame:
    labels = [1.0] * dissatisfied + [0.0] * satisfied + [np.nan] * silent
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(len(labels))],
            "orders": random.poisson(4, len(labels)).astype(float),
            "late_share": random.random(len(labels)),
            "label": labels,
        }
    )


# By hand


def test_weights_are_the_share_of_answers_over_the_propensity_within_bounds() -> None:
    weights, clipped = stabilise(np.array([0.5, 0.25, 0.02]), np.array([0.25, 0.25, 0.25]))
    assert weights.tolist() == [0.5, 1.0, 10.0]  # 12.5 is cut
    assert clipped.tolist() == [False, False, True]
    low, hit = stabilise(np.array([0.99]), np.array([0.05]))
    assert low[0] == 0.1
    assert hit[0]


def test_the_effective_number_is_that_of_kish() -> None:
    assert effective(np.array([1.0, 1.0, 1.0])) == pytest.approx(3)
    assert effective(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)


def test_the_naive_and_the_weighted_rate() -> None:
    assert FOUR.naive.value == 0.5
    assert FOUR.weighted.value == 0.25  # 0.5 of 0.5 + 1.5


def test_the_tilt_multiplies_odds() -> None:
    assert tilted(np.array([0.2, 0.5]), 3.0).tolist() == pytest.approx([3 / 7, 3 / 4])
    assert tilted(tilted(np.array([0.2]), 3.0), 1 / 3).tolist() == pytest.approx([0.2])


def test_the_corrected_rate_and_what_it_becomes_if_the_silent_differ() -> None:
    # The answered stand for two silent: 1 and 3 become 0.5 and 1.5; what they missed is +0.5 and -0.5.
    assert FOUR.rate_if(1.0).value == pytest.approx((1 + 0.2 + 0.4 + 0.5 * 0.5 - 1.5 * 0.5) / 4)
    # Odds three times as high; the slope of the tilt at one half is 3 / (1 + 2 x 0.5)^2.
    assert FOUR.rate_if(3.0).value == pytest.approx((1 + 3 / 7 + 2 / 3 + 0.75 * (0.25 - 0.75)) / 4)


def test_the_band_that_assumes_nothing() -> None:
    # 1 of 4 and 3 of 4, each with its sampling interval in log-odds: 1.96 x 0.2165 / 0.1875 = 2.263 around -1.0986.
    band = FOUR.assume_nothing
    assert band.low == pytest.approx(0.0335, abs=1e-4)
    assert band.high == pytest.approx(1 - 0.0335, abs=1e-4)


# What must hold


def test_it_corrects_what_the_features_say() -> None:
    rows = cohort()
    found, truth = told(rows), rows.truth.mean()
    assert abs(found.naive.value - truth) > 0.07
    assert abs(found.weighted.value - truth) < 0.03
    assert abs(found.corrected.value - truth) < 0.03
    assert found.corrected.covers(truth)
    assert not found.naive.covers(truth)


def test_with_a_constant_propensity_all_weights_are_one() -> None:
    rows = cohort(1000).assign(orders=7.0, late_share=np.nan)
    found = told(rows)
    np.testing.assert_allclose(found.weights.values, 1.0, rtol=0, atol=1e-12)
    assert found.weights.effective == pytest.approx(found.answered)
    assert found.weights.clipped == 0
    assert found.weighted.value == pytest.approx(found.naive.value, abs=1e-12)
    # And what is foretold of a fold is the share of the others.
    fold, answers = folds_of(rows, seed=1), found.answers
    for number in range(nonresponse.FOLDS):
        here = fold == number
        assert answers.propensity[here] == pytest.approx(answers.answered[~here].mean())
        assert answers.outcome[here] == pytest.approx(rows.label[~here].mean())


def test_it_corrects_for_both_ends_of_a_column() -> None:
    # Those with the most and the fewest orders answer, and are dissatisfied: no straight line says so.
    random = np.random.default_rng(6)
    orders = random.standard_normal(3000)
    ends = orders**2 - 1
    dissatisfied = random.random(3000) < probability_of(-1.5 + 0.7 * ends)
    answered = random.random(3000) < probability_of(-1.2 + 0.7 * ends)
    rows = pd.DataFrame(
        {
            "customer_id": np.arange(3000),
            "orders": orders,
            "late_share": random.random(3000),
            "label": np.where(answered, dissatisfied.astype(float), np.nan),
        }
    )
    found, truth = told(rows), dissatisfied.mean()
    assert found.naive.value - truth > 0.1
    assert abs(found.weighted.value - truth) < 0.03
    assert abs(found.corrected.value - truth) < 0.03


def test_weights_are_one_on_average_and_lie_at_the_rows_that_answered() -> None:
    rows = cohort().set_index(pd.Index(range(9000, 10500)))
    weights = told(rows).weights
    assert weights.values.mean() == pytest.approx(1)
    assert list(weights.values.index) == list(rows.index[rows.label.notna()])
    assert weights.effective < weights.values.size


def test_no_row_is_weighted_by_a_model_that_saw_its_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    # A column a customer: whoever saw the customer's other rows knows whether this one was answered.
    customers, dates = 40, 6
    random = np.random.default_rng(5)
    answers = random.random(customers) < 0.5
    rows = pd.DataFrame({"customer_id": np.repeat([f"c{n:02d}" for n in range(customers)], dates)})
    dissatisfied = np.repeat(random.random(customers) < 0.5, dates).astype(float)
    rows["label"] = np.where(np.repeat(answers, dates), dissatisfied, np.nan)
    own = pd.DataFrame(np.repeat(np.eye(customers), dates, axis=0), columns=[f"is_{n}" for n in range(customers)])
    rows = pd.concat([rows, own], axis=1)
    features = [Feature(name=name, description=name, unit="share", group="made_up") for name in own.columns]

    def knows() -> tuple[float, float]:
        found = cross_fit(rows, features)
        ones, there = np.ones((len(rows), 1)), found.answered
        return (
            float(auroc(found.propensity, found.answered.astype(float))(ones)[0]),
            float(auroc(found.outcome[there], found.label[there])(ones[there])[0]),
        )

    assert max(knows()) < 0.6
    # The same rows in folds that ignore the customer: the test sees the leak that it is there for.
    monkeypatch.setattr(nonresponse, "folds_of", lambda rows, *, seed: np.arange(len(rows)) % nonresponse.FOLDS)
    assert min(knows()) > 0.9


def test_folds_keep_customers_together_and_deal_answers_evenly() -> None:
    rows = cohort(dates=3)
    fold = folds_of(rows, seed=1)
    assert pd.Series(fold).groupby(rows.customer_id).nunique().max() == 1
    for value in (0, 1):
        counts = np.bincount(fold[rows.label == value]) / 3
        assert counts.max() - counts.min() <= 1


def test_the_order_of_rows_changes_nothing_and_no_row_is_changed() -> None:
    rows = cohort()
    before = rows.copy()
    one, other = told(rows), told(rows.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(rows, before)
    for name in ("naive", "weighted", "corrected", "band", "assume_nothing"):
        first, second = getattr(one, name), getattr(other, name)
        assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-9)
    pd.testing.assert_series_equal(one.weights.values, other.weights.values.sort_index(), rtol=1e-9)


def test_a_customer_who_answers_three_times_is_one_customer() -> None:
    once, thrice = told(cohort()), told(cohort(dates=3))
    assert thrice.answered == once.answered
    assert thrice.naive.width == pytest.approx(once.naive.width, rel=1e-9)
    assert thrice.corrected.width == pytest.approx(once.corrected.width, rel=0.05)
    assert thrice.weights.effective == pytest.approx(once.weights.effective, rel=0.05)


def test_the_interval_is_as_wide_as_the_rate_varies() -> None:
    drawn = [told(cohort(600, seed)) for seed in range(30)]
    spread = np.std([one.corrected.value for one in drawn])
    width = np.mean([one.corrected.width for one in drawn]) / (2 * 1.96)
    assert 0.75 < width / spread < 1.6


def test_the_band_grows_with_gamma_from_the_interval_to_the_band_that_assumes_nothing() -> None:
    answers = told(cohort()).answers
    alone, some, more = (answers.band(gamma) for gamma in (1.0, 2.0, 4.0))
    assert (alone.low, alone.high) == (answers.rate_if(1.0).low, answers.rate_if(1.0).high)
    nothing = answers.assume_nothing
    assert nothing.low < more.low < some.low < alone.low
    assert alone.high < some.high < more.high < nothing.high
    far = answers.band(1e6)
    assert (far.low, far.high) == pytest.approx((nothing.low, nothing.high), abs=0.02)


def test_at_the_tipping_point_the_band_touches_the_level() -> None:
    answers = told(cohort()).answers
    rate = answers.rate_if(1.0)
    above, below = answers.tipping_point(rate.low - 0.05), answers.tipping_point(rate.high + 0.05)
    assert above.is_above
    assert not below.is_above
    assert above.gamma is not None
    assert below.gamma is not None
    assert above.gamma > 1
    assert answers.rate_if(1 / above.gamma).low == pytest.approx(above.level, abs=1e-6)
    assert answers.rate_if(below.gamma).high == pytest.approx(below.level, abs=1e-6)
    assert answers.tipping_point(rate.value - 0.001).gamma == 1
    assert answers.tipping_point(answers.assume_nothing.high + 0.02).gamma is None


# Words


def test_what_is_said() -> None:
    rows = cohort()
    found = told(rows, levels=(0.25,))
    text = " ".join(message.text for message in found.says)
    assert f"{found.answered:,} of 1,500 customers answered." in text
    assert f"Of their answers alone {100 * found.naive.value:.1f}% are dissatisfied" in text
    assert f"it is {100 * found.corrected.value:.1f}% ({100 * found.corrected.low:.1f}% to" in text
    assert "cannot be known from these data" in text
    assert "by up to 3 times, either way" in text
    assert f"between {100 * found.band.low:.1f}% and {100 * found.band.high:.1f}%" in text
    assert f"between {100 * found.assume_nothing.low:.1f}% and {100 * found.assume_nothing.high:.1f}%" in text
    assert "25.0%" in found.says[-1].text


def test_if_all_answered_nothing_is_assumed() -> None:
    rows = cohort()
    found = told(rows.assign(label=rows.truth))
    assert found.corrected == found.naive
    assert [message.code for message in found.says] == ["all_answered"]
    assert found.band.width == pytest.approx(found.naive.width, rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            answering(dissatisfied=20, satisfied=29, silent=300),
            "No rate is published: 49 of 349 customers answered, and it takes 50. Ask more customers, or wait for "
            "more answers.",
        ),
        (
            answering(dissatisfied=19, satisfied=181, silent=300),
            "No rate is published: of 200 customers who answered only 19 gave the rarer answer, and it takes 20. Ask "
            "more customers, or take in answers of a longer time.",
        ),
        (
            answering(dissatisfied=0, satisfied=0, silent=3),
            "No rate is published: 0 of 3 customers answered, and it takes 50. Ask more customers, or wait for more "
            "answers.",
        ),
    ],
    ids=["answers", "rarer", "nobody"],
)
def test_too_few_answers_carry_no_rate(rows: pd.DataFrame, text: str) -> None:
    found = cohort_rate(rows, FEATURES)
    assert isinstance(found, TooFewAnswers)
    assert [message.text for message in found.says] == [text]


def test_enough_answers_carry_one() -> None:
    assert isinstance(cohort_rate(answering(dissatisfied=20, satisfied=30, silent=300), FEATURES), CohortRate)


def test_answers_of_customers_unlike_the_others_carry_no_rate() -> None:
    # Those who order much answer; of the nine in ten who do not, one in 500.
    random = np.random.default_rng(1)
    often = np.repeat([1.0, 0.0], [120, 3000])
    answered = random.random(3120) < np.where(often == 1, 0.9, 0.002)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(3120)],
            "orders": np.where(often == 1, 50.0, 0.0),
            "late_share": 0.5,
            "label": np.where(answered, (random.random(3120) < 0.4).astype(float), np.nan),
        }
    )
    found = cohort_rate(rows, FEATURES)
    assert isinstance(found, TooFewAnswers)
    (said,) = found.says
    assert said.code == "too_uneven"
    assert said.counts["effective"] < 30 < found.answered
    assert f"after weighting they count as {said.counts['effective']}, and it takes 30" in said.text


def test_an_answer_counts_a_customer_once() -> None:
    rows = pd.concat([answering(dissatisfied=10, satisfied=60, silent=100)] * 5, ignore_index=True)
    found = cohort_rate(rows, FEATURES)
    assert isinstance(found, TooFewAnswers)
    assert found.rarer == 10


def test_every_sentence_can_be_put_together_from_its_numbers() -> None:
    counts = dict.fromkeys(("cohort", "answered", "rarer", "effective", "needed"), 1234)
    shares = dict.fromkeys(("naive", "rate", "low", "high", "lowest", "highest", "unlike", "level"), 0.1234)
    times = {"gamma": 3.0, "tipping": 2.46}
    texts = {code: Message(code=code, counts=counts, shares=shares, times=times).text for code in TEMPLATES}
    assert not any("{" in text for text in texts.values())
    assert texts["holds_above"] == (
        "The rate is above 12.3% as long as the odds of answering differ by less than 2.5 times."
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda rows: rows.drop(columns="late_share"), "no column late_share"),
        (lambda rows: rows.assign(label=rows.label * 3), "neither 1 nor 0, such as 3.0"),
    ],
)
def test_what_cannot_be_read_is_named(change, match: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=match):
        cohort_rate(change(cohort(100)), FEATURES)


def test_a_gamma_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"gamma is 0\.5"):
        cohort_rate(cohort(100), FEATURES, gamma=0.5)


# Metrics


def answers_of(seed: int = 4, rows: int = 300) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    score = random.random(rows).round(2)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(rows)],
            "as_of": pd.Timestamp("2024-05-01"),
            "score": score,
            "label": (random.random(rows) < score).astype(float),
        }
    )
    return frame, pd.Series(random.integers(1, 4, rows).astype(float), index=frame.index)


def test_a_weight_of_two_is_a_row_twice() -> None:
    frame, weights = answers_of()
    twice = frame.loc[frame.index.repeat(weights.astype(int))].reset_index(drop=True)
    weights = weights / weights.mean()
    many = 3000
    found = weighted_metrics(frame, weights, cohort=many, capacity=200, replicates=20)["cohort"]
    expected = weighted_metrics(twice, pd.Series(1.0, twice.index), cohort=many, capacity=200, replicates=20)[
        "answered"
    ]
    assert set(found) == {"auroc", "base_rate", "lift_at_k", "brier"}
    for name, drawn in found.items():
        assert drawn.value == pytest.approx(expected[name].value), name


def test_with_equal_weights_both_figures_are_the_same() -> None:
    frame, weights = answers_of()
    found = weighted_metrics(frame, weights * 0 + 1, cohort=3000, capacity=200, replicates=50)
    for name, drawn in found["answered"].items():
        assert drawn.value == pytest.approx(found["cohort"][name].value)
        np.testing.assert_allclose(drawn.drawn, found["cohort"][name].drawn)


def test_the_list_is_that_of_the_cohort() -> None:
    # 10 answers stand for 100 customers: a list of 20 holds the two highest scores.
    frame, weights = answers_of(rows=10)
    frame = frame.assign(score=np.arange(10) / 10, label=[0.0] * 8 + [0.0, 1.0])
    found = weighted_metrics(frame, weights * 0 + 1, cohort=100, capacity=20, replicates=20)
    assert found["cohort"]["lift_at_k"].value == pytest.approx(0.5 / 0.1)
    # And with the highest score standing for half as many as the second, more of the list is spent on the second.
    uneven = pd.Series([1.0] * 8 + [1.2, 0.6], index=frame.index)
    lift = weighted_metrics(frame, uneven, cohort=100, capacity=18, replicates=20)["cohort"]["lift_at_k"].value
    assert lift == pytest.approx((6 / 18) / (0.6 / uneven.sum()))


def test_a_score_that_is_no_probability_has_no_brier() -> None:
    frame, weights = answers_of()
    found = weighted_metrics(frame.assign(score=frame.score * 7), weights, cohort=3000, capacity=200, replicates=20)
    assert "brier" not in found["cohort"]


def test_a_reweighted_metric_multiplies_weights() -> None:
    total = reweighted(lambda weights: weights.sum(axis=0), np.array([2.0, 3.0]))
    assert total(np.array([[1.0, 0.0], [1.0, 2.0]])).tolist() == [5.0, 6.0]
