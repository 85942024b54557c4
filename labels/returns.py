"""Return: a customer sends something back."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future, History
from contract.said import said
from labels.ending import left_in_gap
from labels.target import SimpleRule, Target, still_with_us, whether, window_in_words


def returns(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """Cohort: bought something in the last `active_days` before as_of. Label: a return in
    `[as_of + gap, as_of + gap + horizon)`.
    """

    def cohort(history: History) -> ir.Table:
        orders = history["orders"]
        bought = orders.filter((orders.kind == "purchase") & (orders.days_ago <= active_days))
        return still_with_us(history, bought.select("customer_id").distinct())

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        orders = future["orders"]
        return whether(cohort, orders.filter(orders.kind == "return"))

    return Target(
        name="return",
        title="Return",
        outcome_says="would send something back",
        meaning=said(
            "sends something back in the {window}, among customers who bought something in the {active} days before it",
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            active=active_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=cohort,
        outcome=outcome,
        cohort_reach_days=active_days,
        gone=left_in_gap,
        tables=("orders",),
        rules=(
            SimpleRule(name="recency", column="days_since_last_return", high_is_risky=False, null_is_safe=True),
            SimpleRule(name="own past rate", column="returns_last_364d"),
        ),
    )
