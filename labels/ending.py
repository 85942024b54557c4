"""The end of a contract: who left for good, when, and by whose choice. What targets about subscriptions share."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future

#: Days after an end within which a new period still counts as staying: renewals are often written late.
GRACE_DAYS = 7


def final_ends(future: Future, *, first_day: int | None, end_day: int, grace_days: int) -> ir.Table:
    """One row a customer whose last subscription ended in `first_day <= day < end_day` (None: ever before) and was not
    renewed: customer_id and is_involuntary (the customer did not choose it).

    Renewed is who has a period that began by `grace_days` after the end and goes on beyond it.
    """
    periods = future.records["subscriptions"].select(
        "customer_id", "is_involuntary", began="days_ahead", ended="ended_days_ahead"
    )
    ends = periods.filter(periods.ended < end_day)
    if first_day is not None:
        ends = ends.filter(ends.ended >= first_day)
    other = periods.select(other_id="customer_id", other_began="began", other_ended="ended")
    goes_on = [
        ends.customer_id == other.other_id,
        other.other_began <= ends.ended + grace_days,
        other.other_ended.isnull() | (other.other_ended > ends.ended),
    ]
    final = ends.anti_join(other, goes_on)
    # Two periods may end on the same day; one that the customer ended says that the customer left.
    return final.group_by("customer_id").agg(is_involuntary=final.is_involuntary.fill_null(False).min())


def left_before_window(future: Future, *, grace_days: int) -> ir.Table:
    """One row a customer who has no running subscription when the window begins, the last one not renewed: left inside
    the gap, or before the decision, which did not know of it yet (an end is often loaded days later)."""
    periods = future.records["subscriptions"]
    runs_on = periods.ended_days_ahead.isnull() | (periods.ended_days_ahead >= future.first_day)
    running = periods.filter((periods.days_ahead < future.first_day) & runs_on)
    left = final_ends(future, first_day=None, end_day=future.first_day, grace_days=grace_days)
    return left.anti_join(running, "customer_id").select("customer_id")


def left_in_gap(future: Future) -> ir.Table | None:
    """One row a customer whose last subscription ended after the decision and before the window; None for a company
    without subscriptions."""
    if "subscriptions" not in future.records:
        return None
    # No longer than the window: what is asked here must be known when the label is.
    grace_days = min(GRACE_DAYS, future.end_day - future.first_day)
    return final_ends(future, first_day=0, end_day=future.first_day, grace_days=grace_days).select("customer_id")
