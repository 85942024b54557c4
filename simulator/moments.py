"""When in its week something happens: the day by how busy days are, the second by the hours that people keep."""

from __future__ import annotations

import numpy as np

from simulator.days import WEEK, Days

MINUTE, HOUR, DAY = 60, 3600, 86_400
#: People visit and call between these hours; nothing happens in the hour that a clock may skip or repeat.
WAKES, SLEEPS = 7, 22
#: Seconds are drawn to so many, and the place among the customer's own of the week is added, so that no two of a
#: customer's visits begin in one second.
STEP = 16
#: Local hour at which the night's loads are in, by table; the rest is known at once.
LOADED_AT = {"orders": 3, "usage": 2, "payments": 4, "subscriptions": 1, "customers": 1}
#: Systems that write at once are read this much later.
AT_ONCE = 10 * MINUTE


def days_of(rng: np.random.Generator, week: np.ndarray, shares: np.ndarray, days: Days) -> np.ndarray:
    """One day number a row, by the shares of its week's days."""
    edges = shares.cumsum(axis=1)[:, :-1]
    drawn = rng.random(len(week))
    late = np.zeros(len(week), dtype=np.int64)
    for edge in range(WEEK - 1):
        late += drawn > edges[week, edge]
    return days.start + WEEK * week + late


def seconds_of(rng: np.random.Generator, many: int) -> np.ndarray:
    """Seconds of the day, the more the nearer to the afternoon, in steps of STEP."""
    hour = WAKES + (SLEEPS - WAKES) * rng.beta(2.2, 2.0, many)
    return (hour * HOUR).astype(np.int64) // STEP * STEP


def place_in_week(customer: np.ndarray, week: np.ndarray) -> np.ndarray:
    """How many of the same customer and week stand before a row; those of one week and customer stand together."""
    many = len(customer)
    if not many:
        return np.zeros(0, dtype=np.int64)
    new = np.ones(many, dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (week[1:] != week[:-1])
    first = np.maximum.accumulate(np.where(new, np.arange(many), 0))
    return (np.arange(many) - first) % STEP


def loaded(days: Days, moment: np.ndarray, table: str) -> np.ndarray:
    """When the night's load after `moment` was in: seconds of UTC."""
    day = local_day(days, moment)
    return days.seconds(day + 1, np.asarray(LOADED_AT[table] * HOUR))


def local_day(days: Days, moment: np.ndarray) -> np.ndarray:
    """The day number of a moment in seconds of UTC."""
    return days.first_midnight + np.searchsorted(days.midnights, moment, side="right") - 1
