"""Measures compiled: from the events of one table to one row a customer, a column a measure and window.

Rows are added up in the stretches between the windows' edges, and stretches into windows: a row is looked at once
however many windows there are. Edges are local midnights, so nothing is approximated. Different days and different
values cannot be added up, so they are counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from features.days import days_of
from features.family import Measure, Window


def merged(rows: ir.Table, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """The measures of one table; those of one stem in several families become one with all their windows.

    Raises ValueError when two families call different things by the same stem.
    """
    by_stem: dict[str, Measure] = {}
    for measure in measures:
        known = by_stem.get(measure.stem)
        if known is None:
            by_stem[measure.stem] = measure
            continue
        if not _same(rows, known, measure):
            raise ValueError(
                f"two measures of {measure.table} are called {measure.stem} and mean different things: "
                "give one of them another stem"
            )
        fresh = tuple(window for window in measure.windows if window not in known.windows)
        by_stem[measure.stem] = replace(known, windows=(*known.windows, *fresh), usual={**known.usual, **measure.usual})
    return tuple(by_stem.values())


def measure_tables(rows: ir.Table, measures: Sequence[Measure]) -> list[ir.Table]:
    """Tables of one row a customer that together have a column a measure and window."""
    added = [measure for measure in measures if measure.how not in ("days", "distinct")]
    tables = [_added(rows, added)] if added else []
    days = [measure for measure in measures if measure.how == "days"]
    everywhere = [measure for measure in days if measure.where is None]
    tables += [_days(rows, everywhere)] if everywhere else []
    tables += [_days(rows.filter(m.where(rows)), [m]) for m in days if m.where is not None]
    return tables + [_distinct(rows, measure) for measure in measures if measure.how == "distinct"]


def _same(rows: ir.Table, one: Measure, other: Measure) -> bool:
    """Whether both ask the same of the rows: the expressions are compared, not the functions that write them."""
    if (one.how, one.unit, one.named, other.named) != (other.how, other.unit, (), ()):
        return False
    for mine, yours in ((one.what, other.what), (one.where, other.where)):
        if (mine is None) != (yours is None):
            return False
        if mine is not None and yours is not None and not mine(rows).equals(yours(rows)):
            return False
    return True


# What can be added up


def _added(rows: ir.Table, measures: Sequence[Measure]) -> ir.Table:
    edges = sorted(
        {edge for measure in measures for window in measure.windows for edge in (window.since, window.to) if edge}
    )
    values: dict[str, ir.Value] = {}
    for number, measure in enumerate(measures):
        if measure.what is not None:
            values[f"v{number}"] = measure.what(rows)
        if measure.where is not None:
            values[f"w{number}"] = measure.where(rows)
    needed = rows.select("customer_id", "age_seconds", bucket=_bucket(rows.days_ago, edges), **values)
    parts: dict[str, ir.Value] = {}
    for number, measure in enumerate(measures):
        parts |= _part(needed, number, measure)
    tiles = needed.group_by(["customer_id", "bucket"]).agg(**parts)
    columns: dict[str, ir.Value] = {}
    for number, measure in enumerate(measures):
        for name, window in zip(measure.names, measure.windows, strict=True):
            columns[name] = _whole(tiles, number, measure, _covers(tiles.bucket, window, edges))
    return tiles.group_by("customer_id").agg(**columns)


def _part(rows: ir.Table, number: int, measure: Measure) -> dict[str, ir.Value]:
    """What a tile keeps of its rows for one measure."""
    where = rows[f"w{number}"] if measure.where is not None else None
    if measure.how == "count":
        return {f"n{number}": rows.count(where=where)}
    value = rows[f"v{number}"]
    if measure.how == "mean":
        return {f"s{number}": value.sum(where=where), f"n{number}": value.count(where=where)}
    if measure.how == "last":
        # Of rows at the same moment the smallest value: the same on every engine and in every order of rows.
        found = value.notnull() if where is None else where & value.notnull()
        newest = ibis.struct({"age": rows.age_seconds, "value": value})
        return {f"a{number}": rows.age_seconds.min(where=found), f"l{number}": value.argmin(newest, where=found)}
    return {f"s{number}": getattr(value, measure.how)(where=where)}


def _whole(tiles: ir.Table, number: int, measure: Measure, inside: ir.BooleanValue | None) -> ir.Value:
    """Tiles added up into one window."""
    if measure.how == "count":
        return tiles[f"n{number}"].sum(where=inside)
    if measure.how == "mean":
        total = tiles[f"s{number}"].sum(where=inside).cast("float64")
        return total / tiles[f"n{number}"].sum(where=inside).nullif(0)
    if measure.how == "last":
        age, value = tiles[f"a{number}"], tiles[f"l{number}"]
        found = age.notnull() if inside is None else inside & age.notnull()
        return value.argmin(ibis.struct({"age": age, "value": value}), where=found)
    return getattr(tiles[f"s{number}"], measure.how)(where=inside)


def _bucket(days_ago: ir.Value, edges: Sequence[int]) -> ir.Value:
    """Which stretch between two edges a day lies in: 0 is the newest."""
    if not edges:
        return ibis.literal(0)
    return ibis.cases(*((days_ago <= edge, number) for number, edge in enumerate(edges)), else_=len(edges))


def _covers(bucket: ir.Value, window: Window, edges: Sequence[int]) -> ir.BooleanValue | None:
    """Whether a stretch lies in the window; None where all do."""
    first = edges.index(window.since) + 1 if window.since else 0
    if window.to is None:
        return bucket >= first if first else None
    upto = bucket <= edges.index(window.to)
    return (bucket >= first) & upto if first else upto


# What cannot


def _days(rows: ir.Table, measures: Sequence[Measure]) -> ir.Table:
    """One row a customer: how many different local days, by measure and window. All measures are of these rows."""
    days = days_of(rows)
    windows = {name: window for m in measures for name, window in zip(m.names, m.windows, strict=True)}
    return days.group_by("customer_id").agg(
        **{name: days.count(where=_within(days.days_ago, window)) for name, window in windows.items()}
    )


def _distinct(rows: ir.Table, measure: Measure) -> ir.Table:
    """One row a customer: how many different values, by window."""
    if measure.what is None:
        raise ValueError(f"measure {measure.stem}: distinct needs what")
    kept = rows if measure.where is None else rows.filter(measure.where(rows))
    kept = kept.select("customer_id", "days_ago", value=measure.what(kept))
    kept = kept.filter(kept.value.notnull())
    longest = [window.to for window in measure.windows if window.to is not None]
    if len(longest) == len(measure.windows):
        kept = kept.filter(kept.days_ago <= max(longest))
    seen = {f"seen{number}": kept.count(where=_within(kept.days_ago, w)) for number, w in enumerate(measure.windows)}
    values = kept.group_by(["customer_id", "value"]).agg(**seen)
    return values.group_by("customer_id").agg(
        **{name: values.count(where=values[f"seen{number}"] > 0) for number, name in enumerate(measure.names)}
    )


def _within(days_ago: ir.Value, window: Window) -> ir.BooleanValue | None:
    if window.to is None:
        return days_ago > window.since if window.since else None
    upto = days_ago <= window.to
    return (days_ago > window.since) & upto if window.since else upto
