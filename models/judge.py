"""Judge by forward folds: train on what was known, score the next date, wait for its labels, compare.

What is reported is the procedure, not a lucky model: at every fold the candidate and its settings are chosen on folds
whose labels were known by then, never on the rows that are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from labels.target import Target
from models.baselines import OWN_RATE, RECENCY, fit_five, fit_rule, random_order
from models.candidates import Choice, Settings, Trial, choose, try_all
from models.dataset import NotEnoughHistory, Panel
from models.evaluate import (
    CalibrationBin,
    Called,
    Estimate,
    Metric,
    Ranks,
    brier,
    calibration_bins,
    calibration_in_the_large,
    draws,
    estimates,
    expected_calibration_error,
    lift_curve,
)

Grade = Literal["A", "B", "C", "refused"]
MODEL = "Vafa"
RULES: tuple[str, ...] = ("recency", "own past rate", "five-feature logistic")
BASELINES: tuple[str, ...] = ("random", *RULES)
HAS_PROBABILITIES = (MODEL, "five-feature logistic")
#: A model may lose this much lift at capacity to noise and still be called not worse.
LIFT_TOLERANCE = 0.3
#: Folds reported; those before them only serve to choose.
REPORTED_FOLDS = 6
#: Folds tried at all: what was best long before says little about tonight, and every fold costs its fits.
TRIED_FOLDS = 12


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Test at one date; train on the dates whose labels were known by then."""

    test: date
    train: tuple[date, ...]


@dataclass(frozen=True, kw_only=True)
class MethodResult:
    """The figures of one method, pooled over the reported folds. A rule without probabilities has no Brier or ECE."""

    name: str
    metrics: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class FoldResult:
    """The model at one reported date."""

    as_of: date
    units: int
    base_rate: float
    metrics: dict[str, Estimate]
    choice: Choice


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    segment: str
    units: int
    base_rate: float
    metrics: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How good the procedure is, by all folds; grade and what it says; and what was chosen for tonight."""

    capacity: int
    units: int
    base_rate: float
    methods: tuple[MethodResult, ...]
    gains: dict[str, dict[str, Estimate]]
    folds: tuple[FoldResult, ...]
    segments: tuple[SegmentResult, ...]
    calibration: tuple[CalibrationBin, ...]
    curve: tuple[tuple[int, float], ...]
    rule_curve: tuple[tuple[int, float], ...]
    best_rule: str
    grade: Grade
    says: str
    choice: Choice
    predictions: pd.DataFrame = field(repr=False)

    def method(self, name: str) -> MethodResult:
        return next(method for method in self.methods if method.name == name)


def forward_folds(dates: Sequence[date], target: Target) -> tuple[Fold, ...]:
    """One fold a date that has at least one earlier date whose labels were known by then, oldest first."""
    folds = []
    for test in sorted(dates):
        train = tuple(earlier for earlier in sorted(dates) if target.known_on(earlier) <= test)
        if train:
            folds.append(Fold(test=test, train=train))
    return tuple(folds)


def judge(
    panel: Panel,
    target: Target,
    *,
    value: Callable[[pd.DataFrame], np.ndarray],
    segments: pd.Series | None,
    capacity: int,
    settings: Settings,
    replicates: int,
    save_rate: float,
    contact_cost: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Judgement:
    """Judge the procedure on forward folds of the panel.

    `value` gives what a row's customer is worth over the horizon; `segments` the segment by customer_id, if any.
    Figures are pooled over the last six folds; the folds before them only inform the choice. Raises NotEnoughHistory
    when no date has an earlier one whose labels were known by then.
    """
    folds = forward_folds(panel.dates, target)
    if not folds:
        raise NotEnoughHistory(
            f"target {target.name}: of {len(panel.dates)} dates none has an earlier one whose labels were known by "
            f"then, since they take {target.label_days} days to come: bring older rows, or shorten the horizon"
        )
    frame = panel.frame
    trials: dict[date, Trial] = {}
    parts: list[pd.DataFrame] = []
    choices: dict[date, Choice] = {}
    reported = {fold.test for fold in folds[-REPORTED_FOLDS:]}
    for fold in folds:
        progress(f"judging at {fold.test}")
        train = frame[frame.as_of.isin([pd.Timestamp(day) for day in fold.train])]
        test = frame[frame.as_of == pd.Timestamp(fold.test)]
        trial = try_all(train, test, panel.features, settings)
        if fold.test in reported:
            over = [trials[day] for day in trials if target.known_on(day) <= fold.test]
            choice = choose(over)
            choices[fold.test] = choice
            parts.append(_predictions(train, test, panel, trial, choice, value))
        trials[fold.test] = trial
    predictions = pd.concat(parts, ignore_index=True)
    progress("intervals")
    return _judgement(
        predictions,
        choices,
        choose(list(trials.values())),
        segments=segments,
        capacity=capacity,
        seed=settings.seed,
        replicates=replicates,
        save_rate=save_rate,
        contact_cost=contact_cost,
    )


def _predictions(
    train: pd.DataFrame,
    test: pd.DataFrame,
    panel: Panel,
    trial: Trial,
    choice: Choice,
    value: Callable[[pd.DataFrame], np.ndarray],
) -> pd.DataFrame:
    """One row a unit of the test date: label, value, and a column of scores a method."""
    label = train.label.to_numpy()
    scores = test[["unit_id", "customer_id", "as_of", "label"]].assign(value=value(test))
    scores[MODEL] = trial.probability(choice.candidate, choice.strength, choice.rounds)
    # Another draw a date: else the same customers would stand at the top every night.
    scores["random"] = random_order(test)
    scores["recency"] = fit_rule(train, RECENCY).score(test)
    scores["own past rate"] = fit_rule(train, OWN_RATE).score(test)
    scores["five-feature logistic"] = fit_five(train, label, panel.features).predict(test)
    return scores


@dataclass(frozen=True, kw_only=True)
class _Money:
    """How many can be called, and what is assumed of calling."""

    capacity: int
    save_rate: float
    contact_cost: float


class _Draw(TypedDict):
    """How the reweightings are drawn."""

    seed: int
    replicates: int


def _judgement(
    predictions: pd.DataFrame,
    choices: dict[date, Choice],
    choice: Choice,
    *,
    segments: pd.Series | None,
    capacity: int,
    seed: int,
    replicates: int,
    save_rate: float,
    contact_cost: float,
) -> Judgement:
    money = _Money(capacity=capacity, save_rate=save_rate, contact_cost=contact_cost)
    draw = _Draw(seed=seed, replicates=replicates)
    metrics = {
        f"{name}|{metric}": function
        for name in (MODEL, *BASELINES)
        for metric, function in _metrics(predictions, name, money).items()
    }
    found = draws(metrics, predictions.customer_id, **draw)
    by_method = {
        name: {key.partition("|")[2]: f.estimate for key, f in found.items() if key.partition("|")[0] == name}
        for name in (MODEL, *BASELINES)
    }
    gains = {
        rule: {
            metric: found[f"{MODEL}|{metric}"].less(found[f"{rule}|{metric}"]).estimate
            for metric in ("auroc", "lift_at_k", "value_at_k")
        }
        for rule in BASELINES
    }
    # A rule without an AUROC (nobody of one class was seen) is never the best: NaN would win or lose by its place.
    best_rule = max(RULES, key=lambda rule: np.nan_to_num(by_method[rule]["auroc"].value, nan=-np.inf))
    grade, says = grade_of(by_method[MODEL], gains[best_rule], by_method[best_rule], best_rule=best_rule)
    label, dates = predictions.label.to_numpy(), predictions.as_of.to_numpy()
    lengths = _lengths(capacity, len(predictions) // max(1, len(choices)))
    return Judgement(
        capacity=capacity,
        units=len(predictions),
        base_rate=float(label.mean()),
        methods=tuple(MethodResult(name=name, metrics=by_method[name]) for name in (MODEL, *BASELINES)),
        gains=gains,
        folds=tuple(
            _fold_result(predictions[predictions.as_of == pd.Timestamp(day)], day, chosen, money, draw)
            for day, chosen in choices.items()
        ),
        segments=_segment_results(predictions, segments, money, draw),
        calibration=calibration_bins(predictions[MODEL].to_numpy(), label),
        curve=lift_curve(predictions[MODEL].to_numpy(), label, dates, lengths),
        rule_curve=lift_curve(predictions[best_rule].to_numpy(), label, dates, lengths),
        best_rule=best_rule,
        grade=grade,
        says=says,
        choice=choice,
        predictions=predictions,
    )


def grade_of(
    model: dict[str, Estimate], gain: dict[str, Estimate], rule: dict[str, Estimate], *, best_rule: str
) -> tuple[Grade, str]:
    """A: better than the best simple rule in AUROC and in lift at capacity, both intervals above zero. B: in AUROC,
    and in lift not worse. C: the rule is as good, and is published. Refused: nothing beats chance at capacity."""
    if not _above(model["lift_at_k"], 1) and not _above(rule["lift_at_k"], 1):
        return "refused", "nothing beats calling at random at this capacity, so no list is published"
    beats_in_auroc, beats_in_lift = _above(gain["auroc"], 0), _above(gain["lift_at_k"], 0)
    if beats_in_auroc and beats_in_lift and _above(model["lift_at_k"], 1):
        return "A", f"better than {best_rule}, the best simple rule, in AUROC and among those who are called"
    if beats_in_auroc and _above(gain["lift_at_k"], -LIFT_TOLERANCE) and _above(model["lift_at_k"], 1):
        return "B", f"ranks customers better than {best_rule}, the best simple rule; among those called, no worse"
    if _above(rule["lift_at_k"], 1):
        return "C", f"no better than {best_rule}, the best simple rule, so the list follows that rule"
    return "refused", f"not better than {best_rule}, which itself does not beat calling at random: no list is published"


def _above(estimate: Estimate, bound: float) -> bool:
    """A missing interval is not a passed one."""
    return estimate.low is not None and estimate.low > bound


def _metrics(rows: pd.DataFrame, name: str, money: _Money) -> dict[str, Metric]:
    score, label = rows[name].to_numpy(), rows.label.to_numpy()
    worth, dates = rows.value.to_numpy(), rows.as_of.to_numpy()
    claims = name in HAS_PROBABILITIES
    # The list is ordered by what is at risk where there are probabilities, by the rule itself where there are none.
    priority = score * worth if claims else score
    ranks = Ranks(score, label)
    called = Called(score, label, dates, capacity=money.capacity)
    priced = Called(priority, label * worth, dates, capacity=money.capacity)
    metrics: dict[str, Metric] = {
        "auroc": ranks.auroc,
        "average_precision": ranks.average_precision,
        "precision_at_k": called.precision,
        "recall_at_k": called.recall,
        "lift_at_k": called.lift,
        "list_precision_at_k": Called(priority, label, dates, capacity=money.capacity).precision,
        "value_at_k": priced.recall,
        "profit_at_k": partial(priced.profit, save_rate=money.save_rate, cost=money.contact_cost),
    }
    if claims:
        metrics["brier"] = brier(score, label)
        metrics["ece"] = expected_calibration_error(score, label)
        metrics["calibration_in_the_large"] = calibration_in_the_large(score, label)
    return metrics


def _fold_result(rows: pd.DataFrame, day: date, choice: Choice, money: _Money, draw: _Draw) -> FoldResult:
    return FoldResult(
        as_of=day,
        units=len(rows),
        base_rate=float(rows.label.mean()),
        metrics=estimates(
            _some(_metrics(rows, MODEL, money), ("auroc", "lift_at_k", "brier")), rows.customer_id, **draw
        ),
        choice=choice,
    )


def _segment_results(
    predictions: pd.DataFrame, segments: pd.Series | None, money: _Money, draw: _Draw
) -> tuple[SegmentResult, ...]:
    """By segment of the customers; the capacity is the whole list's, so the share of it that a segment gets varies."""
    if segments is None:
        return ()
    named = predictions.customer_id.map(segments).fillna("not known")
    results = []
    for segment, rows in predictions.groupby(named, sort=True):
        shown = _some(_metrics(rows, MODEL, money), ("auroc", "brier"))
        enough = 0 < rows.label.sum() < len(rows)
        results.append(
            SegmentResult(
                segment=str(segment),
                units=len(rows),
                base_rate=float(rows.label.mean()),
                metrics=estimates(shown, rows.customer_id, **draw) if enough else {},
            )
        )
    return tuple(results)


def _some(metrics: dict[str, Metric], names: tuple[str, ...]) -> dict[str, Metric]:
    return {name: metrics[name] for name in names}


def _lengths(capacity: int, units: int) -> list[int]:
    """List lengths to draw: round steps up to half of all, and the capacity itself."""
    steps = {round(units * share) for share in (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)}
    return sorted(step for step in steps | {capacity} if 0 < step <= units)
