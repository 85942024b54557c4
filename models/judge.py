"""Judge by forward folds: train on what was known, score the next date, wait for its labels, compare.

What is reported is the procedure, not a lucky model: at every fold the candidate and its settings are chosen on folds
whose labels were known by then, never on the rows that are reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict, TypeVar

import numpy as np
import pandas as pd

from contract.said import marked, said
from labels.target import Target
from models.baselines import fit_five, fit_rule, random_order, rules_of
from models.calibrate import Recalibration
from models.candidates import CURATED_BELOW, RULE_BELOW, Choice, Settings, Trial
from models.dataset import NotEnoughHistory, Panel, rarer_class_customers
from models.evaluate import (
    CalibrationBin,
    Estimate,
    calibration_bins,
    calibration_noise,
    estimates,
    lift_curve,
)
from models.figures import Calls, figures, metrics_of
from models.fit import (
    TRIED_FOLDS,
    Experience,
    Fold,
    KnownThen,
    first_rule,
    forward_folds,
    levels_of,
    rows_of,
    rule_choice,
    trial_of,
)
from models.segments import NOT_KNOWN, segment_said, shown_segments

T = TypeVar("T")
Grade = Literal["A", "B", "C", "refused"]
MODEL = marked("Vafa")
RANDOM = marked("random")
FIVE_LOGISTIC = marked("five-feature logistic")
#: A model may lose this much lift at capacity to noise and still be called not worse.
LIFT_TOLERANCE = 0.3
#: Folds reported; those before them only serve to choose.
REPORTED_FOLDS = 6
#: Segments told one by one; with more of them, the smaller ones are told together.
MOST_SEGMENTS = 20


@dataclass(frozen=True, kw_only=True)
class MethodResult:
    """The figures of one method, pooled over the reported folds. A rule without probabilities has no Brier or ECE."""

    name: str
    metrics: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class FoldResult:
    """The model at one reported date.

    `mean_probability` stands against `base_rate`. `ece_noise` is the calibration error that a perfect model with these
    probabilities would show by chance; both are None where a rule claims no probabilities.
    """

    as_of: date
    units: int
    base_rate: float
    mean_probability: float | None
    ece_noise: float | None
    metrics: dict[str, Estimate]
    choice: Choice
    recalibration: Recalibration


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
    experience: Experience = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)

    def method(self, name: str) -> MethodResult:
        return next(method for method in self.methods if method.name == name)


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
    share: float = 1.0,
    reported: int = REPORTED_FOLDS,
    known_then: KnownThen | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Judgement:
    """Judge the procedure on forward folds of the panel.

    `value` gives what a row's customer is worth over the horizon; `segments` the segment by customer_id, if any. The
    panel holds this `share` of the cohort (of a target that only answers can tell, those who answered), so of
    `capacity` calls the same share falls on it.
    Figures are pooled over the last `reported` folds; the folds before them only inform the choice. `known_then` gives
    the labels of these rows as they were known on that day (NaN where they were not), to learn from, choose and
    recalibrate by; without it all that goes by the labels as they are known now. What a fold is judged by is always
    what came of it. With too few customers of the rarer class for a model the target's first rule is judged in its
    place. Raises NotEnoughHistory when no date has an earlier one whose labels were known by then, or there is no such
    rule.
    """
    folds = forward_folds(panel.dates, target)
    if not folds:
        raise NotEnoughHistory(
            f"target {target.name}: of {len(panel.dates)} dates none has an earlier one whose labels were known by "
            f"then, since they take {target.label_days} days to come: bring older rows, or shorten the horizon"
        )
    frame = panel.frame
    customers = rarer_class_customers(frame)
    rule = first_rule(target, panel.features, customers) if customers < RULE_BELOW else None
    experience = Experience(target=target, levels=levels_of(frame))
    parts: list[pd.DataFrame] = []
    tonight: dict[date, tuple[Choice, Recalibration]] = {}
    shown = {fold.test for fold in folds[-reported:]}
    for fold in folds[-TRIED_FOLDS:]:
        progress(f"judging at {fold.test}")
        train, test = rows_of(frame, fold, known_then)
        trial = None
        if rule is None:
            # Which class is the rarer may change: then there can be more customers of it by then than there are now.
            most = max(customers, rarer_class_customers(train))
            trial = trial_of(train, test, panel.features, settings, small=most < CURATED_BELOW)
        if fold.test in shown:
            then = experience if known_then is None else experience.by_labels_of(train, frame)
            scores, made = _predictions(train, test, panel, target, trial, then, fold, value)
            tonight[fold.test] = made
            parts.append(scores)
        if trial is not None:
            experience.trials[fold.test] = trial
    predictions = pd.concat(parts, ignore_index=True)
    progress("intervals")
    rules = rules_of(target, panel.features)
    choice = rule_choice(rule[0], customers) if rule else experience.choose(date.max, customers=customers)
    return _judgement(
        predictions,
        tonight,
        choice,
        experience,
        rules=(*rules, FIVE_LOGISTIC),
        segments=segments,
        capacity=capacity,
        seed=settings.seed,
        replicates=replicates,
        save_rate=save_rate,
        contact_cost=contact_cost,
        share=share,
    )


def _predictions(
    train: pd.DataFrame,
    test: pd.DataFrame,
    panel: Panel,
    target: Target,
    trial: Trial | None,
    experience: Experience,
    fold: Fold,
    value: Callable[[pd.DataFrame], np.ndarray],
) -> tuple[pd.DataFrame, tuple[Choice, Recalibration]]:
    """One row a unit of the test date: label, value, and a column of scores a method; and what was chosen then."""
    label = train.label.to_numpy()
    rules = rules_of(target, panel.features)
    customers = rarer_class_customers(train)
    scores = test[["unit_id", "customer_id", "as_of", "label"]].assign(value=value(test))
    if trial is None:
        name, rule = next(iter(rules.items()))
        made = (rule_choice(name, customers), Recalibration())
        scores[MODEL] = fit_rule(train, rule).score(test)
    else:
        choice = experience.choose(fold.test, customers=customers)
        raw = trial.of(choice)
        recalibration, _ = experience.recalibration(choice, raw, fold.test)
        made = (choice, recalibration)
        scores[MODEL] = recalibration.apply(raw)
    scores[RANDOM] = random_order(test)
    for name, rule in rules.items():
        scores[name] = fit_rule(train, rule).score(test)
    scores[FIVE_LOGISTIC] = fit_five(train, label, panel.features).predict(test)
    return scores, made


class _Draw(TypedDict):
    """How the reweightings are drawn."""

    seed: int
    replicates: int


def _judgement(
    predictions: pd.DataFrame,
    tonight: dict[date, tuple[Choice, Recalibration]],
    choice: Choice,
    experience: Experience,
    *,
    rules: tuple[str, ...],
    segments: pd.Series | None,
    capacity: int,
    seed: int,
    replicates: int,
    save_rate: float,
    contact_cost: float,
    share: float,
) -> Judgement:
    calls = Calls(capacity=falls_on(capacity, share), save_rate=save_rate, contact_cost=contact_cost)
    draw = _Draw(seed=seed, replicates=replicates)
    baselines = (RANDOM, *rules)
    claims = {FIVE_LOGISTIC} | ({MODEL} if experience.trials else set())
    found = figures(predictions, (MODEL, *baselines), calls, claims=claims, **draw)
    by_method = {name: found.of(name) for name in (MODEL, *baselines)}
    compared = ("auroc", "lift_at_k", "value_at_k", "brier")
    gains = {rule: _some(found.gain(MODEL, rule), compared) for rule in baselines}
    # A rule without an AUROC (nobody of one class was seen) is never the best: NaN would win or lose by its place.
    # With too few customers for a model they are too few for the five-feature logistic as well.
    candidates = rules if experience.trials else rules[:-1]
    best_rule = max(candidates, key=lambda rule: np.nan_to_num(by_method[rule]["auroc"].value, nan=-np.inf))
    # Among those who are called the model must hold its own against the rule that calls best, whatever its AUROC.
    best_at_k = max(candidates, key=lambda rule: np.nan_to_num(by_method[rule]["lift_at_k"].value, nan=-np.inf))
    hardest = {"auroc": gains[best_rule]["auroc"], "lift_at_k": gains[best_at_k]["lift_at_k"]}
    grade, says = grade_of(
        by_method[MODEL],
        hardest,
        by_method[best_rule],
        best_rule=best_rule,
        too_few=None if experience.trials else choice.customers,
        all_called=bool(predictions.groupby("as_of").size().max() <= calls.capacity),
    )
    label, dates = predictions.label.to_numpy(), predictions.as_of.to_numpy()
    lengths = list_lengths(capacity, round(len(predictions) / share) // max(1, len(tonight)))

    def curve_of(method: str) -> tuple[tuple[int, float], ...]:
        drawn = lift_curve(
            predictions[method].to_numpy(), label, dates, [falls_on(length, share) for length in lengths]
        )
        return tuple((length, lift) for length, (_, lift) in zip(lengths, drawn, strict=True))

    return Judgement(
        capacity=capacity,
        units=len(predictions),
        base_rate=float(label.mean()),
        methods=tuple(MethodResult(name=name, metrics=by_method[name]) for name in (MODEL, *baselines)),
        gains=gains,
        folds=tuple(
            _fold_result(
                predictions[predictions.as_of == pd.Timestamp(day)], day, *chosen, calls, draw, claims=MODEL in claims
            )
            for day, chosen in tonight.items()
        ),
        segments=_segment_results(predictions, segments, calls, draw, claims=MODEL in claims),
        calibration=calibration_bins(predictions[MODEL].to_numpy(), label) if MODEL in claims else (),
        curve=curve_of(MODEL),
        rule_curve=curve_of(best_rule),
        best_rule=best_rule,
        grade=grade,
        says=says,
        choice=choice,
        experience=experience,
        predictions=predictions,
    )


def grade_of(
    model: dict[str, Estimate],
    gain: dict[str, Estimate],
    rule: dict[str, Estimate],
    *,
    best_rule: str,
    too_few: int | None = None,
    all_called: bool = False,
) -> tuple[Grade, str]:
    """A: better than the best simple rule in AUROC and in lift at capacity, both intervals above zero. B: in AUROC,
    and in lift not worse. C: the rule is as good, and is published. Refused: nothing beats chance.

    To beat chance takes both a lift at capacity above 1 and an AUROC above .5: of several methods on data without any
    signal one often passes the one or the other by luck. `too_few` says how many customers of the rarer class there
    are, where they are too few for a model. Where the capacity is enough for everybody (`all_called`) only the order is
    at stake, and the AUROC alone decides.
    """

    def beats_chance(method: dict[str, Estimate]) -> bool:
        return (all_called or _above(method["lift_at_k"], 1)) and _above(method["auroc"], 0.5)

    if not beats_chance(model) and not beats_chance(rule):
        return "refused", said("nothing beats calling at random at this capacity, so no list is published")
    if too_few is not None:
        few = said(
            "only {customers} different customers of the rarer class, and a model needs {needed}",
            customers=too_few,
            needed=RULE_BELOW,
        )
        if beats_chance(rule):
            return "C", said(
                "{few}, so the list follows {rule}, the best simple rule, and claims no probabilities",
                few=few,
                rule=best_rule,
            )
        return "refused", said(
            "{few}; {rule}, the best simple rule, does not beat calling at random", few=few, rule=best_rule
        )
    beats_in_auroc, beats_in_lift = _above(gain["auroc"], 0), _above(gain["lift_at_k"], 0)
    if beats_in_auroc and beats_in_lift and beats_chance(model):
        return "A", said(
            "better than {rule}, the best simple rule, in AUROC and among those who are called", rule=best_rule
        )
    if beats_in_auroc and _above(gain["lift_at_k"], -LIFT_TOLERANCE) and beats_chance(model):
        return "B", said(
            "ranks customers better than {rule}, the best simple rule; among those called, no worse", rule=best_rule
        )
    if beats_chance(rule):
        return "C", said("no better than {rule}, the best simple rule, so the list follows that rule", rule=best_rule)
    return "refused", said(
        "not better than {rule}, which itself does not beat calling at random: no list is published", rule=best_rule
    )


def falls_on(calls: int, share: float) -> int:
    """How many of so many calls fall on this share of the cohort."""
    return max(1, round(calls * share))


def _above(estimate: Estimate, bound: float) -> bool:
    """A missing interval is not a passed one."""
    return estimate.low is not None and estimate.low > bound


def _fold_result(
    rows: pd.DataFrame,
    day: date,
    choice: Choice,
    recalibration: Recalibration,
    calls: Calls,
    draw: _Draw,
    *,
    claims: bool,
) -> FoldResult:
    names = ("auroc", "lift_at_k", "brier", "ece", "calibration_in_the_large")
    said = rows[MODEL].to_numpy()
    return FoldResult(
        as_of=day,
        units=len(rows),
        base_rate=float(rows.label.mean()),
        mean_probability=float(said.mean()) if claims else None,
        ece_noise=calibration_noise(said, seed=draw["seed"]) if claims else None,
        metrics=estimates(_some(metrics_of(rows, MODEL, calls, claims=claims), names), rows.customer_id, **draw),
        choice=choice,
        recalibration=recalibration,
    )


def _segment_results(
    predictions: pd.DataFrame, segments: pd.Series | None, calls: Calls, draw: _Draw, *, claims: bool
) -> tuple[SegmentResult, ...]:
    """By segment of the customers; the capacity is the whole list's, so the share of it that a segment gets varies."""
    if segments is None:
        return ()
    named = shown_segments(predictions.customer_id.map(segments).fillna(NOT_KNOWN))
    results = []
    for segment, rows in predictions.groupby(named, sort=True):
        shown = _some(metrics_of(rows, MODEL, calls, claims=claims), ("auroc", "brier"))
        enough = 0 < rows.label.sum() < len(rows)
        results.append(
            SegmentResult(
                segment=segment_said(str(segment)),
                units=len(rows),
                base_rate=float(rows.label.mean()),
                metrics=estimates(shown, rows.customer_id, **draw) if enough else {},
            )
        )
    return tuple(results)


def _some(metrics: dict[str, T], names: tuple[str, ...]) -> dict[str, T]:
    return {name: metrics[name] for name in names if name in metrics}


def list_lengths(capacity: int, units: int) -> list[int]:
    """List lengths to draw: round steps up to half of all, and the capacity itself."""
    steps = {round(units * share) for share in (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)}
    return sorted(step for step in steps | {capacity} if 0 < step <= units)
