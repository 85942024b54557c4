"""Renewal: where the customer stands in the contract, what it costs, and whether the money comes.

A period runs while it has no end. The same subscription under another plan or price is a new period.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.family import EVER, Family, Measure, last

#: Days ahead in which a renewal is due: about what most targets look at.
DUE_WITHIN = 28


def _runs(rows: ir.Table) -> ir.BooleanValue:
    return rows.ended_days_ago.isnull()


def _runs_newest(rows: ir.Table) -> ir.BooleanValue:
    """The running period that its subscription came to last: a source may forget to end the one before."""
    newest = rows.age_seconds.min().over(group_by=[rows.customer_id, rows.subscription_id])
    return _runs(rows) & (rows.age_seconds == newest)


def _is_due(rows: ir.Table) -> ir.BooleanValue:
    return _runs(rows) & rows.renews_days_ago.between(-DUE_WITHIN, 0)


def _none_runs(rows: ir.Table) -> ir.BooleanValue:
    return ibis.ifelse(_runs(rows), 1, 0).max().over(group_by=rows.customer_id) == 0


def _before(rows: ir.Table, column: str) -> ir.Value:
    """The value in the period before, of the same subscription."""
    order = [rows.age_seconds.desc(), rows.started_days_ago.desc()]
    return rows[column].lag().over(group_by=[rows.customer_id, rows.subscription_id], order_by=order)


def _plan_changed(rows: ir.Table) -> ir.BooleanValue:
    return rows.plan != _before(rows, "plan")


def _price_change(rows: ir.Table) -> ir.Value:
    """0.1 for a price that is a tenth higher than in the period before; null where there is none, or it was free."""
    price, before = rows.monthly_amount, _before(rows, "monthly_amount")
    return price.cast("float64") / before.cast("float64").nullif(0) - 1


def _failed(rows: ir.Table) -> ir.BooleanValue:
    return ~rows.succeeded


RENEWAL = Family(
    name="renewal",
    meaning="where customers stand in the contract, what it costs them, and whether they pay",
    measures=(
        Measure(
            stem="days_to_renewal",
            named=("days_to_renewal",),
            table="subscriptions",
            how="last",
            what=lambda rows: 0 - rows.renews_days_ago,
            where=_runs,
            windows=(EVER,),
            description="days to the renewal of the running period, negative once it has passed",
            unit="days",
            group="renewal",
        ),
        Measure(
            stem="days_since_period_began",
            named=("days_since_period_began",),
            table="subscriptions",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=_runs,
            windows=(EVER,),
            description="days since the running period began",
            unit="days",
            group="renewal",
            actionable=False,
        ),
        Measure(
            stem="days_since_first_subscription",
            named=("days_since_first_subscription",),
            table="subscriptions",
            how="max",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the first subscription began",
            unit="days",
            group="renewal",
            actionable=False,
        ),
        Measure(
            stem="running_subscriptions",
            named=("running_subscriptions",),
            table="subscriptions",
            how="distinct",
            what=lambda rows: rows.subscription_id,
            where=_runs,
            windows=(EVER,),
            description="running subscriptions",
            unit="subscriptions",
            group="renewal",
        ),
        Measure(
            stem="renewals_due_28d",
            named=("renewals_due_28d",),
            table="subscriptions",
            how="distinct",
            what=lambda rows: rows.subscription_id,
            where=_is_due,
            windows=(EVER,),
            description=f"running subscriptions that are to be renewed in the next {DUE_WITHIN} days",
            unit="subscriptions",
            group="renewal",
        ),
        Measure(
            stem="plan_changes",
            table="subscriptions",
            how="count",
            where=_plan_changed,
            windows=last(364),
            description="changes of the plan",
            unit="changes",
            group="renewal",
        ),
        Measure(
            stem="days_since_last_plan_change",
            named=("days_since_last_plan_change",),
            table="subscriptions",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=_plan_changed,
            windows=(EVER,),
            description="days since the plan was last changed",
            unit="days",
            group="renewal",
        ),
        Measure(
            stem="monthly_amount",
            named=("monthly_amount",),
            table="subscriptions",
            how="sum",
            what=lambda rows: rows.monthly_amount,
            where=_runs_newest,
            windows=(EVER,),
            description="what running subscriptions cost a month",
            unit="money",
            group="renewal",
        ),
        Measure(
            stem="price_change",
            named=("price_change",),
            table="subscriptions",
            how="last",
            what=_price_change,
            where=_runs_newest,
            windows=(EVER,),
            description="change of the price from the period before to the running one, as a share of it",
            unit="share",
            group="renewal",
        ),
        Measure(
            stem="days_since_last_price_rise",
            named=("days_since_last_price_rise",),
            table="subscriptions",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=lambda rows: rows.monthly_amount > _before(rows, "monthly_amount"),
            windows=(EVER,),
            description="days since the price of a subscription last rose",
            unit="days",
            group="renewal",
        ),
        Measure(
            stem="days_since_last_end",
            named=("days_since_last_end",),
            table="subscriptions",
            how="min",
            what=lambda rows: rows.ended_days_ago,
            where=_none_runs,
            windows=(EVER,),
            description="days since the last subscription ended, where none runs",
            unit="days",
            group="renewal",
        ),
        Measure(
            stem="failed_payments",
            table="payments",
            how="count",
            where=_failed,
            windows=last(28, 91, 364),
            description="attempts to take a payment that failed",
            unit="payments",
            group="renewal",
        ),
        Measure(
            stem="failed_payment_share",
            table="payments",
            how="mean",
            what=lambda rows: ibis.ifelse(rows.succeeded, 0, 1),
            windows=last(91, 364),
            description="share of attempts to take a payment that failed",
            unit="share",
            group="renewal",
        ),
        Measure(
            stem="days_since_last_failed_payment",
            named=("days_since_last_failed_payment",),
            table="payments",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=_failed,
            windows=(EVER,),
            description="days since a payment last failed",
            unit="days",
            group="renewal",
        ),
    ),
)
