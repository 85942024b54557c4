"""Fit: choose a candidate and a recalibration on folds of the labelled rows, then learn from all of them.

The procedure is one for every company: how many customers there are of the rarer class says what may be tried, folds
say what is taken, and what was taken and why goes with the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from contract.said import said
from features.family import Feature
from labels.target import SimpleRule, Target
from models.baselines import fit_rule, rules_of
from models.calibrate import (
    NONE,
    Calibrated,
    Recalibration,
    Said,
    choose_recalibration,
    cross_fitted,
    platt,
    recalibrations,
    tested,
)
from models.candidates import (
    CURATED_BELOW,
    RULE_BELOW,
    Choice,
    Settings,
    Trial,
    choose,
    fit_candidate,
    try_all,
)
from models.dataset import NotEnoughHistory, rarer_class_customers
from models.learner import Fitted

#: The labels of these rows as they were known on that day; NaN where they were not.
KnownThen = Callable[[pd.DataFrame, date], pd.Series]

#: Parts that the customers are cut into where there is no earlier date to learn from.
CUSTOMER_FOLDS = 5
#: Folds tried at all: what was best long before says little about tonight, and every fold costs its fits. So many of
#: them reach back a year and, four weeks apart, leave three at which last year's season could be tried.
TRIED_FOLDS = 16


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Test at one date; train on the dates whose labels were known by then."""

    test: date
    train: tuple[date, ...]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A fitted model, what was chosen, how it is recalibrated, and why."""

    model: Fitted
    choice: Choice
    recalibration: Recalibration
    recalibrated_because: str


@dataclass(frozen=True)
class Experience:
    """What every setting said at the dates that were tried, and the share of outcomes at every date.

    Asked at a day, it answers by what was known on that day only.
    """

    target: Target
    trials: dict[date, Trial] = field(default_factory=dict)
    levels: Mapping[date, float] = field(default_factory=dict)

    def by_labels_of(self, learned: pd.DataFrame, rows: pd.DataFrame) -> Experience:
        """The same by the labels of `learned` alone, which are rows of `rows` with their index: those of an earlier
        night, of dates that were over by then."""
        days = set(learned.as_of)
        trials = {
            day: trial.where_known(learned.label.reindex(rows.index[rows.as_of == pd.Timestamp(day)]).to_numpy())
            for day, trial in self.trials.items()
            if pd.Timestamp(day) in days
        }
        return Experience(target=self.target, trials=trials, levels=levels_of(learned))

    def over(self, day: date) -> list[date]:
        """The tried dates whose labels are known on `day`, oldest first."""
        return [tried for tried in sorted(self.trials) if self.target.known_on(tried) <= day]

    def choose(self, day: date, *, customers: int) -> Choice:
        return choose([self.trials[tried] for tried in self.over(day)], customers=customers)

    def recalibration(self, choice: Choice, cohort: np.ndarray | None, day: date) -> tuple[Recalibration, str]:
        """How the chosen candidate's probabilities are brought to level on `day`, and why. `cohort` are its raw
        probabilities of those who are scored then."""
        folds = []
        for tried in self.over(day):
            one = self._said(choice, tried)
            folds.append(tested(one, self._fitted(choice, one.probability, tried)))
        now = self._fitted(choice, cohort, day)
        kind, because = choose_recalibration(folds, list(now))
        return now[kind], because

    def _fitted(self, choice: Choice, cohort: np.ndarray | None, day: date) -> dict[str, Recalibration]:
        said = [self._said(choice, tried) for tried in self.over(day)]
        known = {at: level for at, level in self.levels.items() if self.target.known_on(at) <= day}
        return recalibrations(cohort, said, known, as_of=day)

    def _said(self, choice: Choice, tried: date) -> Said:
        trial = self.trials[tried]
        return Said(tried, trial.of(choice), trial.label, trial.customers)


def forward_folds(dates: Sequence[date], target: Target) -> tuple[Fold, ...]:
    """One fold a date that has at least one earlier date whose labels were known by then, oldest first."""
    folds = []
    for test in sorted(dates):
        train = tuple(earlier for earlier in sorted(dates) if target.known_on(earlier) <= test)
        if train:
            folds.append(Fold(test=test, train=train))
    return tuple(folds)


def levels_of(rows: pd.DataFrame) -> dict[date, float]:
    """The share of outcomes by date."""
    return {pd.Timestamp(str(day)).date(): float(share) for day, share in rows.groupby("as_of").label.mean().items()}


def fit(
    rows: pd.DataFrame,
    features: Sequence[Feature],
    target: Target,
    settings: Settings,
    *,
    cohort: pd.DataFrame | None = None,
    as_of: date | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Learned:
    """Learn from `rows`: one row a unit and as_of, with the features' columns and `label` (1 or 0).

    Folds go forward in time where a date has an earlier one whose labels were known by then. With a single as_of they
    are by customer, and the recalibration is cross-fitted. `cohort` are the rows to be scored, of whom no label is
    needed: with them, at `as_of` (by default the day on which the newest label is known), probabilities can be brought
    to the level of the matured labels. Raises NotEnoughHistory when a label is missing or all are of one class.
    """
    _check(rows, features)
    customers = rarer_class_customers(rows)
    if customers < RULE_BELOW:
        return _rule(rows, features, target, customers)
    levels = levels_of(rows)
    dates = sorted(levels)
    folds = forward_folds(dates, target)
    if not folds:
        return _by_customer(rows, features, settings, customers)
    day = as_of or max(map(target.known_on, dates))
    experience = Experience(target=target, levels=levels)
    for fold in folds[-TRIED_FOLDS:]:
        progress(f"trying at {fold.test}")
        train, test = rows_of(rows, fold)
        experience.trials[fold.test] = trial_of(train, test, features, settings, small=customers < CURATED_BELOW)
    choice = experience.choose(day, customers=customers)
    return fit_chosen(rows, features, choice, settings, experience=experience, cohort=cohort, day=day)


def rows_of(rows: pd.DataFrame, fold: Fold, known_then: KnownThen | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a fold learns from, with the labels known by its date where they are given, and what it is judged on."""
    train = rows[rows.as_of.isin([pd.Timestamp(day) for day in fold.train])]
    test = rows[rows.as_of == pd.Timestamp(fold.test)]
    if known_then is not None:
        train = train.assign(label=known_then(train, fold.test).to_numpy())
        train = train[train.label.notna()]
    return train, test


def trial_of(
    train: pd.DataFrame, test: pd.DataFrame, features: Sequence[Feature], settings: Settings, *, small: bool
) -> Trial:
    return try_all(train, test, features, settings, small=small)


def fit_chosen(
    rows: pd.DataFrame,
    features: Sequence[Feature],
    choice: Choice,
    settings: Settings,
    *,
    experience: Experience,
    cohort: pd.DataFrame | None,
    day: date,
) -> Learned:
    """The chosen candidate on all rows, recalibrated by what is known on `day`."""
    model = fit_candidate(rows, rows.label.to_numpy(), features, choice, settings)
    said = model.predict(cohort) if cohort is not None else None
    made, because = experience.recalibration(choice, said, day)
    return _learned(model, choice, made, because)


def _learned(model: Fitted, choice: Choice, made: Recalibration, because: str) -> Learned:
    return Learned(
        model=model if made.kind == "none" else Calibrated(model, made),
        choice=choice,
        recalibration=made,
        recalibrated_because=because,
    )


def rule_choice(name: str, customers: int) -> Choice:
    because = said(
        "{customers} customers of the rarer class, fewer than {needed}: a rule, and no probabilities",
        customers=customers,
        needed=RULE_BELOW,
    )
    return Choice(candidate=name, columns="none", strength=0.0, rounds=0, customers=customers, because=because)


def first_rule(target: Target, features: Sequence[Feature], customers: int) -> tuple[str, SimpleRule]:
    """The target's first rule, with its name: with so few customers none can be told to be better than another.

    Raises NotEnoughHistory where these features give none of them.
    """
    rules = rules_of(target, features)
    if not rules:
        raise NotEnoughHistory(
            f"target {target.name}: {customers} different customers of the rarer class, at least {RULE_BELOW} are "
            "needed for a model, and the tables give none of its simple rules: bring a longer history"
        )
    return next(iter(rules.items()))


def _rule(rows: pd.DataFrame, features: Sequence[Feature], target: Target, customers: int) -> Learned:
    name, rule = first_rule(target, features, customers)
    return _learned(fit_rule(rows, rule), rule_choice(name, customers), NONE, said("a rule claims no probabilities"))


def _by_customer(rows: pd.DataFrame, features: Sequence[Feature], settings: Settings, customers: int) -> Learned:
    """No date has an earlier one to learn from: customers are held out in turn."""
    part = _parts(rows.customer_id, settings.seed)
    small = customers < CURATED_BELOW
    tried = [
        try_all(rows[part != number], rows[part == number], features, settings, small=small)
        for number in range(CUSTOMER_FOLDS)
    ]
    choice = choose(tried, customers=customers, folds="customer fold")
    said = np.concatenate([trial.of(choice) for trial in tried])
    label = np.concatenate([trial.label for trial in tried])
    number = np.concatenate([np.full(len(trial.label), at) for at, trial in enumerate(tried)])
    whose = np.concatenate([trial.customers for trial in tried])
    kind, because = choose_recalibration([cross_fitted(said, label, number, whose)], ["none", "cross-fitted"])
    model = fit_candidate(rows, rows.label.to_numpy(), features, choice, settings)
    made = NONE
    if kind != "none":
        shift, slope = platt(said, label)
        made = Recalibration(kind=kind, shift=shift, slope=slope)
    return _learned(model, choice, made, because)


def _parts(customer_id: pd.Series, seed: int) -> np.ndarray:
    """The part of every row: by customer, in equal parts, whatever the order of rows."""
    codes, _ = pd.factorize(customer_id.astype("str"), sort=True)
    order = np.random.default_rng(seed).permutation(codes.max() + 1)
    parts: np.ndarray = order[codes] % CUSTOMER_FOLDS
    return parts


def _check(rows: pd.DataFrame, features: Sequence[Feature]) -> None:
    if not isinstance(rows, pd.DataFrame):
        raise ValueError(f"fit takes a frame, not a {type(rows).__name__}: give the frame of a panel (rows.frame)")
    missing = [name for name in ("unit_id", "customer_id", "as_of", "label") if name not in rows.columns]
    missing += [feature.name for feature in features if feature.name not in rows.columns]
    if missing:
        raise ValueError(f"the rows have no column {missing[0]} ({len(missing)} are missing): build them with features")
    unknown = int(rows.label.isna().sum())
    if unknown:
        raise NotEnoughHistory(f"{unknown} of {len(rows)} rows have no label: leave them out (rows.dropna)")
    strange = rows.label[~rows.label.isin([0, 1])]
    if len(strange):
        raise ValueError(f"{len(strange)} labels are neither 1 nor 0, as {strange.iloc[0]}")
    if rows.label.nunique() < 2:
        raise NotEnoughHistory(
            f"all {len(rows)} rows have the label {rows.label.iloc[0] if len(rows) else 'nothing'}: there is nothing "
            "to tell apart; bring a longer history, or choose another horizon"
        )
