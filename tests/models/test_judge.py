"""The judge: forward folds that know no more than the night did, and grades that follow from what is planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from labels.target import Target
from models import judge as room
from models.candidates import ROUNDS, STRENGTHS, Choice, Settings, Trial, choose
from models.dataset import NotEnoughHistory, Panel
from models.evaluate import Estimate
from models.judge import BASELINES, HAS_PROBABILITIES, MODEL, RULES, Judgement, forward_folds, grade_of, judge
from models.learner import probability_of
from tests.models.panels import (
    FIRST,
    QUICK,
    a_coin,
    only_recency,
    panel_of,
    target,
    what_rules_cannot_see,
)

DATES = tuple(FIRST + timedelta(days=28 * number) for number in range(8))


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
    )


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


def test_without_a_fold_the_error_says_what_to_do() -> None:
    panel = panel_of(a_coin, customers=10, dates=6)
    with pytest.raises(
        NotEnoughHistory, match=r"of 6 dates none has an earlier one .* 183 days .* shorten the horizon"
    ):
        judged(panel, of=target(horizon_days=182))


@pytest.mark.parametrize(("horizon_days", "delay_days"), [(27, 0), (28, 14), (56, 0)])
def test_what_is_chosen_and_learned_was_known_by_then(
    monkeypatch: pytest.MonkeyPatch, horizon_days: int, delay_days: int
) -> None:
    """A spy at both doors: the rows that are learned from, and the trials from which a candidate is chosen."""
    of = target(horizon_days=horizon_days, delay_days=delay_days)
    tested: dict[int, date] = {}
    kept: list[Trial] = []
    chosen_from: list[list[date]] = []

    def spy_on_rows(train: pd.DataFrame, test: pd.DataFrame, features: object, settings: Settings) -> Trial:
        days = {moment.date() for moment in train.as_of}
        (now,) = {moment.date() for moment in test.as_of}
        assert days == {day for day in DATES if of.known_on(day) <= now}
        made = quick(test)
        tested[id(made)] = now
        kept.append(made)  # kept alive: an id is used again otherwise
        return made

    def spy_on_choice(trials: Sequence[Trial]) -> Choice:
        chosen_from.append([tested[id(one)] for one in trials])
        return choose(trials)

    monkeypatch.setattr(room, "try_all", spy_on_rows)
    monkeypatch.setattr(room, "choose", spy_on_choice)
    found = judged(panel_of(what_rules_cannot_see, customers=60), of=of)

    *by_night, tonight = chosen_from
    assert len(by_night) == len(found.folds)
    for fold, seen in zip(found.folds, by_night, strict=True):
        assert seen == [day for day in tested.values() if of.known_on(day) <= fold.as_of]
    assert tonight == list(tested.values())  # all labels of the panel are known tonight
    assert max(map(len, by_night)) > 0


def quick(test: pd.DataFrame) -> Trial:
    """A trial without fitting anything."""
    said = np.clip(0.3 + 0.1 * test.one.to_numpy(), 0.01, 0.99)
    return Trial(
        logistic=dict.fromkeys(STRENGTHS, said),
        trees=dict.fromkeys(ROUNDS, 1 - said),
        label=test.label.to_numpy(),
        customers=test.customer_id.to_numpy(),
    )


def test_labels_of_a_reported_night_do_not_change_its_scores() -> None:
    panel = panel_of(what_rules_cannot_see, customers=150, dates=5)
    last = pd.Timestamp(max(panel.dates))
    turned = panel.frame.assign(label=panel.frame.label.where(panel.frame.as_of != last, 1 - panel.frame.label))
    one, other = judged(panel).predictions, judged(replace(panel, frame=turned)).predictions
    methods = [MODEL, *BASELINES]
    pd.testing.assert_frame_equal(one[methods], other[methods])
    assert not one.label.equals(other.label)


# The whole


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of(what_rules_cannot_see)


@pytest.fixture(scope="module")
def good(panel: Panel) -> Judgement:
    return judged(panel, segments=pd.Series({f"c{n:05d}": "odd" if n % 2 else "even" for n in range(380)}))


def test_what_rules_cannot_see_is_grade_a(good: Judgement) -> None:
    assert good.grade == "A"
    assert good.best_rule in RULES
    assert good.says.startswith(f"better than {good.best_rule}")


def test_what_only_sorts_those_who_are_not_called_is_grade_b() -> None:
    """The quietest tenth leaves almost surely, as every rule knows; among the others only `one` tells."""

    def planted(frame: pd.DataFrame) -> np.ndarray:
        return np.where(frame.days_since_last_activity > 60, 0.95, probability_of(1.2 * frame.one - 2.5))

    found = judged(panel_of(planted, customers=600), capacity=30)
    assert found.grade == "B"
    assert found.says.startswith("ranks customers better than")


def test_what_a_rule_says_already_is_grade_c() -> None:
    found = judged(panel_of(only_recency))
    assert found.grade == "C"
    assert found.best_rule in ("recency", "five-feature logistic")
    assert found.says == f"no better than {found.best_rule}, the best simple rule, so the list follows that rule"


@pytest.mark.parametrize("seed", [1, 2])
def test_labels_that_were_shuffled_within_their_date_are_refused(panel: Panel, seed: int) -> None:
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
        assert ("brier" in figures) == ("ece" in figures) == (name in HAS_PROBABILITIES)
        for figure in figures.values():
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.high
    assert good.method(MODEL).metrics["brier"].value == pytest.approx(brier_score_loss(told.label, told[MODEL]))
    for name in HAS_PROBABILITIES:
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
    assert [fold.units for fold in good.folds] == [400] * 6
    assert {name for fold in good.folds for name in fold.metrics} == {"auroc", "lift_at_k", "brier"}
    assert [(part.segment, part.units) for part in good.segments] == [
        ("even", 190 * 6),
        ("not known", 20 * 6),
        ("odd", 190 * 6),
    ]
    assert [length for length, _ in good.curve] == [length for length, _ in good.rule_curve]
    assert (good.capacity, good.method(MODEL).metrics["lift_at_k"].value) in good.curve
    assert sum(found.units for found in good.calibration) == good.units


def test_judging_twice_gives_the_same_and_changes_nothing() -> None:
    panel = panel_of(what_rules_cannot_see, customers=80, dates=4)
    before = panel.frame.copy()
    one, other = judged(panel), judged(panel)
    assert one.methods == other.methods
    assert one.gains == other.gains
    assert one.choice == other.choice
    pd.testing.assert_frame_equal(one.predictions, other.predictions)
    pd.testing.assert_frame_equal(panel.frame, before)


def test_a_date_without_anybody_of_one_class_is_no_error() -> None:
    """Small companies have nights on which nobody left: nothing is learned there, and nothing said of it."""
    panel = panel_of(what_rules_cannot_see, customers=80, dates=5)
    quiet = panel.frame.as_of.isin([pd.Timestamp(panel.dates[0]), pd.Timestamp(panel.dates[-1])])
    found = judged(replace(panel, frame=panel.frame.assign(label=panel.frame.label.where(~quiet, 0.0))), capacity=10)
    last = found.folds[-1]
    assert np.isnan(last.metrics["auroc"].value)
    assert (last.metrics["auroc"].low, last.metrics["auroc"].high) == (None, None)
    assert last.metrics["brier"].low is not None


def test_calls_that_cost_more_than_they_save_are_a_loss(panel: Panel) -> None:
    few = replace(panel, frame=panel.frame[panel.frame.as_of <= pd.Timestamp(panel.dates[3])])
    dear = judged(few, contact_cost=1e6).method(MODEL).metrics["profit_at_k"]
    assert dear.high is not None
    assert dear.high < 0
    free = judged(few).method(MODEL).metrics["profit_at_k"]
    assert dear.value == pytest.approx(free.value - 1e6 * 40)


# Grades at their edges


def figure(low: float | None) -> Estimate:
    return Estimate(0.5, low, None if low is None else low + 1)


@pytest.mark.parametrize(
    ("model_lift", "rule_lift", "gain_auroc", "gain_lift", "grade"),
    [
        (1.5, 1.5, 0.01, 0.01, "A"),
        (1.5, 1.5, 0.01, 0.0, "B"),  # zero is not above zero
        (1.5, 1.5, 0.01, -0.29, "B"),
        (1.5, 1.5, 0.01, -0.3, "C"),  # the tolerance itself is too much
        (1.5, 1.5, 0.0, 0.5, "C"),
        (1.5, 1.5, -0.1, -0.1, "C"),
        (1.5, 1.0, 0.01, 0.01, "A"),
        (1.0, 1.5, 0.01, 0.01, "C"),  # the model itself does not beat chance
        (1.0, 1.0, 0.01, 0.01, "refused"),
        (1.5, 1.0, 0.0, 0.0, "refused"),  # neither better than the rule, nor the rule than chance
        # What is not known was not passed.
        (None, None, 0.01, 0.01, "refused"),
        (None, 1.5, 0.01, 0.01, "C"),
        (1.5, None, 0.01, 0.01, "A"),
        (1.5, None, None, 0.01, "refused"),
        (1.5, 1.5, None, 0.01, "C"),
        (1.5, 1.5, 0.01, None, "C"),
    ],
)
def test_grades_at_their_edges(
    model_lift: float | None, rule_lift: float | None, gain_auroc: float | None, gain_lift: float | None, grade: str
) -> None:
    found, says = grade_of(
        {"lift_at_k": figure(model_lift)},
        {"auroc": figure(gain_auroc), "lift_at_k": figure(gain_lift)},
        {"lift_at_k": figure(rule_lift)},
        best_rule="recency",
    )
    assert found == grade
    assert says
