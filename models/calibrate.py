"""Recalibration: a shift and a slope in log-odds that bring probabilities to the level of what lately happened.

Every kind is fitted on what was known by then, and none is taken on trust: forward folds say which of them would have
helped, and "none" is what is taken when none did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression

from contract.said import marked, said
from models.evaluate import log_loss_rows, standard_error
from models.learner import Fitted, log_odds, probability_of

#: A date counts as the same season when it lies a year back, give or take this many days.
SEASON_DAYS = 365
SEASON_TOLERANCE = 21
#: A Platt slope beyond these says that something else is wrong: it is not followed further.
SLOPES = (0.5, 2.0)
#: How many folds a kind must have been tried at; one where it is not named.
NEEDED_FOLDS = {"freshest": 3, "season": 3}
KINDS: dict[str, str] = {
    marked("none"): marked("no recalibration"),
    marked("level"): marked("set to the level of all matured labels"),
    marked("freshest"): marked("fitted on the freshest matured labels"),
    marked("season"): marked("shifted by the error of the same season of last year"),
    marked("cross-fitted"): marked("fitted on predictions for customers that the model had not seen"),
}


@dataclass(frozen=True, kw_only=True)
class Recalibration:
    """`kind` in words, and what it does: log-odds become shift + slope x log-odds."""

    kind: str = "none"
    shift: float = 0.0
    slope: float = 1.0

    def apply(self, probability: np.ndarray) -> np.ndarray:
        if self.kind == "none":
            return probability
        return probability_of(self.shift + self.slope * log_odds(probability))

    def as_dict(self) -> dict[str, float | str]:
        return asdict(self)


NONE = Recalibration()


@dataclass(frozen=True)
class Calibrated:
    """A fitted model whose probabilities are recalibrated. Its order of rows is the model's own."""

    model: Fitted
    recalibration: Recalibration

    @property
    def kind(self) -> str:
        return self.model.kind

    @property
    def columns(self) -> list[str]:
        return self.model.columns

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.recalibration.apply(self.model.predict(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        return self.model.contributions(frame) * self.recalibration.slope

    def texts(self) -> Mapping[str, str]:
        return self.model.texts()


@dataclass(frozen=True)
class Said:
    """What a model said at one date, fitted on what was known before, and what came of it: one a row."""

    as_of: date
    probability: np.ndarray
    label: np.ndarray
    customers: np.ndarray


def platt(probability: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """Shift and slope of a logistic regression of the outcome on the log-odds (Platt 1999), the slope in bounds."""
    odds = log_odds(probability)
    if label.min() == label.max() or odds.std() < 1e-9:
        return shift_to(probability, float(label.mean())), 1.0
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(odds[:, None], label)
    slope = float(np.clip(fitted.coef_[0, 0], *SLOPES))
    scaled = probability_of(slope * odds)
    return shift_to(scaled, float(label.mean())), slope


def shift_to(probability: np.ndarray, level: float) -> float:
    """The shift in log-odds after which the mean probability is `level`."""
    odds = log_odds(probability)
    # A level of 0 or 1 is infinitely far away: half an outcome more or less than there can be stands for it.
    edge = 0.5 / (len(probability) + 1)
    wanted = level if 0 < level < 1 else float(np.clip(level, edge, 1 - edge))
    return float(brentq(lambda shift: probability_of(odds + shift).mean() - wanted, -50, 50))


def recalibrations(
    cohort: np.ndarray | None, said: Sequence[Said], levels: Mapping[date, float], *, as_of: date
) -> dict[str, Recalibration]:
    """Every recalibration that can be fitted at `as_of`, by kind.

    `cohort` holds the raw probabilities of those who are to be scored, whose outcomes nobody knows yet; `said` what
    earlier models said at dates whose labels are known by `as_of`, oldest first; `levels` the share of outcomes by
    date whose labels are known. "level" moves the mean of the cohort to the mean of the levels (prior correction;
    Saerens et al. 2002, with the prior taken from the matured dates): a base rate is steadier than what it is
    foretold from.
    """
    found = {"none": NONE}
    if cohort is not None and len(cohort) and levels:
        shift = shift_to(cohort, float(np.mean(list(levels.values()))))
        found["level"] = Recalibration(kind="level", shift=shift)
    if said:
        shift, slope = platt(said[-1].probability, said[-1].label)
        found["freshest"] = Recalibration(kind="freshest", shift=shift, slope=slope)
    seasons = [one for one in said if abs((as_of - one.as_of).days - SEASON_DAYS) <= SEASON_TOLERANCE]
    if seasons:
        nearest = min(seasons, key=lambda one: abs((as_of - one.as_of).days - SEASON_DAYS))
        shift = shift_to(nearest.probability, float(nearest.label.mean()))
        found["season"] = Recalibration(kind="season", shift=shift)
    return found


@dataclass(frozen=True)
class Tested:
    """How the recalibrations that could be fitted at one date would have done there: log losses by kind, one a row."""

    losses: Mapping[str, np.ndarray]
    customers: np.ndarray


def tested(one: Said, fitted: Mapping[str, Recalibration]) -> Tested:
    losses = {kind: log_loss_rows(made.apply(one.probability), one.label) for kind, made in fitted.items()}
    return Tested(losses=losses, customers=one.customers)


def choose_recalibration(folds: Sequence[Tested], there: Sequence[str]) -> tuple[str, str]:
    """The kind that would have helped most, of those that can be fitted now (`there`), and why.

    A kind must have lowered the log loss by more than a standard error over the folds at which it could be fitted;
    customers are the units that vary. What follows single dates (freshest, season) must have been tried at three:
    where it errs it errs by a whole season, and of that one or two folds say nothing.
    """
    best, told = ("none", 0.0), []
    for kind in there:
        usable = [fold for fold in folds if kind in fold.losses]
        if kind == "none" or not usable:
            continue
        gain = np.concatenate([fold.losses["none"] - fold.losses[kind] for fold in usable])
        customers = np.concatenate([fold.customers for fold in usable])
        told.append(said("{kind} {gain:+.4f} over {folds}", kind=kind, gain=float(gain.mean()), folds=len(usable)))
        if len(usable) >= NEEDED_FOLDS.get(kind, 1) and gain.mean() > max(best[1], standard_error(gain, customers)):
            best = (kind, float(gain.mean()))
    if not told:
        return "none", said("no fold was over on which a recalibration could be tried")
    return best[0], said("log loss gained by recalibrating, over folds: {told}", told=tuple(told))


def cross_fitted(probability: np.ndarray, label: np.ndarray, fold: np.ndarray, customers: np.ndarray) -> Tested:
    """A Platt recalibration of each fold fitted on the other folds. The probabilities come from models that had not
    seen the rows either."""
    recalibrated = probability.copy()
    for number in np.unique(fold):
        here = fold == number
        shift, slope = platt(probability[~here], label[~here])
        made = Recalibration(kind="cross-fitted", shift=shift, slope=slope)
        recalibrated[here] = made.apply(probability[here])
    losses = {"none": log_loss_rows(probability, label), "cross-fitted": log_loss_rows(recalibrated, label)}
    return Tested(losses=losses, customers=customers)
