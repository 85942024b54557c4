"""How long ago the last of something was: beside "the last survey" a person wants to know whether that was last week.

For the words of a reason only. No model is given these columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import ibis.expr.types as ir

from features.family import Family, Measure


def column_of(name: str) -> str:
    """The column that says how many days ago the value of the column `name` came about."""
    return f"{name}_days_ago"


def last_dates(families: Sequence[Family]) -> Family:
    """One column a column that holds the last value of something: the days since that value, null where there is
    none."""
    return Family(
        name="last_dates",
        meaning="how many days ago the last of something was",
        measures=tuple(
            _dated(measure)
            for family in families
            if family.unit == "customer"
            for measure in family.measures
            if measure.how == "last"
        ),
    )


def _dated(measure: Measure) -> Measure:
    return replace(
        measure,
        stem=column_of(measure.stem),
        named=tuple(map(column_of, measure.names)),
        what=measure.when or _days_ago,
        where=_where_known(measure),
        description=f"days since: {measure.description}",
        unit="days",
        usual={},
    )


def _days_ago(rows: ir.Table) -> ir.Value:
    return rows.days_ago


def _where_known(measure: Measure) -> Callable[[ir.Table], ir.BooleanValue]:
    """Rows whose value counts: `last` passes over those that have none."""

    def known(rows: ir.Table) -> ir.BooleanValue:
        assert measure.what is not None  # `last` has one
        found = measure.what(rows).notnull()
        return found if measure.where is None else measure.where(rows) & found

    return known
