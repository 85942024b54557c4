"""What is usual for a customer: quartiles over the customer's own earlier 28-day periods, empty ones included."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

PERIOD = 28
#: Periods that count: the current one (0) is what is compared, and habits of more than a year ago are not "usual".
PERIODS = range(1, 13)
#: With fewer earlier periods a customer has no usual yet.
MINIMUM_PERIODS = 3


def periods_of(rows: ir.Table) -> ir.Table:
    """One row a customer: `periods`, the complete 28-day periods back from as_of since the customer's first row."""
    first = rows.group_by("customer_id").agg(first_days_ago=rows.days_ago.max())
    return first.select("customer_id", periods=first.first_days_ago // PERIOD)


def quartiles(rows: ir.Table, **values: ir.Value) -> ir.Table:
    """One row a customer with at least three complete earlier periods: the quartiles of sums a period.

    `rows` are events with customer_id and days_ago. Each of `values` is a column of them; its quartiles come out as
    `<name>_low` and `<name>_high`.
    """
    enough = periods_of(rows)
    enough = enough.filter(enough.periods > MINIMUM_PERIODS)
    valued = rows.select("customer_id", period=(rows.days_ago - 1) // PERIOD, **values)
    valued = valued.filter(valued.period <= PERIODS[-1])
    sums = valued.group_by(["customer_id", "period"]).agg(**{name: valued[name].sum() for name in values})
    every = ibis.memtable(pd.DataFrame({"period": list(PERIODS)}))
    grid = enough.join(every, every.period < enough.periods).select("customer_id", "period")
    filled = grid.left_join(sums, ["customer_id", "period"])
    filled = filled.select("customer_id", **{name: filled[name].cast("float64").fill_null(0.0) for name in values})
    return filled.group_by("customer_id").agg(
        **{f"{name}_low": filled[name].quantile(0.25) for name in values},
        **{f"{name}_high": filled[name].quantile(0.75) for name in values},
    )
