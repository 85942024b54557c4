"""Past nights replayed: known worlds in which each part of a backtest has a true answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from models.backtest import FEWEST_NIGHTS, Backtest, Champion, backtest
from models.candidates import fit_candidate
from models.dataset import NotEnoughHistory, Panel
from models.judge import MODEL
from models.learner import probability_of
from tests.models.panels import FEATURES as DRAWN
from tests.models.panels import (
    FIRST,
    QUICK,
    a_coin,
    chosen,
    labelled_rows,
    only_recency,
    panel_of,
    target,
    what_rules_cannot_see,
)

CAPACITY = 40
CUSTOMERS = 400
#: With the drawn columns under names that small companies' models look at, too: all here is quick.
FEATURES = (
    *DRAWN,
    Feature(name="last_csat", description="one", unit="of 5", group="said"),
    Feature(name="last_nps", description="two", unit="of 10", group="said"),
)


def named(panel: Panel) -> Panel:
    frame = panel.frame.assign(last_csat=panel.frame.one, last_nps=panel.frame.two)
    return Panel(frame=frame, features=FEATURES, censored={})


def replayed(panel: Panel, **changed: Any) -> Backtest:
    return backtest(
        panel,
        target(),
        value=changed.pop("value", lambda frame: frame.amount_last_91d.to_numpy()),
        segments=changed.pop("segments", None),
        capacity=changed.pop("capacity", CAPACITY),
        settings=QUICK,
        replicates=100,
        save_rate=changed.pop("save_rate", 0.3),
        contact_cost=changed.pop("contact_cost", 0.0),
        **changed,
    )


def turning(customers: int = 400, dates: int = 9) -> Panel:
    """What tells leavers apart turns a little from night to night, from `one` to `two`: an old model goes stale."""

    def planted(place: int) -> Any:
        angle = place / (dates - 1) * np.pi / 2

        def chance(frame: pd.DataFrame) -> np.ndarray:
            both = np.cos(angle) * frame.one + np.sin(angle) * frame.two.fillna(0)
            return probability_of(2.5 * both.to_numpy() - 1.5)

        return chance

    parts = [
        labelled_rows(planted(place), customers=customers, seed=70 + place, day=FIRST + timedelta(days=28 * place))
        for place in range(dates)
    ]
    return named(Panel(frame=pd.concat(parts, ignore_index=True), features=DRAWN, censored={}))


@pytest.fixture(scope="module")
def steady() -> Panel:
    return named(panel_of(what_rules_cannot_see, customers=CUSTOMERS, dates=9))


@pytest.fixture(scope="module")
def tested(steady: Panel) -> Backtest:
    segments = pd.Series({f"c{number:05d}": ("north", "south")[number % 2] for number in range(CUSTOMERS)})
    return replayed(steady, segments=segments, contact_cost=12.0)


def test_every_night_has_every_method_and_together_they_are_the_judgement(tested: Backtest, steady: Panel) -> None:
    assert [night.name for night in tested.nights] == [str(day) for day in steady.dates[-FEWEST_NIGHTS:]]
    assert sum(night.units for night in tested.nights) == tested.judgement.units
    for night in tested.nights:
        assert set(night.figures) == {method.name for method in tested.judgement.methods}
        ours, chance = night.figures[MODEL]["auroc"], night.figures["random"]["auroc"]
        assert ours.low is not None
        assert ours.low > 0.5
        assert ours.value > chance.value


def test_segments_have_a_share_of_the_calls_each(tested: Backtest) -> None:
    assert [part.name for part in tested.segments] == ["north", "south"]
    assert {part.units for part in tested.segments} == {CUSTOMERS // 2 * FEWEST_NIGHTS}
    # Of 40 calls 20 fall on each half: recall is 20 x precision over its positives.
    for part in tested.segments:
        found = part.figures[MODEL]
        positives = part.base_rate * CUSTOMERS / 2
        assert found["recall_at_k"].value == pytest.approx(20 * found["precision_at_k"].value / positives, rel=0.02)


def test_a_world_that_stays_keeps_old_models_good(tested: Backtest) -> None:
    assert [age.nights_old for age in tested.ages] == [1, 2, 3, 4, 5]
    assert [age.days_old for age in tested.ages] == [28, 56, 84, 112, 140]
    assert [age.nights for age in tested.ages] == [5, 4, 3, 2, 1]
    for age in tested.ages:
        assert age.auroc_loss.value > -0.05
    assert tested.ages[0].auroc_loss.low is not None
    assert tested.ages[0].auroc_loss.low <= 0 <= (tested.ages[0].auroc_loss.high or 0) + 0.02


def test_a_world_that_turns_makes_old_models_stale() -> None:
    ages = replayed(turning()).ages
    losses = [age.auroc_loss.value for age in ages]
    assert losses[0] > losses[3], "the older the worse"
    assert ages[3].auroc_loss.high is not None
    assert ages[3].auroc_loss.high < 0


def test_probabilities_that_hold_say_how_many_of_those_called_it_happens_to(tested: Backtest) -> None:
    *nights, together = tested.yields
    assert together.name == "all"
    assert together.called == CAPACITY * FEWEST_NIGHTS == sum(night.called for night in nights)
    assert together.realised == sum(night.realised for night in nights)
    assert together.expected == pytest.approx(sum(night.expected for night in nights))
    assert together.as_said
    # The spread of independent draws: all together is narrower than the nights added up.
    assert together.high - together.low < sum(night.high - night.low for night in nights)


def test_the_yield_is_that_of_the_list_as_it_is_published(tested: Backtest) -> None:
    """Ordered by probability times value, not by probability."""
    rows = tested.judgement.predictions
    one = rows[rows.as_of == rows.as_of.min()]
    published = one.assign(priority=one[MODEL] * one.value).nlargest(CAPACITY, "priority")
    assert tested.yields[0].realised == published.label.sum()
    assert tested.yields[0].expected == pytest.approx(published[MODEL].sum())


def test_probabilities_twice_too_high_are_seen(steady: Panel) -> None:
    """The world turned milder than all that was known: the list holds far fewer than its probabilities said."""
    frame = steady.frame.copy()
    newest = frame.as_of >= pd.Timestamp(steady.dates[-2])
    drawn = np.random.default_rng(3).random(len(frame)) < 0.6
    frame.loc[newest & drawn, "label"] = 0.0
    mild = replayed(Panel(frame=frame, features=FEATURES, censored={}))
    assert not mild.yields[-2].as_said
    assert mild.yields[-2].realised < mild.yields[-2].low


def test_the_best_length_is_where_a_further_call_no_longer_pays(tested: Backtest) -> None:
    assert tested.best is not None
    lengths = {length.calls: length for length in tested.lengths}
    assert CAPACITY in lengths
    longest = lengths[max(lengths)]
    assert tested.best.calls < longest.calls
    assert longest.profit.value < tested.best.profit.value
    assert not longest.as_good
    assert tested.best.as_good
    assert tested.best.profit.value == max(length.profit.value for length in tested.lengths)


def test_without_a_cost_every_further_call_pays(steady: Panel) -> None:
    tested = replayed(steady, contact_cost=0.0)
    assert tested.best is not None
    assert tested.best.calls == max(length.calls for length in tested.lengths)


def test_where_no_call_pays_there_is_no_best_length(steady: Panel) -> None:
    assert replayed(steady, contact_cost=10_000.0).best is None


def test_money_of_a_share_of_the_night_is_that_of_the_whole(steady: Panel) -> None:
    """Of those asked a half answered: who did not are called too, and are worth as much."""
    whole, half = replayed(steady), replayed(steady, share=0.5, capacity=2 * CAPACITY)
    assert half.judgement.method(MODEL).metrics["profit_at_k"].value == pytest.approx(
        whole.judgement.method(MODEL).metrics["profit_at_k"].value
    )
    at = {length.calls: length.profit.value for length in whole.lengths}[CAPACITY]
    assert {length.calls: length.profit.value for length in half.lengths}[2 * CAPACITY] == pytest.approx(2 * at)


def test_it_learns_from_the_labels_of_then_and_is_judged_by_those_of_now(steady: Panel) -> None:
    """At every night all labels known by then were the other way round. Only the test knows that they were mended."""

    def turned(rows: pd.DataFrame, _: date) -> pd.Series:
        return 1 - rows.label

    then = replayed(steady, known_then=turned)
    auroc = then.judgement.method(MODEL).metrics["auroc"]
    assert auroc.high is not None
    assert auroc.high < 0.5
    assert all(night.changed == night.labels > 0 for night in then.changed)


def test_labels_that_were_not_known_then_are_not_learned_from(steady: Panel) -> None:
    def half(rows: pd.DataFrame, _: date) -> pd.Series:
        return rows.label.where(rows.customer_id.str[-1].isin(list("02468")))

    some = replayed(steady, known_then=half)
    whole = replayed(steady, known_then=lambda rows, _: rows.label)
    assert [night.labels for night in some.changed] == [night.labels // 2 for night in whole.changed]
    assert {night.changed for night in some.changed} == {0}


def champion_of(panel: Panel, day: date) -> Champion:
    rows = panel.frame[panel.frame.as_of < pd.Timestamp(day)]
    model = fit_candidate(rows, rows.label.to_numpy(), FEATURES, chosen("logistic"), QUICK)
    return Champion(name="version 3", trained_as_of=day, model=model)


def test_a_champion_stands_only_on_nights_that_it_did_not_learn_from(steady: Panel) -> None:
    day = steady.dates[-2]
    standing = replayed(steady, champion=champion_of(steady, day)).champion
    assert standing is not None
    assert (standing.name, standing.trained_as_of, standing.nights) == ("version 3", day, 2)
    assert standing.figures["auroc"].value > 0.7
    assert abs(standing.gain["auroc"].value) < 0.05
    frame = steady.frame.drop(columns=["two", "last_nps"])
    features = tuple(feature for feature in FEATURES if feature.name not in ("two", "last_nps"))
    lost = Panel(frame=frame, features=features, censored={})
    assert replayed(lost, champion=champion_of(steady, day)).champion is None, "it learned from columns that are gone"
    learned_all = champion_of(steady, steady.dates[-1] + timedelta(days=1))
    assert replayed(steady, champion=learned_all).champion is None


def test_too_few_customers_for_a_model_leave_no_probabilities_to_hold(steady: Panel) -> None:
    few = steady.where(steady.frame.customer_id < "c00060")
    frame = few.frame.assign(label=(few.frame.customer_id < "c00030").astype("float64"))
    tested = replayed(Panel(frame=frame, features=FEATURES, censored={}), capacity=5)
    assert (tested.ages, tested.yields) == ((), ())
    assert tested.lengths


def test_too_short_a_history_says_what_to_do() -> None:
    with pytest.raises(NotEnoughHistory, match=r"5 of 6 dates have an earlier one.*a backtest needs 6: bring older"):
        replayed(panel_of(a_coin, customers=20, dates=6))


def test_few_nights_say_little(steady: Panel) -> None:
    with pytest.raises(ValueError, match="fewer than 6 says little"):
        replayed(steady, nights=3)


def test_more_nights_are_replayed_where_they_are_asked_for(steady: Panel) -> None:
    assert len(replayed(steady, nights=8).nights) == 8


def test_a_rule_that_is_as_good_stands_beside_by_length() -> None:
    tested = replayed(panel_of(only_recency, customers=CUSTOMERS, dates=9))
    at = next(length for length in tested.lengths if length.calls == CAPACITY)
    assert at.rule_lift.value == pytest.approx(at.lift.value, rel=0.3)
