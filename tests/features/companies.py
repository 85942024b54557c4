"""Made-up companies for tests of features: frames of raw rows, put through the real checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from contract.calendar import Calendar, day_number
from contract.checked import CheckedTables
from contract.cut import history
from features.build import Built, build_features
from features.catalogue import FAMILIES
from features.family import Family
from tests.drawn import checked

TEHRAN = Calendar(zone="Asia/Tehran", weekend=("thursday", "friday"), holidays=(date(2024, 3, 20), date(2024, 3, 21)))
NEW_YORK = Calendar(zone="America/New_York", holidays=(date(2024, 1, 1),))
ACTIVITY = ("orders", "usage")
LOAD_WINDOW = timedelta(hours=6)
#: By table of a made-up company, the rows: one frame a table, times in UTC without a zone.
Company = dict[str, pd.DataFrame]


def random_company(seed: int, *, customers: int = 8, days: int = 420, events: int = 260) -> Company:
    """A company with what real ones have: ties, empty cells, late rows, corrected rows, rows near midnight.

    All events lie in the `days` days that begin 2023-06-01. The last customer never does anything.
    """
    drawn = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(customers)]
    first = pd.Timestamp("2023-06-01")

    def moments(number: int) -> pd.Series:
        day = drawn.integers(0, days, number)
        # Many at the same few hours: ties, and moments on both sides of midnight in any zone.
        hour = drawn.choice([0, 3, 4, 5, 12, 15, 20, 21, 23], number)
        second = drawn.choice([0, 0, 1799, 1800, 3599], number)
        return pd.Series(first + pd.to_timedelta(day, "D") + pd.to_timedelta(hour * 3600 + second, "s"))

    def late(number: int) -> pd.Series:
        return pd.Series(pd.to_timedelta(drawn.choice([0, 0, 1, 5, 9, 30, 200], number), "h"))

    def some(values: Sequence[object], share: float) -> np.ndarray:
        return np.where(drawn.random(len(values)) < share, None, np.asarray(values, dtype=object))

    whose = drawn.choice(names[:-1], events, p=_uneven(customers - 1))
    number = events
    happened = moments(number)
    orders = pd.DataFrame(
        {
            "customer_id": whose,
            "order_id": [f"o{row}" for row in range(number)],
            "kind": drawn.choice(["purchase", "purchase", "purchase", "return"], number),
            "amount": some(drawn.choice([5.25, 10.0, 19.99, 100.1, 0.0], number), 0.1),
            "items": some(drawn.integers(0, 9, number), 0.1),
            "discount": some(drawn.choice([0.0, 0.5, 3.33], number), 0.3),
            "category": some(drawn.choice(["bread", "milk", "fish", "tea"], number), 0.15),
            "categories": some(drawn.integers(1, 5, number), 0.2),
            "happened_at": happened,
            "known_at": happened + late(number),
        }
    )
    orders["delivered_at"] = orders.known_at + pd.to_timedelta(drawn.integers(0, 90, number), "h")
    wrong = orders.sample(frac=0.2, random_state=seed)
    wrong = wrong.assign(
        amount=drawn.choice([1.5, 77.0], len(wrong)),
        known_at=wrong.known_at + pd.to_timedelta(drawn.choice([1, 24, 240], len(wrong)), "h"),
        happened_at=wrong.happened_at - pd.to_timedelta(drawn.choice([0, 7200, 90000], len(wrong)), "s"),
    )
    happened = moments(number)
    usage = pd.DataFrame(
        {
            "customer_id": drawn.choice(names[:-1], number, p=_uneven(customers - 1)),
            "event": drawn.choice(["login", "export", "share"], number),
            "quantity": some(drawn.choice([1.0, 2.5, 40.0], number), 0.1),
            "happened_at": happened,
            "known_at": happened + late(number),
        }
    ).drop_duplicates(["customer_id", "event", "happened_at"])
    happened = moments(number)
    contacts = pd.DataFrame(
        {
            "customer_id": drawn.choice(names[:-1], number),
            "contact_id": [f"n{row}" for row in range(number)],
            "channel": drawn.choice(["phone", "chat", "shop"], number),
            "direction": drawn.choice(["inbound", "outbound"], number),
            "topic": some(drawn.choice(["bill", "delivery"], number), 0.2),
            "case_id": some([f"s{row}" for row in range(number)], 0.5),
            "happened_at": happened,
            "known_at": happened + late(number),
        }
    )
    contacts["resolved_at"] = contacts.known_at + pd.to_timedelta(drawn.integers(0, 90, number), "h")
    contacts["resolved"] = drawn.choice(["true", "false"], number)
    joined = first - pd.to_timedelta(drawn.integers(1, 900, customers), "D")
    people = pd.DataFrame({"customer_id": names, "joined_at": joined})
    return {"customers": people, "orders": pd.concat([orders, wrong]), "usage": usage, "contacts": contacts}


def _uneven(number: int) -> np.ndarray:
    """One has most, one has hardly anything."""
    weights = 2.0 ** -np.arange(number)
    return weights / weights.sum()


def loaded(folder: Path, company: Mapping[str, pd.DataFrame], calendar: Calendar) -> CheckedTables:
    """The company after the real checks, its tables' history beginning where random companies begin."""
    texts = {name: _drawn(frame) for name, frame in company.items()}
    tables = checked(folder, calendar=calendar, activity=ACTIVITY, **texts)
    begins = day_number(date(2023, 6, 1))
    about = {name: replace(table, starts_on=begins) for name, table in tables.about.items()}
    return replace(tables, about=about)


def _drawn(frame: pd.DataFrame) -> str:
    """The frame as a drawn table; its times are said to be UTC."""
    cells = frame.copy()
    for name in cells.columns:
        if pd.api.types.is_datetime64_any_dtype(cells[name]):
            cells[name] = cells[name].dt.strftime("%Y-%m-%d %H:%M:%SZ")
    lines = [cells.columns.tolist(), *cells.astype(object).where(cells.notna(), "").to_numpy().tolist()]
    return "\n".join(" | ".join(str(cell) for cell in line) for line in lines)


def built(
    tables: CheckedTables,
    as_of: date,
    families: Sequence[Family] = FAMILIES,
    *,
    customers: Sequence[str] | None = None,
    load_window: timedelta = LOAD_WINDOW,
    activity: tuple[str, ...] = ACTIVITY,
) -> Built:
    """The features of these customers, or of all."""
    connection = tables.frames["customers"].get_backend()
    if customers is None:
        names = connection.to_pyarrow(tables.frames["customers"].select("customer_id").distinct()).to_pydict()
        customers = sorted(names["customer_id"])
    spine = pd.DataFrame(
        {
            "unit_id": [f"u{row}" for row in range(len(customers))],
            "customer_id": pd.Series(customers, dtype="str"),
            "as_of": pd.Timestamp(as_of),
        }
    )
    past = history(tables, as_of, load_window=load_window, activity=activity)
    return build_features(connection, past, spine, families)


def features_of(frame: pd.DataFrame, customer: str, *names: str) -> dict[str, float | None]:
    """One customer's row as a dictionary: nulls are None. Without names, all features."""
    row = frame[frame.customer_id == customer].iloc[0]
    shown = names or tuple(name for name in frame.columns if name not in ("unit_id", "customer_id", "as_of"))
    return {name: None if pd.isna(row[name]) else round(float(row[name]), 6) for name in shown}
