"""A small company for tests that need checked tables: orders over half a year, with what leaks are made of."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar
from contract.checked import CheckedTables
from features.family import EVER, Family, Measure, last
from labels.inactivity import inactivity
from models.dataset import Window
from tests.drawn import checked

NEW_YORK = Calendar(zone="America/New_York")
LOAD_WINDOW = timedelta(hours=6)
#: One family in place of all: how long ago, how often, how much.
ORDERS = Family(
    name="orders",
    meaning="orders, small enough for many tests",
    measures=(
        Measure(
            stem="days_since_last_order",
            table="orders",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the last order",
            unit="days",
            group="gone_quiet",
        ),
        Measure(
            stem="orders",
            table="activity",
            how="count",
            windows=last(28),
            description="orders",
            unit="orders",
            group="buys_less",
        ),
        Measure(
            stem="amount",
            table="orders",
            how="sum",
            what=lambda rows: rows.amount,
            windows=(*last(28, 91, 182, 364), EVER),
            description="money spent",
            unit="money",
            group="spends_less",
        ),
    ),
)
FAMILIES = (ORDERS,)
#: In the middle of the company's orders, which run from 2024-01-01 to 2024-06-28.
AS_OF = date(2024, 5, 1)


def company(folder: Path, *, customers: int = 12, orders: int = 300, seed: int = 1) -> CheckedTables:
    """Orders of a few customers: late ones, corrected ones, delivered days later. None happens between midnight and
    six, so nothing lies at the edges of a night by chance."""
    drawn = np.random.default_rng(seed)
    happened = (
        pd.Timestamp("2024-01-01 06:00")
        + pd.to_timedelta(drawn.integers(0, 180, orders), "D")
        + pd.to_timedelta(drawn.integers(0, 17 * 3600, orders), "s")
    )
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number:02d}" for number in drawn.integers(0, customers, orders)],
            "order_id": [f"o{number}" for number in range(orders)],
            "happened_at": happened,
            "known_at": happened + pd.to_timedelta(drawn.choice([0, 0, 1, 9, 240], orders), "h"),
            "amount": drawn.choice([5, 10, 20, 40], orders),
            "delivered_at": happened + pd.to_timedelta(drawn.integers(1, 20, orders), "D"),
        }
    )
    corrected = frame.iloc[:40].assign(amount=99, known_at=lambda rows: rows.known_at + pd.Timedelta(days=30))
    return checked(folder, calendar=NEW_YORK, orders=as_drawn(pd.concat([frame, corrected])))


def as_drawn(frame: pd.DataFrame) -> str:
    lines = [" | ".join(frame.columns), *(" | ".join(map(str, row)) for row in frame.itertuples(index=False))]
    return "\n".join(lines)


def connection_of(tables: CheckedTables) -> Backend:
    backend = tables.frames["orders"].get_backend()
    assert isinstance(backend, Backend)
    return backend


def window(*, active_days: int = 30, horizon_days: int = 7, gap_days: int = 1, delay_days: int = 0) -> Window:
    target = inactivity(active_days=active_days, horizon_days=horizon_days, gap_days=gap_days, delay_days=delay_days)
    return Window(target=target, activity=("orders",), load_window=LOAD_WINDOW)


def names_on(connection: Backend) -> list[str]:
    """Every table and view on the connection. (Ibis's own list_tables does not know DuckDB 2.)"""
    return sorted(name for (name,) in connection.raw_sql("SELECT name FROM (SHOW ALL TABLES)").fetchall())
