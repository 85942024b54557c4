"""Expected value: learned from those who stay, judged forward, taken only where it beats the own past rate."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from labels.inactivity import inactivity
from models.spend import OWN_RATE, REGRESSION, SpendRegression, deviance, fit_spend, forward_spend

TARGET = inactivity(active_days=90, horizon_days=28, gap_days=1)
FEATURES = tuple(
    Feature(name=name, description=name, unit=unit, group="spends_less", reach=28)
    for name, unit in (("amount_last_28d", "money"), ("trend", "share"))
)
DATES = [date(2024, 1, 1) + timedelta(days=28 * step) for step in range(6)]


def company(customers: int = 400, *, seed: int = 3, tells: bool = True) -> tuple[pd.DataFrame, np.ndarray]:
    """One row a customer and date, and what was spent then: the trend says by how much it differs from the last 28
    days, or (with tells=False) nothing does."""
    random = np.random.default_rng(seed)
    parts, spent = [], []
    for as_of in DATES:
        amount = random.gamma(2.0, 50.0, customers)
        trend = random.uniform(0, 1, customers)
        label = (random.random(customers) < 0.2).astype(float)
        truth = amount * (0.2 + 1.6 * trend if tells else 1.0)
        paid = random.gamma(4.0, truth / 4.0) * (1 - label)
        ids = [f"c{number}" for number in range(customers)]
        parts.append(
            pd.DataFrame(
                {
                    "unit_id": ids,
                    "customer_id": ids,
                    "as_of": pd.Timestamp(as_of),
                    "amount_last_28d": amount,
                    "trend": trend,
                    "label": label,
                }
            )
        )
        spent.append(paid)
    return pd.concat(parts, ignore_index=True), np.concatenate(spent)


def test_it_learns_what_is_spent_by_those_who_stay() -> None:
    rows, spent = company()
    stayed = (rows.label == 0).to_numpy()
    said = fit_spend(rows[stayed], spent[stayed], FEATURES).predict(rows[stayed])
    truth = (rows.amount_last_28d * (0.2 + 1.6 * rows.trend)).to_numpy()[stayed]
    assert np.corrcoef(np.log(said), np.log(truth))[0, 1] > 0.95
    assert said.sum() == pytest.approx(spent[stayed].sum(), rel=0.05)


def test_nobody_is_said_to_spend_more_than_anybody_did() -> None:
    rows, spent = company()
    model = fit_spend(rows, spent, FEATURES)
    absurd = rows.head(1).assign(amount_last_28d=1e12)
    assert model.predict(absurd)[0] == spent.max()


def test_it_is_kept_as_text() -> None:
    rows, spent = company()
    model = fit_spend(rows, spent, FEATURES)
    again = SpendRegression.from_texts(model.texts())
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))


def test_it_is_taken_where_it_beats_the_own_past_rate() -> None:
    rows, spent = company()
    own = rows.amount_last_28d.to_numpy()
    worth, judged = forward_spend(rows, spent, own, FEATURES, TARGET)
    assert judged.basis == REGRESSION
    assert judged.deviance is not None
    assert judged.deviance_own_rate is not None
    assert judged.deviance < judged.deviance_own_rate
    assert judged.ratio == pytest.approx(1.0, abs=0.1)
    # The first two dates have no earlier one whose labels were known: there the own rate stands.
    first = rows.as_of.isin([pd.Timestamp(day) for day in DATES[:2]]).to_numpy()
    np.testing.assert_array_equal(worth[first], own[first])
    assert not np.allclose(worth[~first], own[~first])


def test_where_the_own_past_rate_is_right_it_stays() -> None:
    rows, spent = company(tells=False)
    own = rows.amount_last_28d.to_numpy()
    worth, judged = forward_spend(rows, spent, own, FEATURES, TARGET)
    assert judged.basis == OWN_RATE
    np.testing.assert_array_equal(worth, own)


def test_no_row_knows_what_was_spent_later() -> None:
    rows, spent = company()
    own = rows.amount_last_28d.to_numpy()
    clean, _ = forward_spend(rows, spent, own, FEATURES, TARGET)
    tested = pd.Timestamp(DATES[3])
    unknown = np.array([TARGET.known_on(moment.date()) > tested.date() for moment in rows.as_of])
    poisoned, _ = forward_spend(rows, np.where(unknown, spent * 7 + 5, spent), own, FEATURES, TARGET)
    here = (rows.as_of == tested).to_numpy()
    np.testing.assert_array_equal(poisoned[here], clean[here])


def test_with_too_few_who_stayed_the_own_past_rate_is_taken() -> None:
    rows, spent = company(customers=100)
    own = rows.amount_last_28d.to_numpy()
    worth, judged = forward_spend(rows, spent, own, FEATURES, TARGET)
    assert (judged.basis, judged.rows) == (OWN_RATE, 0)
    assert "fewer than 200 customers" in judged.because
    assert worth is own


def test_the_deviance_is_zero_for_the_truth_and_counts_both_ways() -> None:
    spent = np.array([10.0, 100.0])
    np.testing.assert_allclose(deviance(spent, spent), 0, atol=1e-9)
    assert (deviance(spent, spent * 2) > 0).all()
    assert (deviance(spent, spent / 2) > 0).all()
    assert np.isfinite(deviance(np.array([0.0, 10.0]), np.array([0.0, 0.0]))).all()
