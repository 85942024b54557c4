"""Partial churn: a customer goes on buying, but for half as much or less."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future, History
from contract.said import said
from labels.ending import left_in_gap
from labels.target import SimpleRule, Target, still_with_us, window_in_words


def partial_churn(*, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """Cohort: spent money in the last `horizon_days` before as_of. Label: in `[as_of + gap, as_of + gap + horizon)`
    spends at most half of that.

    Spend is what purchases came to; returns are not taken off (a return of something old is no smaller purchase).
    Both sides are read as now known: a purchase that was loaded late counts in the window in which it was made. Who
    by now has no purchase left in the window before cannot be labelled.
    """

    def cohort(history: History) -> ir.Table:
        orders = history["orders"]
        spent = orders.filter((orders.kind == "purchase") & (orders.days_ago <= horizon_days) & (orders.amount > 0))
        return still_with_us(history, spent.select("customer_id").distinct())

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        before = _spent(future.previous["orders"], "before")
        after = _spent(future["orders"], "after")
        joined = cohort.inner_join(before, "customer_id").left_join(after, "customer_id")
        joined = joined.filter(joined.before > 0)
        halved = joined.after.fill_null(0) * 2 <= joined.before
        return joined.select("customer_id", label=halved.cast("int64"))

    return Target(
        name="partial_churn",
        title="Partial churn",
        outcome_says="would spend half as much or less",
        meaning=said(
            "spends, in the {window}, at most half of what was spent in the {horizon} days before it, among customers "
            "who spent then",
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            horizon=horizon_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=cohort,
        outcome=outcome,
        cohort_reach_days=horizon_days,
        gone=left_in_gap,
        tables=("orders",),
        rules=(
            SimpleRule(name="recency", column="days_since_last_activity"),
            # Who spent more than is usual will spend less: what a sceptic would try first.
            SimpleRule(name="more than usual", column="amount_trend_28d"),
        ),
    )


def _spent(orders: ir.Table, name: str) -> ir.Table:
    """One row a customer with purchases: what they came to."""
    purchases = orders.filter(orders.kind == "purchase")
    return purchases.group_by("customer_id").agg(**{name: purchases.amount.sum()})
