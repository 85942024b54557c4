"""What goes wrong with data on their way: late rows, corrections, loads that come twice, and a few broken rows.

Each returns the changed tables and a list of what was done, one row a row touched, so that it can be found again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.days import Days
from simulator.ids import opaque
from simulator.moments import DAY, HOUR

#: Share of a shop's orders that its till sends days late, and by how many days.
LATE, LATE_DAYS = 0.04, (1, 10)
#: Share of rows that are corrected, and after how many days: orders' amounts, contacts' outcomes, customers' consent.
CORRECTED = {"orders": 0.01, "contacts": 0.005, "customers": 0.02}
CORRECTED_DAYS = (2, 30)
#: Loads that came twice: so many nights, of these tables.
TWICE_LOADED, TWICE_TABLES = 3, ("orders", "usage")
#: Broken rows a good one, by table: well below the share that is tolerated.
BROKEN_SHARE = 0.002
SECONDS = pa.timestamp("s")
MICRO = pa.timestamp("us")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One kind of trouble: the tables after it, and one row a row touched."""

    tables: dict[str, pa.Table]
    done: list[pa.Table]


def _done(table: str, what: str, key: pa.ChunkedArray, **more: pa.Array | pa.ChunkedArray) -> pa.Table:
    """table, what, key (the row's id), known_at, old_known_at, old and new value: what does not apply is null."""
    many = len(key)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "table": pa.repeat(table, many),
        "what": pa.repeat(what, many),
        "key": pc.cast(key, pa.large_string()),
    }
    for name, kind in (("known_at", MICRO), ("was_known_at", MICRO), ("old", pa.string()), ("new", pa.string())):
        columns[name] = pc.cast(more[name], kind) if name in more else pa.nulls(many, kind)
    return pa.table(columns)


def _replaced(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _later(column: pa.ChunkedArray, seconds: np.ndarray) -> pa.Array:
    moved = column.cast(SECONDS).cast(pa.int64()).to_numpy() + seconds
    return pa.array(moved).cast(SECONDS).cast(MICRO)


def late_rows(rng: np.random.Generator, tables: dict[str, pa.Table]) -> Planted:
    """A till that was off the line sends its receipts days later, in one of the nightly loads."""
    orders = tables["orders"]
    of_shop = pc.and_(pc.equal(orders["channel"], "shop"), pc.equal(orders["kind"], "purchase")).to_numpy()
    late = of_shop & (rng.random(len(of_shop)) < LATE)
    by = np.where(late, rng.integers(*LATE_DAYS, len(late)) * DAY, 0)
    known = _later(orders["known_at"], by)
    mask = pa.array(late)
    was = orders.filter(mask)
    done = _done("orders", "late", was["order_id"], known_at=known.filter(mask), was_known_at=was["known_at"])
    return Planted(tables={**tables, "orders": _replaced(orders, "known_at", known)}, done=[done])


def corrections(rng: np.random.Generator, tables: dict[str, pa.Table]) -> Planted:
    """A second version of a row, known later: another amount, another outcome, a consent withdrawn."""
    changed, done = dict(tables), []
    keys = {"orders": "order_id", "contacts": "contact_id", "customers": "customer_id"}
    values = {"orders": "amount", "contacts": "resolved", "customers": "contact_allowed"}
    for name, share in CORRECTED.items():
        table, column = tables[name], values[name]
        can = pc.is_valid(table[column]).to_numpy()
        if name == "customers":
            can = can & table[column].to_numpy()
        picked = np.flatnonzero(can & (rng.random(len(can)) < share))
        old = table.take(pa.array(picked))
        if name == "orders":
            new = pa.array(np.round(old[column].to_numpy() * rng.uniform(0.5, 0.98, len(picked)), 2))
        else:
            new = pc.invert(old[column])
        # In the day, not with the load: no two versions of a row are known at one moment.
        after = rng.integers(*CORRECTED_DAYS, len(picked)) * DAY + 11 * HOUR
        version = _replaced(_replaced(old, column, new), "known_at", _later(old["known_at"], after))
        changed[name] = pa.concat_tables([table, version])
        done.append(
            _done(
                name,
                "corrected",
                old[keys[name]],
                known_at=version["known_at"],
                was_known_at=old["known_at"],
                old=old[column],
                new=version[column],
            )
        )
    return Planted(tables=changed, done=done)


def twice_loaded(rng: np.random.Generator, tables: dict[str, pa.Table], days: Days) -> Planted:
    """Nights whose load ran twice: every row that became known then is there a second time, to the letter."""
    changed, done = dict(tables), []
    nights = days.midnights[days.start - days.first_midnight :][: 7 * days.weeks]
    picked = np.sort(rng.choice(nights[len(nights) // 4 :], TWICE_LOADED, replace=False))
    keys = {"orders": "order_id", "usage": "customer_id"}
    for name in TWICE_TABLES:
        table = tables[name]
        known = table["known_at"].cast(SECONDS).cast(pa.int64()).to_numpy()
        night = np.searchsorted(picked, known, side="right") - 1
        again = (night >= 0) & (known - picked[night.clip(0)] < 8 * HOUR)
        copies = table.filter(pa.array(again))
        changed[name] = pa.concat_tables([table, copies])
        done.append(_done(name, "duplicate", copies[keys[name]], known_at=copies["known_at"]))
    return Planted(tables=changed, done=done)


def broken_rows(rng: np.random.Generator, tables: dict[str, pa.Table], *, seed: int) -> Planted:
    """Rows that the contract must keep out, beside the good ones: each a copy of one, with an id of its own.

    Voided receipts with an amount below zero, usage of test accounts, contacts dated years too early, cases closed
    before they were opened, an answer off the scale.
    """
    changed, done = dict(tables), []

    def some(name: str, mask: np.ndarray | None = None) -> pa.Table:
        can = np.arange(tables[name].num_rows) if mask is None else np.flatnonzero(mask)
        count = min(len(can), max(1, round(BROKEN_SHARE * tables[name].num_rows)))
        return tables[name].take(pa.array(np.sort(rng.choice(can, count, replace=False))))

    def add(name: str, rows: pa.Table, key: str, prefix: str, why: str) -> None:
        numbers = (1 << 40) + np.arange(rows.num_rows)
        rows = _replaced(rows, key, opaque(numbers, prefix=prefix, seed=seed))
        rows = rows.cast(changed[name].schema)
        changed[name] = pa.concat_tables([changed[name], rows])
        done.append(_done(name, f"broken: {why}", rows[key], known_at=rows["known_at"]))

    orders = some("orders")
    orders = _replaced(orders, "amount", pc.negate(pc.add(orders["amount"], 1.0)))
    add("orders", orders, "order_id", "o", "amount below zero")
    add("usage", some("usage"), "customer_id", "c", "not a customer")
    contacts = some("contacts", pc.equal(tables["contacts"]["direction"], "inbound").to_numpy())
    years = np.full(contacts.num_rows, -20 * 365 * DAY)
    contacts = _replaced(contacts, "happened_at", _later(contacts["happened_at"], years))
    add("contacts", contacts, "contact_id", "k", "before its customer joined")
    cases = some("cases", pc.is_valid(tables["cases"]["closed_at"]).to_numpy())
    cases = _replaced(cases, "closed_at", _later(cases["opened_at"], np.full(cases.num_rows, -2 * HOUR)))
    add("cases", cases, "case_id", "q", "closed before it was opened")
    surveys = some("surveys", pc.is_valid(tables["surveys"]["score"]).to_numpy())
    surveys = _replaced(surveys, "score", pa.array(np.full(surveys.num_rows, 11)))
    add("surveys", surveys, "survey_id", "s", "off the scale")
    return Planted(tables=changed, done=done)
