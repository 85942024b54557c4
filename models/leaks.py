"""The future-poisoning test: whatever is done to rows that the night could not know, the features stay the same.

Three poisons at one as_of. The rows that the night could not know are removed, and with them what was filled in later
in the rows that it knew; both are changed to other values; and rows are added at the very edges of what may be known:
events at as_of itself, and later versions of known events. The features must not differ in a single bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends.duckdb import Backend

from contract.calendar import day_number
from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.engine import run
from contract.table import Column, Table
from features.family import Family
from models.dataset import Matrix, Window, matrix

#: How far a changed date is pushed: past the load window of any night.
AHEAD = timedelta(days=3)
#: The smallest step of a clock.
TICK = timedelta(microseconds=1)
#: What a poisoned table is called on the connection, for as long as the test runs.
POISONED = "poisoned_"


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
    """One leak test: its name, whether it passed, and what it saw."""

    test: str
    passed: bool
    says: str


def poison_future(
    connection: Backend, tables: CheckedTables, families: Sequence[Family], window: Window, *, as_of: date
) -> tuple[LeakResult, ...]:
    """Poison what lies after `as_of` three ways and compare the matrix of `as_of` with the clean one, bit by bit."""
    clean = matrix(connection, tables, families, window, as_of=as_of)
    return tuple(
        _compare(test, as_of, clean, _matrix_of_poisoned(connection, tables, families, window, as_of, poison))
        for test, poison in POISONS.items()
    )


def _matrix_of_poisoned(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    as_of: date,
    poison: Callable[[ir.Table, Table, Edges], ir.Table],
) -> Matrix:
    midnight = tables.calendar.midnight(as_of)
    decided = midnight + window.load_window
    frames: dict[str, ir.Table] = {}
    try:
        for name, frame in tables.frames.items():
            delay = timedelta(seconds=tables.about[name].delay_seconds)
            edges = Edges(
                day=day_number(as_of),
                midnight=midnight,
                decided=decided,
                dated_before=min(midnight, decided - delay),
            )
            # As views: a feature that looks behind the cut finds the poisoned table there, not the clean one.
            poisoned = connection.compile(poison(frame, TABLES[name], edges))
            run(connection, f"CREATE OR REPLACE TEMP VIEW {POISONED}{name} AS {poisoned}")
            frames[name] = connection.table(f"{POISONED}{name}")
        about = {name: replace(table, has_versions=True) for name, table in tables.about.items()}
        altered = CheckedTables(frames=frames, about=about, calendar=tables.calendar, ready=tables.ready)
        return matrix(connection, altered, families, window, as_of=as_of)
    finally:
        for name in frames:
            run(connection, f"DROP VIEW IF EXISTS {POISONED}{name}")


def _compare(test: str, as_of: date, clean: Matrix, poisoned: Matrix) -> LeakResult:
    if not clean.frame.unit_id.equals(poisoned.frame.unit_id):
        return LeakResult(test=test, passed=False, says=f"the cohort at {as_of} is another one: it knows the future")
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
            says=f"{len(moved)} features at {as_of} know the future, first {moved[0]}: read only the cut history",
        )
    shape = f"{len(clean.features)} features of {len(clean.frame)} customers at {as_of}"
    return LeakResult(test=test, passed=True, says=f"{shape} are the same to the last bit")


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
    "rows of the future removed": _removed,
    "rows of the future changed": _changed,
    "rows of the future added": _added,
}
