"""A small made-up company whose customers leave in a way that can be foreseen: CSV and Parquet files, and a vafa.toml.

Each customer orders in a rhythm of its own. Who leaves first slows down over some weeks and then stops; so a customer
of a fast rhythm who has been quiet for two weeks is nearly lost, and one of a slow rhythm is not: a model that knows
each one's usual beats recency.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS = 400
FIRST_DAY = date(2024, 1, 1)
DAYS = 547
#: The midnight after the last day of orders: what `as_of = "newest"` settles on.
NEWEST = date(2025, 7, 1)
#: Every customer_id begins with this, so that one that slips into a log is found.
MARK = "Zq7xK"
#: Every so manieth customer may not be called, or not be profiled.
NO_CALLS_EVERY, NO_PROFILING_EVERY = 10, 16

VAFA_TOML = """
[company]
name = "Small Company"
currency = "EUR"

[time]
zone = "Europe/Berlin"
as_of = "newest"
activity = ["orders"]

[training]
spacing_days = 70
bags = 1
replicates = 100

[outreach]
capacity = 25

[sources.people]
kind = "csv"
path = "people.csv"

[sources.baskets]
kind = "parquet"
path = "baskets.parquet"

[tables.customers]
source = "people"
time_zone = "Europe/Berlin"

[tables.orders]
source = "baskets"
time_zone = "Europe/Berlin"
"""


def customer(number: int) -> str:
    return f"{MARK}-{number:04d}"


def may_be_called(number: int) -> bool:
    return number % NO_CALLS_EVERY != 3


def may_be_profiled(number: int) -> bool:
    return number % NO_PROFILING_EVERY != 5


def people() -> pd.DataFrame:
    """One row a customer."""
    numbers = range(CUSTOMERS)
    return pd.DataFrame(
        {
            "customer_id": [customer(number) for number in numbers],
            "joined_at": "2023-12-31",
            "segment": [("small", "large")[number % 2] for number in numbers],
            "owner": [("Ann", "Bo", "")[number % 3] for number in numbers],
            "preferred_channel": [("phone", "mail")[number % 2] for number in numbers],
            "contact_allowed": [str(may_be_called(number)).lower() for number in numbers],
            "profiling_allowed": [str(may_be_profiled(number)).lower() for number in numbers],
        }
    )


def baskets(seed: int = 8) -> pd.DataFrame:
    """One row an order."""
    drawn = np.random.default_rng(seed)
    rows: list[tuple[str, int, float]] = []
    for number in range(CUSTOMERS):
        rhythm = drawn.choice([4.0, 8.0, 16.0])
        # Half stay for good; the others leave at some day, and need a while for it. Some come back as if new.
        begins = float(drawn.integers(0, 240))
        leaves = drawn.uniform(begins + 60, DAYS + 250)
        day = begins + drawn.exponential(rhythm)
        while day < DAYS:
            rows.append((customer(number), int(day * 24 * 3600), round(float(drawn.gamma(4, 9)), 2)))
            slowing = 1 + 2.5 * max(0.0, (day - leaves + 45) / 45)
            day += drawn.gamma(6, rhythm / 6) * slowing
            if day > leaves:
                begins = day + drawn.uniform(50, 120)
                leaves = drawn.uniform(begins + 60, begins + 500)
                day = begins
    frame = pd.DataFrame(rows, columns=["customer_id", "second", "amount"])
    happened = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(frame.second, unit="s")
    # A basket on the last evening, so that the newest as_of is the same whatever was drawn.
    happened.iloc[-1] = pd.Timestamp(NEWEST) - pd.Timedelta(hours=5)
    return pd.DataFrame(
        {
            "order_id": [f"o{row}" for row in range(len(frame))],
            "customer_id": frame.customer_id,
            "happened_at": happened.astype("datetime64[us]"),
            "amount": frame.amount,
            "currency": "EUR",
            "items": 1 + (frame.second % 7),
            "category": np.where(frame.second % 3 == 0, "bread", "tea"),
        }
    )


def write_company(folder: Path, *, orders: pd.DataFrame | None = None, toml: str = VAFA_TOML) -> Path:
    """The company's files in `folder`; gives its vafa.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    people().to_csv(folder / "people.csv", index=False)
    (baskets() if orders is None else orders).to_parquet(folder / "baskets.parquet", index=False)
    config = folder / "vafa.toml"
    config.write_text(toml, encoding="utf-8")
    return config
