"""Silence: what those who did not answer do to the figures of a target that only answers can tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from models.dataset import Panel
from models.silence import silence_of

FEATURES = tuple(
    Feature(name=name, description=name, unit=unit, group="said")
    for name, unit in (("last_csat", "of 5"), ("late_share_last_91d", "share"), ("noise", "share"))
)
DATES = pd.to_datetime(["2025-01-01", "2025-02-01"])


def company(seed: int, *, customers: int, rate: float, drawn: int = 1) -> tuple[Panel, pd.DataFrame]:
    """Answers, silent rows (every `drawn`-th of them, standing for as many) and predictions. Late deliveries make both
    unhappy and ready to answer."""
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame({"unit_id": [f"c{number}" for number in range(customers)] * len(DATES)})
    rows["customer_id"] = rows.unit_id
    rows["as_of"] = np.repeat(DATES.to_numpy(), customers)
    rows["last_csat"] = np.nan
    rows["late_share_last_91d"] = generator.random(len(rows))
    rows["noise"] = generator.random(len(rows))
    unhappy = generator.random(len(rows)) < 0.05 + 0.5 * rows.late_share_last_91d
    rows["asked"] = generator.random(len(rows)) < 0.8
    answers = rows.asked & (generator.random(len(rows)) < rate * (0.4 + 1.2 * rows.late_share_last_91d))
    rows["label"] = unhappy.astype(float)
    answered, silent = rows[answers], rows[~answers].iloc[::drawn]
    panel = Panel(
        frame=answered.drop(columns="asked").reset_index(drop=True),
        features=FEATURES,
        censored={},
        silent=silent.drop(columns="label").assign(stands_for=float(drawn)).reset_index(drop=True),
    )
    predictions = panel.frame[["unit_id", "customer_id", "as_of", "label"]].assign(
        score=0.05 + 0.5 * panel.frame.late_share_last_91d
    )
    return panel, predictions


def test_the_rate_of_all_is_nearer_the_truth_than_that_of_the_answers() -> None:
    panel, predictions = company(3, customers=2000, rate=0.3)
    found = silence_of(panel, predictions, claims=True, capacity=50, seed=1, replicates=200)
    assert found.rates is not None
    assert found.band is not None
    assert found.assume_nothing is not None
    # Unhappy are 5% and half of the late share, which is .5 on average; of those who answer it is higher.
    truth = 0.3
    assert abs(found.rates["corrected"].value - truth) < abs(found.rates["naive"].value - truth) / 2
    assert found.band[0] <= truth <= found.band[1]
    assert found.assume_nothing[0] <= found.band[0] <= found.band[1] <= found.assume_nothing[1]
    assert found.asked_share == pytest.approx(0.8, abs=0.02)
    assert found.answered_share == pytest.approx(0.3, abs=0.02)
    assert any("cannot be known" in says for says in found.says)
    assert set(found.figures) == {"answered", "cohort"}
    assert set(found.figures["cohort"]) == {"auroc", "base_rate", "lift_at_k", "brier"}
    assert found.figures["answered"]["base_rate"].value == pytest.approx(float(predictions.label.mean()))
    assert found.figures["cohort"]["base_rate"].value < found.figures["answered"]["base_rate"].value


def test_silent_rows_that_stand_for_several_count_as_several() -> None:
    panel, predictions = company(4, customers=2000, rate=0.3)
    thinned, same = company(4, customers=2000, rate=0.3, drawn=4)
    told = [
        silence_of(one, seen, claims=True, capacity=50, seed=1, replicates=100)
        for one, seen in ((panel, predictions), (thinned, same))
    ]
    assert len(thinned.silent) < len(panel.silent) / 3
    assert told[0].answered_share == pytest.approx(told[1].answered_share, abs=0.01)
    first, second = (one.rates["corrected"].value for one in told if one.rates)
    assert first == pytest.approx(second, abs=0.02)


def test_too_few_answers_give_no_rate_and_say_so() -> None:
    panel, predictions = company(5, customers=60, rate=0.2)
    found = silence_of(panel, predictions, claims=True, capacity=5, seed=1, replicates=100)
    assert found.rates is None
    assert found.band is None
    assert found.figures == {}
    assert found.says[0].startswith("No rate is published")
    assert found.says[0].message.startswith("No rate is published: {answered:,}")


def test_a_rule_has_no_brier() -> None:
    panel, predictions = company(3, customers=1000, rate=0.3)
    found = silence_of(panel, predictions, claims=False, capacity=50, seed=1, replicates=100)
    assert "brier" not in found.figures["cohort"]


def test_only_dates_that_are_judged_count() -> None:
    panel, predictions = company(6, customers=1500, rate=0.3)
    later = predictions[predictions.as_of == DATES[1]]
    found = silence_of(panel, later, claims=True, capacity=50, seed=1, replicates=100)
    frame = panel.frame[panel.frame.as_of == DATES[1]]
    assert found.rates is not None
    assert found.rates["naive"].value == pytest.approx(float(frame.label.mean()))
