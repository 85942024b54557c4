"""Figures and intervals: by hand where they can be, by simulation where they cannot."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.metrics.definitions import FEWEST, METRICS
from reports.metrics.estimate import NONE_SEEN, Sums, cell, standard_error

TRIALS = 600
CUSTOMERS = 120


def rows(num: object, den: object = 1.0, customer: object = None) -> pd.DataFrame:
    frame = pd.DataFrame({"num": np.asarray(num, dtype="float64")})
    return frame.assign(den=den, customer=np.arange(len(frame)) if customer is None else customer)


def test_a_customer_with_many_answers_is_one_customer() -> None:
    """Two customers, one of whom answered three times: R = 3/4, influences (3 - 9/4)/4 and (0 - 3/4)/4."""
    sums = Sums(np.array([3.0, 0.0]), np.array([3.0, 1.0]))
    assert sums.ratio == 0.75
    assert sums.influence == pytest.approx([0.1875, -0.1875])
    assert standard_error(sums.influence, 2) == pytest.approx(math.sqrt(2 * 2 * 0.1875**2))


def test_of_single_answers_it_is_wilsons_interval() -> None:
    """With one row a customer the effective rows are n - 1 over n of the rows: the variance divides by n - 1."""
    found = cell(METRICS["churn"], rows([1.0] * 30 + [0.0] * 70)).estimate
    assert found is not None
    worth, reach = 99, stats.t.ppf(0.975, 99)
    middle = (0.3 + reach**2 / (2 * worth)) / (1 + reach**2 / worth)
    half = reach * math.sqrt(0.3 * 0.7 / worth + reach**2 / (4 * worth**2)) / (1 + reach**2 / worth)
    assert (found.value, found.low, found.high) == pytest.approx((0.3, middle - half, middle + half))


def test_ends_stay_inside_the_scale() -> None:
    nobody = cell(METRICS["churn"], rows([0.0] * 40)).estimate
    everybody = cell(METRICS["nps"], rows([100.0] * 40)).estimate
    assert nobody is not None
    assert everybody is not None
    assert nobody.low == 0
    assert 0.05 < (nobody.high or 0) < 0.15
    assert everybody.high == 100
    assert 70 < (everybody.low or 0) < 90


def test_where_nothing_was_counted_three_more_might_have_been() -> None:
    active = rows([0.0] * 200)
    found = cell(METRICS["complaints"], active).estimate
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0, 0, 100 * NONE_SEEN / 200))


def test_too_few_customers_carry_no_figure_however_many_rows_they_have() -> None:
    few = rows([1.0] * 500, customer=np.arange(500) % (FEWEST - 1))
    assert cell(METRICS["csat"], few).estimate is None
    assert cell(METRICS["csat"], few).too_few
    enough = rows([1.0, 0.0] * 250, customer=np.arange(500) % FEWEST)
    assert cell(METRICS["csat"], enough).estimate is not None


def test_the_median_and_its_interval() -> None:
    found = cell(METRICS["close_median"], rows(np.arange(1, 101))).estimate
    assert found is not None
    assert found.value == 50.5
    # The binomial order statistics of 100: the 40th and the 61st.
    assert found.low == pytest.approx(40.5, abs=1)
    assert found.high == pytest.approx(60.5, abs=1)


def answers(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """How many of each customer's answers say so: some customers nearly always do, others nearly never (mean 0.3)."""
    return random.binomial(size, random.beta(0.6, 1.4, len(size)))


def shares(random: np.random.Generator) -> pd.DataFrame:
    size = random.integers(1, 9, CUSTOMERS)
    return rows(answers(random, size), size)


def points(random: np.random.Generator) -> pd.DataFrame:
    size = random.integers(1, 9, CUSTOMERS)
    promoters = answers(random, size)
    detractors = random.binomial(size - promoters, 0.4)
    return rows(100.0 * (promoters - detractors), size)


def rare(random: np.random.Generator) -> pd.DataFrame:
    return rows(random.random(CUSTOMERS) < 0.03)


def counts(random: np.random.Generator) -> pd.DataFrame:
    """Complaints of customers of whom some complain five times as often as others (mean 0.1)."""
    return rows(100.0 * random.poisson(0.1 * random.gamma(1, 1, 4 * CUSTOMERS)))


def money(random: np.random.Generator) -> pd.DataFrame:
    before = random.lognormal(3, 1, CUSTOMERS)
    return rows(before * random.choice([0, 1, 1.5], CUSTOMERS, p=[0.1, 0.7, 0.2]), before)


@pytest.mark.parametrize(
    ("name", "drawn", "truth"),
    [
        ("csat", shares, 0.3),
        ("nps", points, 100 * (0.3 - 0.7 * 0.4)),
        ("churn", rare, 0.03),
        ("complaints", counts, 10.0),
        ("net_retention", money, 0.7 + 0.2 * 1.5),
    ],
)
def test_intervals_hold_the_truth_as_often_as_they_say(
    name: str, drawn: Callable[[np.random.Generator], pd.DataFrame], truth: float
) -> None:
    """Of 600 intervals of 95% some 570 hold it; the bounds are three standard errors of that count and a little more
    for what is discrete."""
    random = np.random.default_rng(7)
    held = 0
    for _ in range(TRIALS):
        found = cell(METRICS[name], drawn(random)).estimate
        assert found is not None
        held += (found.low or 0) <= truth <= (found.high or 0)
    assert 0.92 <= held / TRIALS <= 0.985, held / TRIALS


def test_answers_taken_for_customers_would_be_too_sure() -> None:
    """What the clustering is for: the same answers as if each were somebody else's hold the truth far too seldom."""
    random = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        frame = shares(random)
        apart = np.concatenate(
            [np.r_[np.ones(int(n)), np.zeros(int(d - n))] for n, d in zip(frame.num, frame.den, strict=True)]
        )
        found = cell(METRICS["csat"], rows(apart)).estimate
        assert found is not None
        held += (found.low or 0) <= 0.3 <= (found.high or 0)
    assert held / 200 < 0.85
