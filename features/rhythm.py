"""Rhythm: is the customer overdue, by the customer's own habit?"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.days import days_of
from features.family import Computed, Derived, Family, Feature
from features.usual import quartiles

#: With fewer gaps than this a median and a 90th percentile say nothing.
MINIMUM_GAPS = 3


def gaps(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer with at least three gaps: median and 90th percentile of days between days with activity."""
    days = days_of(history["activity"])
    older = days.days_ago.lead().over(group_by=days.customer_id, order_by=days.days_ago)
    between = days.select("customer_id", gap=older - days.days_ago)
    between = between.filter(between.gap.notnull())
    told = between.group_by("customer_id").agg(
        gaps=between.count(),
        usual_days_between=between.gap.quantile(0.5),
        usual_longest_gap=between.gap.quantile(0.9),
        longest_gap=between.gap.max(),
    )
    return told.filter(told.gaps >= MINIMUM_GAPS)


def usual_orders(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer: the quartiles of orders, and of money spent, in 28 days."""
    orders = history["orders"]
    purchases = orders.filter(orders.kind == "purchase")
    return quartiles(purchases, usual_orders_28d=ibis.literal(1), usual_amount_28d=purchases.amount)


def _feature(name: str, description: str, unit: str, group: str, reach: int = 0) -> Feature:
    return Feature(name=name, description=description, unit=unit, group=group, reach=reach)


RHYTHM = Family(
    name="rhythm",
    meaning="whether the customer is overdue, by the customer's own habit",
    computed=(
        Computed(
            table="activity",
            compute=gaps,
            features=(
                _feature("gaps", "gaps between days with activity", "gaps", "quiet_before"),
                _feature("usual_days_between", "median days between days with activity", "days", "gone_quiet"),
                _feature(
                    "usual_longest_gap", "90th percentile of days between days with activity", "days", "gone_quiet"
                ),
                _feature("longest_gap", "longest time without activity so far", "days", "quiet_before"),
            ),
        ),
        Computed(
            table="orders",
            compute=usual_orders,
            features=(
                _feature("usual_orders_28d_low", "lower quartile of orders a 28-day period", "orders", "buys_less"),
                _feature("usual_orders_28d_high", "upper quartile of orders a 28-day period", "orders", "buys_less"),
                _feature("usual_amount_28d_low", "lower quartile of money a 28-day period", "money", "spends_less"),
                _feature("usual_amount_28d_high", "upper quartile of money a 28-day period", "money", "spends_less"),
            ),
        ),
    ),
    derived=(
        Derived(
            feature=_feature("overdue_ratio", "days since the last activity over the usual gap", "ratio", "gone_quiet"),
            of=("days_since_last_activity", "usual_days_between"),
            derive=lambda row: row.days_since_last_activity / row.usual_days_between.nullif(0),
        ),
        Derived(
            feature=_feature(
                "days_past_longest_gap",
                "days since the last activity beyond the usual longest gap",
                "days",
                "gone_quiet",
            ),
            of=("days_since_last_activity", "usual_longest_gap"),
            derive=lambda row: row.days_since_last_activity - row.usual_longest_gap,
        ),
        Derived(
            feature=_feature("gap_spread", "usual longest gap over the usual gap", "ratio", "quiet_before"),
            of=("usual_longest_gap", "usual_days_between"),
            derive=lambda row: row.usual_longest_gap / row.usual_days_between.nullif(0),
        ),
    ),
)
