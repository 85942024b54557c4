"""Contract churn: a subscription ends by the customer's choice, and is not renewed."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future, History
from contract.said import said
from labels.ending import GRACE_DAYS, final_ends, left_before_window
from labels.target import SimpleRule, Target, whether, window_in_words


def contract_churn(*, horizon_days: int, gap_days: int, grace_days: int = GRACE_DAYS, delay_days: int = 0) -> Target:
    """Cohort: has a subscription that runs at as_of. Label: the last one ended in
    `[as_of + gap, as_of + gap + horizon)` and no other went on or began within `grace_days` after it.

    Ends that the customer did not choose (a payment failed, the company ended it) are apart: neither 1 nor 0. Whoever
    left inside the gap, or before as_of unknown to the night, is out of the cohort. The label is known once the grace
    is over.
    """

    def cohort(history: History) -> ir.Table:
        periods = history["subscriptions"]
        return periods.filter(periods.ended_days_ago.isnull()).select("customer_id").distinct()

    def ends(future: Future) -> ir.Table:
        return final_ends(future, first_day=future.first_day, end_day=future.end_day, grace_days=grace_days)

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        return whether(cohort, ends(future))

    def gone(future: Future) -> ir.Table:
        return left_before_window(future, grace_days=grace_days)

    def apart(future: Future) -> ir.Table:
        found = ends(future)
        return found.filter(found.is_involuntary).select("customer_id")

    return Target(
        name="contract_churn",
        title="Contract churn",
        outcome_says="would end the contract",
        meaning=said(
            "the last subscription ends in the {window}, by the customer's choice, and is not renewed within {grace} "
            "days, among customers with a running subscription",
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            grace=grace_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=max(delay_days, grace_days),
        cohort=cohort,
        outcome=outcome,
        tables=("subscriptions",),
        rules=(
            SimpleRule(name="renewal is near", column="days_to_renewal", high_is_risky=False),
            SimpleRule(name="recency", column="days_since_last_activity"),
        ),
        gone=gone,
        apart=apart,
    )
