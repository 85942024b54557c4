"""A company of random rows with every table of the metrics, in which complaints of one segment double in March."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

CUSTOMERS = 300
FIRST = datetime(2023, 10, 1)
DAYS = 190


def _moments(random: np.random.Generator, rows: int, days: int = DAYS) -> list[datetime]:
    return [FIRST + timedelta(seconds=int(second)) for second in random.integers(0, days * 86_400, rows)]


def company(seed: int = 5) -> dict[str, pd.DataFrame]:
    """The tables as frames, with the names and columns of the contract."""
    random = np.random.default_rng(seed)
    names = np.array([f"c{number:03d}" for number in range(CUSTOMERS)])
    segments = np.where(np.arange(CUSTOMERS) % 3 == 0, "خانواده", "تهران, 2nd")
    customers = pd.DataFrame({"customer_id": names, "joined_at": FIRST - timedelta(days=30), "segment": segments})

    ends = np.where(random.random(CUSTOMERS) < 0.3, random.integers(20, DAYS, CUSTOMERS), 10_000)
    subscriptions = pd.DataFrame(
        {
            "customer_id": names,
            "subscription_id": [f"s{number}" for number in range(CUSTOMERS)],
            "started_at": FIRST - timedelta(days=20),
            "ended_at": [FIRST + timedelta(days=int(end)) if end < DAYS else None for end in ends],
            "monthly_amount": random.choice([9, 19, 49], CUSTOMERS),
            "is_involuntary": random.random(CUSTOMERS) < 0.1,
        }
    )

    count = 3000
    asked = _moments(random, count)
    answered = random.random(count) < 0.5
    kinds = random.choice(["nps", "csat", "ces"], count)
    scales = {"nps": (0, 11), "csat": (1, 6), "ces": (1, 8)}
    surveys = pd.DataFrame(
        {
            "customer_id": random.choice(names, count),
            "survey_id": [f"q{number}" for number in range(count)],
            "kind": kinds,
            "channel": random.choice(["e-mail", "app"], count),
            "touchpoint": random.choice(["delivery", "call"], count),
            "invited_at": asked,
            "responded_at": [
                at + timedelta(days=2) if came else None for at, came in zip(asked, answered, strict=True)
            ],
            "score": [
                int(random.integers(*scales[kind])) if came else None
                for kind, came in zip(kinds, answered, strict=True)
            ],
        }
    )

    count = 1500
    opened = np.array(_moments(random, count))
    of = random.integers(0, CUSTOMERS, count)
    is_march = np.array([at >= datetime(2024, 3, 1) for at in opened])
    redress = random.random(count) < np.where(is_march & (of % 3 == 0), 0.9, 0.2)
    cases = pd.DataFrame(
        {
            "customer_id": names[of],
            "case_id": [f"k{number}" for number in range(count)],
            "kind": np.where(redress, "complaint", "request"),
            "channel": random.choice(["phone", "chat"], count),
            "team": random.choice(["north", "south"], count),
            "opened_at": opened,
            "closed_at": [
                at + timedelta(hours=float(hours))
                for at, hours in zip(opened, random.exponential(60, count), strict=True)
            ],
        }
    )

    count = 3000
    contacts = pd.DataFrame(
        {
            "customer_id": random.choice(names, count),
            "contact_id": [f"t{number}" for number in range(count)],
            "channel": random.choice(["phone", "chat"], count),
            "direction": "inbound",
            "topic": random.choice(["billing", "delivery", "account"], count),
            "team": random.choice(["north", "south"], count),
            "happened_at": _moments(random, count),
        }
    )
    count = 2000
    orders = pd.DataFrame(
        {
            "customer_id": random.choice(names, count),
            "order_id": [f"o{number}" for number in range(count)],
            "happened_at": _moments(random, count),
        }
    )
    return {
        "customers": customers,
        "subscriptions": subscriptions,
        "surveys": surveys,
        "cases": cases,
        "contacts": contacts,
        "orders": orders,
    }


def as_drawn(frame: pd.DataFrame) -> str:
    """As a table that tests draw: one line a row."""
    cells = frame.astype(object).where(frame.notna(), "").map(lambda value: str(value).removesuffix(".0"))
    return "\n".join([" | ".join(cells.columns), *(" | ".join(row) for row in cells.itertuples(index=False))])
