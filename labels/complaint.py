"""Complaint: a customer opens a complaint."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future
from contract.said import said
from labels.ending import left_in_gap
from labels.target import SimpleRule, Target, active_within, whether, window_in_words


def complaint(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """Cohort: active in the last `active_days` before as_of. Label: opens a complaint in
    `[as_of + gap, as_of + gap + horizon)`.
    """

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        cases = future["cases"]
        return whether(cohort, cases.filter(cases.kind == "complaint"))

    return Target(
        name="complaint",
        title="Complaint",
        outcome_says="would complain",
        meaning=said(
            "opens a complaint in the {window}, among customers active in the {active} days before it",
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
        tables=("cases",),
        rules=(
            SimpleRule(name="recency", column="days_since_last_complaint", high_is_risky=False, null_is_safe=True),
            SimpleRule(name="own past rate", column="complaints_last_364d"),
        ),
    )
