"""Expected value: what a customer spends in the label window."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future
from contract.said import said
from labels.target import Target, active_within, window_in_words


def expected_value(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """Cohort: active in the last `active_days` before as_of. Label: what purchases in
    `[as_of + gap, as_of + gap + horizon)` come to, in the currency of the orders; 0 for who buys nothing.
    """

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        orders = future["orders"]
        purchases = orders.filter(orders.kind == "purchase")
        spent = purchases.group_by("customer_id").agg(spent=purchases.amount.sum().cast("float64"))
        joined = cohort.left_join(spent, "customer_id")
        return joined.select("customer_id", label=joined.spent.fill_null(0.0))

    return Target(
        name="expected_value",
        title="Expected value",
        meaning=said(
            "what is spent in the {window}, by customers active in the {active} days before it",
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            active=active_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=active_within(active_days),
        outcome=outcome,
        cohort_reach_days=active_days,
        tables=("orders",),
        kind="amount",
    )
