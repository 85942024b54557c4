"""Backtest: past nights replayed, each with what was known then, and judged by what came of them.

At every night the procedure learns from the labels that could be known by then, chooses and recalibrates as a real
night does, and scores; then the labels come. Beside that: for how long a model stays good that nobody trains anew, what
a list of another length would have been worth, and whether a list held as many as its probabilities said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from labels.target import Target
from models.candidates import Settings, fit_candidate
from models.dataset import NotEnoughHistory, Panel
from models.evaluate import Called, Draws, Estimate, Metric, draws
from models.figures import Calls, figures
from models.fit import Fold, KnownThen, forward_folds, rows_of
from models.judge import MODEL, Judgement, falls_on, judge
from models.learner import Fitted
from models.segments import NOT_KNOWN, segment_said, shown_segments

#: With fewer nights the one month in which something happened speaks for all.
FEWEST_NIGHTS = 6
#: How many nights later a model of one night is still looked at.
OLDEST = 6
#: Reweightings for figures by night, by segment and by length: they are many, and their ends are read from a plot.
REPLICATES = 400


@dataclass(frozen=True, kw_only=True)
class Part:
    """The figures of every method on one night, or in one segment over all nights: by method and metric."""

    name: str
    units: int
    base_rate: float
    figures: dict[str, dict[str, Estimate]]


@dataclass(frozen=True, kw_only=True)
class Age:
    """Models that were `nights_old` when they scored, beside models of that very night, on the same rows.

    `auroc` and `lift` are theirs; the losses are old minus new, paired: below zero is worse.
    """

    nights_old: int
    days_old: int
    nights: int
    units: int
    auroc: Estimate
    lift: Estimate
    auroc_loss: Estimate
    lift_loss: Estimate


@dataclass(frozen=True, kw_only=True)
class Yield:
    """How many of those called it happened to, beside how many the probabilities said: one a night, and all together.

    `low` to `high` is where the number lies in 95 of 100 nights if every probability is right (a sum of independent
    draws, by the normal law).
    """

    name: str
    called: int
    expected: float
    low: float
    high: float
    realised: int

    @property
    def as_said(self) -> bool:
        return self.low <= self.realised <= self.high


@dataclass(frozen=True, kw_only=True)
class Length:
    """A list of this many a night: lift of model and rule, ordered by risk, and the money a night is worth, ordered as
    it is published. `as_good` where its worth is not told from the best length's."""

    calls: int
    lift: Estimate
    rule_lift: Estimate
    profit: Estimate
    rule_profit: Estimate
    as_good: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A champion on the nights that it did not learn from; `gain` is the procedure minus the champion, paired."""

    name: str
    trained_as_of: date
    nights: int
    figures: dict[str, Estimate]
    gain: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The model in use: its name, and the day whose labels it has learned from."""

    name: str
    trained_as_of: date
    model: Fitted


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Labels learned from at one night, and how many of them are told otherwise today."""

    as_of: date
    labels: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """All that a replay of past nights gives. `best` is the list length that was worth most a night, None where no
    money is known or none pays. Without probabilities (a rule in place of a model) there are no ages and no yields."""

    judgement: Judgement
    nights: tuple[Part, ...]
    segments: tuple[Part, ...]
    ages: tuple[Age, ...]
    yields: tuple[Yield, ...]
    lengths: tuple[Length, ...]
    best: Length | None
    changed: tuple[Changed, ...]
    champion: Standing | None


def backtest(
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
    nights: int = FEWEST_NIGHTS,
    known_then: KnownThen | None = None,
    champion: Champion | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Replay the last `nights` dates of the panel that have an earlier one whose labels were known by then.

    What the arguments mean is told by `judge`. Raises NotEnoughHistory with fewer than six such dates, and ValueError
    where fewer are asked for.
    """
    if nights < FEWEST_NIGHTS:
        raise ValueError(f"nights is {nights}: a backtest of fewer than {FEWEST_NIGHTS} says little")
    folds = forward_folds(panel.dates, target)
    if len(folds) < FEWEST_NIGHTS:
        raise NotEnoughHistory(
            f"target {target.name}: {len(folds)} of {len(panel.dates)} dates have an earlier one whose labels were "
            f"known by then, and a backtest needs {FEWEST_NIGHTS}: bring older rows, or set training.spacing_days lower"
        )
    judgement = judge(
        panel,
        target,
        value=value,
        segments=segments,
        capacity=capacity,
        settings=settings,
        replicates=replicates,
        save_rate=save_rate,
        contact_cost=contact_cost,
        share=share,
        reported=nights,
        known_then=known_then,
        progress=progress,
    )
    calls = Calls(capacity=falls_on(capacity, share), save_rate=save_rate, contact_cost=contact_cost)
    rows = judgement.predictions
    methods = [method.name for method in judgement.methods]
    claims = {method.name for method in judgement.methods if "brier" in method.metrics}
    shown = {fold.as_of for fold in judgement.folds}
    replayed = [fold for fold in folds if fold.test in shown]
    progress("by night and segment")
    ages: tuple[Age, ...] = ()
    if MODEL in claims:
        ages = _ages(panel, replayed, judgement, settings, calls, known_then, progress)
    progress("by length of the list")
    lengths = _lengths(judgement, calls, claims, share=share, seed=settings.seed)
    return Backtest(
        judgement=judgement,
        nights=_parts(rows, rows.as_of.dt.date.astype("str"), methods, calls, claims, settings.seed),
        segments=_by_segment(rows, segments, methods, calls, claims, settings.seed),
        ages=ages,
        yields=_yields(rows, calls) if MODEL in claims else (),
        lengths=lengths,
        best=_best(lengths),
        changed=_changed(panel, replayed, known_then),
        champion=_standing(panel, rows, champion, calls, claims, settings.seed, replicates),
    )


def _parts(
    rows: pd.DataFrame,
    names: pd.Series,
    methods: Sequence[str],
    calls: Calls,
    claims: Collection[str],
    seed: int,
) -> tuple[Part, ...]:
    """One part a name; where all of a part had the same outcome there is nothing to tell apart."""
    parts = []
    for name, some in rows.groupby(names.to_numpy(), sort=True):
        both = some.label.nunique() > 1
        found = figures(some, methods, calls, claims=claims, seed=seed, replicates=REPLICATES) if both else None
        parts.append(
            Part(
                name=str(name),
                units=len(some),
                base_rate=float(some.label.mean()),
                figures={method: found.of(method) for method in methods} if found else {},
            )
        )
    return tuple(parts)


def _by_segment(
    rows: pd.DataFrame,
    segments: pd.Series | None,
    methods: Sequence[str],
    calls: Calls,
    claims: Collection[str],
    seed: int,
) -> tuple[Part, ...]:
    """Each segment as if the team called its best alone: the capacity is the segment's share of it."""
    if segments is None:
        return ()
    named = shown_segments(rows.customer_id.map(segments).fillna(NOT_KNOWN)).map(segment_said)
    parts: list[Part] = []
    for name in sorted(named.unique()):
        some = rows[(named == name).to_numpy()]
        own = Calls(
            capacity=falls_on(calls.capacity, len(some) / len(rows)),
            save_rate=calls.save_rate,
            contact_cost=calls.contact_cost,
        )
        parts += _parts(some, pd.Series(name, index=some.index), methods, own, claims, seed)
    return tuple(parts)


def _ages(
    panel: Panel,
    folds: Sequence[Fold],
    judgement: Judgement,
    settings: Settings,
    calls: Calls,
    known_then: KnownThen | None,
    progress: Callable[[str], None],
) -> tuple[Age, ...]:
    """The model of every night at the nights after it, beside the model of each of those."""
    made = {fold.as_of: fold for fold in judgement.folds}
    fresh = judgement.predictions
    aged: list[pd.DataFrame] = []
    for place, fold in enumerate(folds[:-1]):
        progress(f"the model of {fold.test} at later nights")
        train, _ = rows_of(panel.frame, fold, known_then)
        model = fit_candidate(train, train.label.to_numpy(), panel.features, made[fold.test].choice, settings)
        for steps, later in enumerate(folds[place + 1 : place + 1 + OLDEST], start=1):
            tonight = panel.frame[panel.frame.as_of == pd.Timestamp(later.test)]
            old = made[fold.test].recalibration.apply(model.predict(tonight))
            then = fresh[fresh.as_of == pd.Timestamp(later.test)]
            aged.append(then.assign(old=old, steps=steps, days=(later.test - fold.test).days))
    if not aged:
        return ()
    ages = []
    for older, rows in pd.concat(aged, ignore_index=True).groupby("steps", sort=True):
        found = figures(rows, ("old", MODEL), calls, claims=("old", MODEL), seed=settings.seed, replicates=REPLICATES)
        theirs, loss = found.of("old"), found.gain("old", MODEL)
        ages.append(
            Age(
                nights_old=int(str(older)),
                days_old=round(rows.days.mean()),
                nights=rows.as_of.nunique(),
                units=len(rows),
                auroc=theirs["auroc"],
                lift=theirs["lift_at_k"],
                auroc_loss=loss["auroc"],
                lift_loss=loss["lift_at_k"],
            )
        )
    return tuple(ages)


def _yields(rows: pd.DataFrame, calls: Calls) -> tuple[Yield, ...]:
    """Night by night as the list is published, ordered by what is at stake; the last is all of them together."""
    called = pd.concat(
        some.assign(priority=some[MODEL] * some.value)
        .sort_values(["priority", MODEL, "customer_id", "unit_id"], ascending=[False, False, True, True])
        .head(calls.capacity)
        for _, some in rows.groupby("as_of", sort=True)
    )
    nights = [(str(pd.Timestamp(str(day)).date()), some) for day, some in called.groupby("as_of", sort=True)]
    return tuple(_yield(name, some) for name, some in [*nights, ("all", called)])


def _yield(name: str, called: pd.DataFrame) -> Yield:
    said = called[MODEL].to_numpy()
    expected, spread = float(said.sum()), float(np.sqrt((said * (1 - said)).sum()))
    half = stats.norm.ppf(0.975) * spread
    return Yield(
        name=name,
        called=len(called),
        expected=expected,
        low=expected - half,
        high=expected + half,
        realised=int(called.label.sum()),
    )


def _lengths(
    judgement: Judgement, calls: Calls, claims: Collection[str], *, share: float, seed: int
) -> tuple[Length, ...]:
    rows, rule = judgement.predictions, judgement.best_rule
    label, dates = rows.label.to_numpy("float64"), rows.as_of.to_numpy()
    worth = rows.value.to_numpy("float64")
    metrics: dict[str, Metric] = {}
    for length, _ in judgement.curve:
        places = falls_on(length, share)
        for method in (MODEL, rule):
            score = rows[method].to_numpy("float64")
            order = score * worth if method in claims else score
            priced = Called(order, label * worth, dates, capacity=places)
            metrics[f"{length}|{method}|lift"] = Called(score, label, dates, capacity=places).lift
            # The rows are this share of the list's night, and so is what they are worth.
            metrics[f"{length}|{method}|profit"] = _profit(priced, calls, share)
    found = draws(metrics, rows.customer_id, seed=seed, replicates=REPLICATES)

    def of(length: int, method: str, metric: str) -> Draws:
        return found[f"{length}|{method}|{metric}"]

    lengths = [length for length, _ in judgement.curve]
    best = max(lengths, key=lambda length: of(length, MODEL, "profit").value)
    return tuple(
        Length(
            calls=length,
            lift=of(length, MODEL, "lift").estimate,
            rule_lift=of(length, rule, "lift").estimate,
            profit=of(length, MODEL, "profit").estimate,
            rule_profit=of(length, rule, "profit").estimate,
            as_good=length == best
            or _reaches_zero(of(length, MODEL, "profit").less(of(best, MODEL, "profit")).estimate),
        )
        for length in lengths
    )


def _profit(priced: Called, calls: Calls, share: float) -> Metric:
    def metric(weights: np.ndarray) -> np.ndarray:
        return priced.profit(weights, save_rate=calls.save_rate, cost=calls.contact_cost) / share

    return metric


def _reaches_zero(estimate: Estimate) -> bool:
    return estimate.high is not None and estimate.high >= 0


def _best(lengths: Sequence[Length]) -> Length | None:
    best = max(lengths, key=lambda length: length.profit.value, default=None)
    return best if best is not None and best.profit.value > 0 else None


def _changed(panel: Panel, folds: Sequence[Fold], known_then: KnownThen | None) -> tuple[Changed, ...]:
    if known_then is None:
        return ()
    told = []
    for fold in folds:
        train, _ = rows_of(panel.frame, fold, known_then)
        now = panel.frame.label.loc[train.index]
        told.append(Changed(as_of=fold.test, labels=len(train), changed=int((now != train.label).sum())))
    return tuple(told)


def _standing(
    panel: Panel,
    rows: pd.DataFrame,
    champion: Champion | None,
    calls: Calls,
    claims: Collection[str],
    seed: int,
    replicates: int,
) -> Standing | None:
    """None where there is no champion, it has learned from all of these nights, or its columns are no longer there."""
    if champion is None or not set(champion.model.columns) <= set(panel.frame.columns):
        return None
    later = rows[rows.as_of >= pd.Timestamp(champion.trained_as_of)]
    if not len(later) or later.label.nunique() < 2:
        return None
    known = panel.frame.set_index(["unit_id", "as_of"]).loc[pd.MultiIndex.from_frame(later[["unit_id", "as_of"]])]
    theirs = later.assign(**{champion.name: champion.model.predict(known.reset_index())})
    claimed = (MODEL, champion.name) if MODEL in claims else ()
    found = figures(theirs, (MODEL, champion.name), calls, claims=claimed, seed=seed, replicates=replicates)
    return Standing(
        name=champion.name,
        trained_as_of=champion.trained_as_of,
        nights=later.as_of.nunique(),
        figures=found.of(champion.name),
        gain=found.gain(MODEL, champion.name),
    )
