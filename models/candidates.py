"""The candidates for champion, and how one is chosen on forward folds that were over before the decision."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from contract.said import Said, marked, marked_plural, said, said_plural
from features.family import Feature
from models.baselines import FIVE, Rule
from models.calibrate import Calibrated, Recalibration
from models.evaluate import log_loss_rows, standard_error
from models.learner import Fitted, probability_of
from models.logistic import RidgeLogistic, fit_logistic, fit_path
from models.trees import BaggedTrees, fit_trees

#: The few columns that a logistic regression of a small company reads: the five, whether the customer is overdue by
#: the customer's own habit, how often it was quiet before, what it did in this season of last year, how much it
#: uses, spends, contacts and sends back; and how it was treated and what it said.
CURATED: tuple[str, ...] = (
    *FIVE,
    "active_days_last_28d",
    "active_days_last_91d",
    "active_days_183_to_364d_ago",
    "overdue_ratio",
    "quiet_share_28d",
    "amount_ever",
    "amount_last_182d",
    "last_order_amount",
    "contacts_last_91d",
    "returns_last_364d",
    "usage_days_last_28d",
    # How the customer was treated, and what the customer said of it.
    "last_csat",
    "last_nps",
    "last_ces",
    "unhappy_share_last_91d",
    "complaints_last_91d",
    "days_since_last_complaint",
    "highest_open_severity",
    "repeat_contacts_within_28d_last_91d",
    "transfers_last_91d",
    "long_wait_share_last_91d",
    "late_share_last_91d",
    "days_to_renewal",
    "renewals_due_28d",
    "failed_payments_last_91d",
    "case_severity",
    "case_is_complaint",
    "case_response_to_expected",
    "case_contacts",
    "case_sentiment",
)
#: What the folds try: columns and strength of the logistic regression, rounds of the trees.
Logistic = tuple[str, float]
LOGISTICS: tuple[Logistic, ...] = tuple(
    [("curated", strength) for strength in (0.03, 0.1, 0.3)]
    + [("all", strength) for strength in (0.003, 0.01, 0.03, 0.3)]
)
ROUNDS: tuple[int, ...] = (50, 100, 150, 200, 300)
#: What is taken when no fold is over yet.
DEFAULT_SMALL: Logistic = ("curated", 0.03)
DEFAULT_LOGISTIC: Logistic = ("all", 0.03)
DEFAULT_ROUNDS = 150
#: Simplest first.
CANDIDATES: tuple[str, ...] = (marked("logistic"), marked("mean"), marked("trees"))

#: By how many different customers there are of the rarer class: below the first only a rule, below the second only a
#: logistic regression on the curated columns, and below the third the trees alone must win by a 95% interval.
RULE_BELOW, CURATED_BELOW, INTERVAL_BELOW = 50, 500, 5000


#: What the folds of a choice are called.
OVER: dict[str, tuple[str, str]] = {
    "forward fold": marked_plural("log loss over {number} forward fold", "log loss over {number} forward folds"),
    "customer fold": marked_plural("log loss over {number} customer fold", "log loss over {number} customer folds"),
}

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
        # The logistic regression may read fewer columns than the trees: the others say nothing in it.
        first = self.logistic.contributions(frame).reindex(columns=self.columns, fill_value=0.0)
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
    """What is fitted: the candidate and its settings, and why.

    `customers` are the different customers of the rarer class by whose number it was chosen; `columns` and `strength`
    are those of the logistic regression. Where the candidate is a rule there is nothing to set: "none" and 0.
    """

    candidate: str
    columns: str
    strength: float
    rounds: int
    customers: int
    because: str


@dataclass(frozen=True)
class Settings:
    """How much work fitting may be."""

    bags: int = 3
    seed: int = 1
    threads: int = 2


def columns_of(named: str, features: Sequence[Feature]) -> list[Feature]:
    """The features that a logistic regression on "curated" or "all" columns reads."""
    return [feature for feature in features if named == "all" or feature.name in CURATED]


def fit_candidate(
    frame: pd.DataFrame, label: np.ndarray, features: Sequence[Feature], choice: Choice, settings: Settings
) -> Fitted:
    """The chosen candidate on these rows."""
    if choice.candidate not in CANDIDATES:
        raise ValueError(f"{choice.candidate} is no candidate; there are {', '.join(CANDIDATES)}")

    def logistic() -> RidgeLogistic:
        return fit_logistic(frame, label, columns_of(choice.columns, features), strength=choice.strength)

    if choice.candidate == "logistic":
        return logistic()
    trees = fit_trees(
        frame,
        label,
        [feature.name for feature in features],
        rounds=choice.rounds,
        seed=settings.seed,
        bags=settings.bags,
        threads=settings.threads,
    )
    return trees if choice.candidate == "trees" else Mean(logistic(), trees)


@dataclass(frozen=True)
class Trial:
    """What every setting of both learners said of rows that it was not fitted on: one row a unit.

    Of a small company no trees are tried, and the logistic regression only on the curated columns.
    """

    logistic: dict[Logistic, np.ndarray]
    trees: dict[int, np.ndarray]
    label: np.ndarray
    customers: np.ndarray

    def probability(self, candidate: str, logistic: Logistic, rounds: int) -> np.ndarray:
        if candidate == "logistic":
            return self.logistic[logistic]
        if candidate == "trees":
            return self.trees[rounds]
        mean: np.ndarray = (self.logistic[logistic] + self.trees[rounds]) / 2
        return mean

    def of(self, choice: Choice) -> np.ndarray:
        return self.probability(choice.candidate, (choice.columns, choice.strength), choice.rounds)

    def where_known(self, label: np.ndarray) -> Trial:
        """The rows whose label is known, with that label; `label` has NaN for the others."""
        known = ~np.isnan(label)
        return Trial(
            logistic={setting: said[known] for setting, said in self.logistic.items()},
            trees={rounds: said[known] for rounds, said in self.trees.items()},
            label=label[known],
            customers=self.customers[known],
        )


def try_all(
    train: pd.DataFrame, test: pd.DataFrame, features: Sequence[Feature], settings: Settings, *, small: bool = False
) -> Trial:
    """Fit every setting on `train` and predict `test`. Trees are grown once; fewer rounds are their beginning."""
    label = train.label.to_numpy()
    names = [feature.name for feature in features]
    trees: dict[int, np.ndarray] = {}
    if not small:
        grown = fit_trees(
            train, label, names, rounds=max(ROUNDS), seed=settings.seed, bags=settings.bags, threads=settings.threads
        )
        trees = {rounds: grown.predict(test, rounds=rounds) for rounds in ROUNDS}
    logistic: dict[Logistic, np.ndarray] = {}
    for columns in ["curated"] if small else ["curated", "all"]:
        strengths = [strength for named, strength in LOGISTICS if named == columns]
        path = fit_path(train, label, columns_of(columns, features), strengths=strengths)
        logistic |= {(columns, strength): one.predict(test) for strength, one in path.items()}
    return Trial(
        logistic=logistic,
        trees=trees,
        label=test.label.to_numpy(),
        customers=test.customer_id.to_numpy(),
    )


def choose(trials: Sequence[Trial], *, customers: int, folds: str = "forward fold") -> Choice:
    """The settings with the least log loss over these folds.

    `customers` are the different customers of the rarer class among the rows to fit: below 500 the candidate is the
    logistic regression on curated columns, and the folds choose its strength. From there on the mean of logistic and
    trees is taken where its log loss is the lower: it hedges. The trees alone must be better than that by more than
    noise, customers taken as the units that vary: below 5,000 by a 95% interval of the paired difference, above by one
    standard error (Breiman et al. 1984). Without a fold the simplest is taken.
    """
    small = customers < CURATED_BELOW
    many = said("{customers:,} customers of the rarer class", customers=customers)
    if not trials:
        columns, strength = DEFAULT_SMALL if small else DEFAULT_LOGISTIC
        because = said("{many}; no fold was over yet, so the simplest candidate is taken", many=many)
        return _choice(CANDIDATES[0], (columns, strength), DEFAULT_ROUNDS, customers, because)
    label = np.concatenate([trial.label for trial in trials])
    clusters = np.concatenate([trial.customers for trial in trials])

    def losses(candidate: str, logistic: Logistic, rounds: int) -> np.ndarray:
        said = np.concatenate([trial.probability(candidate, logistic, rounds) for trial in trials])
        return log_loss_rows(said, label)

    tried = [one for one in LOGISTICS if all(one in trial.logistic for trial in trials)]
    if small:
        tried = [one for one in tried if one[0] == "curated"]
    logistic = min(tried, key=lambda one: losses("logistic", one, DEFAULT_ROUNDS).mean())
    chosen, rounds = CANDIDATES[0], DEFAULT_ROUNDS
    told = [_told(chosen, losses(chosen, logistic, rounds))]
    over = said_plural(*OVER[folds], len(trials))
    if small or not all(trial.trees for trial in trials):
        because = said(
            "{many}: a logistic regression on few columns; {over}: {told} at its best strength",
            many=many,
            over=over,
            told=told[0],
        )
        return _choice(chosen, logistic, rounds, customers, because)
    rounds = min(ROUNDS, key=lambda r: losses("trees", logistic, r).mean())
    for candidate in CANDIDATES[1:]:
        needed = _needed(candidate, customers)
        gain = losses(chosen, logistic, rounds) - losses(candidate, logistic, rounds)
        told.append(_told(candidate, losses(candidate, logistic, rounds)))
        if gain.mean() > needed * standard_error(gain, clusters):
            chosen = candidate
    because = said(
        "{many}; {over}: {told}; trees alone must be better by more than noise", many=many, over=over, told=tuple(told)
    )
    return _choice(chosen, logistic, rounds, customers, because)


def _told(candidate: str, losses: np.ndarray) -> Said:
    return said("{candidate} {loss:.4f}", candidate=candidate, loss=float(losses.mean()))


def _needed(candidate: str, customers: int) -> float:
    """By how many standard errors a candidate must be better than the simpler one."""
    if candidate == "mean":
        return 0.0
    return 1.96 if customers < INTERVAL_BELOW else 1.0


def _choice(candidate: str, logistic: Logistic, rounds: int, customers: int, because: str) -> Choice:
    columns, strength = logistic
    return Choice(
        candidate=candidate, columns=columns, strength=strength, rounds=rounds, customers=customers, because=because
    )


def keep(model: Fitted) -> dict[str, str]:
    """A fitted model as text files, with the word for its kind."""
    kept = {"model.json": json.dumps({"kind": model.kind, "columns": model.columns}, indent=1), **model.texts()}
    if isinstance(model, Calibrated):
        kept["recalibration.json"] = json.dumps(model.recalibration.as_dict(), indent=1)
    return kept


def read(texts: Mapping[str, str]) -> Fitted:
    """The model that `keep` wrote."""
    kind = json.loads(texts["model.json"])["kind"]
    if kind not in KINDS:
        raise ValueError(f"a model of kind {kind!r} is not known; there are {', '.join(KINDS)}")
    model = KINDS[kind](texts)
    if "recalibration.json" in texts:
        return Calibrated(model, Recalibration(**json.loads(texts["recalibration.json"])))
    return model
