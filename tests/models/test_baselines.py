"""The simple rules: a ranking by one column, and the five-feature logistic."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contract.catalogue import TABLES
from contract.cut import ACTIVITY
from features.build import available
from features.catalogue import FAMILIES
from features.family import Feature
from features.outcomes import OUTCOMES
from features.recency import RECENCY as RECENCY_FAMILY
from labels.catalogue import TARGETS, parameters_of, target_of
from labels.inactivity import inactivity
from labels.target import SimpleRule
from models.baselines import FIVE, Rule, fit_five, fit_rule, random_order, rules_of
from models.evaluate import auroc, lift_at
from models.logistic import fit_logistic
from tests.drawn import checked
from tests.features.companies import built
from tests.models.panels import FEATURES, OWN_RATE, RECENCY, RULES, a_coin, labelled_rows, only_recency, target

BY_RECENCY, BY_OWN_RATE = RULES
SOONEST = SimpleRule(name="soonest", column="days", high_is_risky=False)


def test_a_rule_ranks_by_its_column_and_claims_no_probability() -> None:
    frame = pd.DataFrame({RECENCY: [3.0, 90.0, np.nan, 10.0]})
    rule = Rule(column=RECENCY, fill=20.0)
    assert rule.score(frame).tolist() == [3.0, 90.0, 20.0, 10.0]
    assert np.isnan(rule.predict(frame)).all()
    assert frame[RECENCY].isna().sum() == 1  # the frame is as it was


def test_who_has_no_column_ranks_like_the_middle_of_the_training_rows() -> None:
    assert fit_rule(pd.DataFrame({OWN_RATE: [0.0, 0.2, 0.9, np.nan]}), BY_OWN_RATE) == Rule(column=OWN_RATE, fill=0.2)


def test_where_low_is_risky_the_lowest_ranks_first() -> None:
    frame = pd.DataFrame({"days": [3.0, 90.0, np.nan, 10.0]})
    rule = fit_rule(frame, SOONEST)
    assert rule == Rule(column="days", fill=10.0, sign=-1)
    assert rule.score(frame).tolist() == [-3.0, -90.0, -10.0, -10.0]
    # Above zero raises the risk here, too.
    assert rule.contributions(frame)["days"].tolist() == [7.0, -80.0, 0.0, 0.0]


@pytest.mark.parametrize(("high_is_risky", "fill"), [(True, 3.0), (False, 90.0)])
def test_who_never_did_it_ranks_with_the_safest_where_the_rule_says_so(high_is_risky: bool, fill: float) -> None:
    frame = pd.DataFrame({"days": [3.0, 90.0, np.nan, 10.0]})
    rule = fit_rule(frame, SimpleRule(name="r", column="days", high_is_risky=high_is_risky, null_is_safe=True))
    assert rule.fill == fill
    score = rule.score(frame)
    assert score[2] == score.min()
    assert (rule.contributions(frame)["days"] >= 0).all()


def test_where_nobody_has_the_column_all_rank_alike() -> None:
    nobody = pd.DataFrame({"days": [np.nan, np.nan]})
    for rule in (SOONEST, SimpleRule(name="r", column="days", null_is_safe=True)):
        assert fit_rule(nobody, rule).score(nobody).tolist() == [0.0, 0.0]


def test_every_row_of_a_list_by_a_rule_has_its_reason() -> None:
    """The listed stand above the middle of all, so the column raises every one of them, whoever else is listed."""
    everybody = pd.DataFrame({RECENCY: np.arange(101.0)})
    rule = fit_rule(everybody, BY_RECENCY)
    listed = everybody.iloc[-20:]
    parts = rule.contributions(listed)
    assert list(parts.columns) == [RECENCY]
    assert (parts[RECENCY] > 0).all()
    pd.testing.assert_frame_equal(rule.contributions(listed.iloc[:1]), parts.iloc[:1])
    assert rule.contributions(pd.DataFrame({RECENCY: [np.nan]})).to_numpy().tolist() == [[0.0]]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rule_is_read_again_as_it_was(sign: int) -> None:
    rule = Rule(column=RECENCY, fill=1 / 3, sign=sign)
    assert Rule.from_texts(rule.texts()) == rule


def test_a_rule_that_was_kept_before_there_were_signs_ranks_the_highest_first() -> None:
    kept = json.dumps({"column": RECENCY, "fill": 20.0, "kind": "rule"})
    assert Rule.from_texts({"rule.json": kept}) == Rule(column=RECENCY, fill=20.0, sign=1)


# The rules of targets


def test_rules_whose_column_is_not_there_are_left_out() -> None:
    only = [Feature(name=OWN_RATE, description="quiet share", unit="share", group="quiet_before")]
    assert rules_of(target(), FEATURES) == {"recency": BY_RECENCY, "own past rate": BY_OWN_RATE}
    assert rules_of(target(), only) == {"own past rate": BY_OWN_RATE}
    assert rules_of(target(), []) == {}


@pytest.mark.parametrize("name", [*TARGETS, "late_payer"])
def test_every_rule_of_every_target_ranks_by_a_feature_that_there_is(name: str) -> None:
    """A renamed feature would drop out of rules_of in silence."""
    days = {"active_days": 90, "horizon_days": 28, "gap_days": 1}
    real = target_of(name, **{key: days[key] for key in parameters_of(name) if key in days})
    there = available(FAMILIES, {*TABLES, ACTIVITY}, unit=real.unit)
    assert real.rules
    assert list(rules_of(real, there).values()) == list(real.rules)


def test_who_never_sent_anything_back_ranks_last_by_every_rule_of_returns() -> None:
    frame = pd.DataFrame({"days_since_last_return": [5.0, 300.0, np.nan], "returns_last_364d": [2.0, 1.0, 0.0]})
    for rule in target_of("return", active_days=90, horizon_days=28, gap_days=1).rules:
        score = fit_rule(frame, rule).score(frame)
        assert score[0] == score.max()
        assert score[2] == score.min()


def p_alive(orders_again: np.ndarray, last: np.ndarray, age: np.ndarray) -> np.ndarray:
    """P(alive) of the BG/NBD model, with its fit to CDNOW (Fader, Hardie and Lee 2005): ages in weeks since the first
    order, `last` that of the last one. Nobody can have left before a second order, so without one it is 1."""
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    odds = a / (b + np.maximum(orders_again, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + orders_again)
    return np.where(orders_again > 0, 1 / (1 + odds), 1.0)


@pytest.mark.regression
def test_who_bought_once_and_never_again_is_not_the_safest_by_any_rule(tmp_path: Path) -> None:
    """The mistake: customers are ranked by P(alive), which is 1 for whoever bought once, however long ago."""
    once = "once | 2024-01-05 10:00"
    weekly = [f"weekly | {day:%Y-%m-%d} 10:00" for day in pd.date_range("2024-01-05", "2024-03-22", freq="7D")]
    tables = checked(tmp_path, orders="\n".join(["customer_id | happened_at", once, *weekly]))
    frame = built(tables, date(2024, 3, 26), [RECENCY_FAMILY, OUTCOMES], activity=("orders",)).frame
    assert frame.customer_id.tolist() == ["once", "weekly"]
    for rule in inactivity(active_days=90, horizon_days=28, gap_days=1).rules:
        score = fit_rule(frame, rule).score(frame)
        assert score[0] > score[1], rule.name
    alive = p_alive(np.array([0, 11]), np.array([0.0, 11.0]), np.array([11.6, 11.6]))
    assert alive[0] == 1 > alive[1] > 0.5


@pytest.mark.regression
def test_where_those_who_bought_once_leave_the_logistic_sees_it() -> None:
    """The mistake: a ranking by P(alive) puts all who bought once behind everybody else, and calls those who stay."""
    drawn = np.random.default_rng(1)
    frame = labelled_rows(a_coin, customers=800)
    is_once = drawn.random(len(frame)) < 0.5
    ago = drawn.uniform(20, 90, len(frame))
    as_once = {
        "activities_ever": 1.0,
        "activities_last_91d": 1.0,
        "days_since_first_activity": ago,
        "days_since_last_activity": ago,
        "days_from_first_to_last_activity": 0.0,
    }
    frame = frame.assign(**{name: np.where(is_once, value, frame[name] + 1) for name, value in as_once.items()})
    label = (drawn.random(len(frame)) < np.where(is_once, 0.8, 0.2)).astype("float64")
    weeks = [frame[name].to_numpy() / 7 for name in ("days_from_first_to_last_activity", "days_since_first_activity")]
    alive = p_alive(frame.activities_ever.to_numpy() - 1, *weeks)
    assert (alive[is_once] == 1).all()

    def told_apart(score: np.ndarray) -> float:
        return float(auroc(score, label)(np.ones((len(label), 1)))[0])

    assert told_apart(1 - alive) < 0.3
    assert told_apart(fit_five(frame, label, FEATURES).predict(frame)) > 0.75
    assert told_apart(fit_rule(frame, BY_RECENCY).score(frame)) > 0.6


# The five-feature logistic, and chance


def test_the_five_are_features_that_there_are() -> None:
    assert set(FIVE) <= {feature.name for feature in available(FAMILIES, {"activity"})}


def test_the_five_feature_logistic_reads_the_five_alone() -> None:
    frame = labelled_rows(only_recency)
    label = frame.label.to_numpy()
    five = fit_five(frame, label, FEATURES)
    assert sorted(five.columns) == sorted(FIVE)
    alone = fit_logistic(frame, label, [feature for feature in FEATURES if feature.name in FIVE], strength=1.0)
    assert five.texts() == alone.texts()
    np.testing.assert_array_equal(five.predict(frame.assign(one=99.0)), five.predict(frame))


def test_random_is_the_average_of_random_orders() -> None:
    label = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    frame = pd.DataFrame({"label": label})
    dates = np.repeat(np.datetime64("2024-01-01"), len(label))
    rows = np.ones((len(label), 1))
    assert auroc(random_order(frame), label)(rows)[0] == 0.5
    assert lift_at(random_order(frame), label, dates, capacity=3)(rows)[0] == pytest.approx(1.0)
