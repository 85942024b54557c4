"""The benchmark of the example company: shares are of the planted AUROC, and all that is asked for must be met."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks import quality_simulator
from benchmarks.quality_simulator import MODEL, PLANTED, Rows
from models.judge import FIVE_LOGISTIC, RANDOM


def said(*, noise: float) -> pd.DataFrame:
    """4,000 rows of 2,000 customers whose outcome follows the planted probability; the model sees it through noise."""
    random = np.random.default_rng(1)
    odds = random.normal(-2, 1, 4000)
    planted = 1 / (1 + np.exp(-odds))
    return pd.DataFrame(
        {
            "customer_id": [f"c{number // 2}" for number in range(4000)],
            "label": (random.random(4000) < planted).astype(float),
            PLANTED: planted,
            MODEL: odds + noise * random.normal(size=4000),
            RANDOM: 0.0,
        }
    )


def test_a_share_is_of_what_could_be_known() -> None:
    figures, share = quality_simulator._figures(said(noise=0.0), (MODEL, RANDOM))
    assert figures["share"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert figures["baseline_shares"] == {RANDOM: 0.0}
    figures, share = quality_simulator._figures(said(noise=1.0), (MODEL, RANDOM))
    assert figures["share"]["value"] == pytest.approx((figures["auroc"] - 0.5) / (figures["planted"] - 0.5))
    assert 0.6 < figures["share"]["low"] < figures["share"]["value"] < figures["share"]["high"] < 0.85
    assert share.value == figures["share"]["value"]


def by_seed(seed: int, *, share: float, planted: float = 0.8, baseline: float = 0.5) -> dict[str, Any]:
    span = planted - 0.5
    return {
        "seed": seed,
        "rows": 1000,
        "base_rate": 0.2,
        "planted": planted,
        "auroc": 0.5 + share * span,
        "share": {"value": share, "low": share - 0.1, "high": share + 0.1},
        "baselines": {RANDOM: 0.5, FIVE_LOGISTIC: 0.5 + baseline * span},
        "baseline_shares": {RANDOM: 0.0, FIVE_LOGISTIC: baseline},
    }


def over_seeds(*found: dict[str, Any]) -> dict[str, Any]:
    drawn = [
        quality_simulator.Draws(one["share"]["value"], one["share"]["value"] + np.linspace(-0.1, 0.1, 201))
        for one in found
    ]
    return quality_simulator._over_seeds(list(found), {"answers": drawn})


def test_it_is_met_where_all_of_it_is() -> None:
    found = over_seeds(by_seed(11, share=0.84), by_seed(12, share=0.9))
    assert found["met"]
    assert found["share"]["value"] == pytest.approx(0.87)
    assert found["rows"] == 2000
    assert (found["best_baseline"], found["baseline_share"]) == (FIVE_LOGISTIC, 0.5)
    assert not over_seeds(by_seed(11, share=0.84))["met"]
    assert not over_seeds(by_seed(11, share=0.9, planted=0.9))["met"]
    assert not over_seeds(by_seed(11, share=0.9, planted=0.69))["met"]
    assert not over_seeds(by_seed(11, share=0.9, baseline=0.81))["met"]


def test_what_is_planted_of_answers_is_told_by_everybody() -> None:
    """The happiest and the angriest answer: their planted AUROC is higher than everybody's."""
    them = by_seed(11, share=0.8, planted=0.84)
    answers = by_seed(11, share=0.9, planted=0.88)
    drawn = [quality_simulator.Draws(0.9, np.array([0.8, 1.0]))]
    both = {"answers": drawn, "everybody": drawn}
    assert quality_simulator._over_seeds([{**answers, "everybody": them}], both)["met"]
    outside = by_seed(11, share=0.8, planted=0.88)
    assert not quality_simulator._over_seeds([{**answers, "everybody": outside}], both)["met"]


def test_the_section_says_it() -> None:
    target = over_seeds(by_seed(11, share=0.84), by_seed(12, share=0.9))
    asked = copy.deepcopy(target) | {"everybody": {**target, "rows": 5000}}
    found = {
        "seeds": [11, 12],
        "customers": 20_000,
        "months": 24,
        "dates": 14,
        "most_rows": 180_000,
        "targets": {"inactivity": target, "low_csat": asked},
    }
    told = quality_simulator.section(found)
    us = "| 2,000 | 20.0% | 0.800 | 0.761 | 0.870 [0.775, 0.965] | 0.840, 0.900"
    assert f"| inactivity {us} | five-feature logistic 0.650 | 0.500 | yes |" in told
    assert "| low_csat | 5,000 | 20.0% | 0.800 | 0.761 | 0.870 [0.775, 0.965] |" in told
    assert "everybody" not in quality_simulator.section(found | {"targets": {"inactivity": target}})


def test_only_so_many_rows_of_whole_newest_dates_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = pd.date_range("2026-01-01", periods=9, freq="28D")
    frame = pd.DataFrame({"unit_id": ["a", "b"] * 9, "customer_id": ["a", "b"] * 9, "as_of": np.repeat(dates, 2)})
    rows = Rows(cohorts={"complaint": frame.assign(label=0.0)}, frame=frame, features=(), censored={})
    assert rows.panel("complaint").dates == tuple(dates.date)
    monkeypatch.setattr(quality_simulator, "MOST_ROWS", 15)
    assert rows.panel("complaint").dates == tuple(dates[2:].date)
    monkeypatch.setattr(quality_simulator, "MOST_ROWS", 3)
    assert rows.panel("complaint").dates == tuple(dates[3:].date)


def test_rows_of_a_cohort_get_their_own_features() -> None:
    frame = pd.DataFrame(
        {
            "unit_id": ["a", "b", "a", "b"],
            "customer_id": ["a", "b", "a", "b"],
            "as_of": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-02-01", "2026-02-01"]),
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    cohort = frame.loc[[3, 0, 1], ["unit_id", "customer_id", "as_of"]].assign(label=[1.0, 0.0, np.nan])
    rows = Rows(cohorts={"complaint": cohort}, frame=frame, features=(), censored={})
    panel = rows.panel("complaint")
    assert panel.frame.value.tolist() == [4.0, 1.0]
    assert panel.frame.label.tolist() == [1.0, 0.0]
