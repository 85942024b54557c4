"""Inactivity churn: a customer who was active lately does nothing at all in the label window."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import ACTIVITY, Future
from contract.said import said
from labels.ending import left_in_gap
from labels.target import SimpleRule, Target, active_within, whether, window_in_words


def inactivity(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """Cohort: active in the last `active_days` before as_of. Label: nothing in `[as_of + gap, as_of + gap + horizon)`.

    What the customer does inside the gap neither saves nor loses anybody: the team acts in it.
    """

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        active = whether(cohort, future[ACTIVITY])
        return active.select("customer_id", label=1 - active.label)

    return Target(
        name="inactivity",
        title="Inactivity churn",
        meaning=said(
            "no activity in the {window}, among customers active in the {active} days before it",
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            active=active_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=active_within(active_days),
        outcome=outcome,
        cohort_reach_days=active_days,
        gone=left_in_gap,
        rules=(
            SimpleRule(name="recency", column="days_since_last_activity"),
            SimpleRule(name="own past rate", column="quiet_share_28d"),
        ),
    )
