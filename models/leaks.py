"""Two leak tests: features know neither the future nor how often the company acted.

The future: whatever is done to rows that the night could not know, the features stay the same. Three poisons at one
as_of. The rows that the night could not know are removed, and with them what was filled in later in the rows that it
knew; both are changed to other values; and rows are added at the very edges of what may be known: events at as_of
itself, and later versions of known events. The features must not differ in a single bit.

The company's own acts: whom it mails, asks or reviews is its choice, and a model that learned from it would foresee
the company. For every second customer campaigns are added, or what was asked, and what came of it, is written several
times. Answers, their means and shares stay as they are; whatever counts the acts moves. (When the company last asked
is no count, and is not found so.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar, day_number
from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.engine import run
from contract.said import marked, said
from contract.table import Column, Table
from features.family import Family
from models.dataset import Matrix, Window, matrix

#: How far a changed date is pushed: past the load window of any night.
AHEAD = timedelta(days=3)
#: The smallest step of a clock.
TICK = timedelta(microseconds=1)
#: What a poisoned table is called on the connection, for as long as the test runs.
POISONED = "poisoned_"
#: Days before as_of on which campaigns are sent: at least one in every window that features look at.
CAMPAIGN_DAYS = (1, 5, 20, 60, 120, 300)
#: How often an act of the company is written once more.
REPEATS = 3
#: A mean of the same values written several times is the same but for its last bits.
CLOSE = 1e-9
#: How many of the features that moved are named.
NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Up to where a night knows: what happened before `midnight` (which begins `day`), was known before `decided`, and
    was filled in before `dated_before`."""

    day: int
    midnight: datetime
    decided: datetime
    dated_before: datetime


@dataclass(frozen=True, kw_only=True)
class LeakResult:
    """One leak test, or one finding of it: its name, whether it passed, and what it saw.

    A failed `leak` refuses the model. A failed `alarm` may have an honest reason, and waits for a person to say so; its
    `id` is the same every night, whatever the figures. `feature` and `table` name where to look, `cure` what to do,
    and `evidence` holds the figures.
    """

    test: str
    passed: bool
    says: str
    kind: Literal["leak", "alarm"] = "leak"
    id: str = ""
    feature: str = ""
    table: str = ""
    cure: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


def poison_future(
    connection: Backend, tables: CheckedTables, families: Sequence[Family], window: Window, *, as_of: date
) -> tuple[LeakResult, ...]:
    """Poison what lies after `as_of` three ways and compare the matrix of `as_of` with the clean one, bit by bit."""
    clean = matrix(connection, tables, families, window, as_of=as_of)
    results = []
    for test, poison in POISONS.items():
        frames = {
            name: poison(frame, TABLES[name], _edges(tables, name, window, as_of))
            for name, frame in tables.frames.items()
        }
        results.append(
            _compare(test, as_of, clean, _matrix_of_altered(connection, tables, frames, families, window, as_of))
        )
    return tuple(results)


def multiply_acts(
    connection: Backend, tables: CheckedTables, families: Sequence[Family], window: Window, *, as_of: date
) -> tuple[LeakResult, ...]:
    """Multiply what the company itself did before `as_of` and compare the matrix of `as_of` with that of what is.

    One result a kind of act that the tables know of; a company without such tables has none. Columns whose window is
    longer than the history are compared too: one day the history is long enough.
    """
    tables = replace(tables, about={name: replace(table, starts_on=0) for name, table in tables.about.items()})
    altered = {test: multiply(tables, as_of) for test, multiply in ACTS.items()}
    if not any(altered.values()):
        return ()
    clean = matrix(connection, tables, families, window, as_of=as_of)
    return tuple(
        _compare_acts(test, as_of, clean, _matrix_of_altered(connection, tables, frames, families, window, as_of))
        for test, frames in altered.items()
        if frames
    )


def _edges(tables: CheckedTables, name: str, window: Window, as_of: date) -> Edges:
    midnight = tables.calendar.midnight(as_of)
    decided = midnight + window.load_window
    delay = timedelta(seconds=tables.about[name].delay_seconds)
    return Edges(day=day_number(as_of), midnight=midnight, decided=decided, dated_before=min(midnight, decided - delay))


def _matrix_of_altered(
    connection: Backend,
    tables: CheckedTables,
    frames: Mapping[str, ir.Table],
    families: Sequence[Family],
    window: Window,
    as_of: date,
) -> Matrix:
    """The matrix with these tables in place of the clean ones of their names."""
    views: dict[str, ir.Table] = {}
    try:
        for name, frame in frames.items():
            # As views: a feature that looks behind the cut finds the altered table there, not the clean one.
            run(connection, f"CREATE OR REPLACE TEMP VIEW {POISONED}{name} AS {connection.compile(frame)}")
            views[name] = connection.table(f"{POISONED}{name}")
        about = {
            name: replace(table, has_versions=table.has_versions or name in views)
            for name, table in tables.about.items()
        }
        altered = replace(tables, frames={**tables.frames, **views}, about=about)
        return matrix(connection, altered, families, window, as_of=as_of)
    finally:
        for name in views:
            run(connection, f"DROP VIEW IF EXISTS {POISONED}{name}")


def _compare(test: str, as_of: date, clean: Matrix, poisoned: Matrix) -> LeakResult:
    if not clean.frame.unit_id.equals(poisoned.frame.unit_id):
        says = said("the cohort at {as_of} is another one: it knows the future", as_of=as_of)
        return LeakResult(test=test, passed=False, says=says)
    moved = [
        feature.name
        for feature in clean.features
        if not np.array_equal(
            clean.frame[feature.name].to_numpy(), poisoned.frame[feature.name].to_numpy(), equal_nan=True
        )
    ]
    if moved:
        return LeakResult(
            test=test,
            passed=False,
            says=said(
                "{number} features at {as_of} know the future, first {first}: read only the cut history",
                number=len(moved),
                as_of=as_of,
                first=moved[0],
            ),
        )
    says = said(
        "{features} features of {customers:,} customers at {as_of} are the same to the last bit",
        features=len(clean.features),
        customers=len(clean.frame),
        as_of=as_of,
    )
    return LeakResult(test=test, passed=True, says=says)


def _compare_acts(test: str, as_of: date, clean: Matrix, multiplied: Matrix) -> LeakResult:
    if not clean.frame.unit_id.equals(multiplied.frame.unit_id):
        says = said(
            "the cohort at {as_of} follows what the company itself did: choose it by what customers did", as_of=as_of
        )
        return LeakResult(test=test, passed=False, says=says)
    moved = {}
    for feature in clean.features:
        before, after = (part.frame[feature.name].to_numpy() for part in (clean, multiplied))
        differs = ~np.isclose(before, after, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        if differs.any():
            where = int(differs.argmax())
            moved[feature.name] = (int(differs.sum()), float(before[where]), float(after[where]))
    if moved:
        first, (units, was, became) = next(iter(moved.items()))
        says = said(
            "{number} features at {as_of} follow what the company itself did, as {names}: {first} moved for {units:,} "
            "of the cohort, for one of them from {before:g} to {after:g}. Tell what came of such acts, or for which "
            "share of them, never how many there were",
            number=len(moved),
            as_of=as_of,
            names=tuple(moved)[:NAMED],
            first=first,
            units=units,
            before=_told(was),
            after=_told(became),
        )
        return LeakResult(test=test, passed=False, says=says)
    says = said(
        "{features} features of {customers:,} customers at {as_of} are the same, however often the company acted",
        features=len(clean.features),
        customers=len(clean.frame),
        as_of=as_of,
    )
    return LeakResult(test=test, passed=True, says=says)


def _told(value: float) -> float | str:
    """Not a number has no place in JSON."""
    return said("nothing") if np.isnan(value) else round(value, 4)


def _unknown(rows: ir.Table, edges: Edges) -> ir.BooleanValue:
    return (rows.happened_at >= _moment(edges.midnight)) | (rows.known_at >= _moment(edges.decided))


def _moment(moment: datetime) -> ir.TimestampScalar:
    return ibis.literal(moment, type="timestamp(6)")


def _filled_later(rows: ir.Table, table: Table, column: Column, edges: Edges) -> ir.BooleanValue | None:
    """Where a value came after the night; None for a column whose values are there from the start."""
    dated_by = table.dating(column)
    if dated_by is None or dated_by == table.happened_from:
        return None
    return (rows[dated_by] >= _moment(edges.dated_before)).fill_null(False)


def _removed(rows: ir.Table, table: Table, edges: Edges) -> ir.Table:
    """The world as it stood that night."""
    known = rows.filter(~_unknown(rows, edges))
    values: dict[str, ir.Value] = {}
    for column in table.own_columns:
        later = _filled_later(known, table, column, edges)
        if later is not None:
            names = (column.name, f"{column.name}_day") if column.type == "timestamp" else (column.name,)
            values |= {name: ibis.ifelse(later, ibis.null(), known[name]) for name in names}
    return known.mutate(**values)


def _changed(rows: ir.Table, table: Table, edges: Edges) -> ir.Table:
    """Rows of the future with other values, and in rows of the past what was filled in later."""
    unknown = _unknown(rows, edges)
    values: dict[str, ir.Value] = {}
    for column in table.own_columns:
        if column.name in table.key:
            continue
        later = _filled_later(rows, table, column, edges)
        change = unknown if later is None else unknown | later
        if column.type == "timestamp":
            pushed = rows[column.name] + ibis.interval(days=AHEAD.days)
            values[column.name] = ibis.ifelse(change, pushed, rows[column.name])
            day = rows[f"{column.name}_day"]
            values[f"{column.name}_day"] = ibis.ifelse(change, day + AHEAD.days, day)
        else:
            values[column.name] = ibis.ifelse(change, _other(rows[column.name], column), rows[column.name])
    return rows.mutate(**values)


def _other(value: ir.Value, column: Column) -> ir.Value:
    """Another value of the same type; nothing that the contract would not let through."""
    if column.allowed:
        first, last = column.allowed[0], column.allowed[-1]
        return ibis.ifelse(value == last, ibis.literal(first), ibis.literal(last))
    if column.type == "text":
        return value.fill_null("") + "~"
    if column.type == "boolean":
        # Unknown stands for true where it matters (what is allowed), so the other of it is false.
        return ~value.fill_null(True)
    return (value.fill_null(0) + 7).cast(value.type())


def _added(rows: ir.Table, table: Table, edges: Edges) -> ir.Table:
    """Every row of the past twice more: as a version that comes one moment too late, and as an event at as_of itself
    that is known as early as can be. What is one tick over an edge is over it."""
    marked = rows.mutate(is_versioned=ibis.literal(True))
    past = marked.filter(~_unknown(marked, edges))
    other = {
        column.name: _other(past[column.name], column)
        for column in table.own_columns
        if column.name not in table.key and column.type != "timestamp"
    }
    versions = past.mutate(known_at=_moment(edges.decided), **other)
    names = {
        column.name: past[column.name] + "~"
        for column in table.own_columns
        if column.name in table.key and column.type == "text" and not column.allowed
    }
    events = past.mutate(
        happened_at=_moment(edges.midnight),
        known_at=_moment(max(edges.midnight, edges.decided - TICK)),
        local_day=ibis.literal(edges.day),
        **other,
        **names,
    )
    return marked.union(versions.cast(marked.schema())).union(events.cast(marked.schema()))


POISONS: Mapping[str, Callable[[ir.Table, Table, Edges], ir.Table]] = {
    marked("rows of the future removed"): _removed,
    marked("rows of the future changed"): _changed,
    marked("rows of the future added"): _added,
}


# What the company itself does


def _campaigns(tables: CheckedTables, as_of: date) -> dict[str, ir.Table]:
    """Contacts that the company began without a case, for every second customer, with every column filled in."""
    if "contacts" not in tables:
        return {}
    contacts = rows = tables.frames["contacts"]
    people = _every_second(tables)
    for days in CAMPAIGN_DAYS:
        day = as_of - timedelta(days=days)
        values = _filled(TABLES["contacts"], contacts, tables.calendar, day) | {
            "customer_id": people.customer_id,
            "contact_id": people.customer_id + f"~{days}",
            "direction": ibis.literal("outbound"),
            "case_id": ibis.null(),
        }
        added = people.select(**{name: values[name] for name in contacts.columns})
        rows = rows.union(added.cast(contacts.schema()))
    return {"contacts": rows}


def _filled(table: Table, rows: ir.Table, calendar: Calendar, day: date) -> dict[str, ir.Value]:
    """A value for every column of a checked table: noon of that day, and what stands out among other values."""
    noon = _moment(calendar.midnight(day) + timedelta(hours=12))
    clock = calendar.days(day, day).iloc[0]
    values: dict[str, ir.Value] = {name: ibis.null() for name in rows.columns}
    for column in table.columns:
        stands_out = {"text": "campaign", "boolean": True}.get(column.type, 7)
        values[column.name] = noon if column.type == "timestamp" else ibis.literal(stands_out)
        if f"{column.name}_day" in values:
            values[f"{column.name}_day"] = ibis.literal(day_number(day))
    return values | {
        "local_day": ibis.literal(day_number(day)),
        "local_weekday": ibis.literal(int(clock.local_weekday)),
        "local_hour": ibis.literal(12),
        "is_weekend": ibis.literal(bool(clock.is_weekend)),
        "is_holiday": ibis.literal(bool(clock.is_holiday)),
        "business_hours": ibis.literal(float(clock.business_hours_before)),
        "is_versioned": ibis.literal(False),
    }


def _repeated(tables: CheckedTables, _: date) -> dict[str, ir.Table]:
    """Tables of what was asked, with every row of every second customer several times under other keys."""
    half = _every_second(tables)
    return {name: _repeats(rows, TABLES[name], half) for name, rows in tables.frames.items() if TABLES[name].asked}


def _every_second(tables: CheckedTables) -> ir.Table:
    """One row for half of the customers: were it all of them, whoever is compared with the others would stay."""
    people = tables.frames["customers"].select("customer_id").distinct()
    numbered = people.mutate(number=ibis.row_number().over(order_by=people.customer_id))
    return numbered.filter(numbered.number % 2 == 0).select("customer_id")


def _repeats(rows: ir.Table, table: Table, half: ir.Table) -> ir.Table:
    theirs = rows.semi_join(half, "customer_id")
    several = rows
    for number in range(REPEATS):
        keys = {name: theirs[name] + f"~{number}" for name in table.key}
        several = several.union(theirs.mutate(**keys))
    return several


ACTS: Mapping[str, Callable[[CheckedTables, date], dict[str, ir.Table]]] = {
    marked("campaigns of the company added"): _campaigns,
    marked("what the company asked repeated"): _repeated,
}
