"""Who answers, and what that does to the figures of a target that only answers can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from contract.said import Said
from features.family import Feature
from models.candidates import CURATED
from models.dataset import Panel
from models.evaluate import Estimate
from models.nonresponse import CohortRate, cohort_rate, weighted_metrics


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What is known of those who did not answer, at the dates that are reported.

    `asked_share` is the share of the cohort that was asked, `answered_share` that of the asked who answered. `rates`
    are of dissatisfaction: naive (the answers alone), weighted, corrected; `band` is where the rate of the whole cohort
    lies if the silent differ by up to `gamma` times, `assume_nothing` where it lies whatever they are. `figures` are
    those of the model among the answers, and weighted to the cohort. All but the shares and `says` are None or empty
    where there are too few answers for a rate.
    """

    asked_share: float
    answered_share: float
    says: tuple[Said, ...]
    gamma: float | None = None
    rates: dict[str, Estimate] | None = None
    band: tuple[float, float] | None = None
    assume_nothing: tuple[float, float] | None = None
    effective: float | None = None
    clipped: float | None = None
    figures: dict[str, dict[str, Estimate]] = field(default_factory=dict)


def silence_of(
    panel: Panel, predictions: pd.DataFrame, *, claims: bool, capacity: int, seed: int, replicates: int
) -> Silence:
    """What those who did not answer do to the figures of `predictions` (one row a judged answer: unit_id, customer_id,
    as_of, label, score; `claims` says whether the scores are probabilities).

    Only what models/candidates.py calls curated columns explain who answers: with all of them the weights would be of
    noise. A silent row that was drawn for several counts as several.
    """
    dates = predictions.as_of.unique()
    answered = panel.frame[panel.frame.as_of.isin(dates)]
    silent = panel.silent[panel.silent.as_of.isin(dates)]
    features = _explaining(panel.features)
    every = silent.loc[silent.index.repeat(_times(silent.stands_for))]
    rows = pd.concat([answered, every.assign(label=np.nan)], ignore_index=True)
    asked = len(answered) + float(silent.stands_for[silent.asked].sum())
    asked_share = asked / max(1.0, len(answered) + float(silent.stands_for.sum()))
    answered_share = len(answered) / max(1.0, asked)
    found = cohort_rate(rows, features, seed=seed)
    if not isinstance(found, CohortRate):
        says = tuple(message.text for message in found.says)
        return Silence(asked_share=asked_share, answered_share=answered_share, says=says)
    return Silence(
        asked_share=asked_share,
        answered_share=answered_share,
        says=tuple(message.text for message in found.says),
        gamma=found.gamma,
        rates={
            name: Estimate(value=rate.value, low=rate.low, high=rate.high)
            for name, rate in (("naive", found.naive), ("weighted", found.weighted), ("corrected", found.corrected))
        },
        band=(found.band.low, found.band.high),
        assume_nothing=(found.assume_nothing.low, found.assume_nothing.high),
        effective=found.weights.effective,
        clipped=found.weights.clipped,
        figures=_figures(rows, predictions, found, claims=claims, capacity=capacity, seed=seed, replicates=replicates),
    )


def _explaining(features: Sequence[Feature]) -> list[Feature]:
    return [feature for feature in features if feature.name in CURATED]


def _times(stands_for: pd.Series) -> np.ndarray:
    """Whole numbers that add up as the rows do: each rounds what the ones before it left over."""
    total = np.round(stands_for.cumsum().to_numpy())
    times: np.ndarray = np.diff(total, prepend=0.0).astype(int)
    return times


def _figures(
    rows: pd.DataFrame,
    predictions: pd.DataFrame,
    found: CohortRate,
    *,
    claims: bool,
    capacity: int,
    seed: int,
    replicates: int,
) -> dict[str, dict[str, Estimate]]:
    """The model's figures among the answers, and weighted to the cohort."""
    key = ["unit_id", "as_of"]
    weight = rows.loc[found.weights.values.index, key].assign(weight=found.weights.values)
    judged = predictions.merge(weight, on=key, validate="one_to_one")
    told = weighted_metrics(
        judged[["customer_id", "as_of", "label", "score"]],
        judged.weight,
        cohort=len(rows),
        capacity=capacity,
        seed=seed,
        replicates=replicates,
    )
    return {
        who: {name: drawn.estimate for name, drawn in named.items() if claims or name != "brier"}
        for who, named in told.items()
    }
