"""Planted probabilities are calibrated against what then happened, and separate it as far as the docs say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from simulator.company import Simulated
from simulator.life import DRIVERS
from simulator.truth import TARGETS


def both(market: Simulated, target: str) -> tuple[pd.Series, pd.Series]:
    chances, came = (market.truth[name].to_pandas() for name in ("probabilities", "outcomes"))
    assert (chances[["customer_id", "as_of"]] == came[["customer_id", "as_of"]]).all(axis=None)
    known = came[target].notna() & chances[target].notna()
    return chances[target][known], came[target][known]


@pytest.mark.parametrize("target", TARGETS)
def test_planted_probabilities_are_calibrated(market: Simulated, target: str) -> None:
    chances, came = both(market, target)
    assert len(came) > 3000
    assert chances.between(0, 1).all()
    # Rows of one customer go together: an allowance of four times the error of independent ones.
    for part in np.array_split(np.argsort(chances.to_numpy()), 5):
        said, was = chances.iloc[part].mean(), came.iloc[part].mean()
        assert abs(said - was) < 4 * np.sqrt(said * (1 - said) / len(part)) + 0.005, (target, said, was)


@pytest.mark.parametrize("target", TARGETS)
def test_planted_probabilities_separate_as_far_as_is_said(market: Simulated, target: str) -> None:
    chances, came = both(market, target)
    assert 0.7 < roc_auc_score(came, chances) < 0.85


def test_outcomes_are_those_of_the_tables(market: Simulated) -> None:
    came = market.truth["outcomes"].to_pandas()
    as_of = sorted(came.as_of.unique())[-4]
    begin = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    mine = came[came.as_of == as_of].set_index("customer_id")

    def inside(moments: pd.Series) -> pd.Series:
        local = moments.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.tz_localize(None)
        return (local >= begin) & (local < begin + pd.Timedelta(days=28))

    cases = market.tables["cases"].to_pandas()
    cases = cases[~(cases.closed_at < cases.opened_at)]
    complained = set(cases.customer_id[(cases.kind == "complaint") & inside(cases.opened_at)])
    # Who joined after as_of is not foretold.
    assert set(mine.index[mine.complaint == 1]) == complained & set(mine.index)
    assert mine.complaint.sum() > 20
    orders, usage = market.tables["orders"].to_pandas(), market.tables["usage"].to_pandas()
    active = set(orders.customer_id[(orders.kind == "purchase") & (orders.amount >= 0) & inside(orders.happened_at)])
    active |= set(usage.customer_id[inside(usage.happened_at)])
    known = mine[mine.inactivity.notna()]
    assert ((known.inactivity == 0) == known.index.isin(active)).all()
    periods = market.tables["subscriptions"].to_pandas()
    left = periods[(periods.end_reason == "cancelled by customer") & inside(periods.ended_at)]
    running = mine[mine.contract_churn.notna()]
    assert (running.contract_churn.eq(1) == running.index.isin(left.customer_id)).all()
    assert running.contract_churn.sum() > 5


def test_every_driver_dominates_somebody(market: Simulated) -> None:
    shares = market.truth["states"].to_pandas().driver.value_counts(normalize=True)
    assert set(shares.index) == {*DRIVERS, "none"}
    assert shares["none"] > 0.1


def test_latents_leave_their_traces(market: Simulated) -> None:
    states = market.truth["states"].to_pandas()
    last = states[states.as_of == states.as_of.max()].set_index("customer_id")
    contacts = market.tables["contacts"].to_pandas()
    waits = contacts[(contacts.direction == "inbound") & (contacts.channel == "phone")].groupby("customer_id")
    friction = last.friction.reindex(waits.wait_seconds.mean().index)
    assert friction.corr(np.log(waits.wait_seconds.mean())) > 0.3
    orders = market.tables["orders"].to_pandas()
    recent = orders[orders.happened_at > orders.happened_at.max() - pd.Timedelta(days=91)]
    late = (recent.delivered_at > recent.promised_at + pd.Timedelta(hours=12)).groupby(recent.customer_id).mean()
    assert last.satisfaction.reindex(late.index).corr(late) < -0.3
