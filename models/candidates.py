"""The candidates for champion, and how one is chosen on forward folds that were over before the decision."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.family import Feature
from models.baselines import Rule
from models.evaluate import log_loss_rows
from models.learner import Fitted, probability_of
from models.logistic import RidgeLogistic, fit_logistic
from models.trees import BaggedTrees, fit_trees

#: What the folds try. The middle of each is what is taken when no fold is over yet.
STRENGTHS: tuple[float, ...] = (0.003, 0.03, 0.3)
ROUNDS: tuple[int, ...] = (50, 100, 150, 200, 300)
DEFAULT_STRENGTH = 0.03
DEFAULT_ROUNDS = 150
#: Simplest first: a later one must be better by more than the noise of the comparison.
CANDIDATES: tuple[str, ...] = ("logistic", "mean", "trees")


#: Places and weights on the way from -1 to 1 (Gauss-Legendre): enough for ten digits.
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True)
class Mean:
    """The mean of the probabilities of the logistic regression and of the trees."""

    logistic: RidgeLogistic
    trees: BaggedTrees
    kind: str = "mean"

    @property
    def columns(self) -> list[str]:
        return self.trees.columns

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        mean: np.ndarray = (self.logistic.predict(frame) + self.trees.predict(frame)) / 2
        return mean

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What the two say, each weighed by how much it moves the log-odds of the mean.

        The mean of two probabilities is not additive in their log-odds. Its slope is followed on the straight way from
        the average row to this one (integrated gradients; Sundararajan et al. 2017), so that the contributions still
        add up to what the row's log-odds differ by.
        """
        first = self.logistic.contributions(frame)[self.columns]
        second, expected = self.trees.explained(frame)
        here = np.column_stack([first.to_numpy().sum(axis=1), second.to_numpy().sum(axis=1)])
        slopes = np.zeros_like(here)
        for place, weight in zip(_PLACES, _WEIGHTS, strict=True):
            two = probability_of(np.array([self.logistic.intercept, expected]) + (place + 1) / 2 * here)
            mean = two.mean(axis=1, keepdims=True)
            slopes += weight / 2 * (two * (1 - two) / 2) / (mean * (1 - mean))
        return first.mul(slopes[:, 0], axis=0) + second.mul(slopes[:, 1], axis=0)

    def texts(self) -> Mapping[str, str]:
        return {**self.logistic.texts(), **self.trees.texts()}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Mean:
        return cls(logistic=RidgeLogistic.from_texts(texts), trees=BaggedTrees.from_texts(texts))


#: How a kept model is read again, by its kind.
KINDS: dict[str, Callable[[Mapping[str, str]], Fitted]] = {
    "logistic": RidgeLogistic.from_texts,
    "trees": BaggedTrees.from_texts,
    "mean": Mean.from_texts,
    "rule": Rule.from_texts,
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is fitted: the candidate and its settings, and why."""

    candidate: str
    strength: float
    rounds: int
    because: str


@dataclass(frozen=True)
class Settings:
    """How much work fitting may be."""

    bags: int = 3
    seed: int = 1
    threads: int = 2


def fit_candidate(
    frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature], choice: Choice, settings: Settings
) -> Fitted:
    """The chosen candidate on these rows."""
    if choice.candidate not in CANDIDATES:
        raise ValueError(f"{choice.candidate} is no candidate; there are {', '.join(CANDIDATES)}")
    if choice.candidate == "logistic":
        return fit_logistic(frame, label, features, strength=choice.strength)
    trees = fit_trees(
        frame,
        label,
        [feature.name for feature in features],
        rounds=choice.rounds,
        seed=settings.seed,
        bags=settings.bags,
        threads=settings.threads,
    )
    if choice.candidate == "trees":
        return trees
    return Mean(fit_logistic(frame, label, features, strength=choice.strength), trees)


@dataclass(frozen=True)
class Trial:
    """What every setting of both learners said at one test date, fitted on dates known before: one row a unit."""

    logistic: dict[float, np.ndarray]
    trees: dict[int, np.ndarray]
    label: np.ndarray
    customers: np.ndarray

    def probability(self, candidate: str, strength: float, rounds: int) -> np.ndarray:
        if candidate == "logistic":
            return self.logistic[strength]
        if candidate == "trees":
            return self.trees[rounds]
        mean: np.ndarray = (self.logistic[strength] + self.trees[rounds]) / 2
        return mean


def try_all(train: pd.DataFrame, test: pd.DataFrame, features: Sequence[Feature], settings: Settings) -> Trial:
    """Fit every setting on `train` and predict `test`. Trees are grown once; fewer rounds are their beginning."""
    label = train.label.to_numpy()
    names = [feature.name for feature in features]
    grown = fit_trees(
        train, label, names, rounds=max(ROUNDS), seed=settings.seed, bags=settings.bags, threads=settings.threads
    )
    return Trial(
        logistic={c: fit_logistic(train, label, features, strength=c).predict(test) for c in STRENGTHS},
        trees={rounds: grown.predict(test, rounds=rounds) for rounds in ROUNDS},
        label=test.label.to_numpy(),
        customers=test.customer_id.to_numpy(),
    )


def choose(trials: Sequence[Trial]) -> Choice:
    """The settings with the least log loss over these folds, and the simplest candidate that is not clearly worse.

    A less simple candidate replaces a simpler one when its log loss is lower by more than one standard error of the
    paired difference, customers taken as the units that vary (the one-standard-error rule; Breiman et al. 1984).
    Without a fold the simplest candidate is taken.
    """
    if not trials:
        return Choice(
            candidate=CANDIDATES[0],
            strength=DEFAULT_STRENGTH,
            rounds=DEFAULT_ROUNDS,
            because="no fold was over yet, so the simplest candidate is taken",
        )
    label = np.concatenate([trial.label for trial in trials])
    customers = np.concatenate([trial.customers for trial in trials])

    def losses(candidate: str, strength: float, rounds: int) -> np.ndarray:
        said = np.concatenate([trial.probability(candidate, strength, rounds) for trial in trials])
        return log_loss_rows(said, label)

    strength = min(STRENGTHS, key=lambda c: losses("logistic", c, DEFAULT_ROUNDS).mean())
    rounds = min(ROUNDS, key=lambda r: losses("trees", DEFAULT_STRENGTH, r).mean())
    chosen = CANDIDATES[0]
    told = [f"{chosen} {losses(chosen, strength, rounds).mean():.4f}"]
    for candidate in CANDIDATES[1:]:
        gain = losses(chosen, strength, rounds) - losses(candidate, strength, rounds)
        told.append(f"{candidate} {losses(candidate, strength, rounds).mean():.4f}")
        if gain.mean() > _standard_error(gain, customers):
            chosen = candidate
    folds = f"{len(trials)} fold" + ("s" if len(trials) > 1 else "")
    because = f"log loss over {folds}: {', '.join(told)}; a less simple one must be better by a standard error"
    return Choice(candidate=chosen, strength=strength, rounds=rounds, because=because)


def _standard_error(difference: np.ndarray, customers: np.ndarray) -> float:
    """Of a mean over rows of which several belong to one customer."""
    centred = pd.Series(difference - difference.mean()).groupby(customers).sum().to_numpy()
    return float(np.sqrt((centred**2).sum()) / len(difference))


def keep(model: Fitted) -> dict[str, str]:
    """A fitted model as text files, with the word for its kind."""
    return {"model.json": json.dumps({"kind": model.kind, "columns": model.columns}, indent=1), **model.texts()}


def read(texts: Mapping[str, str]) -> Fitted:
    """The model that `keep` wrote."""
    kind = json.loads(texts["model.json"])["kind"]
    if kind not in KINDS:
        raise ValueError(f"a model of kind {kind!r} is not known; there are {', '.join(KINDS)}")
    return KINDS[kind](texts)
