"""Fitting: how much may be tried of a company's size, folds that know no more than the night did, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from labels.target import SimpleRule
from models import candidates
from models import fit as room
from models.baselines import Rule
from models.calibrate import NONE, SEASON_DAYS, Calibrated
from models.candidates import (
    CURATED_BELOW,
    LOGISTICS,
    ROUNDS,
    RULE_BELOW,
    Settings,
    Trial,
    columns_of,
    fit_candidate,
    keep,
)
from models.dataset import NotEnoughHistory, rarer_class_customers
from models.fit import (
    CUSTOMER_FOLDS,
    Experience,
    Learned,
    fit,
    fit_chosen,
    forward_folds,
    levels_of,
    rows_of,
    trial_of,
)
from models.judge import judge
from models.learner import log_odds, probability_of
from models.terms import terms_of
from tests.models.panels import (
    FEATURES,
    FIRST,
    OWN_RATE,
    QUICK,
    RECENCY,
    a_coin,
    drifting,
    labelled_rows,
    only_recency,
    panel_of,
    quick,
    target,
    what_rules_cannot_see,
)

DATES = tuple(FIRST + timedelta(days=28 * number) for number in range(8))


def fitted(rows: pd.DataFrame, **changed: Any) -> Learned:
    return fit(rows, FEATURES, changed.pop("of", target()), changed.pop("settings", QUICK), **changed)


# Folds


@pytest.mark.parametrize(
    ("horizon_days", "gap_days", "delay_days", "first_fold", "newest_of_its_training"),
    [
        (28, 0, 0, 1, 0),  # known on the very day of the next decision: that is known
        (28, 1, 0, 2, 0),  # one day later: not yet
        (27, 1, 0, 1, 0),
        (27, 1, 1, 2, 0),
        (56, 0, 0, 2, 0),
        (57, 0, 0, 3, 0),
    ],
)
def test_a_fold_trains_on_every_date_whose_labels_were_known_and_on_no_other(
    horizon_days: int, gap_days: int, delay_days: int, first_fold: int, newest_of_its_training: int
) -> None:
    of = target(horizon_days=horizon_days, gap_days=gap_days, delay_days=delay_days)
    folds = forward_folds(DATES[::-1], of)
    assert [fold.test for fold in folds] == list(DATES[first_fold:])
    assert folds[0].train == (DATES[newest_of_its_training],)
    for fold in folds:
        assert fold.train == tuple(day for day in DATES if of.known_on(day) <= fold.test)
        last_labelled_day = max(fold.train) + timedelta(days=gap_days + horizon_days + delay_days - 1)
        assert last_labelled_day < fold.test


class Spy:
    """Stands in for try_all, fits nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[pd.DataFrame, pd.DataFrame]] = []
        self.small: set[bool] = set()

    def __call__(
        self, train: pd.DataFrame, test: pd.DataFrame, features: Sequence[Feature], settings: Settings, *, small: bool
    ) -> Trial:
        self.seen.append((train, test))
        self.small.add(small)
        return quick(test)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    monkeypatch.setattr(room, "try_all", spy)
    return spy


@pytest.mark.parametrize(("horizon_days", "delay_days"), [(27, 0), (28, 14), (56, 0)])
def test_where_a_date_has_an_earlier_one_folds_go_forward(spy: Spy, horizon_days: int, delay_days: int) -> None:
    of = target(horizon_days=horizon_days, delay_days=delay_days)
    told: list[str] = []
    learned = fitted(panel_of(what_rules_cannot_see, customers=300).frame, of=of, progress=told.append)
    folds = forward_folds(DATES, of)
    assert told == [f"trying at {fold.test}" for fold in folds]
    for fold, (train, test) in zip(folds, spy.seen, strict=True):
        assert {moment.date() for moment in train.as_of} == set(fold.train)
        assert {moment.date() for moment in test.as_of} == {fold.test}
    assert f" over {len(folds)} forward folds: " in learned.choice.because


@pytest.mark.regression
def test_no_row_of_a_test_predates_what_was_learned_from(spy: Spy) -> None:
    """The mistake: the last fifth of rows that lie by customer is called a temporal split; 80% predate its cutoff."""
    rows = panel_of(what_rules_cannot_see, customers=300, dates=10).frame
    rows = rows.sort_values(["customer_id", "as_of"], ignore_index=True)
    cut = len(rows) * 4 // 5
    cutoff = rows.as_of.sort_values().iloc[cut]
    assert (rows.as_of[cut:] < cutoff).mean() == 0.8
    fitted(rows)
    assert len(spy.seen) == 9
    for train, test in spy.seen:
        assert target().known_on(train.as_of.max()) <= test.as_of.min()


@pytest.mark.regression
def test_nothing_is_learned_from_the_features_of_rows_that_are_not_trained_on() -> None:
    """The mistake: nulls are filled and columns scaled by all rows, and only then is the test split off."""
    rows = panel_of(what_rules_cannot_see, customers=150, dates=4).frame
    fold = forward_folds(DATES[:4], target())[1]
    asked = (rows.as_of == pd.Timestamp(fold.test)) & (rows.customer_id < "c00050")
    others = ~asked & ~rows.as_of.isin([pd.Timestamp(day) for day in fold.train])
    spoiled = rows.copy()
    spoiled.loc[others, [feature.name for feature in FEATURES]] = 1e6
    # By all rows, what is put into the model for the same customers is another thing.
    before, after = (terms_of(frame, FEATURES)[1][asked] for frame in (rows, spoiled))
    assert not np.allclose(before, after, atol=0.1)
    one, other = (trial_of(*rows_of(frame, fold), FEATURES, QUICK, small=False) for frame in (rows, spoiled))
    mine = asked[rows.as_of == pd.Timestamp(fold.test)].to_numpy()
    for said, then in zip((one.logistic, one.trees), (other.logistic, other.trees), strict=True):
        for setting in said:
            np.testing.assert_array_equal(said[setting][mine], then[setting][mine])


def several_units(customers: int = 400) -> pd.DataFrame:
    """One date, three units a customer."""
    one = labelled_rows(what_rules_cannot_see, customers=customers, seed=1)
    parts = [one.assign(unit_id=one.customer_id + f" {number}") for number in range(3)]
    return pd.concat(parts, ignore_index=True)


def test_with_one_date_every_customer_is_held_out_once_and_never_learned_from_then(spy: Spy) -> None:
    rows = several_units()
    learned = fitted(rows)
    assert len(spy.seen) == CUSTOMER_FOLDS
    held_out = [set(test.customer_id) for _, test in spy.seen]
    for (train, test), names in zip(spy.seen, held_out, strict=True):
        assert not names & set(train.customer_id)
        assert len(train) + len(test) == len(rows)
    assert sorted(name for names in held_out for name in names) == sorted(rows.customer_id.unique())
    assert {len(names) for names in held_out} == {400 // CUSTOMER_FOLDS}
    assert " over 5 customer folds: " in learned.choice.because


def test_who_is_held_out_together_is_the_seeds_matter_and_not_that_of_the_order_of_rows(spy: Spy) -> None:
    rows = several_units()
    fitted(rows)
    fitted(rows.sample(frac=1, random_state=3))
    fitted(rows, settings=replace(QUICK, seed=2))
    first, shuffled, other = (
        [frozenset(test.customer_id) for _, test in spy.seen[at : at + CUSTOMER_FOLDS]]
        for at in range(0, 3 * CUSTOMER_FOLDS, CUSTOMER_FOLDS)
    )
    assert len(set(first)) == CUSTOMER_FOLDS
    assert first == shuffled
    assert set(first).isdisjoint(other)


def test_where_no_date_has_an_earlier_one_folds_are_by_customer_over_all_dates(spy: Spy) -> None:
    fitted(panel_of(what_rules_cannot_see, customers=150, dates=6).frame, of=target(horizon_days=182))
    assert len(spy.seen) == CUSTOMER_FOLDS
    for train, test in spy.seen:
        assert not set(train.customer_id) & set(test.customer_id)
        assert test.as_of.nunique() == 6


# How much may be tried


def company(leavers: int, *, customers: int = 1100, dates: int = 1, turned: bool = False) -> pd.DataFrame:
    """The customers who leave are so many different ones; or, turned, so many stay."""
    frame = panel_of(a_coin, customers=customers, dates=dates).frame
    leaves = frame.customer_id < f"c{leavers:05d}"
    return frame.assign(label=(leaves != turned).astype("float64"))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dates", [1, 2])
def test_fewer_than_fifty_customers_of_the_rarer_class_get_a_rule(spy: Spy, dates: int, turned: bool) -> None:
    rows = company(RULE_BELOW - 1, dates=dates, turned=turned)
    learned = fitted(rows)
    assert learned.model == Rule(column=RECENCY, fill=rows[RECENCY].median())
    assert (learned.choice.candidate, learned.choice.customers) == ("recency", 49)
    assert learned.choice.because == "49 customers of the rarer class, fewer than 50: a rule, and no probabilities"
    assert (learned.recalibration, learned.recalibrated_because) == (NONE, "a rule claims no probabilities")
    assert np.isnan(learned.model.predict(rows)).all()
    assert spy.seen == []


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dates", [1, 2])
@pytest.mark.parametrize("customers", [RULE_BELOW, CURATED_BELOW - 1])
def test_fewer_than_five_hundred_get_a_logistic_regression_on_few_columns_and_no_tree_is_grown(
    monkeypatch: pytest.MonkeyPatch, customers: int, dates: int, turned: bool
) -> None:
    monkeypatch.setattr(candidates, "fit_trees", None)
    learned = fitted(company(customers, dates=dates, turned=turned))
    assert (learned.choice.candidate, learned.choice.columns) == ("logistic", "curated")
    assert (learned.model.kind, learned.choice.customers) == ("logistic", customers)
    assert learned.model.columns == [feature.name for feature in columns_of("curated", FEATURES)]
    assert learned.choice.because.startswith(f"{customers} customers of the rarer class: a logistic regression on few")


@pytest.mark.parametrize("dates", [1, 2])
def test_from_five_hundred_on_all_candidates_are_tried(spy: Spy, dates: int) -> None:
    assert fitted(company(CURATED_BELOW - 1, dates=dates)).choice.customers == CURATED_BELOW - 1
    assert spy.small == {True}
    spy.small.clear()
    learned = fitted(company(CURATED_BELOW, dates=dates))
    assert spy.small == {False}
    assert ", trees " in learned.choice.because


def test_different_customers_count_and_not_their_rows() -> None:
    rows = company(RULE_BELOW - 1, customers=400, dates=6)
    assert rows.label.sum() == 49 * 6
    assert rarer_class_customers(rows) == 49
    assert isinstance(fitted(rows).model, Rule)


# Rules


def test_the_rule_is_the_first_of_the_target_whose_column_is_there() -> None:
    rows = company(10, customers=60)
    without = [feature for feature in FEATURES if feature.name != RECENCY]
    learned = fit(rows, without, target(), QUICK)
    assert (learned.choice.candidate, learned.model.columns) == ("own past rate", [OWN_RATE])


def test_a_rule_may_say_that_low_is_risky() -> None:
    rows = company(10, customers=60)
    of = target(rules=(SimpleRule(name="newest first", column="one", high_is_risky=False),))
    model = fitted(rows, of=of).model
    assert isinstance(model, Rule)
    assert model.sign == -1
    assert model.score(rows).argmax() == rows.one.argmin()


def test_without_any_rule_so_few_customers_are_refused() -> None:
    rows = company(10, customers=60)
    with pytest.raises(
        NotEnoughHistory, match="made-up: 10 different customers of the rarer class, at least 50 are needed for a model"
    ):
        fit(rows, FEATURES[:2], target(rules=()), QUICK)


# What cannot be learned from


@pytest.mark.parametrize(
    ("broken", "error", "says"),
    [
        (lambda rows: rows.drop(columns="one"), ValueError, r"no column one \(1 are missing\): build them"),
        (lambda rows: rows.drop(columns=["as_of", "label"]), ValueError, r"no column as_of \(2 are missing\)"),
        (
            lambda rows: rows.assign(label=rows.label.where(rows.index != 3)),
            NotEnoughHistory,
            "1 of 200 rows have no label: leave them out",
        ),
        (lambda rows: rows.assign(label=0.3), ValueError, "200 labels are neither 1 nor 0, as 0.3"),
        (lambda rows: rows.assign(label=0.0), NotEnoughHistory, r"all 200 rows have the label 0.0: .* another horizon"),
        (lambda rows: rows.assign(label=1.0), NotEnoughHistory, "all 200 rows have the label 1.0"),
        (lambda rows: rows.iloc[:0], NotEnoughHistory, "all 0 rows have the label nothing"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(broken: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        fitted(broken(labelled_rows(only_recency, customers=200)))


def test_labels_may_be_whole_numbers_or_truths() -> None:
    rows = labelled_rows(only_recency, customers=300)
    first, *others = (
        keep(fitted(rows.assign(label=rows.label.astype(kind))).model) for kind in ("float", "int", "bool")
    )
    assert all(other == first for other in others)


# The whole


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return panel_of(only_recency, customers=250, dates=6).frame


def test_all_rows_are_learned_from_in_the_end(rows: pd.DataFrame) -> None:
    before = rows.copy()
    learned = fitted(rows)
    again = fit_candidate(rows, rows.label.to_numpy(), FEATURES, learned.choice, QUICK)
    assert keep(learned.model)["logistic.json"] == keep(again)["logistic.json"]
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize("dates", [1, 6])
def test_the_order_of_rows_changes_nothing(rows: pd.DataFrame, dates: int) -> None:
    some = rows[rows.as_of < pd.Timestamp(FIRST + timedelta(days=28 * dates))]
    one, other = fitted(some, cohort=some), fitted(some.sample(frac=1, random_state=4), cohort=some)
    assert one.choice == other.choice
    assert one.recalibration.kind == other.recalibration.kind
    np.testing.assert_allclose(one.model.predict(some), other.model.predict(some), rtol=1e-9)


def test_what_is_fitted_is_what_was_judged() -> None:
    """The same choice on the same folds, and from the judge's experience the same model to the last bit."""
    panel = panel_of(what_rules_cannot_see, customers=120, dates=12)
    judged = judge(
        panel,
        target(),
        value=lambda frame: np.ones(len(frame)),
        segments=None,
        capacity=10,
        settings=QUICK,
        replicates=20,
        save_rate=0.3,
        contact_cost=0.0,
    )
    cohort = labelled_rows(what_rules_cannot_see, customers=80, seed=99).drop(columns="label")
    learned = fitted(panel.frame, cohort=cohort)
    assert judged.choice == learned.choice
    day = target().known_on(panel.dates[-1])
    again = fit_chosen(
        panel.frame, FEATURES, judged.choice, QUICK, experience=judged.experience, cohort=cohort, day=day
    )
    assert keep(again.model) == keep(learned.model)
    assert again.recalibrated_because == learned.recalibrated_because


def test_where_levels_drift_probabilities_follow_the_freshest_labels() -> None:
    rows = drifting(0.35).frame
    learned = fitted(rows)
    assert isinstance(learned.model, Calibrated)
    assert learned.recalibration.kind == "freshest"
    assert "freshest +0." in learned.recalibrated_because
    newest = rows[rows.as_of == rows.as_of.max()]
    raw = learned.model.model.predict(newest).mean()
    assert abs(learned.model.predict(newest).mean() - newest.label.mean()) < abs(raw - newest.label.mean()) / 2


def test_where_levels_stand_still_nothing_is_recalibrated() -> None:
    rows = drifting(0.0).frame
    learned = fitted(rows, cohort=rows[rows.as_of == rows.as_of.max()])
    assert learned.recalibration == NONE
    assert not isinstance(learned.model, Calibrated)


def test_with_one_date_a_sound_model_is_left_as_it_is() -> None:
    learned = fitted(labelled_rows(a_coin, customers=600))
    assert learned.recalibration == NONE
    assert "cross-fitted " in learned.recalibrated_because


def test_with_one_date_what_is_wrong_is_cross_fitted_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of all folds say too little by the same: the one that is fitted on all rows is raised by that."""
    low = 1.0

    def too_low(train: pd.DataFrame, test: pd.DataFrame, *_: object, small: bool) -> Trial:
        said = probability_of(log_odds(only_recency(test)).clip(-4, 4) - low)
        return replace(quick(test), logistic=dict.fromkeys(LOGISTICS, said), trees={})

    monkeypatch.setattr(room, "try_all", too_low)
    learned = fitted(
        labelled_rows(lambda frame: probability_of(log_odds(only_recency(frame)).clip(-4, 4)), customers=2000)
    )
    assert isinstance(learned.model, Calibrated)
    assert learned.recalibration.kind == "cross-fitted"
    assert learned.recalibration.shift == pytest.approx(low, abs=0.35)
    assert learned.recalibration.slope == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("candidate", ["logistic", "mean", "trees"])
def test_a_night_without_anybody_to_score_is_no_error(rows: pd.DataFrame, candidate: str) -> None:
    learned = fitted(rows)
    choice = replace(learned.choice, candidate=candidate)
    experience = Experience(target=target(), levels=levels_of(rows))
    day = target().known_on(DATES[5])
    made = fit_chosen(rows, FEATURES, choice, QUICK, experience=experience, cohort=rows.iloc[:0], day=day)
    assert made.recalibration == NONE


# Experience


def experienced(dates: int = 16, *, delay_days: int = 20) -> Experience:
    """What quick trials said at dates 28 days apart, over more than a year; every setting says something else."""
    drawn = np.random.default_rng(7)
    trials, levels = {}, {}
    for number in range(dates):
        day = FIRST + timedelta(days=28 * number)
        rows = labelled_rows(what_rules_cannot_see, customers=120, seed=number, day=day)
        odds = 1.5 * rows.one.to_numpy() - 2.0
        trials[day] = Trial(
            logistic={one: probability_of(odds + drawn.normal(0, 1.0, 120)) for one in LOGISTICS},
            trees={rounds: probability_of(odds + drawn.normal(0, 1.0, 120)) for rounds in ROUNDS},
            label=rows.label.to_numpy(),
            customers=rows.customer_id.to_numpy(),
        )
        levels[day] = float(rows.label.mean())
    return Experience(target=target(delay_days=delay_days), trials=trials, levels=levels)


def poisoned(experience: Experience, day: date) -> Experience:
    """Everything that was not known on `day` turned into its opposite."""

    def turned(trial: Trial) -> Trial:
        return replace(
            trial,
            logistic={one: 1 - said for one, said in trial.logistic.items()},
            trees={rounds: 1 - said for rounds, said in trial.trees.items()},
            label=1 - trial.label,
        )

    known = experience.target.known_on
    return replace(
        experience,
        trials={at: one if known(at) <= day else turned(one) for at, one in experience.trials.items()},
        levels={at: level if known(at) <= day else 1 - level for at, level in experience.levels.items()},
    )


def answers(experience: Experience, day: date) -> tuple[object, ...]:
    choice = experience.choose(day, customers=6000)
    cohort = np.random.default_rng(1).uniform(0.01, 0.6, 50)
    return (experience.over(day), choice, experience.recalibration(choice, cohort, day))


@pytest.mark.parametrize("days", [0, 47, 48, 49, 48 + 28 * 7, 48 + 28 * 14, 48 + 28 * 14 + 27])
def test_experience_answers_by_what_was_known_on_the_day(days: int) -> None:
    """Labels take 48 days: those of the first date are known on day 48."""
    experience, day = experienced(), FIRST + timedelta(days=days)
    known = (days - 48) // 28 + 1 if days >= 48 else 0
    assert len(experience.over(day)) == known
    assert answers(poisoned(experience, day), day) == answers(experience, day)
    # And the poison is one: whoever asks a month later is told something else.
    later = day + timedelta(days=48 + 28)
    if known and later < FIRST + timedelta(days=28 * 14):
        assert answers(poisoned(experience, day), later) != answers(experience, later)


def test_trials_in_any_order_are_one_experience() -> None:
    experience, day = experienced(), FIRST + timedelta(days=400)
    turned = replace(experience, trials=dict(reversed(experience.trials.items())))
    assert answers(turned, day) == answers(experience, day)


def test_last_years_season_is_asked_where_there_is_one() -> None:
    """At the first date with a date a year back the season can be fitted; nothing says yet that it helps."""
    experience = experienced(delay_days=0)
    choice = experience.choose(date.max, customers=6000)
    for days, there in ((SEASON_DAYS - 22, False), (SEASON_DAYS - 1, True)):
        fits = experience._fitted(choice, None, FIRST + timedelta(days=days))
        assert ("season" in fits) == there


def test_levels_are_the_share_of_outcomes_by_date() -> None:
    rows = panel_of(a_coin, customers=50, dates=3).frame
    assert levels_of(rows) == {day: rows.label[rows.as_of == pd.Timestamp(day)].mean() for day in DATES[:3]}
