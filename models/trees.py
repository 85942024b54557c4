"""Gradient-boosted trees (LightGBM), several seeds averaged, kept as LightGBM's own text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.learner import probability_of

#: Shallow, slow and strongly held back: customer panels are small and their rows repeat customers.
PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 8,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 127,
    "deterministic": True,
    # A round takes a part of the columns: there is less to go through than by rows (half the time, the same trees).
    "force_col_wise": True,
    "verbosity": -1,
    "num_threads": 1,
}
#: What LightGBM wants to know when it bins the rows.
_DATA = {name: PARAMETERS[name] for name in ("max_bin", "verbosity")}


@dataclass(frozen=True)
class BaggedTrees:
    """Fitted trees of several seeds: the mean of their log-odds over the first `rounds` of each."""

    boosters: tuple[lgb.Booster, ...]
    names: tuple[str, ...]
    rounds: int
    kind: str = "trees"

    @property
    def columns(self) -> list[str]:
        return list(self.names)

    def predict(self, frame: pd.DataFrame, *, rounds: int | None = None) -> np.ndarray:
        values = frame[self.columns].to_numpy()
        odds = [
            booster.predict(values, raw_score=True, num_iteration=rounds or self.rounds) for booster in self.boosters
        ]
        return probability_of(np.mean(odds, axis=0))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """TreeSHAP of every seed, averaged (Lundberg et al. 2020, "From local explanations to global understanding").

        Hundreds of times dearer than a prediction: for the listed rows only.
        """
        return self.explained(frame)[0]

    def explained(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        """The contributions, and the log-odds that they start from: what the trees expect of a training row."""
        values = frame[self.columns].to_numpy()
        parts = np.mean(
            [booster.predict(values, pred_contrib=True, num_iteration=self.rounds) for booster in self.boosters], axis=0
        )
        return pd.DataFrame(parts[:, :-1], index=frame.index, columns=self.columns), float(parts[0, -1])

    def texts(self) -> Mapping[str, str]:
        about = {"names": list(self.names), "rounds": self.rounds, "boosters": len(self.boosters)}
        kept = {
            f"trees_{number}.txt": booster.model_to_string(num_iteration=self.rounds)
            for number, booster in enumerate(self.boosters)
        }
        return {"trees.json": json.dumps(about, indent=1), **kept}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> BaggedTrees:
        about = json.loads(texts["trees.json"])
        boosters = tuple(lgb.Booster(model_str=texts[f"trees_{number}.txt"]) for number in range(about["boosters"]))
        return cls(boosters=boosters, names=tuple(about["names"]), rounds=about["rounds"])


def fit_trees(
    frame: pd.DataFrame, label: np.ndarray, names: Sequence[str], *, rounds: int, seed: int, bags: int, threads: int
) -> BaggedTrees:
    """Fit `bags` boosters with seeds seed, seed + 1, ... on the rows of `frame`."""
    # Binned once for all of them.
    data = lgb.Dataset(frame[list(names)].to_numpy(), label=label, feature_name=list(names), params=_DATA).construct()

    def grown(bag: int) -> lgb.Booster:
        return lgb.train({**PARAMETERS, "seed": seed + bag}, data, num_boost_round=rounds)

    # One thread a booster, boosters side by side: threads inside a small booster spend their time waiting for each
    # other (two to four times slower when the machine is shared), and one thread adds up in one order.
    with ThreadPoolExecutor(max_workers=threads) as pool:
        boosters = tuple(pool.map(grown, range(bags)))
    return BaggedTrees(boosters=boosters, names=tuple(names), rounds=rounds)
