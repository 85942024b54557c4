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
from tests.features.companies_voice import heard

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
    contacts, cases = _served(contacts, seed, last_day=first + pd.Timedelta(days=days))
    joined = first - pd.to_timedelta(drawn.integers(1, 900, customers), "D")
    people = pd.DataFrame({"customer_id": names, "joined_at": joined})
    company = {
        "customers": people,
        "orders": pd.concat([orders, wrong]),
        "usage": usage,
        "contacts": contacts,
        "cases": cases,
    }
    return heard(company, seed, days=days)


def _served(contacts: pd.DataFrame, seed: int, *, last_day: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The contacts with what a service centre knows of them, and cases: opened, answered, closed, opened again.

    Many contacts follow another on the same issue: at the same second, on the edge of a week and of four weeks.
    """
    drawn = np.random.default_rng([seed, 1])

    def some(values: Sequence[object], share: float) -> np.ndarray:
        return np.where(drawn.random(len(values)) < share, None, np.asarray(values, dtype=object))

    number = len(contacts)
    happened = contacts.happened_at.sample(number, replace=True, random_state=seed).to_numpy()
    opened = pd.Series(happened) + pd.to_timedelta(drawn.choice([0, 1800, 36_001], number), "s")
    cases = pd.DataFrame(
        {
            "customer_id": contacts.customer_id.sample(number, replace=True, random_state=seed).to_numpy(),
            "case_id": [f"s{row}" for row in range(number)],
            "kind": drawn.choice(["request", "complaint"], number),
            "category": some(drawn.choice(["delivery", "billing"], number), 0.2),
            "severity": some(drawn.integers(1, 6, number), 0.2),
            "channel": some(drawn.choice(["phone", "Social", "e-mail", "letter"], number), 0.1),
            "opened_at": opened,
            "happened_at": opened,
            "known_at": opened + pd.to_timedelta(drawn.choice([0, 0, 1, 30], number), "h"),
        }
    )
    # Hours that land on both sides of what is expected, and of weekends.
    answered = opened + pd.to_timedelta(drawn.choice([0, 3600, 4 * 3600, 28_801, 300_000], number), "s")
    closed = answered + pd.to_timedelta(drawn.choice([0, 7200, 90_061, 800_000, 5_000_000], number), "s")
    again = closed + pd.to_timedelta(drawn.choice([-3600, 0, 3600, 100_000, 3_000_000], number), "s")
    cases["first_response_at"] = answered.where(drawn.random(number) < 0.8)
    cases["closed_at"] = closed.where(drawn.random(number) < 0.8)
    cases["resolved"] = some(drawn.choice(["true", "false"], number), 0.2)
    cases["resolved"] = cases.resolved.where(cases.closed_at.notna(), None)
    cases["reopened_at"] = again.where((drawn.random(number) < 0.4) & (again >= opened))
    later = cases.sample(frac=0.2, random_state=seed)
    later = later.assign(
        severity=drawn.integers(1, 6, len(later)),
        kind="complaint",
        known_at=later.known_at + pd.to_timedelta(drawn.choice([1, 24, 700], len(later)), "h"),
    )
    own = cases.case_id.groupby(cases.customer_id).agg(list)
    whose = [drawn.choice(own[name][:4]) if name in own else None for name in contacts.customer_id]
    contacts = contacts.assign(
        case_id=some(whose, 0.5),
        channel=drawn.choice(["phone", "Chat", "shop", "e-mail", "email", "social", "app", "letter"], number),
        topic=some(
            drawn.choice(["bill", "Cancel my plan", "home DELIVERY", "لغو اشتراک", "invoice for delivery"], number), 0.2
        ),
    )
    follows = contacts.sample(frac=0.6, random_state=seed)
    day = 86_400
    passed = drawn.choice([0, 0, 60, day, 7 * day, 7 * day + 1, 28 * day, 28 * day + 1], len(follows))
    follows = follows.assign(
        contact_id=[f"f{row}" for row in range(len(follows))],
        channel=drawn.choice(["phone", "chat", "shop"], len(follows)),
        happened_at=follows.happened_at + pd.to_timedelta(passed, "s"),
        known_at=follows.known_at + pd.to_timedelta(passed, "s"),
        resolved_at=follows.resolved_at + pd.to_timedelta(passed, "s"),
    )
    contacts = pd.concat([contacts, follows[follows.happened_at < last_day]], ignore_index=True)
    number = len(contacts)
    contacts = contacts.assign(
        wait_seconds=some(drawn.choice([0, 59, 60, 61, 120, 121, 300, 301, 5000], number), 0.2),
        handle_seconds=some(drawn.choice([0, 100, 333, 7200], number), 0.2),
        transfers=some(drawn.choice([0, 0, 1, 3], number), 0.2),
        team=some(drawn.choice(["first line", "second line"], number), 0.2),
        text=some(drawn.choice(["where is it", "thank you"], number), 0.5),
    )
    return contacts, pd.concat([cases, later], ignore_index=True)


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
