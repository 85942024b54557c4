"""Made-up panels for tests of models: the label is drawn from what is planted, everything else is noise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from features.family import Feature
from labels.target import SimpleRule, Target
from models.baselines import FIVE
from models.candidates import LOGISTICS, ROUNDS, Choice, Settings, Trial
from models.dataset import Panel
from models.learner import log_odds, probability_of

#: Probability of the outcome of every row, given its columns.
Planted = Callable[[pd.DataFrame], np.ndarray]

QUICK = Settings(bags=1, seed=1, threads=1)
FIRST = date(2023, 1, 1)
#: The columns of the simple rules of a made-up target.
RECENCY, OWN_RATE = "days_since_last_activity", "quiet_share_28d"
RULES = (SimpleRule(name="recency", column=RECENCY), SimpleRule(name="own past rate", column=OWN_RATE))

FEATURES: tuple[Feature, ...] = (
    *(Feature(name=name, description=name, unit="days", group="gone_quiet") for name in FIVE),
    Feature(name=OWN_RATE, description="quiet share", unit="share", group="quiet_before"),
    Feature(name="one", description="one", unit="share", group="buys_less"),
    Feature(name="two", description="two", unit="share", group="buys_less"),
    Feature(name="amount_last_91d", description="money spent", unit="money", group="spends_less"),
)


def _nothing(*_: object) -> ir.Table:
    raise AssertionError("a made-up panel has its labels already")


def target(
    *, horizon_days: int = 27, gap_days: int = 1, delay_days: int = 0, rules: tuple[SimpleRule, ...] = RULES
) -> Target:
    """Labels of a date are known on the next one, 28 days later, unless said otherwise."""
    return Target(
        name="made-up",
        title="Made-up",
        meaning="made up",
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=_nothing,
        outcome=_nothing,
        rules=rules,
    )


def chosen(candidate: str, *, columns: str = "all", strength: float = 0.03, rounds: int = 30) -> Choice:
    return Choice(
        candidate=candidate, columns=columns, strength=strength, rounds=rounds, customers=5000, because="said so"
    )


def rows(customers: int, seed: int, day: date = FIRST) -> pd.DataFrame:
    """One row a customer: the columns, without a label. `one` and `two` are standard normal, with holes in `two`."""
    drawn = np.random.default_rng(seed)
    names = [f"c{number:05d}" for number in range(customers)]
    first = drawn.uniform(100, 900, customers)
    last = np.minimum(drawn.exponential(25, customers), 90)
    return pd.DataFrame(
        {
            "unit_id": names,
            "customer_id": names,
            "as_of": pd.Timestamp(day),
            "activities_ever": np.floor(drawn.exponential(40, customers)) + 1,
            "days_from_first_to_last_activity": first - last,
            "days_since_first_activity": first,
            "days_since_last_activity": last,
            "activities_last_91d": np.floor(drawn.exponential(6, customers)) + 1,
            OWN_RATE: drawn.choice([0.0, 0.1, 0.25, 0.5, np.nan], customers),
            "one": drawn.normal(size=customers),
            "two": np.where(drawn.random(customers) < 0.1, np.nan, drawn.normal(size=customers)),
            "amount_last_91d": drawn.exponential(100, customers).round(2),
        }
    )


def labelled_rows(planted: Planted, *, customers: int = 400, seed: int = 1, day: date = FIRST) -> pd.DataFrame:
    frame = rows(customers, seed, day)
    chance = planted(frame)
    return frame.assign(label=(np.random.default_rng(seed + 10_000).random(customers) < chance).astype("float64"))


def panel_of(planted: Planted, *, customers: int = 400, dates: int = 8, seed: int = 1) -> Panel:
    """A panel of the same customers at dates 28 days apart."""
    parts = [
        labelled_rows(planted, customers=customers, seed=seed * 1000 + number, day=FIRST + timedelta(days=28 * number))
        for number in range(dates)
    ]
    return Panel(frame=pd.concat(parts, ignore_index=True), features=FEATURES, censored={})


def drifting(by_date: float, *, customers: int = 400, dates: int = 8) -> Panel:
    """Whom recency tells apart is the same at every date; how many leave is more at each, by so much in log-odds."""
    parts = []
    for number in range(dates):
        day = FIRST + timedelta(days=28 * number)

        def planted(frame: pd.DataFrame, lift: float = by_date * number) -> np.ndarray:
            return probability_of(log_odds(only_recency(frame)).clip(-3, 3) - 1.0 + lift)

        parts.append(labelled_rows(planted, customers=customers, seed=300 + number, day=day))
    return Panel(frame=pd.concat(parts, ignore_index=True), features=FEATURES, censored={})


def a_coin(frame: pd.DataFrame) -> np.ndarray:
    return np.full(len(frame), 0.2)


def what_rules_cannot_see(frame: pd.DataFrame) -> np.ndarray:
    return probability_of(2.0 * frame.one.to_numpy() - 2.0)


def two_together(frame: pd.DataFrame) -> np.ndarray:
    """Neither column says anything alone."""
    return np.where(frame.one * frame.two.fillna(0) > 0, 0.45, 0.03)


def only_recency(frame: pd.DataFrame) -> np.ndarray:
    return probability_of((frame.days_since_last_activity.to_numpy() - 60) / 10)


def quick(test: pd.DataFrame) -> Trial:
    """A trial without fitting anything."""
    said = np.clip(0.3 + 0.1 * test.one.to_numpy(), 0.01, 0.99)
    return Trial(
        logistic=dict.fromkeys(LOGISTICS, said),
        trees=dict.fromkeys(ROUNDS, 1 - said),
        label=test.label.to_numpy(),
        customers=test.customer_id.to_numpy(),
    )
