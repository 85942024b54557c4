"""Who the customers are: what of them never changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.days import WEEK, CalendarName, Days
from simulator.world import CHANNELS, DEPOTS

SEGMENTS = ("household", "family", "business")
PLANS = ("basic", "plus", "family")
#: A month of each plan in the first week, by calendar: in euro, and in rial.
PLAN_PRICES = {"gregorian": (9.0, 19.0, 29.0), "iranian": (900_000.0, 1_900_000.0, 2_900_000.0)}
OUTREACH_TYPES = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
#: Share of each type, and what a call does to the log-odds that the customer leaves.
OUTREACH_SHARES = (0.35, 0.35, 0.18, 0.12)
OUTREACH_EFFECTS = (-0.9, -0.05, -0.1, 0.6)
#: Share of the customers who were there before the first day; the others join evenly through the history.
THERE_BEFORE = 0.72
#: Days before the first day in which those joined. None is so new that a year's contract could not have begun.
JOINED_BEFORE = (380, 2100)


@dataclass(frozen=True, kw_only=True)
class People:
    """One value a customer in every field.

    `patience` is where satisfaction rests, `sensitivity` how much an experience moves it, `difficulty` where friction
    rests; `visits` a week at rest; `buys` the share of visits that are orders and `by_app` the share of those in the
    app; `complains` and `price_sensitivity` are leanings; `card` is how likely a payment fails (log-odds).
    """

    joined_day: np.ndarray
    joined_week: np.ndarray
    is_persian: np.ndarray
    segment: np.ndarray
    channel: np.ndarray
    depot: np.ndarray
    patience: np.ndarray
    sensitivity: np.ndarray
    difficulty: np.ndarray
    remote: np.ndarray
    visits: np.ndarray
    buys: np.ndarray
    by_app: np.ndarray
    is_app_lover: np.ndarray
    spends: np.ndarray
    complains: np.ndarray
    price_sensitivity: np.ndarray
    card: np.ndarray
    outreach_type: np.ndarray

    def __len__(self) -> int:
        return len(self.joined_day)


def make_people(rng: np.random.Generator, *, customers: int, days: Days, calendar: CalendarName) -> People:
    """Customers in no order: who comes first in a table says nothing of who joined first."""
    before = rng.random(customers) < THERE_BEFORE
    joined_day = np.where(
        before,
        days.start - rng.integers(*JOINED_BEFORE, customers),
        days.start + rng.integers(0, WEEK * days.weeks - 1, customers),
    )
    channel = rng.choice(len(CHANNELS), customers, p=(0.42, 0.3, 0.2, 0.08))
    segment = rng.choice(len(SEGMENTS), customers, p=(0.55, 0.33, 0.12))
    is_app_lover = rng.random(customers) < 0.6
    # The more there is to a customer's matters, and the worse the channel serves them, the more effort they take.
    difficulty = rng.normal(0, 0.42, customers)
    difficulty += np.array([0.15, -0.6, 0.45, 0.7])[channel] + np.array([-0.1, 0.05, 0.4])[segment]
    return People(
        joined_day=joined_day,
        joined_week=(joined_day - days.start) // WEEK,
        is_persian=rng.random(customers) < (0.92 if calendar == "iranian" else 0.06),
        segment=segment,
        channel=channel,
        depot=rng.integers(0, DEPOTS, customers),
        patience=rng.normal(0, 0.1, customers),
        sensitivity=np.exp(rng.normal(0, 0.08, customers)),
        difficulty=difficulty,
        remote=rng.normal(0, 0.9, customers),
        visits=np.exp(rng.normal(np.log(1.05), 0.1, customers)),
        buys=rng.beta(9, 6, customers),
        by_app=np.where(is_app_lover, rng.beta(16, 3, customers), rng.beta(8, 8, customers)),
        is_app_lover=is_app_lover,
        spends=np.exp(rng.normal(np.log(48.0), 0.45, customers)) * (1 if calendar == "gregorian" else 100_000),
        complains=rng.normal(0, 0.2, customers),
        price_sensitivity=np.exp(rng.normal(0, 0.3, customers)),
        card=np.where(rng.random(customers) < 0.08, -1.0, -4.2),
        outreach_type=rng.choice(len(OUTREACH_TYPES), customers, p=OUTREACH_SHARES),
    )
