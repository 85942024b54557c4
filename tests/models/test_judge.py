"""The judge: forward folds that know no more than the night did, and grades that follow from what is planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from features.family import Feature
from labels.target import Target
from models import fit as folds_room
from models.baselines import fit_five
from models.calibrate import KINDS, Recalibration
from models.candidates import CURATED_BELOW, RULE_BELOW, Choice, Settings, Trial, choose
from models.dataset import NotEnoughHistory, Panel, rarer_class_customers
from models.evaluate import Estimate, calibration_noise
from models.judge import (
    FIVE_LOGISTIC,
    LIFT_TOLERANCE,
    MODEL,
    RANDOM,
    REPORTED_FOLDS,
    TRIED_FOLDS,
    Judgement,
    grade_of,
    judge,
)
from models.learner import probability_of
from models.logistic import RidgeLogistic
from tests.models.panels import (
    FIRST,
    OWN_RATE,
    QUICK,
    RECENCY,
    RULES,
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
SIMPLE = tuple(rule.name for rule in RULES)
BASELINES = (RANDOM, *SIMPLE, FIVE_LOGISTIC)
CLAIMING = (MODEL, FIVE_LOGISTIC)


def judged(
    panel: Panel, *, of: Target | None = None, segments: pd.Series | None = None, capacity: int = 40, **changed: float
) -> Judgement:
    return judge(
        panel,
        of or target(),
        value=lambda frame: frame.amount_last_91d.to_numpy(),
        segments=segments,
        capacity=capacity,
        settings=QUICK,
        replicates=150,
        save_rate=changed.get("save_rate", 0.3),
        contact_cost=changed.get("contact_cost", 0.0),
        share=changed.get("share", 1.0),
    )


# Folds


def test_without_a_fold_the_error_says_what_to_do() -> None:
    panel = panel_of(a_coin, customers=10, dates=6)
    with pytest.raises(
        NotEnoughHistory, match=r"of 6 dates none has an earlier one .* 183 days .* shorten the horizon"
    ):
        judged(panel, of=target(horizon_days=182))


class Spy:
    """At both doors: the rows that are learned from, and the trials from which a candidate is chosen."""

    def __init__(self) -> None:
        self.tested: dict[int, date] = {}
        self.learned_from: list[set[date]] = []
        self.chosen_from: list[list[date]] = []
        self._kept: list[Trial] = []

    def rows(
        self, train: pd.DataFrame, test: pd.DataFrame, features: Sequence[Feature], settings: Settings, *, small: bool
    ) -> Trial:
        (now,) = {moment.date() for moment in test.as_of}
        made = quick(test)
        self.learned_from.append({moment.date() for moment in train.as_of})
        self.tested[id(made)] = now
        self._kept.append(made)  # kept alive: an id is used again otherwise
        return made

    def choice(self, trials: Sequence[Trial], *, customers: int) -> Choice:
        self.chosen_from.append([self.tested[id(one)] for one in trials])
        return choose(trials, customers=customers)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    monkeypatch.setattr(folds_room, "try_all", spy.rows)
    monkeypatch.setattr(folds_room, "choose", spy.choice)
    return spy


@pytest.mark.parametrize(("horizon_days", "delay_days"), [(27, 0), (28, 14), (56, 0)])
def test_what_is_chosen_and_learned_was_known_by_then(spy: Spy, horizon_days: int, delay_days: int) -> None:
    of = target(horizon_days=horizon_days, delay_days=delay_days)
    found = judged(panel_of(what_rules_cannot_see, customers=150), of=of)
    for now, days in zip(spy.tested.values(), spy.learned_from, strict=True):
        assert days == {day for day in DATES if of.known_on(day) <= now}
    *by_night, tonight = spy.chosen_from
    assert len(by_night) == len(found.folds)
    for fold, seen in zip(found.folds, by_night, strict=True):
        assert seen == [day for day in spy.tested.values() if of.known_on(day) <= fold.as_of]
    assert tonight == list(spy.tested.values())  # all labels of the panel are known tonight
    assert max(map(len, by_night)) > 0


def test_the_newest_folds_are_tried_and_of_them_the_newest_reported(spy: Spy) -> None:
    panel = panel_of(what_rules_cannot_see, customers=100, dates=20)
    found = judged(panel)
    assert TRIED_FOLDS == 16
    assert list(spy.tested.values()) == list(panel.dates[-TRIED_FOLDS:])
    assert [fold.as_of for fold in found.folds] == list(panel.dates[-REPORTED_FOLDS:])
    assert list(found.experience.trials) == list(panel.dates[-TRIED_FOLDS:])


@pytest.mark.parametrize(("customers", "delay_days"), [(150, 0), (150, 14), (800, 14)])
def test_labels_that_were_not_known_change_nothing_that_was_said(customers: int, delay_days: int) -> None:
    """Turned round, all of them: the scores of every method, the choices and the recalibrations up to then stay."""
    of = target(delay_days=delay_days)
    panel = panel_of(what_rules_cannot_see, customers=customers, dates=6)
    day = panel.dates[-2]
    unknown = panel.frame.as_of.isin([pd.Timestamp(at) for at in panel.dates if of.known_on(at) > day])
    turned = panel.frame.assign(label=panel.frame.label.where(~unknown, 1 - panel.frame.label))
    one, other = judged(panel, of=of), judged(replace(panel, frame=turned), of=of)
    assert (rarer_class_customers(panel.frame) >= CURATED_BELOW) == (customers > 500)
    by_then, then = (found.predictions[found.predictions.as_of <= pd.Timestamp(day)] for found in (one, other))
    methods = [MODEL, *BASELINES]
    pd.testing.assert_frame_equal(by_then[methods], then[methods], check_exact=True)
    told = [[(fold.choice, fold.recalibration) for fold in found.folds if fold.as_of <= day] for found in (one, other)]
    assert told[0] == told[1]
    assert len(told[0]) >= 3
    assert not by_then.label.equals(then.label)


@pytest.mark.regression
def test_no_row_that_is_reported_predates_what_was_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake: the last fifth of rows that lie by customer is called a temporal split; 80% predate its cutoff."""
    panel = panel_of(what_rules_cannot_see, customers=60, dates=10)
    rows = panel.frame.sort_values(["customer_id", "as_of"], ignore_index=True)
    cut = len(rows) * 4 // 5
    cutoff = rows.as_of.sort_values().iloc[cut]
    assert (rows.as_of[cut:] < cutoff).mean() == 0.8
    learned: list[pd.Timestamp] = []

    def five(train: pd.DataFrame, label: np.ndarray, features: Sequence[Feature]) -> RidgeLogistic:
        learned.append(train.as_of.max())
        return fit_five(train, label, features)

    monkeypatch.setattr("models.judge.fit_five", five)
    found = judged(replace(panel, frame=rows), capacity=10)
    nights = found.predictions.groupby("as_of").size()
    assert nights.tolist() == [60] * REPORTED_FOLDS
    for newest, night in zip(learned, nights.index, strict=True):
        assert target().known_on(newest) <= night


@pytest.mark.regression
def test_features_of_later_dates_change_nothing_that_was_said() -> None:
    """The mistake: medians and scales are taken of the whole panel, later dates and all, before it is cut in folds."""
    panel = panel_of(what_rules_cannot_see, customers=150, dates=5)
    day = pd.Timestamp(panel.dates[-2])
    spoiled = panel.frame.copy()
    spoiled.loc[spoiled.as_of > day, panel.feature_names] = 1e6
    assert spoiled[OWN_RATE].median() != panel.frame[OWN_RATE].median()
    one, other = (judged(replace(panel, frame=frame)).predictions for frame in (panel.frame, spoiled))
    methods = [MODEL, *BASELINES]
    pd.testing.assert_frame_equal(
        one.loc[one.as_of <= day, methods], other.loc[other.as_of <= day, methods], check_exact=True
    )
    assert not one[methods].equals(other[methods])


def test_of_whom_there_were_more_by_then_than_now_does_not_matter() -> None:
    """At first most rows are of those who leave, and 600 customers stay; at the end 300 customers who leave are the
    rarer class. What was tried then must hold what was chosen then."""
    leaves = pd.concat([labelled_rows(a_coin, customers=300, seed=seed) for seed in range(3)])
    first = pd.concat([leaves.assign(label=1.0), labelled_rows(a_coin, customers=900, seed=9)[300:].assign(label=0.0)])
    second = [labelled_rows(a_coin, customers=900, seed=seed, day=DATES[1]) for seed in (5, 6)]
    frame = pd.concat([first, *second], ignore_index=True)
    frame["label"] = frame.label.where((frame.as_of == pd.Timestamp(DATES[0])) | (frame.customer_id < "c00010"), 0.0)
    assert rarer_class_customers(first) == 600
    assert rarer_class_customers(frame) == 300
    found = judged(replace(panel_of(a_coin, dates=1), frame=frame))
    assert found.folds[0].choice.columns == "all"
    assert found.choice.columns == "curated"


# The whole


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of(what_rules_cannot_see, customers=700)


@pytest.fixture(scope="module")
def good(panel: Panel) -> Judgement:
    return judged(panel, segments=pd.Series({f"c{n:05d}": "odd" if n % 2 else "even" for n in range(680)}), capacity=70)


def test_what_rules_cannot_see_is_grade_a(good: Judgement) -> None:
    assert good.grade == "A"
    assert good.best_rule in (*SIMPLE, FIVE_LOGISTIC)
    assert good.says.startswith(f"better than {good.best_rule}")
    assert good.choice.columns == "all"


def test_what_only_sorts_those_who_are_not_called_is_grade_b() -> None:
    """The quietest tenth leaves almost surely, as every rule knows; among the others only `one` tells."""

    def planted(frame: pd.DataFrame) -> np.ndarray:
        return np.where(frame.days_since_last_activity > 60, 0.97, probability_of(1.2 * frame.one - 1.6))

    found = judged(panel_of(planted, customers=700, seed=2), capacity=50)
    assert found.grade == "B"
    assert found.says.startswith("ranks customers better than")


def test_what_a_rule_says_already_is_grade_c() -> None:
    found = judged(panel_of(only_recency))
    assert found.grade == "C"
    assert found.best_rule in ("recency", "five-feature logistic")
    assert found.says == f"no better than {found.best_rule}, the best simple rule, so the list follows that rule"


@pytest.mark.parametrize("seed", [1, 2])
def test_labels_that_were_shuffled_within_their_date_are_refused(seed: int) -> None:
    panel = panel_of(what_rules_cannot_see)
    shuffled = panel.frame.groupby("as_of").label.transform(
        lambda label: label.sample(frac=1, random_state=seed).to_numpy()
    )
    found = judged(replace(panel, frame=panel.frame.assign(label=shuffled)))
    assert found.grade == "refused"
    assert found.method(MODEL).metrics["auroc"].value == pytest.approx(0.5, abs=0.06)


def test_the_figures_are_those_of_the_pooled_predictions(good: Judgement, panel: Panel) -> None:
    told = good.predictions
    assert sorted({moment.date() for moment in told.as_of}) == list(panel.dates[-6:])
    assert (good.units, good.base_rate) == (len(told), told.label.mean())
    for name in (MODEL, *BASELINES):
        figures = good.method(name).metrics
        assert figures["auroc"].value == pytest.approx(roc_auc_score(told.label, told[name]))
        assert figures["average_precision"].value == pytest.approx(average_precision_score(told.label, told[name]))
        hits = told.sort_values(name, ascending=False).groupby("as_of").head(good.capacity)
        if not told.duplicated(["as_of", name]).any():  # ties at the edge are shared, which head() does not do
            assert figures["precision_at_k"].value == pytest.approx(hits.label.mean())
            assert figures["recall_at_k"].value == pytest.approx(hits.label.sum() / told.label.sum())
        assert figures["lift_at_k"].value == pytest.approx(figures["precision_at_k"].value / good.base_rate)
        assert ("brier" in figures) == ("ece" in figures) == (name in CLAIMING)
        for figure in figures.values():
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.high
    assert good.method(MODEL).metrics["brier"].value == pytest.approx(brier_score_loss(told.label, told[MODEL]))
    for name in CLAIMING:
        listed = told.assign(priority=told[name] * told.value).sort_values("priority", ascending=False)
        listed = listed.groupby("as_of").head(good.capacity)
        money = (listed.label * listed.value).sum()
        assert good.method(name).metrics["list_precision_at_k"].value == pytest.approx(listed.label.mean())
        assert good.method(name).metrics["value_at_k"].value == pytest.approx(money / (told.label * told.value).sum())
        assert good.method(name).metrics["profit_at_k"].value == pytest.approx(0.3 * money / 6)


def test_gains_are_paired_differences(good: Judgement) -> None:
    assert set(good.gains) == set(BASELINES)
    for rule, gain in good.gains.items():
        for metric, figure in gain.items():
            difference = good.method(MODEL).metrics[metric].value - good.method(rule).metrics[metric].value
            assert figure.value == pytest.approx(difference)


def test_every_night_and_segment_is_told(good: Judgement, panel: Panel) -> None:
    assert [fold.as_of for fold in good.folds] == list(panel.dates[-6:])
    assert [fold.units for fold in good.folds] == [700] * 6
    told = {"auroc", "lift_at_k", "brier", "ece", "calibration_in_the_large"}
    assert {name for fold in good.folds for name in fold.metrics} == told
    assert [(part.segment, part.units) for part in good.segments] == [
        ("even", 340 * 6),
        ("not known", 20 * 6),
        ("odd", 340 * 6),
    ]
    assert [length for length, _ in good.curve] == [length for length, _ in good.rule_curve]
    assert (good.capacity, good.method(MODEL).metrics["lift_at_k"].value) in good.curve
    assert sum(found.units for found in good.calibration) == good.units


def test_every_night_says_what_was_chosen_and_how_sure_it_was(good: Judgement, panel: Panel) -> None:
    for fold in good.folds:
        said = good.predictions[good.predictions.as_of == pd.Timestamp(fold.as_of)][MODEL].to_numpy()
        train = panel.frame[panel.frame.as_of < pd.Timestamp(fold.as_of)]
        assert fold.choice.customers == rarer_class_customers(train)
        assert fold.recalibration.kind in KINDS
        assert fold.mean_probability == pytest.approx(said.mean())
        assert fold.metrics["calibration_in_the_large"].value == pytest.approx(said.mean() - fold.base_rate)
        assert fold.ece_noise == calibration_noise(said, seed=QUICK.seed)
        assert 0 < fold.ece_noise < 0.1


def test_what_is_reported_is_recalibrated_as_it_would_have_been() -> None:
    """By the experience of that night: the raw probabilities of the choice, then the recalibration that is told."""
    found = judged(drifting(0.35))
    assert [fold.recalibration.kind for fold in found.folds[-2:]] == ["freshest", "freshest"]
    assert found.folds[0].recalibration.kind == "none"  # no fold was over on which one could have been tried
    for fold in found.folds:
        raw = found.experience.trials[fold.as_of].of(fold.choice)
        said = found.predictions[found.predictions.as_of == pd.Timestamp(fold.as_of)][MODEL].to_numpy()
        np.testing.assert_array_equal(said, fold.recalibration.apply(raw))
    last = found.folds[-1]
    assert last.mean_probability is not None
    assert abs(last.mean_probability - last.base_rate) < abs(raw.mean() - last.base_rate)


def test_judging_twice_gives_the_same_and_changes_nothing() -> None:
    panel = panel_of(what_rules_cannot_see, customers=120, dates=4)
    before = panel.frame.copy()
    one, other = judged(panel), judged(panel)
    assert one.methods == other.methods
    assert one.gains == other.gains
    assert one.choice == other.choice
    pd.testing.assert_frame_equal(one.predictions, other.predictions)
    pd.testing.assert_frame_equal(panel.frame, before)


def test_a_date_without_anybody_of_one_class_is_no_error() -> None:
    """Small companies have nights on which nobody left: nothing is learned there, and nothing said of it."""
    panel = panel_of(what_rules_cannot_see, customers=160, dates=5)
    quiet = panel.frame.as_of.isin([pd.Timestamp(panel.dates[0]), pd.Timestamp(panel.dates[-1])])
    found = judged(replace(panel, frame=panel.frame.assign(label=panel.frame.label.where(~quiet, 0.0))), capacity=10)
    last = found.folds[-1]
    assert np.isnan(last.metrics["auroc"].value)
    assert (last.metrics["auroc"].low, last.metrics["auroc"].high) == (None, None)
    assert last.metrics["brier"].low is not None


def test_calls_that_cost_more_than_they_save_are_a_loss() -> None:
    panel = panel_of(what_rules_cannot_see, dates=4)
    dear = judged(panel, contact_cost=1e6).method(MODEL).metrics["profit_at_k"]
    assert dear.high is not None
    assert dear.high < 0
    free = judged(panel).method(MODEL).metrics["profit_at_k"]
    assert dear.value == pytest.approx(free.value - 1e6 * 40)


# Too few customers for a model


def few_leave(frame: pd.DataFrame) -> np.ndarray:
    """One in a hundred, and those who were longest away: about thirty of 400 customers at eight dates."""
    return np.where((frame[RECENCY] >= 90) & (frame.one > 0.2), 0.9, 0.0005)


@pytest.fixture(scope="module")
def by_rule() -> Judgement:
    panel = panel_of(few_leave)
    assert 20 < rarer_class_customers(panel.frame) < RULE_BELOW
    return judged(panel, segments=pd.Series({"c00001": "gold"}))


def test_with_too_few_customers_the_first_rule_is_judged_and_claims_no_probabilities(by_rule: Judgement) -> None:
    assert by_rule.predictions[MODEL].equals(by_rule.predictions["recency"])
    claims = {"brier", "ece", "calibration_in_the_large"}
    for name in (MODEL, RANDOM, *SIMPLE):
        assert not claims & set(by_rule.method(name).metrics)
    assert by_rule.calibration == ()
    for fold in by_rule.folds:
        assert (fold.mean_probability, fold.ece_noise) == (None, None)
        assert set(fold.metrics) == {"auroc", "lift_at_k"}
        assert fold.recalibration == Recalibration()
        assert fold.choice.candidate == "recency"
    assert {name for part in by_rule.segments for name in part.metrics} <= {"auroc"}
    assert all("brier" not in gain for gain in by_rule.gains.values())
    assert by_rule.experience.trials == {}


def test_a_rule_that_beats_chance_is_grade_c_and_says_why_it_is_no_model(by_rule: Judgement) -> None:
    assert by_rule.grade == "C"
    customers = by_rule.choice.customers
    assert by_rule.says == (
        f"only {customers} different customers of the rarer class, and a model needs 50, so the list follows recency, "
        "the best simple rule, and claims no probabilities"
    )
    assert (by_rule.choice.candidate, by_rule.best_rule) == ("recency", "recency")


def test_with_too_few_customers_the_best_of_the_rules_is_followed_never_a_model() -> None:
    """The five-feature logistic would see it: it is a model, and not for so few."""

    def planted(frame: pd.DataFrame) -> np.ndarray:
        return np.where((frame[OWN_RATE] >= 0.5) & (frame.days_since_first_activity > 860), 0.9, 0.0)

    panel = panel_of(planted)
    assert rarer_class_customers(panel.frame) < RULE_BELOW
    found = judged(panel)
    assert found.best_rule == "own past rate"
    assert found.method(FIVE_LOGISTIC).metrics["auroc"].value > found.method("own past rate").metrics["auroc"].value
    assert found.grade == "C"
    assert "the list follows own past rate" in found.says
    assert found.choice.candidate == "recency"


def test_where_no_rule_beats_chance_so_few_are_refused() -> None:
    found = judged(panel_of(lambda frame: np.full(len(frame), 0.01)))
    assert found.grade == "refused"


def test_without_a_rule_so_few_are_refused_with_the_cure() -> None:
    with pytest.raises(NotEnoughHistory, match=r"made-up: \d+ different customers of the rarer class, at least 50 are"):
        judged(panel_of(few_leave), of=target(rules=()))


def test_without_a_rule_many_are_compared_with_the_five_feature_logistic() -> None:
    found = judged(panel_of(only_recency, dates=4), of=target(rules=()))
    assert [method.name for method in found.methods] == [MODEL, RANDOM, FIVE_LOGISTIC]
    assert found.best_rule == FIVE_LOGISTIC


# Grades at their edges


def figure(low: float | None) -> Estimate:
    return Estimate(0.5, low, None if low is None else low + 1)


def graded(**low: Any) -> tuple[str, str]:
    """The grade by the lower ends of intervals, and by too_few; all that is not given is passed with ease."""
    given = {
        "lift": 1.5,
        "auroc": 0.6,
        "rule_lift": 1.5,
        "rule_auroc": 0.6,
        "gain_lift": 0.01,
        "gain_auroc": 0.01,
        **low,
    }
    return grade_of(
        {"lift_at_k": figure(given["lift"]), "auroc": figure(given["auroc"])},
        {"lift_at_k": figure(given["gain_lift"]), "auroc": figure(given["gain_auroc"])},
        {"lift_at_k": figure(given["rule_lift"]), "auroc": figure(given["rule_auroc"])},
        best_rule="recency",
        too_few=given.get("too_few"),
    )


@pytest.mark.parametrize(
    ("low", "grade"),
    [
        ({}, "A"),
        ({"gain_lift": 0.0}, "B"),  # zero is not above zero
        ({"gain_lift": -0.29}, "B"),
        ({"gain_lift": -0.3}, "C"),  # the tolerance itself is too much
        ({"gain_auroc": 0.0, "gain_lift": 0.5}, "C"),
        ({"gain_auroc": -0.1, "gain_lift": -0.1}, "C"),
        ({"rule_lift": 1.0}, "A"),
        ({"rule_auroc": 0.5}, "A"),
        # The model itself does not beat chance: that takes a lift at capacity and an AUROC.
        ({"lift": 1.0}, "C"),
        ({"auroc": 0.5}, "C"),
        ({"lift": 1.0, "rule_lift": 1.0}, "refused"),
        ({"auroc": 0.5, "rule_auroc": 0.5}, "refused"),
        ({"lift": 1.0, "rule_auroc": 0.5}, "refused"),
        ({"auroc": 0.5, "rule_lift": 1.0}, "refused"),
        ({"auroc": 0.5, "gain_lift": 0.0, "rule_lift": 1.0}, "refused"),
        # Neither better than the rule, nor the rule than chance.
        ({"rule_lift": 1.0, "gain_auroc": 0.0, "gain_lift": 0.0}, "refused"),
        ({"rule_auroc": 0.5, "gain_auroc": 0.0, "gain_lift": 0.0}, "refused"),
        # What is not known was not passed.
        ({"lift": None, "rule_lift": None}, "refused"),
        ({"auroc": None, "rule_auroc": None}, "refused"),
        ({"lift": None}, "C"),
        ({"auroc": None}, "C"),
        ({"rule_lift": None}, "A"),
        ({"rule_lift": None, "gain_auroc": None}, "refused"),
        ({"gain_auroc": None}, "C"),
        ({"gain_lift": None}, "C"),
    ],
)
def test_grades_at_their_edges(low: dict[str, float | None], grade: str) -> None:
    found, says = graded(**low)
    assert found == grade
    assert says


@pytest.mark.regression
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_figure_that_is_missing_is_a_figure_that_failed(missing: float | None) -> None:
    """The mistake: a gate that stops what is below a bound, or takes a default, lets pass what was never measured."""
    failed = {
        "lift": 1.0,
        "auroc": 0.5,
        "rule_lift": 1.0,
        "rule_auroc": 0.5,
        "gain_lift": -LIFT_TOLERANCE,
        "gain_auroc": 0.0,
    }
    assert not float("nan") <= failed["auroc"], "whoever asks it so finds nothing to stop"
    some = [names for size in range(1, 7) for names in combinations(failed, size)]
    assert len(some) == 2**6 - 1
    for names in some:
        lost = graded(**dict.fromkeys(names, missing))
        assert lost[0] == graded(**{name: failed[name] for name in names})[0]
        assert lost[0] != "A" or not {"lift", "auroc", "gain_lift", "gain_auroc"} & set(names)
    assert graded(**dict.fromkeys(failed, missing))[0] == "refused"
    passed = {"lift_at_k": figure(1.5), "auroc": figure(0.6)}
    for name in passed:
        with pytest.raises(KeyError, match=name):
            grade_of({key: passed[key] for key in passed if key != name}, passed, passed, best_rule="recency")


@pytest.mark.parametrize(
    ("low", "grade", "says"),
    [
        ({}, "C", "only 30 different customers of the rarer class, and a model needs 50, so the list follows recency"),
        ({"lift": 1.0, "auroc": 0.5}, "C", "claims no probabilities"),
        ({"rule_lift": 1.0}, "refused", "needs 50; recency, the best simple rule, does not beat calling at random"),
        ({"rule_auroc": 0.5}, "refused", "does not beat calling at random"),
        ({"lift": 1.0, "rule_lift": 1.0}, "refused", "nothing beats calling at random"),
    ],
)
def test_of_too_few_customers_no_model_is_published(low: dict[str, float], grade: str, says: str) -> None:
    found, told = graded(**low, too_few=30)
    assert found == grade
    assert says in told


def test_where_everybody_is_called_the_order_alone_decides() -> None:
    """A lift above 1 cannot be had there: a night of 30 cases and 100 calls leaves nobody out."""
    told: dict[str, Any] = {
        "model": {"lift_at_k": Estimate(1.0, 1.0, 1.0), "auroc": Estimate(0.7, 0.65, 0.75)},
        "gain": {"lift_at_k": Estimate(0.0, 0.0, 0.0), "auroc": Estimate(0.1, 0.05, 0.15)},
        "rule": {"lift_at_k": Estimate(1.0, 1.0, 1.0), "auroc": Estimate(0.6, 0.55, 0.65)},
    }
    assert grade_of(*told.values(), best_rule="severity")[0] == "refused"
    assert grade_of(*told.values(), best_rule="severity", all_called=True)[0] == "B"
    told["model"]["auroc"] = told["rule"]["auroc"] = Estimate(0.5, 0.45, 0.55)
    assert grade_of(*told.values(), best_rule="severity", all_called=True)[0] == "refused"


def test_of_the_calls_a_share_falls_on_those_who_answered(panel: Panel) -> None:
    """A panel of a fifth of the cohort: 200 calls a night are 40 of its rows, and are told as 200."""
    all_of_it, a_fifth = judged(panel, capacity=40), judged(panel, capacity=200, share=0.2)
    assert (all_of_it.capacity, a_fifth.capacity) == (40, 200)
    for name in ("lift_at_k", "precision_at_k", "auroc"):
        assert a_fifth.method(MODEL).metrics[name] == all_of_it.method(MODEL).metrics[name]
    assert dict(a_fifth.curve)[200] == dict(all_of_it.curve)[40]
    assert max(length for length, _ in a_fifth.curve) > 2 * max(length for length, _ in all_of_it.curve)


@pytest.mark.regression
def test_a_correction_after_the_night_changes_nothing_that_was_said_that_night() -> None:
    """The mistake: labels as they are known now, corrections and all, choose and recalibrate the models of the past."""
    panel = drifting(0.35)
    then = panel.frame.set_index(["customer_id", "as_of"]).label

    def known_then(rows: pd.DataFrame, _: date) -> pd.Series:
        return pd.Series(then.loc[list(zip(rows.customer_id, rows.as_of, strict=True))].to_numpy(), index=rows.index)

    corrected = panel.frame.as_of == pd.Timestamp(panel.dates[-2])
    later = panel.frame.assign(label=panel.frame.label.where(~corrected, 1 - panel.frame.label))
    one, other = (
        judge(
            replace(panel, frame=frame),
            target(),
            value=lambda rows: np.ones(len(rows)),
            segments=None,
            capacity=40,
            settings=QUICK,
            replicates=20,
            save_rate=0.3,
            contact_cost=0.0,
            known_then=known_then,
        ).predictions
        for frame in (panel.frame, later)
    )
    last = one.as_of == pd.Timestamp(panel.dates[-1])
    pd.testing.assert_series_equal(one[MODEL][last], other[MODEL][last], check_exact=True)
