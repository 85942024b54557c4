"""What happens to everybody at once: queues, depots, outages, price rises, and the day that changes the app."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.days import Days

CHANNELS = ("phone", "chat", "e-mail", "social")
DEPOTS = 24
#: Weekly persistence and spread of how badly a depot delivers, and of how long a channel's queue is.
DEPOT_KEEPS, DEPOT_SPREAD = 0.98, 1.25
QUEUE_KEEPS, QUEUE_SPREAD = 0.98, 0.6
#: Outages of the app: one in so many weeks on average, and the share of visits that meet it.
WEEKS_BETWEEN_OUTAGES = 13
OUTAGE_SHARE = (0.35, 0.85)
#: Prices rise once in the middle of each year of the history, by this much.
PRICE_RISE = 0.09
#: Share of the history after which the app changes (the drift), and after which waits of the chat come in milliseconds.
DRIFT_AFTER = 0.62
UNIT_CHANGE_AFTER = 0.45
UNIT_CHANGE_WEEKS = 3


@dataclass(frozen=True, kw_only=True)
class World:
    """By week (first axis): `depot` [week, depot] log-odds that a delivery is late, `queue` [week, channel] how much
    longer than usual the wait is (log), `outage` the share of the app's visits that meet one, `price` what plans cost
    beside the first week's price."""

    depot: np.ndarray
    queue: np.ndarray
    outage: np.ndarray
    price: np.ndarray
    outage_weeks: np.ndarray
    price_weeks: np.ndarray
    drift_week: int
    unit_change_weeks: range


def _wander(rng: np.random.Generator, *, weeks: int, many: int, keeps: float, spread: float) -> np.ndarray:
    """[week, many]: walks that keep `keeps` of themselves a week, with a standing spread of `spread`."""
    shocks = rng.normal(0, spread * np.sqrt(1 - keeps**2), (weeks, many))
    walk = np.empty((weeks, many))
    walk[0] = rng.normal(0, spread, many)
    for week in range(1, weeks):
        walk[week] = keeps * walk[week - 1] + shocks[week]
    return walk


def make_world(rng: np.random.Generator, days: Days) -> World:
    """The world of the company's weeks, and of those beyond the end that probabilities look into."""
    weeks = len(days.traffic)
    outage = np.zeros(weeks)
    often = max(2, days.weeks // WEEKS_BETWEEN_OUTAGES)
    # Spread over the history, so that there are some before and after whatever night is decided for.
    places = ((np.arange(often) + rng.uniform(0.2, 0.8, often)) * days.weeks / often).astype(int)
    outage[places] = rng.uniform(*OUTAGE_SHARE, often)
    rises = np.arange(26, days.weeks, 52)
    price = (1 + PRICE_RISE) ** np.searchsorted(rises, np.arange(weeks), side="right")
    changed = int(days.weeks * UNIT_CHANGE_AFTER)
    return World(
        depot=_wander(rng, weeks=weeks, many=DEPOTS, keeps=DEPOT_KEEPS, spread=DEPOT_SPREAD) - 1.0,
        queue=_wander(rng, weeks=weeks, many=len(CHANNELS), keeps=QUEUE_KEEPS, spread=QUEUE_SPREAD),
        outage=outage,
        price=price,
        outage_weeks=places,
        price_weeks=rises,
        drift_week=int(days.weeks * DRIFT_AFTER),
        unit_change_weeks=range(changed, min(changed + UNIT_CHANGE_WEEKS, days.weeks)),
    )
